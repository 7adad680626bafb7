/** Which pool samples to label: pure functions over score records. Nothing here can block or see a label. */
#ifndef SELECT_STRATEGY_H
#define SELECT_STRATEGY_H

#include "base_config.h"
#include "base_status.h"
#include "store_records.h"
#include <stddef.h>
#include <stdint.h>

/** How a strategy is to rank. */
typedef struct select_options {
    base_strategy strategy;
    base_prefer prefer; /* cam and cam_margin: low or high activation first */
    uint64_t seed;      /* random */
    int32_t round;
} select_options;

/** The value a record is ranked by: smaller = labelled earlier.
 *
 * random: a function of seed, round and sample, in [0, 1). least_confidence: confidence. margin: margin.
 * entropy: -entropy. cam: activation score A (-A for high). cam_margin: margin times A (margin times 1-A for
 * high): an uncertain sample whose heat map is diffuse comes first. An empty heat map counts as A = 0. Local.
 */
float select_value(const select_options *options, const store_score *score);

/** Choose min(budget, records whose predicted class is open) samples in O(count log count).
 *
 * With quotas (`quota` not NULL): the best of each predicted class within its quota (reason QUOTA), then,
 * where the quotas leave budget over, the best of the rest (reason FILL). Without: the best overall (reason
 * STRATEGY).
 *
 * A class with closed[c] != 0 (finished, excluded) is never queried. If the open classes cannot fill the
 * budget, fewer samples are chosen and *total says how many: a label for a class that takes none is a waste.
 *
 * The order is total, so the input's order does not matter: by value, values that are not a number last, ties
 * by sample id. Infinities order as numbers do. The result comes in that order, `rank` from 0.
 *
 * Local. BASE_ERR_MEMORY, BASE_ERR_INPUT (a predicted class outside [0, classes); names sample and value).
 * @param scores  [count] records of distinct pool samples, any order, unchanged
 * @param quota   [classes] or NULL; together at least the budget is not required, and what is above it is cut
 * @param closed  [classes] 1 = take none
 * @param chosen  [budget] out, answers unknown
 * @param total   out, how many were chosen
 */
base_status select_choose(const select_options *options, const store_score *scores, size_t count,
                          const int64_t *quota, const uint8_t *closed, size_t classes, size_t budget,
                          store_query *chosen, size_t *total);

#endif
