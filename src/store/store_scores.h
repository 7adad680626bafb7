/** scores.h5 (hdf5-schemas/scores.yaml): the scores that one round's model gives to samples of a data set,
 * its own or another. */
#ifndef STORE_SCORES_H
#define STORE_SCORES_H

#include "base_file.h"
#include "base_status.h"
#include "store_records.h"
#include <stddef.h>
#include <stdint.h>

#define STORE_SCORES_SCHEMA    "camal-scores"
#define STORE_SCORES_VERSION   1
#define STORE_SCORES_LAYER_MAX 48

typedef struct store_scores {
    char version[16];                      /* camal's */
    int32_t round;                         /* number of the round whose model it is */
    char round_digest[BASE_DIGEST_TEXT];   /* of the bytes of its file */
    char trained_digest[BASE_DIGEST_TEXT]; /* of the data set it was trained on */
    char dataset_digest[BASE_DIGEST_TEXT]; /* of the data set that was scored */
    char network[16];                      /* as network.name of the configuration */
    char layer[STORE_SCORES_LAYER_MAX];    /* of the heat maps */
    double threshold;                      /* tau of M = [L >= tau max L] */
    int32_t size;                          /* S, pixels */
    float mean[3], std[3];                 /* what pixels were normalised by */
    int64_t samples;                       /* of the data set that was scored */

    char *config; /* effective YAML of the round, 0-ended */
    char *plan;   /* kernels that scored, one a line, 0-ended */

    size_t classes, scores;
    char (*class_name)[64]; /* [classes] of the model */
    uint8_t *class_active;  /* [classes] 1: the model was trained on it, predictions are among these */
    store_score *score;     /* [scores], by sample */
} store_scores;

/** Allocate the arrays for the given counts, zeroed; the rest is zero (config and plan are malloc'ed by the
 * caller and then the struct's). Local. BASE_ERR_MEMORY. */
base_status store_scores_create(size_t classes, size_t scores, store_scores *out);

/** Free everything; NULL-safe; zeroes the struct. */
void store_scores_destroy(store_scores *scores);

/** Write a file, whole under its final name or not at all: PATH.tmp, sync, rename. The bytes are a function
 * of the contents alone. Rank 0. BASE_ERR_IO; BASE_ERR_INTERNAL, nothing written, if the contents contradict
 * themselves (store_check_scores()). */
base_status store_scores_commit(const char *path, const store_scores *scores);

/** Read a file whole, verify every checksum and check it. Local. *out is set on success only.
 * BASE_ERR_MEMORY, BASE_ERR_IO, BASE_ERR_INPUT. */
base_status store_scores_read(const char *path, store_scores *out);

#endif
