/** camal-synth: make the embedded data set, a COCO folder of synthetic parts and defects. */
#include "base_log.h"
#include "base_progress.h"
#include "synth_coco.h"
#include "synth_folder.h"
#include "synth_jpeg.h"
#include "synth_render.h"
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct options {
    synth_request request;
    const char *out;
    bool help, version;
} options;

static void print_help(FILE *out)
{
    fprintf(out,
            "Usage: camal-synth --out DIR [--images N] [--seed S] [--size PX]\n"
            "Make a COCO folder of synthetic parts and defects: DIR/images/*.jpg, "
            "DIR/annotations/instances.json.\n"
            "\n"
            "  --out DIR     new or empty folder, or one that camal-synth made before\n"
            "  --images N    images, 1 to %d (default 1200), with 2 to 4 objects each\n"
            "  --seed S      0 or a positive integer (default 1); the same seed gives the same bytes\n"
            "  --size PX     width of an image, %d to %d pixels (default 256); height is 3/4 of it\n"
            "  --help        this text\n"
            "  --version     the version\n"
            "\n"
            "Images carry \"group\" (shots of the same parts) and \"split\" (train, val, test; 7:2:1 by "
            "class, no group\n"
            "in two). Some classes go with a mark beside the object in train and val but not in test: see "
            "\"cue\".\n"
            "A folder that is complete and was made by the same call is left as it is.\n"
            "\n"
            "Examples:\n"
            "  camal-synth --out data/synth\n"
            "  camal-synth --out data/small --images 100 --seed 7\n",
            SYNTH_IMAGES_MOST, SYNTH_SIZE_LEAST, SYNTH_SIZE_MOST);
}

/* A whole number in [least, most], written in digits alone. */
static base_status read_number(const char *option, const char *text, uint64_t least, uint64_t most,
                               uint64_t *value)
{
    char *end = NULL;
    uint64_t read;

    errno = 0;
    read = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != 0 || errno != 0 || read < least || read > most) {
        base_log_error("--%s: '%s' is not an integer from %" PRIu64 " to %" PRIu64, option, text, least,
                       most);
        return BASE_ERR_USAGE;
    }
    *value = read;
    return BASE_OK;
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
        status = read_number("images", text, 1, SYNTH_IMAGES_MOST, &value);
        if (status == BASE_OK)
            o->request.images = (int64_t)value;
        break;
    case 's':
        status = read_number("seed", text, 0, UINT64_MAX, &o->request.seed);
        break;
    case 'p':
        status = read_number("size", text, SYNTH_SIZE_LEAST, SYNTH_SIZE_MOST, &value);
        if (status == BASE_OK)
            o->request.size = (int)value;
        break;
    case 'h':
        o->help = true;
        break;
    case 'v':
        o->version = true;
        break;
    default: /* getopt has said what is wrong */
        status = BASE_ERR_USAGE;
    }
    return status;
}

static base_status read_options(int argc, char **argv, options *o)
{
    static const struct option names[] = {
        {"out", required_argument, NULL, 'o'},
        {"images", required_argument, NULL, 'n'},
        {"seed", required_argument, NULL, 's'},
        {"size", required_argument, NULL, 'p'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'v'},
        {NULL, 0, NULL, 0},
    };
    base_status status = BASE_OK;
    int option;

    *o = (options){.request = {.images = 1200, .seed = 1, .size = 256}};
    while (status == BASE_OK && (option = getopt_long(argc, argv, "", names, NULL)) != -1)
        status = read_option(option, optarg, o);
    if (status != BASE_OK || o->help || o->version)
        return status;
    if (optind < argc) {
        base_log_error("'%s': no argument without an option is expected; see --help", argv[optind]);
        return BASE_ERR_USAGE;
    }
    if (!o->out) {
        base_log_error("--out DIR is missing; see --help");
        return BASE_ERR_USAGE;
    }
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
    if (status == BASE_OK)
        printf("%s: %" PRId64 " images, %" PRId64 " annotations of %d classes, %" PRId64
               " groups, seed %" PRIu64 "\n",
               folder.final, plan.images, annotations, SYNTH_CLASSES, plan.groups, o->request.seed);
    synth_plan_destroy(&plan);
    return status;
}

int main(int argc, char **argv)
{
    options o;
    base_status status = read_options(argc, argv, &o);

    if (status == BASE_OK && o.help)
        print_help(stdout);
    else if (status == BASE_OK && o.version)
        printf("camal-synth %s\n", CAMAL_VERSION);
    else if (status == BASE_OK)
        status = run(&o);
    if (fflush(stdout) != 0 && status == BASE_OK) {
        base_log_error("standard output: %s", strerror(errno));
        status = BASE_ERR_IO;
    }
    return base_status_exit_code(status);
}
