/** Two arms of runs that may be compared: paired by seed, alike in all that must be alike. */
#ifndef CAMAL_COMPARE_ARMS_H
#define CAMAL_COMPARE_ARMS_H

#include "camal_compare_run.h"

typedef struct compare_arms {
    size_t pairs;
    compare_run *standard, *proposed; /* [pairs] by seed; pair i has one seed */
    char *differs; /* settings besides select and exclude in which the arms differ, a line; NULL if there are
                      none */
    size_t unlike; /* pairs whose round 0 ended with different weights: not the same start, or not the same
                      bits */
} compare_arms;

/** Read the runs of both arms, pair them by seed and check that they may be compared.
 *
 * All runs must be of one data set; the two of a pair have the same seed, split and L0; the runs of one arm
 * differ in their seed only. Local. BASE_ERR_NOT_FOUND, BASE_ERR_INPUT (what differs is named),
 * BASE_ERR_MEMORY. */
base_status compare_arms_read(char *const *standard, size_t standards, char *const *proposed,
                              size_t proposeds, compare_arms *arms);

/** NULL-safe. */
void compare_arms_clear(compare_arms *arms);

#endif
