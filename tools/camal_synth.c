/** camal-synth: make the embedded data set, a COCO folder of synthetic parts and defects. */
#include "base_log.h"
#include "base_options.h"
#include "base_progress.h"
#include "synth_coco.h"
#include "synth_folder.h"
#include "synth_jpeg.h"
#include "synth_render.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct options {
    synth_request request;
    const char *out;
} options;

static void help(FILE *out)
{
    fprintf(
        out,
        "usage: camal-synth --out DIR [--images N] [--seed S] [--size PX]\n"
        "\n"
        "Make a COCO folder of synthetic parts and defects to try camal on.\n"
        "\n"
        "It holds DIR/images/*.jpg and DIR/annotations/instances.json.\n"
        "\n"
        "options:\n"
        "  -o, --out DIR    new or empty folder, or one that camal-synth made before\n"
        "  --images N       images, 1..%d, with 2 to 4 objects each (default 1200)\n"
        "  --seed S         0..18446744073709551615; the same seed gives the same bytes (default 1)\n"
        "  --size PX        width of an image, %d..%d pixels; height is 3/4 of it (default 256)\n"
        "  -q, --quiet      say warnings and errors only\n"
        "  -h, --help       this text\n"
        "  -V, --version    camal's version\n"
        "\n"
        "Images carry \"group\" (shots of the same parts) and \"split\" (train, val, test; 7:2:1 by class, "
        "no\n"
        "group in two). Some classes go with a mark beside the object in train and val but not in test: see\n"
        "\"cue\". A folder that is complete and was made by the same call is left as it is.\n"
        "\n"
        "examples:\n"
        "  camal-synth --out data/synth\n"
        "  camal-synth --out data/small --images 100 --seed 7\n"
        "\n"
        "exit codes: 0 done, 1 failure, 2 usage\n",
        SYNTH_IMAGES_MOST, SYNTH_SIZE_LEAST, SYNTH_SIZE_MOST);
}

static base_status read_option(int option, const char *text, options *o)
{
    uint64_t value = 0;
    base_status status = BASE_OK;

    switch (option) {
    case 'o':
        o->out = text;
        break;
    case 'n':
        status = base_options_whole("--images", text, 1, SYNTH_IMAGES_MOST, &value);
        if (status == BASE_OK)
            o->request.images = (int64_t)value;
        break;
    case 's':
        status = base_options_whole("--seed", text, 0, UINT64_MAX, &o->request.seed);
        break;
    case 'p':
        status = base_options_whole("--size", text, SYNTH_SIZE_LEAST, SYNTH_SIZE_MOST, &value);
        if (status == BASE_OK)
            o->request.size = (int)value;
        break;
    case 'q':
        base_options_quiet();
        break;
    default: /* told already */
        status = BASE_ERR_USAGE;
    }
    return status;
}

static base_status read_options(int argc, char **argv, options *o)
{
    static const struct option names[] = {
        {"out", required_argument, NULL, 'o'},  {"images", required_argument, NULL, 'n'},
        {"seed", required_argument, NULL, 's'}, {"size", required_argument, NULL, 'p'},
        {"quiet", no_argument, NULL, 'q'},      {NULL, 0, NULL, 0},
    };
    base_status status = BASE_OK;
    int option;

    *o = (options){.request = {.images = 1200, .seed = 1, .size = 256}};
    while (status == BASE_OK && (option = base_options_next(argc, argv, "o:q", names)) != -1)
        status = read_option(option, optarg, o);
    if (status != BASE_OK)
        return status;
    if (optind < argc)
        return base_options_refuse("'%s': no argument without an option is expected", argv[optind]);
    if (!o->out)
        return base_options_refuse("--out DIR is missing");
    return BASE_OK;
}

/* One image: scene, picture, annotations. */
static base_status make_image(const synth_request *request, const synth_plan *plan,
                              const synth_folder *folder, int64_t image, uint8_t *rgb, synth_coco *coco)
{
    char name[32], path[PATH_MAX];
    synth_scene scene = {0};
    base_status status = synth_scene_create(request, plan, image, &scene);

    synth_coco_file_name(image, name);
    if (status == BASE_OK)
        status = synth_render(request, plan, image, &scene, rgb);
    if (status == BASE_OK)
        status = synth_folder_path(folder, "images", name, path);
    if (status == BASE_OK)
        status = synth_jpeg_write(path, rgb, request->size, synth_request_height(request));
    if (status == BASE_OK)
        status = synth_coco_add(coco, image, &scene);
    synth_scene_destroy(&scene);
    return status;
}

static base_status make_all(const synth_request *request, const synth_plan *plan, const synth_folder *folder,
                            int64_t *annotations)
{
    size_t bytes = 3 * (size_t)request->size * (size_t)synth_request_height(request);
    char path[PATH_MAX];
    base_progress progress;
    synth_coco *coco = NULL;
    uint8_t *rgb = malloc(bytes);
    base_status status = BASE_OK;
    int64_t i;

    if (!rgb) {
        base_log_error("no memory for a picture of %zu bytes", bytes);
        return BASE_ERR_MEMORY;
    }
    status = synth_folder_path(folder, "annotations", "instances.json", path);
    if (status == BASE_OK)
        status = synth_coco_create(request, plan, path, &coco);
    progress = base_progress_start("synth", "images", (size_t)plan->images);
    for (i = 0; i < plan->images && status == BASE_OK; i++) {
        status = make_image(request, plan, folder, i, rgb, coco);
        base_progress_update(&progress, (size_t)i + 1, NULL);
    }
    if (status == BASE_OK)
        status = synth_coco_finish(&coco, annotations);
    if (status == BASE_OK)
        base_progress_end(&progress, NULL);
    synth_coco_destroy(&coco);
    free(rgb);
    return status;
}

static base_status run(const options *o)
{
    synth_plan plan = {0};
    synth_folder folder;
    int64_t annotations = 0;
    bool complete = false;
    base_status status = synth_folder_examine(o->out, &o->request, &folder, &complete);

    if (status != BASE_OK)
        return status;
    if (complete) {
        if (!base_log_silent())
            printf("%s: is there already, complete (%" PRId64 " images, seed %" PRIu64 ")\n", folder.final,
                   o->request.images, o->request.seed);
        return BASE_OK;
    }
    status = synth_plan_create(&o->request, &plan);
    if (status == BASE_OK)
        status = synth_folder_begin(&folder);
    if (status == BASE_OK)
        status = make_all(&o->request, &plan, &folder, &annotations);
    if (status == BASE_OK)
        status = synth_folder_commit(&folder, &o->request);
    if (status == BASE_OK && !base_log_silent())
        printf("%s: %" PRId64 " images, %" PRId64 " annotations of %d classes, %" PRId64
               " groups, seed %" PRIu64 "\n",
               folder.final, plan.images, annotations, SYNTH_CLASSES, plan.groups, o->request.seed);
    synth_plan_destroy(&plan);
    return status;
}

int main(int argc, char **argv)
{
    options o;
    base_status status;

    if (base_options_answer(argc, argv, help, &status))
        return base_status_exit_code(status);
    status = read_options(argc, argv, &o);
    if (status == BASE_OK)
        status = run(&o);
    if (fflush(stdout) != 0 && status == BASE_OK) {
        base_log_error("standard output: %s", strerror(errno));
        status = BASE_ERR_IO;
    }
    return base_status_exit_code(status);
}
