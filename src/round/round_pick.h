/** Picks that depend on the picks before, over the samples of all ranks.
 *
 * Each turn every rank finds its best sample, the ranks agree on the best of all (largest value, ties by
 * sample id), and the pick's vector goes to every rank. A value depends on the sample and the picks so far
 * alone, so the picks are the same on any number of ranks, whichever holds a sample.
 */
#ifndef ROUND_PICK_H
#define ROUND_PICK_H

#include "comm_world.h"
#include "select_points.h"
#include "select_strategy.h"

typedef struct round_pick_task {
    base_strategy strategy; /* one that does not rank: select_strategy_needs() */
    uint64_t seed;
    int32_t round;
    size_t classes, budget;
    const int64_t *quota;    /* [classes] or NULL; how quotas count: select_gate.h */
    const uint8_t *closed;   /* [classes] 1 = takes no labels */
    const int64_t *labelled; /* [classes] labels so far (class_balanced) */
} round_pick_task;

/** Choose min(budget, samples of classes that are not closed).
 *
 * coreset: always the sample farthest from all labelled and chosen ones (greedy k-center, Sener and Savarese,
 * arXiv 1708.00489). badge: k-means++ on gradient embeddings, the longest first (Ash et al., arXiv
 * 1906.03671). cam_badge: the same with features weighted by the heat map. typiclust: select_cluster.h.
 * class_balanced: select_balance.h.
 *
 * Collective; the same task on every rank. BASE_ERR_MEMORY, agreed.
 * @param points  this rank's samples, with what the strategy needs; picks are marked as taken
 * @param chosen  [budget] out on every rank, in order of the picks; score = -value at its turn
 */
base_status round_pick(const comm_world *world, const round_pick_task *task, select_points *points,
                       store_query *chosen, size_t *count);

#endif
