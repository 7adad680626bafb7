/** What the rounds of a run have measured so far, for rules that look back. */
#ifndef SELECT_HISTORY_H
#define SELECT_HISTORY_H

#include "base_status.h"
#include "store_records.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The newest round is the last row. It need not begin with round 0: no rule looks back over more rounds than
 * it is told to. */
typedef struct select_history {
    size_t rounds, classes;
    float *accuracy;   /* [rounds,classes] validation; -1: no sample, or the class was out of training */
    int64_t *labelled; /* [rounds,classes] samples that the round's model was trained on */
    double *agreement; /* [rounds] with the round before (select_agreement()), NaN if unknown */
} select_history;

/** Add a round. Local. BASE_ERR_MEMORY: unchanged then.
 * @param history  zero before the first round
 * @param state    [classes] accuracies and labelled counts of the round
 * @param trained  [classes] 1: the round's model was trained on the class */
base_status select_history_add(select_history *history, const store_class *state, const uint8_t *trained,
                               size_t classes, double agreement);

/** Accuracy of a class `back` rounds before the newest; -1 if it is not known. Local. */
float select_history_accuracy(const select_history *history, size_t back, size_t c);

/** True of a class that is active or finished: neither excluded nor paused. Local. */
bool select_history_kept(const store_class *state);

/** Mean accuracy, `back` rounds before the newest, of the classes that state[classes] says are kept and that
 * were measured then and in the newest round; NaN if there is none, or no such round. Local. */
double select_history_mean(const select_history *history, size_t back, const store_class *state);

/** Largest mean of the newest `rounds` rounds. Local. */
double select_history_best_mean(const select_history *history, size_t rounds, const store_class *state);

/** NULL-safe; zeroes it. */
void select_history_destroy(select_history *history);

#endif
