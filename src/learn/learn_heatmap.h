/** What a heat map says: pure functions on raw maps L >= 0 of h x w positions (DESIGN: activation score). */
#ifndef LEARN_HEATMAP_H
#define LEARN_HEATMAP_H

#include "base_status.h"
#include "store_records.h"
#include <stddef.h>
#include <stdint.h>

/** The bit of a mask [S,row_bytes] at row y and column x. Local. */
static inline int learn_mask_bit(const uint8_t *mask, size_t row_bytes, int32_t y, int32_t x)
{
    return mask[(size_t)y * row_bytes + (size_t)x / 8] >> (7 - x % 8) & 1;
}

/** Sum, activation, area, entropy and the empty flag of a map, with M = [L >= threshold max L].
 * An all-zero map sets cam_empty and zeros. Local.
 * @param map [h*w] */
void learn_heatmap_describe(const float *map, size_t positions, double threshold, store_score *score);

/** sum min(a, b) / sum max(a, b), each map divided by its own sum; 0 if a map is all zero. Local.
 * @param mirrored  1: b is read right to left, row by row */
float learn_heatmap_overlap(const float *a, const float *b, int32_t height, int32_t width, int mirrored);

/** Bilinear enlargement (half-pixel centres, edges repeated) from h x w to S x S: tables made once. */
typedef struct learn_enlargement {
    int32_t height, width, size;
    int32_t *row, *column;           /* [S] lower neighbour */
    float *row_share, *column_share; /* [S] weight of the upper neighbour */
} learn_enlargement;

/** Local. BASE_ERR_MEMORY. */
base_status learn_enlargement_create(int32_t height, int32_t width, int32_t size,
                                     learn_enlargement *enlargement);

/** NULL-safe. */
void learn_enlargement_destroy(learn_enlargement *enlargement);

/** The enlarged map at row y and column x. Local. @param map [h*w] */
float learn_enlargement_at(const learn_enlargement *enlargement, const float *map, int32_t y, int32_t x);

/** What each position of a map adds up to over these pixels of the enlarged one: for any map L,
 * sum_z L(z) parts(z) is the enlarged map's sum over the pixels. Local.
 * @param pixels  [S,S] 0 or 1; NULL: all
 * @param parts   [h*w] out */
void learn_enlargement_parts(const learn_enlargement *enlargement, const uint8_t *pixels, float *parts);

/** Energy, soft IoU, hit and the empty flag of a map against an annotation mask. An empty map has energy 0.
 * What lies on another object of the same class is neither right nor wrong: the energy is the part in the
 * mask of all that is not on twins, 0 if there is none. Local.
 * @param map    [h*w] raw
 * @param mask   [S,ceil(S/8)] bits
 * @param twins  [S,ceil(S/8)] bits, none of them in mask; NULL: there are none */
void learn_heatmap_judge(const learn_enlargement *enlargement, const float *map, const uint8_t *mask,
                         const uint8_t *twins, store_evaluation *record);

#endif
