/** The masks of one picture's annotations, each made once, and of an annotation's twins: what else in the
 * picture is of its class, crowds too. */
#ifndef INGEST_SHAPES_H
#define INGEST_SHAPES_H

#include "base_status.h"
#include "ingest_coco.h"
#include "ingest_mask.h"
#include "ingest_options.h"
#include <stdbool.h>

typedef struct ingest_shape {
    ingest_mask mask;
    ingest_mask_source source;
    bool tried, valid; /* valid: there is a mask */
} ingest_shape;

typedef struct ingest_shapes {
    const ingest_options *options;
    const ingest_coco *coco;
    const int *files;      /* [sources] open annotation files */
    size_t first, end;     /* annotations of the picture */
    int32_t width, height; /* of the picture */
    ingest_shape *own;     /* [room] of each annotation */
    ingest_shape *class;   /* [room] of all annotations of a class, at the first of them */
    size_t room;
} ingest_shapes;

/** Turn to another picture. Local. BASE_ERR_MEMORY. */
base_status ingest_shapes_begin(ingest_shapes *shapes, size_t first, size_t end, int32_t width,
                                int32_t height);

/** The mask of one annotation. Local. BASE_ERR_IO, BASE_ERR_MEMORY.
 * @param shape  out: shape->valid is false if the segmentation contradicts itself or the picture's size, or
 * if there is neither one nor a usable box; lives until the next picture */
base_status ingest_shapes_own(ingest_shapes *shapes, size_t annotation, const ingest_shape **shape);

/** The masks of all annotations of the same class, united. Local. BASE_ERR_IO, BASE_ERR_MEMORY.
 * @param members  out: how many annotations those are; with 1 there is no twin, and *shape is not set */
base_status ingest_shapes_class(ingest_shapes *shapes, size_t annotation, size_t *members,
                                const ingest_shape **shape);

/** NULL-safe. */
void ingest_shapes_clear(ingest_shapes *shapes);

#endif
