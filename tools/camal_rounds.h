/** The round files of a run folder, for the tools that read them. */
#ifndef CAMAL_ROUNDS_H
#define CAMAL_ROUNDS_H

#include "base_config.h"
#include "base_status.h"
#include "store_round.h"
#include <stddef.h>
#include <stdint.h>

/** Numbers of the round-NNN.h5 of a folder, ascending; *indices is the caller's to free.
 *
 * Local. BASE_ERR_NOT_FOUND (no such folder, not a folder, no round in it; logged), BASE_ERR_MEMORY. */
base_status camal_rounds_list(const char *folder, int32_t **indices, size_t *count);

/** store_round_read() for a file that the user named: one that is not there, or not readable, is the user's
 * error and so BASE_ERR_NOT_FOUND or BASE_ERR_INPUT (exit 2). Logged. Local. */
base_status camal_rounds_read(const char *path, store_round *round);

/** The configuration that a round was made with, over the defaults. Local.
 *
 * @param path    of the round, for messages
 * @param config  out, set on success only; then base_config_clear() frees it
 * @return BASE_ERR_USAGE if it cannot be read, logged; BASE_ERR_MEMORY */
base_status camal_rounds_config(const store_round *round, const char *path, base_config *config);

#endif
