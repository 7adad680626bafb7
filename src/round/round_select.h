/** The decisions of a round on rank 0: class status, quotas, samples. */
#ifndef ROUND_SELECT_H
#define ROUND_SELECT_H

#include "round_run.h"

/** Accuracies and heat-map scores into the classes' states, then exclusion, quotas and the choice of samples.
 *
 * Rank 0. Sees scores, validation records and statuses, never labels or masks of the pool. In the last round
 * measurements are written and nothing is decided. BASE_ERR_MEMORY, BASE_ERR_INPUT.
 */
base_status round_select(const round_job *job, round_state *state, round_work *work);

#endif
