/** A round's model over a data set: one record a sample, and which samples to look at first. */
#ifndef ROUND_SCORE_H
#define ROUND_SCORE_H

#include "base_status.h"
#include "comm_world.h"
#include "round_model.h"
#include "store_dataset.h"
#include "store_scores.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct round_score_options {
    bool all;         /* every sample; else, of the model's own data set, what the round left unlabelled */
    bool own_kernels; /* do not take the round's kernels even where they fit */
} round_score_options;

/** Score a data set. Labels and masks are not read.
 *
 * With the round's kernels (the default where they fit: dtype, threads) the records have the bits of the
 * round's own; on any number of ranks they are the same. Memory: the records of a rank's own samples, on rank
 * 0 of all; no pixels but windows of them.
 *
 * Collective. As learn_pool_score() and learn_plan_find(); BASE_ERR_INPUT if there is nothing to score;
 * BASE_INTERRUPTED; agreed.
 * @param scores  out, on rank 0 for store_scores_destroy(), elsewhere zero */
base_status round_score(const comm_world *world, const round_model *model, const store_dataset *dataset,
                        const round_score_options *options, store_scores *scores);

/** Whether the records of a pool are all that the configuration's strategy looks at, so that
 * round_score_first() can rank them. Local. BASE_ERR_USAGE, logged. */
base_status round_score_ranks(const base_config *config);

/** The samples to look at first, by the select section of the configuration, whatever their class.
 *
 * Rank 0. BASE_ERR_MEMORY, BASE_ERR_USAGE (round_score_ranks()).
 * @param most   at most so many
 * @param first  out, [*count], by rank; the caller's to free */
base_status round_score_first(const round_model *model, const store_scores *scores, size_t most,
                              store_query **first, size_t *count);

#endif
