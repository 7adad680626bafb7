#include "ingest_take.h"
#include "base_log.h"
#include "base_progress.h"
#include "ingest_crop.h"
#include "ingest_look.h"
#include "ingest_resize.h"
#include "ingest_shapes.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What cutting a sample costs, in pixels decoded: measured, and only the balance depends on it. */
#define SAMPLE_COST   20000
#define PIXELS_A_BYTE 4 /* where only the file's size is known */
#define UNKNOWN_WIDTH 640
#define UNKNOWN_TALL  480

/* ---- shares ---- */

static uint64_t image_cost(const ingest_coco *coco, const uint8_t *wanted, size_t first, size_t end)
{
    uint64_t samples = 0, wide, tall;
    const ingest_image *image;
    size_t i;

    if (coco->annotations[first].image == INGEST_NONE)
        return 0;
    for (i = first; i < end; i++) {
        size_t category = coco->annotations[i].category;

        samples +=
            coco->annotations[i].kind == INGEST_UNLABELLED || (category != INGEST_NONE && wanted[category]);
    }
    if (samples == 0)
        return 0;
    image = &coco->images[coco->annotations[first].image];
    if (!image->width && image->bytes)
        return image->bytes * PIXELS_A_BYTE + SAMPLE_COST * samples;
    wide = image->width ? (uint64_t)image->width : UNKNOWN_WIDTH;
    tall = image->height ? (uint64_t)image->height : UNKNOWN_TALL;
    if (wide > (uint64_t)INGEST_PICTURE_MAX_PIXELS / tall)
        return 0; /* will be refused */
    return wide * tall + SAMPLE_COST * samples;
}

void ingest_take_bounds(const ingest_coco *coco, const uint8_t *wanted, size_t parts, size_t *bounds)
{
    uint64_t total = 0, before = 0;
    size_t first, end, part = 0;

    for (first = 0; first < coco->annotation_count; first = end) {
        end = ingest_judge_image_end(coco, first, coco->annotation_count);
        total += image_cost(coco, wanted, first, end);
    }
    bounds[0] = 0;
    for (first = 0; first < coco->annotation_count; first = end) {
        end = ingest_judge_image_end(coco, first, coco->annotation_count);
        while (part + 1 < parts && total &&
               (double)before * (double)parts >= (double)total * (double)(part + 1))
            bounds[++part] = first;
        before += image_cost(coco, wanted, first, end);
    }
    while (part < parts)
        bounds[++part] = coco->annotation_count;
}

/* ---- one share ---- */

typedef struct taker {
    const ingest_options *options;
    const ingest_coco *coco;
    const uint8_t *wanted;
    int *files; /* [sources] annotation files, for segmentations; -1: none */
    ingest_shapes shapes;
    uint8_t *rgb, *bits, *twins; /* one sample */
    size_t mask_bytes;
    size_t sight_room;
    ingest_taken *taken;
} taker;

static ingest_outcome *outcome_of(const taker *t, size_t index)
{
    return &t->taken->outcomes[index - t->taken->share.first];
}

/* A file name may lead into folders but not out of the one given. */
static bool leads_outside(const char *name)
{
    const char *part = name;

    if (*name == '/')
        return true;
    while (part) {
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == 0))
            return true;
        part = strchr(part, '/');
        part = part ? part + 1 : NULL;
    }
    return false;
}

/* The square that an annotation is cut from, and its box within the picture; false: it has none. */
static bool find_crop(const ingest_options *options, const ingest_annotation *annotation, int32_t width,
                      int32_t height, double clipped[4], ingest_crop *crop)
{
    double context = options->context;

    if (ingest_judge_whole(options, annotation)) {
        memcpy(clipped, (double[4]){0, 0, width, height}, 4 * sizeof *clipped);
        context = 1;
    } else if (annotation->crowd || !annotation->has_box ||
               ingest_crop_clip(annotation->box, width, height, options->min_box, clipped) != INGEST_USED) {
        return false;
    }
    *crop = ingest_crop_around(clipped, context);
    return true;
}

/* What all annotations of a picture may be cut from, and how far it may be reduced for the smallest. Whatever
 * classes are wanted: a sample's pixels do not depend on which others are taken. */
typedef struct need {
    const taker *taker;
    size_t first, end; /* annotations */
} need;

