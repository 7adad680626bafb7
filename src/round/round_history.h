/** What the rules look back on: the rounds so far, in memory and from their files. Rank 0 throughout. */
#ifndef ROUND_HISTORY_H
#define ROUND_HISTORY_H

#include "base_config.h"
#include "base_status.h"
#include "round_state.h"
#include "store_round.h"

/** Rounds before the newest that the configured rules look at. Local. */
int32_t round_history_depth(const base_config *config);

/** Take the newest round of a folder, and as many before it as the rules look at, into the state of a run
 * that goes on after it: history, predictions, agreement, and whether it ends there.
 *
 * Older rounds are read from their files only where a rule needs them. BASE_ERR_MEMORY, BASE_ERR_IO,
 * BASE_ERR_INPUT (a file that is gone or damaged is named). */
base_status round_history_read(const char *folder, const store_round *newest, const base_config *config,
                               round_state *state);

/** Agreement of a round's predictions with those of the round before, over the samples in both pools; they
 * take their place. BASE_ERR_MEMORY. */
base_status round_history_compare(round_state *state, const store_score *scores, size_t count);

/** Room for the words of round_history_reason(). */
#define ROUND_HISTORY_REASON 160

/** Which rule ended a run that has ended, and by what, for people; cut to `size`, 0-ended. */
void round_history_reason(const round_state *state, const base_config *config, char *text, size_t size);

/** Does the run end after round `index`, the newest of the history? Logs why, and sets state->stopped. */
void round_history_stop(round_state *state, const base_config *config, int32_t index);

#endif
