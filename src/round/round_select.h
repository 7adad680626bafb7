/** The decisions of a round: class status, quotas, samples. */
#ifndef ROUND_SELECT_H
#define ROUND_SELECT_H

#include "round_run.h"

/** Before the pool is scored: have kept of it what the strategy needs (round_features.h). Says the bound of
 * the memory.
 *
 * Collective. BASE_ERR_USAGE (more than select.memory), BASE_ERR_MEMORY, agreed. */
base_status round_select_begin(const round_job *job, const round_state *state, round_work *work);

/** Accuracies and heat-map scores into the classes' states, then exclusion, quotas and the choice of samples.
 *
 * Collective; records and decisions are on rank 0. Sees scores, features, validation records and statuses,
 * never labels or masks of the pool. In the last round measurements are written and nothing is decided.
 * BASE_ERR_MEMORY, BASE_ERR_INPUT, agreed.
 */
base_status round_select(const round_job *job, round_state *state, round_work *work);

#endif
