/** The weights that a run begins with, and with train.start afresh every round: random ones, or those of a
 * file (network.weights), all but the last layer's where its classes are others. */
#ifndef ROUND_START_H
#define ROUND_START_H

#include "base_status.h"
#include "round_job.h"
#include "round_state.h"

/** Set the weights of a run that begins so, and its momentum to zero. Rank 0. BASE_ERR_NOT_FOUND,
 * BASE_ERR_INPUT (no model, a damaged one, one of another network: the tensor is named), BASE_ERR_IO,
 * BASE_ERR_MEMORY. */
base_status round_start(const round_job *job, round_state *state);

/** The same in a later round, on every rank. A file that is not what the run began with is warned of.
 * Collective; errors as above, agreed. */
base_status round_start_again(const round_job *job, round_state *state);

#endif
