/** k-means: centres, the samples nearest to each, and their means.
 *
 * Sums of features are sums of 64-bit integers (fixed point), which are exact in any order: the centres have
 * the same bits whichever rank holds a sample.
 */
#ifndef SELECT_CENTRES_H
#define SELECT_CENTRES_H

#include "base_status.h"
#include "select_points.h"

typedef struct select_centres {
    size_t count, width;
    float *centre; /* [count, width] */
    double *norm;  /* [count] squared */
} select_centres;

/** Zeroed. Local. BASE_ERR_MEMORY. */
base_status select_centres_create(size_t count, size_t width, select_centres *centres);

/** NULL-safe; zeroes it. */
void select_centres_destroy(select_centres *centres);

/** Set one centre. Local. @param feature  [width] */
void select_centres_set(select_centres *centres, size_t at, const float *feature);

/** The nearest centre of each sample, ties by number of the centre. Local.
 * @param cluster  [points->count] out */
void select_centres_assign(const select_centres *centres, const select_points *points, int32_t *cluster);

/** Bits after the point with which `count` features of at most this size sum without overflow. Local. */
int select_centres_scale(double largest, size_t count);

/** Largest |feature|. Local. */
double select_centres_largest(const select_points *points);

/** Add the samples to the sums of their clusters. Local.
 * @param sum      [count, width] in 2^-scale
 * @param members  [count] */
void select_centres_sum(const select_centres *centres, const select_points *points, const int32_t *cluster,
                        int scale, int64_t *sum, int64_t *members);

/** Move each centre that has members to their mean. Local. */
void select_centres_move(select_centres *centres, const int64_t *sum, const int64_t *members, int scale);

#endif
