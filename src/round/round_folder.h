/** The run folder: started, continued, branched, held by one job at a time. */
#ifndef ROUND_FOLDER_H
#define ROUND_FOLDER_H

#include "base_config.h"
#include "base_file.h"
#include "base_status.h"
#include "round_job.h"
#include "round_state.h"
#include <stdint.h>

/** Take the folder for this job (created if need be): a lock on FOLDER/lock that ends with the process,
 * however it ends. Rank 0. BASE_ERR_USAGE if another job holds it, BASE_ERR_IO.
 * @param lock  out, file descriptor for round_folder_release() */
base_status round_folder_hold(const char *folder, int *lock);

/** Let go; a folder in which no run began is left as if nothing had happened. A lock of -1 is fine. */
void round_folder_release(const char *folder, int lock);

/** Check that a configuration may continue the run in its folder: the same as FOLDER/run.yaml but for
 * the folder, what ends it (run.rounds, stop), and what only says how the job is looked after. A folder
 * without run.yaml passes. Rank 0. BASE_ERR_USAGE (shows the first differing line), BASE_ERR_IO. */
base_status round_folder_check(const base_config *config);

/** Digest of what of a configuration must stay the same in a continued run. Local. BASE_ERR_MEMORY. */
base_status round_folder_config_digest(const base_config *config, char digest[BASE_DIGEST_TEXT]);

/** Copy rounds 0..last of another run into the folder, so that a run branches there; a folder that holds
 * rounds already is left alone, so that an interrupted branch goes on by the same command. Rank 0.
 * BASE_ERR_NOT_FOUND (no such round), BASE_ERR_USAGE (half a branch from a later round is there),
 * BASE_ERR_INPUT (damaged), BASE_ERR_IO. */
base_status round_folder_branch(const char *from, int32_t last, const char *folder);

/** The state to go on from: after the newest valid round, or before round 0; writes run.yaml and
 * kernels.plan. Queries still without answers are put to the oracle again.
 *
 * Collective. BASE_WAITING (people have not answered), or as round_state_begin() and round_state_resume(),
 * agreed.
 */
base_status round_folder_resume(round_job *job, round_state *state);

/** Text of the kernel plan that a run has: FOLDER/kernels.plan, else (a branch at its first start) its newest
 * round's; *text is NULL if it has none, else the caller's to free. Rank 0. BASE_ERR_IO, BASE_ERR_MEMORY.
 * @param source   [PATH_MAX] out, the file it is from
 * @param binding  out, false if it is a round's, which a branch with other settings need not keep */
base_status round_folder_plan(const char *folder, char *source, char **text, bool *binding);

#endif
