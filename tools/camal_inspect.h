/** What camal-inspect says about a round and about a run. */
#ifndef CAMAL_INSPECT_H
#define CAMAL_INSPECT_H

#include "base_status.h"
#include "camal_inspect_count.h"
#include "camal_stops.h"
#include "select_exclusion.h"
#include "store_round.h"
#include <stddef.h>

/** Print a round, or a run's rounds, as text. Local. BASE_ERR_MEMORY, BASE_ERR_IO.
 * @param path     as the user named it
 * @param options  of the run's exclusion, for the reasons */
base_status inspect_text_round(const char *path, const store_round *round,
                               const select_exclusion_options *options);
base_status inspect_text_run(const char *path, const inspect_line *lines, size_t count,
                             const camal_stops *stops);

/** The same for programs. Local. BASE_ERR_LIBRARY, BASE_ERR_IO. */
base_status inspect_json_round(const char *path, const store_round *round,
                               const select_exclusion_options *options);
base_status inspect_json_run(const char *path, const inspect_line *lines, size_t count,
                             const camal_stops *stops);

#endif
