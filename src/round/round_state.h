/** What a run knows between two rounds: the sets, the classes, the weights. */
#ifndef ROUND_STATE_H
#define ROUND_STATE_H

#include "base_config.h"
#include "base_status.h"
#include "comm_world.h"
#include "nn_weights.h"
#include "oracle.h"
#include "select_history.h"
#include "store_dataset.h"
#include "store_round.h"
#include <stddef.h>
#include <stdint.h>

/** The same on every rank between rounds. Labels are known of labelled samples only. */
typedef struct round_state {
    int32_t next; /* index of the round to run */
    size_t samples, classes;
    uint8_t *pool_state;      /* [samples] store_pool_state */
    int32_t *pool_round;      /* [samples] first round trained with its label: 0 = initial, -1 = unlabelled */
    int32_t *pool_copies;     /* [samples] times a labelled sample enters training, else 0 */
    int32_t *pool_label;      /* [samples] STORE_LABEL_UNKNOWN unless labelled */
    store_class *class_state; /* [classes] as of the last round */
    store_answer *answer;     /* rank 0: [answers] of people to the last round, for the next one's file */
    size_t answers;
    select_history history; /* rank 0: the last rounds, as far back as rules look */
    int32_t *predicted;     /* rank 0: [samples] of the last round for its pool, -1 elsewhere */
    double agreement;       /* rank 0: the last round's, and the pool samples that it is over */
    int64_t agreement_samples;
    double validation_accuracy, test_accuracy;       /* rank 0: of the last round that this job committed, */
    double validation_calibration, test_calibration; /* as store_round has them */
    int32_t stopped;    /* base_stop_rule that ends the run after the last round, 0 = none */
    nn_weights weights; /* start of the next round */
    nn_weights velocity;
    char start_digest[BASE_DIGEST_TEXT];  /* rank 0: of the file of weights that the run began with, or "" */
    char parent_digest[BASE_DIGEST_TEXT]; /* of the last round's file, "" before round 0 */
} round_state;

/** Allocate for a data set and a graph, everything unlabelled. Local. BASE_ERR_MEMORY. */
base_status round_state_create(const store_table *table, const nn_graph *graph, round_state *state);

/** NULL-safe. */
void round_state_destroy(round_state *state);

/** The state before round 0: L0 drawn and labelled; the weights are round_start()'s. Rank 0. BASE_ERR_MEMORY,
 * BASE_ERR_USAGE (budget larger than the pool that is left). */
base_status round_state_begin(round_state *state, const base_config *config, oracle *answers);

/** The state after a committed round. Rank 0. BASE_ERR_INPUT if the round's network or data set is another.
 */
base_status round_state_resume(round_state *state, const store_round *round, const char *digest);

/** Bring rank 0's state to every rank. Collective. */
void round_state_broadcast(round_state *state, const comm_world *world);

/** Move the answered queries of a round into the labelled set, those that nobody could tell as configured.
 * Rank 0. @return how many got a label */
size_t round_state_label(round_state *state, const store_query *queries, size_t count,
                         const base_config *config);

/** 1 for each class that is not excluded, into active[classes]. Local. */
void round_state_active(const round_state *state, uint8_t *active);

/** Samples in a pool state. Local. */
size_t round_state_count(const round_state *state, store_pool_state which);

#endif
