/** What a round keeps of samples for strategies that score records alone do not decide.
 *
 * Each rank keeps the samples that it scored, wherever windows went on demand: no pick depends on that.
 */
#ifndef ROUND_FEATURES_H
#define ROUND_FEATURES_H

#include "comm_world.h"
#include "learn_pool.h"
#include "learn_scorer.h"
#include "nn_weights.h"
#include "select_dropout.h"
#include "select_points.h"
#include "select_strategy.h"

typedef struct round_features {
    select_options options;
    select_needs needs;
    learn_scorer *scorer;
    select_head head;     /* bald */
    void *scratch;        /* bald */
    select_points points; /* this rank's: the pool's samples, then labelled ones if they are needed */
    size_t room;
    uint8_t labelled; /* 1: what is scored now is */
} round_features;

/** What is kept, from pool and labelled set. */
typedef struct round_features_size {
    size_t pool, labelled; /* samples of all ranks; labelled 0 unless the strategy needs them */
    size_t outputs, width; /* floats of each that are kept */
    int ranks;
    double bytes; /* of all ranks together */
} round_features_size;

/** How much a strategy will keep. Local.
 * @param width    floats of a feature vector
 * @param budget   samples to choose */
round_features_size round_features_measure(base_strategy strategy, size_t pool, size_t labelled,
                                           size_t classes, size_t width, size_t budget, int ranks);

/** Say the bound ("strategy badge: 1000000 pool samples x ((15 + 512) x 4 + 45) bytes: 2.15 GB over 2
 * ranks"); refuse what exceeds `limit` GB a rank. Strategies that keep nothing order the pool's records,
 * which rank 0 has anyway: that is said, and never refused. Local; the same on every rank. BASE_ERR_USAGE. */
base_status round_features_allow(base_strategy strategy, const round_features_size *size, double limit);

/** Take what the strategy needs from the batches of `scorer` from now on. Local. BASE_ERR_MEMORY.
 * @param weights  the head's, for bald; outlive the features, as does `active` [classes] */
base_status round_features_create(const select_options *options, learn_scorer *scorer, size_t classes,
                                  const nn_weights *weights, const uint8_t *active, round_features *features);

/** NULL-safe; safe on zeroed ones. The scorer keeps no features any more. */
void round_features_destroy(round_features *features);

/** The batches' taker, NULL if the strategy needs nothing but records. */
const learn_pool_sink *round_features_sink(round_features *features, learn_pool_sink *sink);

/** The values of all samples on rank 0, in order of sample (bald). Collective. BASE_ERR_MEMORY, agreed.
 * @param values  out, on rank 0 [all samples], the caller's to free; elsewhere NULL */
base_status round_features_values(const comm_world *world, const round_features *features, float **values);

#endif
