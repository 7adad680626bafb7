/** Which classes are finished or not worth labelling yet: a pure function. */
#ifndef SELECT_EXCLUSION_H
#define SELECT_EXCLUSION_H

#include "base_config.h"
#include "select_history.h"
#include "store_records.h"
#include <stddef.h>
#include <stdint.h>

/** Rounds running a class must be below the threshold before rule threshold may exclude it: one bad round is
 * not enough. */
#define SELECT_EXCLUSION_ROUNDS_BELOW 2

/** Section exclude of the configuration. Accuracies are compared as float, the records' type. */
typedef struct select_exclusion_options {
    base_exclude_rule rule;
    base_exclude_from from;
    double accuracy, rise;
    int32_t rounds; /* plateau, cost_aware: looked back over */
    double hysteresis;
    double target;                    /* cost_aware: to be reached */
    int32_t cost;                     /* cost_aware: with so many labels at most */
    int32_t after_round, min_classes; /* after_round: first round that may exclude */
    double finish;                    /* above 1: no class finishes */
} select_exclusion_options;

/** The options that a configuration says. Local. */
select_exclusion_options select_exclusion_options_of(const base_config *config);

/** Decide the status of every class from validation accuracies, in place.
 *
 * One mechanism: a rule says which classes are hopeless, `from` what they lose by it.
 *
 * A class is hopeless, from round `after_round` on, when its accuracy is below `accuracy` and
 * - threshold: was so in SELECT_EXCLUSION_ROUNDS_BELOW rounds running, and is less than `rise` above the last
 *   round's. Two points, the default, are one sample in fifty, a usual size of a class's validation set: less
 *   is within its noise.
 * - plateau: was so in the last K = `rounds` rounds, the best of which is less than `rise` above the one
 *   before them.
 * - cost_aware: with g the slope of the least-squares line through (labelled samples, accuracy) of the newest
 *   K + 1 rounds, (target - accuracy) / g labels exceed `cost`, or g is not positive. Learning curves rise
 *   ever more slowly (power laws: Hestness et al., arXiv 1712.00409), so a line promises too much: it keeps a
 *   class too long rather than dropping it too early. Labels are counted by the class that the oracle gave.
 * Worst first, ties by class number; never are fewer than `min_classes` left that are active or finished.
 *
 * A hopeless class is, with `from`
 * - training: excluded for good. Its logits are masked, so it cannot be measured any more.
 * - budget: paused. It stays in training and is predicted; it is active again when its accuracy is at least
 *   accuracy + hysteresis.
 * - guarded: paused, and excluded after a round that did not bring it back; in the round after next it is
 *   seen whether the mean accuracy of the kept classes (active or finished) fell in the round without it. If
 *   so it is paused, in training again, and not tried again; else it is excluded for good.
 *
 * What this promises the kept classes. Masking alone never lowers a recall: leaving out candidates cannot
 * make a right prediction wrong. A pause takes nothing out of training, and leaves its labels to the others.
 * Training without a class can cost others accuracy, which only a trial shows: `guarded` makes it, on
 * validation samples.
 *
 * A class at or above `finish` in two rounds running is finished, under every rule (one round can be luck: an
 * early model may answer one class to everything); it is active again when it falls below. A class without
 * validation accuracy (-1, or not a number) is active: nothing can be said of it.
 *
 * Reads validation_accuracy, status, reason, below and decided_round; writes status, reason, below,
 * decided_round and labels_needed of every class that is not excluded for good, and nothing else. Local.
 *
 * @param history  the rounds so far, this one as its newest; the last K + 1 suffice
 * @param state    [classes] status, reason, below, decided_round as of the last round in; new status out
 */
void select_exclusion(const select_exclusion_options *options, int32_t round, const select_history *history,
                      store_class *state, size_t classes);

/** One sentence on a class's status, for people: "excluded in round 3: accuracy below 0.60 in 2 rounds
 * running, and not up by 0.02 in the last". Of a status that was reached in an earlier round it says what was
 * true then, as far as `options` are those of that round. Cut to `size`, 0-ended. Local. */
void select_exclusion_reason(const store_class *state, const select_exclusion_options *options, char *text,
                             size_t size);

/** Name of a status for people and programs: "active", "finished", "excluded", "paused"; and of a reason:
 * "below_threshold". "unknown" for others. Static storage. */
const char *select_exclusion_status_name(int32_t status);
const char *select_exclusion_reason_name(int32_t reason);

#endif