static void choose_view(void *context, int32_t width, int32_t height, ingest_view *view)
{
    const need *n = context;
    const ingest_options *options = n->taker->options;
    int64_t left = width, top = height, right = 0, bottom = 0;
    size_t i;

    for (i = n->first; i < n->end; i++) {
        const ingest_annotation *annotation = &n->taker->coco->annotations[i];
        ingest_view part;
        ingest_crop crop;
        double clipped[4];
        int32_t shrink;

        if (!find_crop(options, annotation, width, height, clipped, &crop))
            continue;
        ingest_resize_reach(&crop, options->size, &part);
        shrink = ingest_resize_shrink(&crop, options->size);
        view->shrink = shrink < view->shrink ? shrink : view->shrink;
        left = part.x < left ? part.x : left;
        top = part.y < top ? part.y : top;
        right = part.x + part.width > right ? part.x + part.width : right;
        bottom = part.y + part.height > bottom ? part.y + part.height : bottom;
    }
    left = left > 0 ? left : 0;
    top = top > 0 ? top : 0;
    view->x = (int32_t)left;
    view->y = (int32_t)top;
    view->width = (int32_t)((right < width ? right : width) - left);
    view->height = (int32_t)((bottom < height ? bottom : height) - top);
}

static base_status open_picture(const taker *t, size_t first, size_t end, ingest_picture *picture,
                                ingest_sight *sight)
{
    ingest_picture_result *result = &sight->result;
    base_status status;
    const ingest_image *image = &t->coco->images[t->coco->annotations[first].image];
    need n = {t, first, end};
    ingest_picture_request request = {
        .width = image->width, .height = image->height, .choose = choose_view, .context = &n};
    const char *name = t->coco->text + image->file_name, *folder = t->options->sources[image->source].images;
    char path[PATH_MAX];

    request.upright = t->coco->annotations[first].kind == INGEST_UNLABELLED;
    memset(result, 0, sizeof *result);
    if (image->path == INGEST_NONE && leads_outside(name)) {
        result->reason = INGEST_PICTURE_OUTSIDE;
        return BASE_OK;
    }
    if (image->path != INGEST_NONE) {
        snprintf(path, sizeof path, "%s", t->coco->text + image->path);
    } else if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path) {
        result->reason = INGEST_PICTURE_MISSING;
        ingest_picture_note(result, "%s", strerror(ENAMETOOLONG));
        return BASE_OK;
    }
    status = ingest_picture_read(path, &request, picture, result);
    if (status == BASE_OK && result->reason == INGEST_USED)
        status = base_file_digest(path, sight->digest);
    return status;
}

static base_status keep_sight(taker *t, const ingest_sight *sight)
{
    ingest_taken *taken = t->taken;

    if (taken->sight_count == t->sight_room) {
        size_t room = t->sight_room ? 2 * t->sight_room : 64;
        ingest_sight *grown = realloc(taken->sights, room * sizeof *grown);

        if (!grown) {
            base_log_error("no memory for the records of %zu pictures", room);
            return BASE_ERR_MEMORY;
        }
        taken->sights = grown;
        t->sight_room = room;
    }
    taken->sights[taken->sight_count++] = *sight;
    return BASE_OK;
}

/* The mask that an annotation's sample gets: its own, or in mode image that of all of its class. */
static base_status find_shape(taker *t, size_t index, const ingest_shape **shape, const ingest_shape **class)
{
    bool whole = ingest_judge_whole(t->options, &t->coco->annotations[index]);
    base_status status;
    size_t members;

    *class = NULL;
    status = ingest_shapes_class(&t->shapes, index, &members, class);
    if (status == BASE_OK && whole && members > 1) {
        *shape = *class;
        *class = NULL;
        return BASE_OK;
    }
    return status == BASE_OK ? ingest_shapes_own(&t->shapes, index, shape) : status;
}

/* The sample's bits of its class that are not its own. */
static base_status crop_twins(taker *t, const ingest_shape *class, const ingest_crop *crop)
{
    ingest_mask_cover cover;
    base_status status = ingest_mask_crop(&class->mask, crop, t->options->size, t->twins, &cover);
    size_t i;

    for (i = 0; status == BASE_OK && i < t->mask_bytes; i++)
        t->twins[i] &= (uint8_t)~t->bits[i];
    return status;
}

