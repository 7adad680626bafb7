/** The model of a committed round, taken out of its file to be used on any data set. */
#ifndef ROUND_MODEL_H
#define ROUND_MODEL_H

#include "base_config.h"
#include "base_status.h"
#include "comm_world.h"
#include "nn_weights.h"
#include "store_dataset.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Where a model comes from. */
typedef struct round_model_source {
    const char *round;      /* round-NNN.h5 */
    const char *trained_on; /* data set that it was trained on, for rounds that do not say what their
                             * network's input is; NULL: data.dataset of its configuration */
    const char *const *set; /* [sets] overrides of its configuration, "section.key=value" */
    size_t sets;
} round_model_source;

/** The same on every rank, but for what only rank 0 has. */
typedef struct round_model {
    base_config config;                  /* the round's, with the overrides */
    int32_t round;                       /* its number */
    int32_t classes;                     /* K */
    int32_t size;                        /* S, pixels: what the network was trained on */
    float mean[3], std[3];               /* what its input is normalised by */
    char round_digest[BASE_DIGEST_TEXT]; /* of the round file's bytes */
    char trained_digest[BASE_DIGEST_TEXT];
    bool own; /* the data set at hand is the one that it was trained on */
    nn_graph graph;
    nn_weights weights;
    uint8_t *active;        /* [K] 1: trained on, predictions are among these */
    char (*class_name)[64]; /* [K] rank 0 */
    char *plan;             /* rank 0: the round's kernels as text */
    char *text;             /* rank 0: the round\'s configuration as its file has it */
    size_t samples;         /* rank 0: of the data set that it was trained on */
    uint8_t *pool_state;    /* rank 0: [samples] store_pool_state after the round */
} round_model;

/** Read the model on rank 0 and give it to every rank.
 *
 * Its input is normalised by the mean and standard deviation that the round gives. Older rounds do not: then
 * the data set that it was trained on is opened for them, unless it is the one at hand.
 *
 * Collective. BASE_ERR_USAGE (an override), BASE_ERR_NOT_FOUND (the training's data set), BASE_ERR_INPUT
 * (damaged, another data set than the one trained on, images of another size), BASE_ERR_IO, BASE_ERR_MEMORY,
 * agreed.
 * @param path   what messages call the data set at hand
 * @param table  its table */
base_status round_model_open(const comm_world *world, const round_model_source *source, const char *path,
                             const store_table *table, round_model *model);

/** Safe on a model that failed to open or is zero; zeroes the struct. Local. */
void round_model_close(round_model *model);

#endif
