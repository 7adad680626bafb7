#include "synth_coco.h"
#include "base_log.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_gen.h>

struct synth_coco {
    const char *path;
    FILE *file;
    yajl_gen gen;
    yajl_gen_status failed; /* the first status that was not ok */
    int io_error;           /* errno of the first write that failed */
    int width, height;      /* of every image */
    int64_t annotations;
};

/* ---- the generator, shorter; what goes wrong is kept and looked at when the file is finished ---- */

static void print(void *context, const char *bytes, size_t size)
{
    synth_coco *coco = context;

    if (fwrite(bytes, 1, size, coco->file) != size && coco->io_error == 0)
        coco->io_error = errno ? errno : EIO;
}

static void keep(synth_coco *coco, yajl_gen_status status)
{
    if (coco->failed == yajl_gen_status_ok)
        coco->failed = status;
}

static void text(synth_coco *coco, const char *string)
{
    keep(coco, yajl_gen_string(coco->gen, (const unsigned char *)string, strlen(string)));
}

static void whole(synth_coco *coco, int64_t value)
{
    keep(coco, yajl_gen_integer(coco->gen, value));
}

/* Two decimals, as COCO itself; the value is not negative. */
static void decimal(synth_coco *coco, double value)
{
    int64_t hundredths = (int64_t)(value * 100 + 0.5);
    char digits[32];
    int length =
        snprintf(digits, sizeof digits, "%" PRId64 ".%02d", hundredths / 100, (int)(hundredths % 100));

    keep(coco, yajl_gen_number(coco->gen, digits, (size_t)length));
}

static void text_pair(synth_coco *coco, const char *key, const char *value)
{
    text(coco, key);
    text(coco, value);
}

static void whole_pair(synth_coco *coco, const char *key, int64_t value)
{
    text(coco, key);
    whole(coco, value);
}

static void open_map(synth_coco *coco)
{
    keep(coco, yajl_gen_map_open(coco->gen));
}

static void close_map(synth_coco *coco)
{
    keep(coco, yajl_gen_map_close(coco->gen));
}

static void open_array(synth_coco *coco)
{
    keep(coco, yajl_gen_array_open(coco->gen));
}

static void close_array(synth_coco *coco)
{
    keep(coco, yajl_gen_array_close(coco->gen));
}

/* ---- the head of the file ---- */

void synth_coco_file_name(int64_t image, char name[32])
{
    snprintf(name, 32, "%06" PRId64 ".jpg", image + 1);
}

static void write_info(synth_coco *coco, const synth_request *request)
{
    char digits[32];

    text(coco, "info");
    open_map(coco);
    text_pair(coco, "description", "Synthetic parts and defects, made by camal-synth");
    snprintf(digits, sizeof digits, "%" PRIu64, request->seed);
    text_pair(coco, "seed", digits);
    close_map(coco);
}

static void write_categories(synth_coco *coco)
{
    int i;

    text(coco, "categories");
    open_array(coco);
    for (i = 0; i < SYNTH_CLASSES; i++) {
        open_map(coco);
        whole_pair(coco, "id", i + 1);
        text_pair(coco, "name", synth_classes[i].name);
        text_pair(coco, "supercategory", synth_classes[i].supercategory);
        close_map(coco);
    }
    close_array(coco);
}

static void write_images(synth_coco *coco, const synth_plan *plan)
{
    char name[32];
    int64_t i;

    text(coco, "images");
    open_array(coco);
    for (i = 0; i < plan->images; i++) {
        int64_t group = plan->image[i].group;

        open_map(coco);
        whole_pair(coco, "id", i + 1);
        synth_coco_file_name(i, name);
        text_pair(coco, "file_name", name);
        whole_pair(coco, "width", coco->width);
        whole_pair(coco, "height", coco->height);
        snprintf(name, sizeof name, "part_%05" PRId64, group + 1);
        text_pair(coco, "group", name);
        text_pair(coco, "split", synth_split_name(plan->group[group].split));
        close_map(coco);
    }
    close_array(coco);
}

base_status synth_coco_create(const synth_request *request, const synth_plan *plan, const char *path,
                              synth_coco **coco)
{
    synth_coco *made = calloc(1, sizeof *made);

    if (made)
        made->gen = yajl_gen_alloc(NULL);
    if (!made || !made->gen) {
        base_log_error("%s: no memory for its generator", path);
        synth_coco_destroy(&made);
        return BASE_ERR_MEMORY;
    }
    made->path = path;
    made->width = request->size;
    made->height = synth_request_height(request);
    made->file = fopen(path, "wb");
    if (!made->file) {
        base_log_error("%s: cannot create: %s", path, strerror(errno));
        synth_coco_destroy(&made);
        return BASE_ERR_IO;
    }
    if (!yajl_gen_config(made->gen, yajl_gen_print_callback, print, made)) {
        base_log_error("%s: the JSON generator takes no callback", path);
        synth_coco_destroy(&made);
        return BASE_ERR_LIBRARY;
    }
    open_map(made);
    write_info(made, request);
    write_categories(made);
    write_images(made, plan);
    text(made, "annotations");
    open_array(made);
    *coco = made;
    return BASE_OK;
}

