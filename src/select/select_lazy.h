/** The best sample where values fall from turn to turn: most are never computed (lazy evaluation, Minoux,
 * "Accelerated greedy algorithms for maximizing submodular set functions", 1978).
 *
 * A value of an earlier turn bounds today's from above. Where that bound does not reach the best value found,
 * the value is not looked at. The pick is the one that all values would give, to the bit.
 */
#ifndef SELECT_LAZY_H
#define SELECT_LAZY_H

#include "select_gate.h"
#include "select_points.h"

/** Today's value of the sample at place i; not a number is not allowed. Called at once for different samples.
 */
typedef double (*select_lazy_value)(void *self, size_t i);

/** The open sample of the largest value, ties by sample. Local.
 * @param bound  [points->count] at least the value; `value` may lower it, for its own sample */
select_pick select_lazy_best(const select_points *points, const select_gate *gate, const double *bound,
                             select_lazy_value value, void *self);

/** Whether the sample at place i may be picked. Local. */
static inline bool select_is_open(const select_points *points, const select_gate *gate, size_t i)
{
    return !points->taken[i] && gate->open[points->predicted[i]];
}

#endif