static base_status make_masks(taker *t, size_t index, const ingest_crop *crop, ingest_outcome *outcome)
{
    const ingest_shape *shape = NULL, *class = NULL;
    ingest_mask_cover cover;
    base_status status = find_shape(t, index, &shape, &class);

    memset(t->twins, 0, t->mask_bytes);
    outcome->reason = INGEST_MASK_INVALID;
    if (status != BASE_OK || !shape->valid)
        return status;
    status = ingest_mask_crop(&shape->mask, crop, t->options->size, t->bits, &cover);
    if (status != BASE_OK || cover == INGEST_MASK_EMPTY)
        return status;
    *outcome = (ingest_outcome){INGEST_USED, (uint8_t)shape->source, (uint8_t)cover, {0, 0}};
    return class ? crop_twins(t, class, crop) : BASE_OK;
}

/* The mask of a picture of which no part is marked: all of it where its class is known, none where it is not.
 */
static base_status make_plain_mask(taker *t, const ingest_annotation *annotation, const double clipped[4],
                                   const ingest_picture *picture, const ingest_crop *crop,
                                   ingest_outcome *outcome)
{
    ingest_mask_cover cover = INGEST_MASK_FULL;
    base_status status = BASE_OK;
    ingest_mask mask;

    memset(t->twins, 0, t->mask_bytes);
    memset(t->bits, 0, t->mask_bytes);
    if (annotation->kind != INGEST_UNLABELLED) {
        status = ingest_mask_box(clipped, picture->width, picture->height, &mask);
        if (status == BASE_OK) {
            status = ingest_mask_crop(&mask, crop, t->options->size, t->bits, &cover);
            ingest_mask_clear(&mask);
        }
    }
    *outcome = (ingest_outcome){INGEST_USED, INGEST_MASK_BOX, (uint8_t)cover, {0, 0}};
    return status;
}

/* One annotation of a picture that was read. */
static base_status take_sample(taker *t, size_t index, const ingest_picture *picture)
{
    const ingest_annotation *annotation = &t->coco->annotations[index];
    ingest_outcome *outcome = outcome_of(t, index);
    ingest_taken *taken = t->taken;
    base_status status;
    double clipped[4], started = base_progress_clock(), masked;
    ingest_crop crop;

    if (!find_crop(t->options, annotation, picture->width, picture->height, clipped, &crop)) {
        outcome->reason = (uint8_t)ingest_crop_clip(annotation->box, picture->width, picture->height,
                                                    t->options->min_box, clipped);
        return BASE_OK;
    }
    status = annotation->kind == INGEST_ANNOTATED ? make_masks(t, index, &crop, outcome) : BASE_OK;
    if (status == BASE_OK && ingest_judge_whole(t->options, annotation) &&
        (annotation->kind != INGEST_ANNOTATED || outcome->reason == INGEST_MASK_INVALID))
        status = make_plain_mask(t, annotation, clipped, picture, &crop, outcome);
    if (status != BASE_OK || outcome->reason != INGEST_USED)
        return status;
    masked = base_progress_clock();
    status = ingest_resize(picture, &crop, t->options->size, t->rgb);
    taken->masking += masked - started;
    taken->cutting += base_progress_clock() - masked;
    if (status != BASE_OK)
        return status;
    ingest_look_make(t->rgb, t->options->size, outcome->look);
    taken->kept[index - taken->share.first] = taken->scratch.samples;
    return ingest_scratch_append(&taken->scratch, t->rgb, t->bits, t->twins);
}

/* All annotations of one image. */
static base_status take_image(taker *t, size_t first, size_t end)
{
    ingest_sight sight = {.image = t->coco->annotations[first].image};
    ingest_picture picture = {0};
    base_status status;
    double started;
    size_t i, candidates = 0;

    ingest_judge_image(t->options, t->coco, t->wanted, first, end, outcome_of(t, first));
    for (i = first; i < end; i++)
        candidates += outcome_of(t, i)->reason == INGEST_USED;
    if (candidates == 0)
        return BASE_OK;
    started = base_progress_clock();
    status = open_picture(t, first, end, &picture, &sight);
    t->taken->decoding += base_progress_clock() - started;
    if (status == BASE_OK)
        status = keep_sight(t, &sight);
    if (status == BASE_OK && sight.result.reason == INGEST_USED)
        status = ingest_shapes_begin(&t->shapes, first, end, picture.width, picture.height);
    for (i = first; i < end && status == BASE_OK; i++) {
        if (outcome_of(t, i)->reason != INGEST_USED)
            continue;
        if (sight.result.reason == INGEST_USED)
            status = take_sample(t, i, &picture);
        else
            outcome_of(t, i)->reason = (uint8_t)sight.result.reason;
    }
    ingest_picture_clear(&picture);
    return status;
}

