/** A round's work as its file. */
#ifndef ROUND_RECORD_H
#define ROUND_RECORD_H

#include "round_run.h"

/** Write round-NNN.h5 from the state and the work, and set state->parent_digest to the file's digest, and the
 * state's calibrations to what the file says; the state's answers are then in the file, and none are left.
 *
 * Rank 0. BASE_ERR_MEMORY, BASE_ERR_IO.
 */
base_status round_record_commit(const round_job *job, round_state *state, const round_work *work);

#endif
