/** Uncertain samples that even out the classes: class-balanced active learning (Bengar et al., arXiv
 * 2110.04543), greedy.
 *
 * The paper chooses the batch z that minimises -sum_i z_i H_i + lambda |Omega - P^T z|_1, H the entropies, P
 * the probabilities, Omega_c what class c lacks to its even share of all labels, by a relaxed program over
 * the whole pool. Here the same objective is taken one sample at a time, the one that lowers it most: O(N C)
 * a pick, exact on any number of ranks.
 */
#ifndef SELECT_BALANCE_H
#define SELECT_BALANCE_H

#include "select_gate.h"
#include "select_points.h"

/** lambda: a label that a class lacks, against a nat of entropy. */
#define SELECT_BALANCE_WEIGHT 1.0

/** What each class lacks to an even share of the labels after `budget` more: max(0, (labelled + budget) /
 * open classes - labelled_c), 0 for closed classes. Local.
 * @param labelled  [classes] labels so far
 * @param closed    [classes]
 * @param missing   [classes] out */
void select_balance_begin(const int64_t *labelled, const uint8_t *closed, size_t classes, int64_t budget,
                          double *missing);

/** The open sample that lowers the objective most. Local.
 * @param points  with probabilities as outputs and minus the entropy as value */
select_pick select_balance_best(const select_points *points, const double *missing, const select_gate *gate);

/** Note a pick. Local. @param output  [classes] its probabilities */
void select_balance_take(const float *output, size_t classes, double *missing);

#endif
