/** In which settings runs differ that are to be compared. Local. */
#ifndef CAMAL_COMPARE_SETTINGS_H
#define CAMAL_COMPARE_SETTINGS_H

#include "base_config.h"
#include "store_round.h"
#include <stdbool.h>

/** The settings in which two configurations differ, as "a against b, c against d"; *differences is NULL if
 * they do not, else the caller's to free. Left out is what may differ: the seed, the folder, the path of the
 * data set (its digest is compared), how the job was looked after; between arms also select and exclude.
 * BASE_ERR_MEMORY. */
base_status compare_settings(const base_config *a, const base_config *b, bool between_arms,
                             char **differences);

/** Warn if a round was made with other settings than these. BASE_ERR_USAGE, BASE_ERR_MEMORY. */
base_status compare_settings_warn(const store_round *round, const char *path, const base_config *wanted);

#endif