static base_status take_images(taker *t)
{
    size_t limit = t->taken->share.first + t->taken->share.count, first, end, images = 0, done = 0;
    base_status status = BASE_OK;
    base_progress progress;

    for (first = t->taken->share.first; first < limit; first = ingest_judge_image_end(t->coco, first, limit))
        images++;
    progress = base_progress_start("ingest, share of rank 0", "pictures", images);
    for (first = t->taken->share.first; first < limit && status == BASE_OK; first = end) {
        end = ingest_judge_image_end(t->coco, first, limit);
        status = take_image(t, first, end);
        base_progress_update(&progress, ++done, NULL);
    }
    base_progress_end(&progress, NULL);
    return status;
}

/* Every rank opens the annotation file by itself, perhaps on another host: it must be the file of rank 0. */
static base_status open_annotations(taker *t, size_t source)
{
    const char *path = t->options->sources[source].annotations;
    struct stat about;

    if (!path)
        return BASE_OK;
    t->files[source] = open(path, O_RDONLY | O_CLOEXEC);
    if (t->files[source] < 0 || fstat(t->files[source], &about) != 0) {
        base_log_error("%s: cannot be opened: %s", path, strerror(errno));
        return BASE_ERR_IO;
    }
    if ((uint64_t)about.st_size != t->coco->file_bytes[source]) {
        base_log_error("%s: has %lld bytes, but rank 0 read %llu: did it change?", path,
                       (long long)about.st_size, (unsigned long long)t->coco->file_bytes[source]);
        return BASE_ERR_IO;
    }
    return BASE_OK;
}

static base_status prepare(taker *t, int rank)
{
    ingest_taken *taken = t->taken;
    size_t side = (size_t)t->options->size, i;
    base_status status = BASE_OK;

    taken->outcomes = calloc(taken->share.count + 1, sizeof *taken->outcomes);
    taken->kept = malloc((taken->share.count + 1) * sizeof *taken->kept);
    t->rgb = malloc(side * side * 3);
    t->mask_bytes = side * ((side + 7) / 8);
    t->bits = malloc(t->mask_bytes);
    t->twins = malloc(t->mask_bytes);
    if (!taken->outcomes || !taken->kept || !t->rgb || !t->bits || !t->twins) {
        base_log_error("no memory for a share of %zu annotations", taken->share.count);
        return BASE_ERR_MEMORY;
    }
    for (i = 0; i < taken->share.count; i++)
        taken->kept[i] = INGEST_NONE;
    for (i = 0; i < t->options->source_count && status == BASE_OK; i++)
        status = open_annotations(t, i);
    if (status != BASE_OK)
        return status;
    return ingest_scratch_open(t->options->out, rank, t->options->size, &taken->scratch);
}

base_status ingest_take_share(const ingest_options *options, const ingest_coco *coco, const uint8_t *wanted,
                              base_shard share, int rank, ingest_taken *taken)
{
    int files[INGEST_SOURCES_MAX];
    taker t = {.options = options,
               .coco = coco,
               .wanted = wanted,
               .files = files,
               .shapes = {.options = options, .coco = coco, .files = files},
               .taken = taken};
    base_status status;
    size_t i;

    memset(taken, 0, sizeof *taken);
    taken->scratch.file = -1;
    taken->share = share;
    for (i = 0; i < INGEST_SOURCES_MAX; i++)
        files[i] = -1;
    status = prepare(&t, rank);
    if (status == BASE_OK)
        status = take_images(&t);
    for (i = 0; i < INGEST_SOURCES_MAX; i++)
        if (files[i] >= 0)
            close(files[i]);
    ingest_shapes_clear(&t.shapes);
    free(t.rgb);
    free(t.bits);
    free(t.twins);
    if (status != BASE_OK)
        ingest_taken_clear(taken);
    return status;
}

void ingest_taken_clear(ingest_taken *taken)
{
    if (!taken)
        return;
    ingest_scratch_close(&taken->scratch);
    free(taken->outcomes);
    free(taken->kept);
    free(taken->sights);
    memset(taken, 0, sizeof *taken);
    taken->scratch.file = -1;
}
