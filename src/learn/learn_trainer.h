/** Data-parallel training of one round. */
#ifndef LEARN_TRAINER_H
#define LEARN_TRAINER_H

#include "base_config.h"
#include "base_status.h"
#include "comm_reduce.h"
#include "comm_world.h"
#include "learn_data.h"
#include "learn_guide.h"
#include "learn_scorer.h"
#include "nn_network.h"
#include "store_records.h"

/** Where a training stands between two steps. */
typedef struct learn_progress {
    int64_t step; /* steps of the round that are done */
    size_t epochs;
    store_epoch *epoch;   /* [epochs] that are done */
    double loss, correct; /* sums over the steps of the epoch that is not done */
    float rate;           /* of its last step */
    nn_weights *weights;  /* after the last step */
    nn_weights *velocity; /* its trained part counts */
    int32_t best_epoch;   /* -1: none yet */
    double best_accuracy, best_loss;
    float *best;          /* [weights->count] that epoch's */
    float *best_velocity; /* [velocity->count] */
} learn_progress;

/** Who keeps a training's progress durably. Called on rank 0, between two steps.
 * @return what makes an interrupted training fail; one that goes on only warns */
typedef struct learn_keeper {
    base_status (*keep)(void *context, const learn_progress *progress);
    void *context;
} learn_keeper;

/** What training needs, gathered by the caller; nothing is owned. */
typedef struct learn_training {
    const comm_world *world;
    const base_config *config;
    const store_table *table; /* size, mean, std */
    int32_t round;
    const learn_data *labelled;   /* pixels of the labelled set, on every rank that trains */
    const int32_t *labels;        /* [labelled->count] */
    const int32_t *copies;        /* [labelled->count] */
    const learn_guide *guide;     /* of the labelled set; NULL: nothing is changed by masks and maps */
    const uint8_t *active;        /* [K] */
    const learn_data *validation; /* this rank's share of the validation samples */
    learn_scorer *scorer;         /* measures validation */
    const learn_keeper *keeper;   /* may be NULL */
    const learn_progress *resume; /* where to go on, the same on every rank; NULL: from the start. Its weights
                                     and velocity are not looked at: learn_train() has its own */
} learn_training;

/** Train one round from the weights given; the best validated epoch's weights are kept (the paper's learning
 * stop: training ends after train.patience epochs without a better one).
 *
 * Better: higher mean recall over active classes, or as high and a lower loss.
 *
 * Every run.checkpoint minutes of rank 0, and when a trainer has caught a signal (base_signal.h), progress is
 * kept; all trainers agree on the step by flags in its reduction. Every run.verify steps and before progress
 * is kept the trainers' weights are compared.
 *
 * Collective. BASE_INTERRUPTED (progress is kept); BASE_ERR_NUMERIC (names round, epoch and step),
 * BASE_ERR_INTERNAL (a rank's weights differ), BASE_ERR_LIBRARY, BASE_ERR_MEMORY, agreed.
 * @param network   this rank's replica, micro-batches of train.microbatch
 * @param reduce    for nn_network_gradient_count() floats and batch / microbatch leaves
 * @param weights   in: start, or where to go on; out: best epoch's weights and statistics, on every rank
 * @param velocity  in: the same; out: that epoch's momentum, on every rank
 * @param epochs    out on every rank, malloc'ed, [*count]
 * @param best      out, epoch whose weights were kept
 */
base_status learn_train(const learn_training *training, nn_network *network, comm_reduce *reduce,
                        nn_weights *weights, nn_weights *velocity, store_epoch **epochs, size_t *count,
                        int32_t *best);

#endif
