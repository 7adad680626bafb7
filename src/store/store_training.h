/** training-a.h5 and training-b.h5 (hdf5-schemas/training.yaml): where the training of a round stands.
 *
 * The two are written in turn, so that one is whole whatever happens to the other. They are gone once the
 * round is committed.
 */
#ifndef STORE_TRAINING_H
#define STORE_TRAINING_H

#include "base_file.h"
#include "base_status.h"
#include "store_round.h"
#include <stddef.h>
#include <stdint.h>

#define STORE_TRAINING_FILES   2
#define STORE_TRAINING_SCHEMA  "camal-training"
#define STORE_TRAINING_VERSION 1

typedef struct store_training {
    int64_t sequence; /* the larger one is the newer, from 1 */
    int32_t round;
    int64_t step;     /* steps of the round that are done */
    int32_t finished; /* 1: training is over, scoring may begin */

    char version[16];                     /* camal's */
    char config_digest[BASE_DIGEST_TEXT]; /* of what of the configuration may not change */
    char dataset_digest[BASE_DIGEST_TEXT];
    char parent_digest[BASE_DIGEST_TEXT]; /* as in the round file */
    char start_digest[BASE_DIGEST_TEXT];  /* as in the round file */
    int32_t ranks, threads;
    char *config; /* effective YAML, 0-ended */
    char *plan;   /* kernel choices, one a line, 0-ended */

    int32_t model_tensors, optimizer_tensors;
    store_tensor *model, *optimizer;
    int32_t best_model_tensors, best_optimizer_tensors; /* 0 while there is no best epoch */
    store_tensor *best_model, *best_optimizer;
    int32_t best_epoch; /* -1: none yet */
    double best_accuracy, best_loss;

    size_t epochs;
    store_epoch *epoch;  /* [epochs] done */
    double running_loss; /* sums over the steps of the epoch that is not done */
    double running_correct;
    float running_rate; /* of its last step */
} store_training;

/** Free everything; NULL-safe; zeroes the struct. */
void store_training_destroy(store_training *training);

/** "FOLDER/training-a.h5" (or b) into path[size]. @param file 0 or 1 */
base_status store_training_path(const char *folder, int file, char *path, size_t size);

/** Write a checkpoint as one of the two files, durable when this returns. The file of that name is replaced
 * by a rename: until then it stays as it was. Local. BASE_ERR_IO, BASE_ERR_MEMORY. */
base_status store_training_commit(const char *folder, int file, const store_training *training);

/** Read a checkpoint whole and verify it: checksums, ranges, and the digest over all of it. Local. *training
 * is set on success only. BASE_ERR_MEMORY, BASE_ERR_IO, BASE_ERR_INPUT. */
base_status store_training_read(const char *path, store_training *training);

/** The newer of a folder's checkpoints that can be read whole; a damaged one is named in a warning. Local.
 * @param file  out, which it is; -1 if there is none, and *training is not set then */
void store_training_newest(const char *folder, store_training *training, int *file);

/** Remove the checkpoints and what a killed writer left. Local. BASE_ERR_IO. */
base_status store_training_remove(const char *folder);

#endif
