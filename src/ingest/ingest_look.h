/** What a sample looks like in 128 bits, so that near copies are found: the same picture saved again, cut or
 * lightened a little, scanned by the camera twice.
 *
 * The bits are those of a difference hash: of 9 x 9 means of brightness, which of two neighbours is the
 * brighter one, along rows and along columns.
 */
#ifndef INGEST_LOOK_H
#define INGEST_LOOK_H

#include "base_status.h"
#include <stddef.h>
#include <stdint.h>

/** Two looks that differ in so many bits or fewer are near copies; chance would have it at 64 or so. */
#define INGEST_LOOK_NEAR 7

/** The look of a sample. All zero, which is like nothing, if it is of less than 16 pixels or all of one
 * brightness. Local. @param rgb [size,size,3] */
void ingest_look_make(const uint8_t *rgb, int32_t size, uint64_t look[2]);

typedef struct ingest_looked {
    uint64_t look[2];
    size_t sample, picture;
} ingest_looked;

typedef struct ingest_pair {
    size_t a, b; /* samples, a < b */
    int32_t distance;
} ingest_pair;

/** Find near copies among samples of different pictures.
 *
 * Looks are put in order eight times, each time by other 16 bits first (any two within INGEST_LOOK_NEAR agree
 * in one of the eight), and compared with the 64 that follow: work and memory grow with the samples, not with
 * their square, and of a large heap of near copies not every pair is named. Local. BASE_ERR_MEMORY.
 * @param looked  [count] changed in order   @param pairs  out, malloc'ed, in order of a, then b */
base_status ingest_look_pairs(ingest_looked *looked, size_t count, ingest_pair **pairs, size_t *pair_count);

#endif
