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
 * random: a function of seed, round and sample. least_confidence: confidence. margin: margin. entropy: -entropy.
 * cam: activation score A (or -A for high). cam_margin: margin times A (or margin times 1-A), an uncertain sample whose heat map is
 * diffuse comes first. Local.
 */
float select_value(const select_options *options, const store_score *score);

/** Choose exactly min(budget, scores) samples.
 *
 * With quotas (`quota` not NULL) the best of each predicted class within its quota, then, if quotas could not be filled, the best of
 * the rest whose class is not closed; without, the best overall. Classes with closed[c] != 0 (finished, excluded) are not
 * queried unless nothing else is left... see the note in the source. Ties by sample id. Order of the result: by value.
 *
 * Local. BASE_ERR_MEMORY.
 * @param scores  [count] records of pool samples, any order, unchanged
 * @param quota   [classes] or NULL
 * @param closed  [classes] 1 = take none
 * @param chosen  [budget] out, answers unknown
 * @param total   out, how many were chosen
 */
base_status select_choose(const select_options *options, const store_score *scores, size_t count,
                          const int64_t *quota, const uint8_t *closed, size_t classes, size_t budget,
                          store_query *chosen, size_t *total);

#endif
