#include "ingest_shapes.h"
#include "base_log.h"
#include "ingest_crop.h"
#include "ingest_segmentation.h"
#include <stdlib.h>
#include <string.h>

static void forget(ingest_shapes *shapes)
{
    size_t i;

    for (i = 0; i < shapes->end - shapes->first; i++) {
        ingest_mask_clear(&shapes->own[i].mask);
        ingest_mask_clear(&shapes->class[i].mask);
    }
}

base_status ingest_shapes_begin(ingest_shapes *shapes, size_t first, size_t end, int32_t width,
                                int32_t height)
{
    size_t count = end - first;

    forget(shapes);
    shapes->first = shapes->end = 0;
    if (count > shapes->room) {
        ingest_shape *own = realloc(shapes->own, count * sizeof *own), *class;

        if (own)
            shapes->own = own;
        class = own ? realloc(shapes->class, count * sizeof *class) : NULL;
        if (!class) {
            base_log_error("no memory for the masks of %zu annotations", count);
            return BASE_ERR_MEMORY;
        }
        shapes->class = class;
        shapes->room = count;
    }
    memset(shapes->own, 0, count * sizeof *shapes->own);
    memset(shapes->class, 0, count * sizeof *shapes->class);
    shapes->first = first;
    shapes->end = end;
    shapes->width = width;
    shapes->height = height;
    return BASE_OK;
}

static base_status make_own(ingest_shapes *shapes, const ingest_annotation *annotation, ingest_shape *shape)
{
    ingest_segmentation segmentation;
    base_status status;
    double clipped[4] = {0, 0, 1, 1};
    bool boxed = annotation->has_box &&
                 ingest_crop_clip(annotation->box, shapes->width, shapes->height, 0, clipped) == INGEST_USED;

    shape->tried = true;
    status = ingest_segmentation_read(shapes->files[annotation->source],
                                      shapes->options->sources[annotation->source].annotations,
                                      annotation->segment_at, annotation->segment_bytes, &segmentation);
    if (status != BASE_OK)
        return status;
    status = ingest_mask_make(&segmentation, clipped, shapes->width, shapes->height, &shape->mask,
                              &shape->source, &shape->valid);
    ingest_segmentation_clear(&segmentation);
    if (status == BASE_OK && shape->valid && shape->source == INGEST_MASK_BOX && !boxed) {
        ingest_mask_clear(&shape->mask);
        shape->valid = false;
    }
    return status;
}

base_status ingest_shapes_own(ingest_shapes *shapes, size_t annotation, const ingest_shape **shape)
{
    ingest_shape *own = &shapes->own[annotation - shapes->first];
    base_status status = BASE_OK;

    if (!own->tried)
        status = make_own(shapes, &shapes->coco->annotations[annotation], own);
    if (status == BASE_OK)
        *shape = own;
    return status;
}

/* Unite a mask with what there is so far; the first that comes gives its source. */
static base_status unite(ingest_shape *all, const ingest_shape *part)
{
    ingest_mask joined;
    base_status status;

    if (!all->valid) {
        status = ingest_mask_runs(part->mask.runs, part->mask.count, part->mask.width, part->mask.height,
                                  &all->mask, &all->valid);
        all->source = part->source;
        return status;
    }
    status = ingest_mask_union(&all->mask, &part->mask, &joined);
    if (status != BASE_OK)
        return status;
    ingest_mask_clear(&all->mask);
    all->mask = joined;
    return BASE_OK;
}

base_status ingest_shapes_class(ingest_shapes *shapes, size_t annotation, size_t *members,
                                const ingest_shape **shape)
{
    const ingest_annotation *all = shapes->coco->annotations;
    base_status status = BASE_OK;
    size_t i, leader = annotation, count = 0;
    ingest_shape *class;

    for (i = shapes->end; i-- > shapes->first;)
        if (all[i].category == all[annotation].category && !all[i].duplicate) {
            leader = i;
            count++;
        }
    class = &shapes->class[leader - shapes->first];
    for (i = leader; i < shapes->end && count > 1 && !class->tried && status == BASE_OK; i++) {
        const ingest_shape *own;

        if (all[i].category != all[annotation].category || all[i].duplicate)
            continue;
        status = ingest_shapes_own(shapes, i, &own);
        if (status == BASE_OK && own->valid)
            status = unite(class, own);
    }
    if (status != BASE_OK)
        return status;
    class->tried = true;
    *members = count;
    if (count > 1)
        *shape = class;
    return BASE_OK;
}

void ingest_shapes_clear(ingest_shapes *shapes)
{
    if (!shapes)
        return;
    if (shapes->room)
        forget(shapes);
    free(shapes->own);
    free(shapes->class);
    memset(shapes, 0, sizeof *shapes);
}
