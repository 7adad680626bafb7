/** Uncertain samples that even out the classes: class-balanced active learning (Bengar et al., arXiv
 * 2110.04543), greedy.
 *
 * The paper chooses the batch z that minimises -sum_i z_i H_i + lambda |Omega - P^T z|_1, H the entropies, P
 * the probabilities, Omega_c what class c lacks to its even share of all labels, by a relaxed program over
 * the whole pool. Here the same objective is taken one sample at a time, the one that lowers it most: exact
 * on any number of ranks. What a sample is worth only falls from pick to pick, so few are looked at again
 * (select_lazy.h).
 */
#ifndef SELECT_BALANCE_H
#define SELECT_BALANCE_H

#include "base_status.h"
#include "select_gate.h"
#include "select_points.h"

/** lambda: a label that a class lacks, against a nat of entropy. */
#define SELECT_BALANCE_WEIGHT 1.0

/** Bytes a sample beside its vectors. */
#define SELECT_BALANCE_BYTES 8

typedef struct select_balance {
    const select_points *points;
    double *missing; /* [outputs] labels that each class lacks */
    double *bound;   /* [points->count] no sample is worth more */
    double slack;    /* what rounding may add to a worth */
} select_balance;

/** At first, a class lacks max(0, (labelled + budget) / open classes - labelled_c) labels, closed ones none.
 * Local. BASE_ERR_MEMORY.
 * @param points    outlive it; with probabilities as outputs and minus the entropy as value
 * @param labelled  [outputs] labels so far
 * @param closed    [outputs] */
base_status select_balance_create(const select_points *points, const int64_t *labelled, const uint8_t *closed,
                                  int64_t budget, select_balance *balance);

/** NULL-safe; zeroes it. */
void select_balance_destroy(select_balance *balance);

/** The open sample that lowers the objective most. Local. */
select_pick select_balance_best(select_balance *balance, const select_gate *gate);

/** Note a pick. Local. @param output  [outputs] its probabilities */
void select_balance_take(select_balance *balance, const float *output);

#endif
