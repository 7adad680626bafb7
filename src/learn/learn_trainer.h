/** Data-parallel training of one round. */
#ifndef LEARN_TRAINER_H
#define LEARN_TRAINER_H

#include "base_config.h"
#include "base_status.h"
#include "comm_reduce.h"
#include "comm_world.h"
#include "learn_data.h"
#include "learn_scorer.h"
#include "nn_network.h"
#include "store_records.h"

/** What training needs, gathered by the caller; nothing is owned. */
typedef struct learn_training {
    const comm_world *world;
    const base_config *config;
    const store_table *table; /* size, mean, std */
    int32_t round;
    const learn_data *labelled;   /* pixels of the labelled set, on every rank that trains */
    const int32_t *labels;        /* [labelled->count] */
    const int32_t *copies;        /* [labelled->count] */
    const uint8_t *active;        /* [K] */
    const learn_data *validation; /* this rank's share of the validation samples */
    learn_scorer *scorer;         /* measures validation */
} learn_training;

/** Train one round from the weights given; the best validated epoch's weights are kept (the paper's learning
 * stop: training ends after train.patience epochs without a better one).
 *
 * Better: higher mean recall over active classes, or as high and a lower loss.
 *
 * Collective. BASE_ERR_NUMERIC (names round, epoch and step), BASE_ERR_LIBRARY, BASE_ERR_MEMORY, agreed.
 * @param network   this rank's replica, micro-batches of train.microbatch
 * @param reduce    for nn_network_gradient_count() floats and batch / microbatch leaves
 * @param weights   in: start; out: best epoch's weights and statistics, on every rank
 * @param velocity  in: start; out: that epoch's momentum, on every rank
 * @param epochs    out on every rank, malloc'ed, [*count]
 * @param best      out, epoch whose weights were kept
 */
base_status learn_train(const learn_training *training, nn_network *network, comm_reduce *reduce,
                        nn_weights *weights, nn_weights *velocity, store_epoch **epochs, size_t *count,
                        int32_t *best);

#endif
