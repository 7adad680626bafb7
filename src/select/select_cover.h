/** Distance of every sample to the nearest centre so far: what k-center and k-means++ picks are made of.
 *
 * A point is a (x) h, the outer product of an output vector and a feature vector (a = 1 without outputs), and
 * never formed: |g_i - g_j|^2 = |a_i|^2 |h_i|^2 + |a_j|^2 |h_j|^2 - 2 (a_i . a_j)(h_i . h_j), so that memory
 * is O(N (C + d)) and no N x N matrix is needed. With the gradient of the loss by the logits as a, g is the
 * gradient embedding of BADGE.
 *
 * A distance depends on the two samples alone (select_vector.h). It only falls as centres come, so most are
 * never computed: a sample catches up with the newer centres when its last known distance could make it the
 * pick (select_lazy.h). On the way the long product is left out where the bound |h_i . h_j| <= |h_i| |h_j|
 * shows after the short one that a centre is no nearer; bounds keep a margin above rounding.
 */
#ifndef SELECT_COVER_H
#define SELECT_COVER_H

#include "base_status.h"
#include "select_gate.h"
#include "select_points.h"
#include <stdint.h>

/** Bytes a sample beside its vectors. */
#define SELECT_COVER_BYTES 28

/** Where the random numbers of a draw come from. */
typedef struct select_draw {
    uint64_t seed;
    int32_t round;
    uint32_t turn;
} select_draw;

typedef struct select_cover select_cover;

/** Local. BASE_ERR_MEMORY.
 * @param points   outlive the cover; their vectors do not change
 * @param centres  most centres of select_cover_add() */
base_status select_cover_create(const select_points *points, size_t centres, select_cover **cover);

/** NULL-safe; nulls the pointer. */
void select_cover_destroy(select_cover **cover);

/** One more centre, copied; no more than the cover has room for. Local.
 * @param output   [outputs], NULL without outputs
 * @param feature  [width] */
void select_cover_add(select_cover *cover, const float *output, const float *feature);

/** Many more centres at once, of points without outputs. Local.
 * @param feature  [count, width] */
void select_cover_add_many(select_cover *cover, const float *feature, size_t count);

/** The open sample farthest from its nearest centre; without a centre, the one of the largest norm. Local. */
select_pick select_cover_farthest(select_cover *cover, const select_gate *gate);

/** An open sample drawn with a probability in proportion to the squared distance to its nearest centre.
 *
 * The largest of w_i / E_i, E_i exponential and a function of seed, round, turn and sample (the same as the
 * largest log w_i plus Gumbel noise): it needs no sum of weights and so no order of additions. Without a
 * centre all weights are equal. Local. */
select_pick select_cover_draw(select_cover *cover, const select_gate *gate, select_draw draw);

#endif
