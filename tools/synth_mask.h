/** Masks of objects and the ways COCO writes them. */
#ifndef SYNTH_MASK_H
#define SYNTH_MASK_H

#include "base_status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The pixels of an object within its box. */
typedef struct synth_mask {
    int x, y, width, height; /* the tight box, pixels of the image */
    int64_t area;            /* pixels set */
    uint8_t *pixel;          /* [height,width] 0 or 1 */
} synth_mask;

/** Outlines along pixel edges: rasterising them by pixel centres gives the mask back exactly. */
typedef struct synth_outline {
    size_t loops;
    size_t *first; /* [loops + 1] of each loop in point */
    int *point;    /* x, y of corners, pixels of the image */
    bool holes;    /* a loop runs round a hole */
} synth_outline;

/** Trace the outlines of the 4-connected pieces of a mask. Local. BASE_ERR_MEMORY.
 * Free with synth_outline_destroy(). */
base_status synth_mask_trace(const synth_mask *mask, synth_outline *outline);

/** NULL-safe; zeroes the outline. */
void synth_outline_destroy(synth_outline *outline);

/** COCO run lengths, column by column over the whole image, beginning with zeros. Local. BASE_ERR_MEMORY.
 * @param counts  out, the caller's to free
 * @param runs    out, how many */
base_status synth_mask_runs(const synth_mask *mask, int image_width, int image_height, uint32_t **counts,
                            size_t *runs);

/** COCO's string of run lengths: differences to the run before the last, five bits a character. Local.
 * BASE_ERR_MEMORY.
 * @param text  out, the caller's to free */
base_status synth_mask_compress(const uint32_t *counts, size_t runs, char **text);

/** NULL-safe; zeroes the mask. */
void synth_mask_destroy(synth_mask *mask);

#endif
