/** Which classes are finished or not worth labelling yet: a pure function. */
#ifndef SELECT_EXCLUSION_H
#define SELECT_EXCLUSION_H

#include "base_config.h"
#include "store_records.h"
#include <stddef.h>
#include <stdint.h>

typedef struct select_exclusion_options {
    base_exclude_rule rule;
    double accuracy;
    int32_t after_round, min_classes;
    double finish;
} select_exclusion_options;

/** Decide the status of every class from validation accuracies, in place.
 *
 * A class is excluded (rule threshold) when its validation accuracy has been below `accuracy` in two rounds running and
 * did not improve by at least 0.02 over the last round's, from `after_round` on, worst first, never below `min_classes` classes not
 * excluded. Excluded classes stay excluded. A class at or above `finish` is finished; it becomes active again when it falls
 * below (accuracy of a finished class is re-measured each round). A reason is written for every class.
 * Local.
 * @param state     [classes] status, below, decided_round as of the last round in; new status out
 * @param previous  [classes] validation accuracy of the last round, -1 if none
 */
void select_exclusion(const select_exclusion_options *options, int32_t round, const float *previous,
                      store_class *state, size_t classes);

/** One sentence on a class's status, for people: "excluded in round 3: accuracy 0.41 below 0.60 twice running". */
void select_exclusion_reason(const store_class *state, const select_exclusion_options *options, char *text,
                             size_t size);

#endif
