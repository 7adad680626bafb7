/** Which classes are finished or not worth labelling yet: a pure function. */
#ifndef SELECT_EXCLUSION_H
#define SELECT_EXCLUSION_H

#include "base_config.h"
#include "store_records.h"
#include <stddef.h>
#include <stdint.h>

/** Hysteresis of exclusion: a class below the threshold is kept while a round raises its accuracy by this
 * much. Two points are about one sample in fifty, a usual size of a class's validation set: less is within
 * its noise. */
#define SELECT_EXCLUSION_IMPROVEMENT 0.02

/** Rounds running a class must be below the threshold before it may be excluded: one bad round is not enough.
 */
#define SELECT_EXCLUSION_ROUNDS_BELOW 2

typedef struct select_exclusion_options {
    base_exclude_rule rule;
    double accuracy;                  /* exclude.accuracy, compared as float, the records' type */
    int32_t after_round, min_classes; /* exclude.after_round: first round that may exclude */
    double finish;                    /* exclude.finish, compared as float; above 1: no class finishes */
} select_exclusion_options;

/** Decide the status of every class from validation accuracies, in place.
 *
 * A class is excluded (rule threshold) when its validation accuracy has been below `accuracy` in
 * SELECT_EXCLUSION_ROUNDS_BELOW rounds running and is less than SELECT_EXCLUSION_IMPROVEMENT above the last
 * round's, from round `after_round` on; worst first, ties by class number, never leaving fewer than
 * `min_classes` classes that are not excluded. Excluded classes stay as they are. A class at or above
 * `finish` in two rounds running is finished, under either rule (one round can be luck: an early model may
 * answer one class to everything); it is active again when it falls below (its accuracy is measured each
 * round). A class without validation accuracy
 * (-1, or not a number) is active: nothing can be said of it.
 *
 * Reads validation_accuracy, status, below and decided_round; writes status, reason, below and decided_round
 * of every class that was not excluded before, and nothing else. Local.
 *
 * @param state     [classes] status, below, decided_round as of the last round in; new status out
 * @param previous  [classes] validation accuracy of the last round, -1 if none
 */
void select_exclusion(const select_exclusion_options *options, int32_t round, const float *previous,
                      store_class *state, size_t classes);

/** One sentence on a class's status, for people: "excluded in round 3: accuracy below 0.60 in 2 rounds
 * running without improving by 0.02". Cut to `size`, 0-ended. Local. */
void select_exclusion_reason(const store_class *state, const select_exclusion_options *options, char *text,
                             size_t size);

#endif
