/** Which pool samples to label: pure functions over score records. Nothing here can block or see a label. */
#ifndef SELECT_STRATEGY_H
#define SELECT_STRATEGY_H

#include "base_config.h"
#include "base_status.h"
#include "store_records.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** How a strategy chooses. */
typedef enum select_way {
    SELECT_WAY_RANK,    /* each sample by itself, by value: select_choose() */
    SELECT_WAY_BALANCE, /* one after the other: select_balance.h */
    SELECT_WAY_COVER,   /* one after the other: select_cover.h */
    SELECT_WAY_CLUSTER  /* one after the other: select_cluster.h */
} select_way;

typedef enum select_feature {
    SELECT_FEATURE_NONE,
    SELECT_FEATURE_POOLED, /* the linear head's input */
    SELECT_FEATURE_HEATED /* sum_z L(z) A(z) / sum_z L(z): the layer's activations weighted by the heat map */
} select_feature;

typedef enum select_output {
    SELECT_OUTPUT_NONE,
    SELECT_OUTPUT_SOFTMAX,
    SELECT_OUTPUT_GRADIENT /* softmax minus one-hot prediction: of the loss by the logits */
} select_output;

/** What a strategy needs beside the score records. */
typedef struct select_needs {
    select_way way;
    select_feature feature;
    select_output output;
    bool keeps;    /* features of all samples at once; else each is seen and let go */
    bool labelled; /* those of labelled samples too */
} select_needs;

/** Local. */
select_needs select_strategy_needs(base_strategy strategy);

/** How a strategy is to rank. */
typedef struct select_options {
    base_strategy strategy;
    base_prefer prefer; /* cam and cam_margin: low or high activation first */
    uint64_t seed;      /* random, power_margin */
    int32_t round;
    const float *values; /* bald: [count] a value for each record, in place of select_value(); else NULL */
} select_options;

/** The value a record is ranked by: smaller = labelled earlier.
 *
 * random: a function of seed, round and sample, in [0, 1). least_confidence: confidence. margin: margin.
 * entropy: -entropy. cam: activation score A (-A for high). cam_margin: margin times A (margin times 1-A for
 * high): an uncertain sample whose heat map is diffuse comes first. An empty heat map counts as A = 0.
 *
 * power_margin: -(log(1 - margin) + Gumbel noise), a draw without replacement in proportion to 1 - margin
 * (power acquisition with exponent 1, Kirsch et al., arXiv 2106.12059; with the margin as in Bahri et al.,
 * arXiv 2210.03822). cam_consistency: cam_agreement, of the map with that of the mirrored image.
 * cam_overlap: -cam_overlap, of the maps of the two likeliest classes. class_balanced: -entropy.
 *
 * Not a number for strategies that no record decides. Local.
 */
float select_value(const select_options *options, const store_score *score);

/** Bytes a record while select_choose() orders them. */
#define SELECT_CHOOSE_BYTES 24

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
