/** Masks of whole pictures as runs, and their resampling into a sample's bits.
 *
 * Runs go down the columns, left to right, zeros first, as COCO's do, and are kept in one form: no empty run
 * but possibly the first. Polygons are rasterised by COCO's definition (rleFrPoly of its mask API), so that
 * areas and pixels agree with what every other tool makes of the same file.
 */
#ifndef INGEST_MASK_H
#define INGEST_MASK_H

#include "base_status.h"
#include "ingest_segmentation.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ingest_mask {
    int32_t width, height; /* pixels; their product is at most 2^28 */
    uint32_t *runs;        /* [count] zeros, ones, zeros ...: their sum is width * height */
    size_t count, room;
} ingest_mask;

/** Where a mask came from. */
typedef enum ingest_mask_source {
    INGEST_MASK_POLYGONS,
    INGEST_MASK_RUNS,
    INGEST_MASK_BOX
} ingest_mask_source;

/** How much of a sample's mask is left after resampling. */
typedef enum ingest_mask_cover {
    INGEST_MASK_FULL, /* some bit is at least half covered */
    INGEST_MASK_THIN, /* none is: the best covered were taken */
    INGEST_MASK_EMPTY /* the crop has nothing of the mask */
} ingest_mask_cover;

/** The square of a picture that becomes a sample; may pass the picture's edges. */
typedef struct ingest_crop {
    int64_t x, y; /* of its first pixel, may be negative */
    int64_t side; /* pixels */
} ingest_crop;

/** Rasterise one polygon. Local. BASE_ERR_MEMORY.
 * @param points  [numbers] x, y, x, y ...; an even number, 6 or more
 * @param valid   out: false if a point lies more than a picture's size outside, or is not finite; mask unset
 */
base_status ingest_mask_polygon(const double *points, size_t numbers, int32_t width, int32_t height,
                                ingest_mask *mask, bool *valid);

/** Take over runs in any form (empty ones are merged away). Local. BASE_ERR_MEMORY.
 * @param valid  out: false if the sum is not width * height; mask unset */
base_status ingest_mask_runs(const uint32_t *runs, size_t count, int32_t width, int32_t height,
                             ingest_mask *mask, bool *valid);

/** The pixels of a box, corners rounded, at least one pixel each way. Local. BASE_ERR_MEMORY.
 * @param box  x, y, width, height; overlaps the picture */
base_status ingest_mask_box(const double box[4], int32_t width, int32_t height, ingest_mask *mask);

/** Pixels in either of two masks of the same size. Local. BASE_ERR_MEMORY. */
base_status ingest_mask_union(const ingest_mask *a, const ingest_mask *b, ingest_mask *mask);

/** The mask of an annotation: union of its polygons of three points or more, or its runs; the box if there is
 * neither or if they cover no pixel. Local. BASE_ERR_MEMORY.
 * @param valid  out: false if the segmentation contradicts itself or the picture's size; mask unset */
base_status ingest_mask_make(const ingest_segmentation *segmentation, const double box[4], int32_t width,
                             int32_t height, ingest_mask *mask, ingest_mask_source *source, bool *valid);

/** Pixels that are set. Local. */
uint64_t ingest_mask_area(const ingest_mask *mask);

/** Crop and resample by area to size x size: a bit is set where at least half of what it covers is set.
 *
 * What lies outside the picture is not set. Where no bit would be set (an object much thinner than a bit),
 * those with at least half of the largest cover are, and the cover is THIN. Exact in integers. Local.
 * BASE_ERR_MEMORY.
 * @param bits  [size, ceil(size/8)] out; bit 7 of a byte is its leftmost pixel */
base_status ingest_mask_crop(const ingest_mask *mask, const ingest_crop *crop, int32_t size, uint8_t *bits,
                             ingest_mask_cover *cover);

/** NULL-safe. */
void ingest_mask_clear(ingest_mask *mask);

#endif