/* ---- annotations ---- */

static void write_polygons(synth_coco *coco, const synth_outline *outline)
{
    size_t loop, i;

    open_array(coco);
    for (loop = 0; loop < outline->loops; loop++) {
        open_array(coco);
        for (i = 2 * outline->first[loop]; i < 2 * outline->first[loop + 1]; i++)
            whole(coco, outline->point[i]);
        close_array(coco);
    }
    close_array(coco);
}

static base_status write_runs(synth_coco *coco, const synth_mask *mask, bool compressed)
{
    uint32_t *counts = NULL;
    char *packed = NULL;
    size_t runs = 0, i;
    base_status status = synth_mask_runs(mask, coco->width, coco->height, &counts, &runs);

    if (status == BASE_OK && compressed)
        status = synth_mask_compress(counts, runs, &packed);
    if (status != BASE_OK)
        goto done;
    open_map(coco);
    text(coco, "size");
    open_array(coco);
    whole(coco, coco->height);
    whole(coco, coco->width);
    close_array(coco);
    text(coco, "counts");
    if (compressed) {
        text(coco, packed);
    } else {
        open_array(coco);
        for (i = 0; i < runs; i++)
            whole(coco, counts[i]);
        close_array(coco);
    }
    close_map(coco);
done:
    free(counts);
    free(packed);
    return status;
}

static base_status write_segmentation(synth_coco *coco, const synth_object *object)
{
    synth_writing writing = object->part.class->writing;
    synth_outline outline = {0};
    base_status status;

    text(coco, "segmentation");
    status = synth_mask_trace(&object->mask, &outline);
    if (status != BASE_OK)
        return status;
    if (writing == SYNTH_WRITING_POLYGON && !outline.holes)
        write_polygons(coco, &outline);
    else
        status = write_runs(coco, &object->mask, writing != SYNTH_WRITING_RLE);
    synth_outline_destroy(&outline);
    return status;
}

static void write_cue(synth_coco *coco, const synth_object *object)
{
    text_pair(coco, "cue", synth_cue_name(object->cue));
    text(coco, "cue_circle");
    open_array(coco);
    decimal(coco, object->cue_x);
    decimal(coco, object->cue_y);
    decimal(coco, object->cue_radius);
    close_array(coco);
}

static base_status write_object(synth_coco *coco, int64_t image, const synth_object *object)
{
    const synth_mask *mask = &object->mask;
    const int box[4] = {mask->x, mask->y, mask->width, mask->height};
    base_status status;
    int i;

    open_map(coco);
    whole_pair(coco, "id", ++coco->annotations);
    whole_pair(coco, "image_id", image + 1);
    whole_pair(coco, "category_id", object->part.class - synth_classes + 1);
    whole_pair(coco, "iscrowd", 0);
    whole_pair(coco, "area", mask->area);
    text(coco, "bbox");
    open_array(coco);
    for (i = 0; i < 4; i++)
        whole(coco, box[i]);
    close_array(coco);
    status = write_segmentation(coco, object);
    if (object->cue != SYNTH_CUE_NONE)
        write_cue(coco, object);
    close_map(coco);
    return status;
}

base_status synth_coco_add(synth_coco *coco, int64_t image, const synth_scene *scene)
{
    base_status status = BASE_OK;
    int i;

    for (i = 0; i < scene->objects && status == BASE_OK; i++)
        status = write_object(coco, image, &scene->object[i]);
    return status;
}

base_status synth_coco_finish(synth_coco **coco, int64_t *annotations)
{
    synth_coco *c = *coco;
    base_status status = BASE_OK;

    close_array(c);
    close_map(c);
    if (fclose(c->file) != 0 && c->io_error == 0)
        c->io_error = errno ? errno : EIO;
    c->file = NULL;
    if (c->failed != yajl_gen_status_ok) {
        base_log_error("%s: the JSON generator failed with status %d", c->path, (int)c->failed);
        status = BASE_ERR_LIBRARY;
    } else if (c->io_error != 0) {
        base_log_error("%s: cannot write: %s", c->path, strerror(c->io_error));
        status = BASE_ERR_IO;
    } else {
        *annotations = c->annotations;
    }
    synth_coco_destroy(coco);
    return status;
}

void synth_coco_destroy(synth_coco **coco)
{
    if (!coco || !*coco)
        return;
    if ((*coco)->gen)
        yajl_gen_free((*coco)->gen);
    if ((*coco)->file)
        fclose((*coco)->file);
    free(*coco);
    *coco = NULL;
}
