/* The second half of ingest_coco.h: records in order, duplicates found, ids turned into indices. */
#include "base_log.h"
#include "ingest_coco.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int order(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* Images and categories both begin with their id. */
static int by_id(const void *a, const void *b)
{
    return order(*(const int64_t *)a, *(const int64_t *)b);
}

static int annotations_by_id(const void *a, const void *b)
{
    const ingest_annotation *x = a, *y = b;
    int sign = order(x->id, y->id);

    return sign ? sign : (x->place > y->place) - (x->place < y->place);
}

static int annotations_by_image(const void *a, const void *b)
{
    const ingest_annotation *x = a, *y = b;
    int sign = order(x->image_id, y->image_id);

    return sign ? sign : annotations_by_id(a, b);
}

static bool same_text(const ingest_coco *coco, size_t a, size_t b)
{
    if (a == INGEST_NONE || b == INGEST_NONE)
        return a == b;
    return strcmp(coco->text + a, coco->text + b) == 0;
}

/* An image listed twice alike is one image; an id of two pictures cannot be resolved. */
static base_status link_images(const char *path, ingest_coco *coco)
{
    size_t i, kept = 0;

    if (coco->image_count)
        qsort(coco->images, coco->image_count, sizeof *coco->images, by_id);
    for (i = 0; i < coco->image_count; i++) {
        ingest_image *image = &coco->images[i], *before = kept ? &coco->images[kept - 1] : NULL;

        if (!before || before->id != image->id) {
            coco->images[kept++] = *image;
        } else if (!same_text(coco, before->file_name, image->file_name) || before->width != image->width ||
                   before->height != image->height || !same_text(coco, before->group, image->group) ||
                   !same_text(coco, before->split, image->split)) {
            base_log_error("%s: image id %" PRId64 " is given twice and not alike: \"%s\" and \"%s\"", path,
                           image->id, coco->text + before->file_name, coco->text + image->file_name);
            return BASE_ERR_INPUT;
        }
    }
    coco->image_count = kept;
    return BASE_OK;
}

static base_status link_categories(const char *path, ingest_coco *coco)
{
    size_t i, kept = 0;

    if (coco->category_count)
        qsort(coco->categories, coco->category_count, sizeof *coco->categories, by_id);
    for (i = 0; i < coco->category_count; i++) {
        ingest_category *category = &coco->categories[i], *before = kept ? &coco->categories[kept - 1] : NULL;

        if (!before || before->id != category->id) {
            coco->categories[kept++] = *category;
        } else if (!same_text(coco, before->name, category->name) ||
                   !same_text(coco, before->supercategory, category->supercategory)) {
            base_log_error("%s: category id %" PRId64 " is given twice and not alike: \"%s\" and \"%s\"",
                           path, category->id, coco->text + before->name, coco->text + category->name);
            return BASE_ERR_INPUT;
        }
    }
    coco->category_count = kept;
    return BASE_OK;
}

static size_t find(const void *records, size_t count, size_t size, int64_t id)
{
    const char *found = count ? bsearch(&id, records, count, size, by_id) : NULL;

    return found ? (size_t)(found - (const char *)records) / size : INGEST_NONE;
}

void ingest_coco_order(ingest_coco *coco)
{
    if (coco->annotation_count)
        qsort(coco->annotations, coco->annotation_count, sizeof *coco->annotations, annotations_by_image);
}

static void link_annotations(ingest_coco *coco)
{
    size_t i;

    if (!coco->annotation_count)
        return;
    qsort(coco->annotations, coco->annotation_count, sizeof *coco->annotations, annotations_by_id);
    for (i = 1; i < coco->annotation_count; i++)
        coco->annotations[i].duplicate = coco->annotations[i].id == coco->annotations[i - 1].id;
    ingest_coco_order(coco);
    for (i = 0; i < coco->annotation_count; i++) {
        ingest_annotation *annotation = &coco->annotations[i];

        annotation->image = find(coco->images, coco->image_count, sizeof *coco->images, annotation->image_id);
        annotation->category =
            find(coco->categories, coco->category_count, sizeof *coco->categories, annotation->category_id);
    }
}

base_status ingest_coco_check_keys(const char *path, const char *group_key, const char *split_key,
                                   const ingest_coco *coco)
{
    bool group = !group_key, split = !split_key;
    size_t i;

    for (i = 0; i < coco->image_count; i++) {
        group = group || coco->images[i].group != INGEST_NONE;
        split = split || coco->images[i].split != INGEST_NONE;
    }
    if (!group)
        base_log_error("%s: --group-key %s: no image has this key", path, group_key);
    if (!split)
        base_log_error("%s: --split-key %s: no image has this key", path, split_key);
    return group && split ? BASE_OK : BASE_ERR_USAGE;
}

base_status ingest_coco_link(const char *path, ingest_coco *coco)
{
    base_status status = link_images(path, coco);

    if (status == BASE_OK)
        status = link_categories(path, coco);
    if (status == BASE_OK)
        link_annotations(coco);
    return status;
}
