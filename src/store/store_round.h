/** round-NNN.h5 (hdf5-schemas/round.yaml): everything about one round, immutable once named. */
#ifndef STORE_ROUND_H
#define STORE_ROUND_H

#include "base_file.h"
#include "base_status.h"
#include "store_records.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_TENSOR_NAME_MAX 64

/** A named f32 array. */
typedef struct store_tensor {
    char name[STORE_TENSOR_NAME_MAX];
    int32_t rank;
    int64_t dims[4];
    float *data;
} store_tensor;

/** Seconds by stage of a round. Not part of what must be equal between runs. */
typedef struct store_timing {
    double train, evaluate, score, select;
} store_timing;

typedef struct store_round {
    int32_t index;           /* round number, 0.. */
    size_t samples, classes; /* of the data set */

    int32_t model_tensors, optimizer_tensors;
    store_tensor *model;     /* [model_tensors] /model/<name> */
    store_tensor *optimizer; /* [optimizer_tensors] /optimizer/<name>, momentum */

    int32_t size;          /* S, pixels: what the network was trained on; 0 if the file does not say */
    float mean[3], std[3]; /* of pixel / 255: what its input is normalised by */

    char start_digest[BASE_DIGEST_TEXT]; /* of the file of weights that the run began with, "" for none */

    char *config;     /* effective YAML, 0-ended */
    char *plan;       /* kernel choices, one a line, 0-ended */
    uint64_t seed;    /* /rng: camal's generator has no other state */
    char version[16]; /* camal's */
    char dataset_digest[BASE_DIGEST_TEXT];
    char parent_digest[BASE_DIGEST_TEXT]; /* file digest of the parent round, "" for the first */
    int32_t ranks, threads;

    uint8_t *pool_state; /* [samples] store_pool_state, after this round's answers */
    int32_t
        *pool_round; /* [samples] first round trained with its label, 0 = from the start, -1 = unlabelled */
    int32_t *pool_copies; /* [samples] times a labelled sample enters training, else 0 */
    int32_t *pool_label;  /* [samples] class the oracle gave, STORE_LABEL_UNKNOWN elsewhere */

    size_t scores, queries, evaluations, epochs, answers;
    store_score *score;   /* [scores], by sample */
    store_query *query;   /* [queries], by rank */
    store_answer *answer; /* [answers] of people to the round before, by sample; NULL if there are none */
    store_evaluation *evaluation; /* [evaluations] validation and test samples, by sample */
    store_class *class_state;     /* [classes] */
    char (*class_name)[64];       /* [classes] */
    store_epoch *epoch;           /* [epochs] */
    int32_t best_epoch;           /* epoch[].epoch whose weights were kept, -1 if there was none */
    int64_t *validation_confusion, *test_confusion;  /* [classes,classes] rows true, columns predicted */
    double validation_accuracy, test_accuracy;       /* mean recall over active classes */
    double validation_calibration, test_calibration; /* expected calibration error, 15 bins */
    double kept_test_accuracy; /* test: correct / all samples, of classes not excluded */
    double all_test_accuracy;  /* test: correct / all samples, samples of excluded classes count as errors */
    double agreement;          /* kappa of predictions for the pool with the round before; NaN if unknown */
    int64_t agreement_samples; /* pool samples of both rounds */
    int32_t stopped; /* base_stop_rule that ended the run here and so chose nothing, 0 if none did */
    store_timing timing;
} store_round;

/** Allocate the arrays of a round for the given counts, zeroed, and set the counts. The rest of the struct is
 * zero, agreement not a number: no tensors (store_tensor_list_create() makes them), no texts and no answers
 * (config, plan and answer are malloc'ed by the caller and then the round's). BASE_ERR_MEMORY. Local. */
base_status store_round_create(size_t samples, size_t classes, size_t scores, size_t queries,
                               size_t evaluations, size_t epochs, store_round *round);

/** Allocate tensors of the names and shapes of like[count], data zeroed; `data` of `like` is not looked at.
 *
 * Local. BASE_ERR_MEMORY; BASE_ERR_INTERNAL if a rank is not 1..4 or a dimension not positive.
 * @param out  [count], give it to round->model or round->optimizer, or to store_tensor_list_destroy() */
base_status store_tensor_list_create(const store_tensor *like, int32_t count, store_tensor **out);

/** Free a list made by store_tensor_list_create(); NULL-safe; nulls the pointer. */
void store_tensor_list_destroy(store_tensor **list, int32_t count);

/** Elements of a tensor. Local. */
size_t store_tensor_count(const store_tensor *tensor);

/** Tensor of a list by name, NULL if there is none. Local. */
const store_tensor *store_tensor_find(const store_tensor *list, int32_t count, const char *name);

/** Free everything the round holds; NULL-safe; zeroes the struct. */
void store_round_destroy(store_round *round);

/** Classes that the round's model was trained on: an exclusion, and its end, take effect in the next round.
 * Local.
 * @param active [classes] out, 1 or 0 */
void store_round_active(const store_round *round, uint8_t *active);

/** The same of one class. Local. */
bool store_round_trained(const store_round *round, size_t c);

/** "FOLDER/round-NNN.h5" into path[size]. */
base_status store_round_path(const char *folder, int32_t index, char *path, size_t size);

/** Write a finished round and make it the newest.
 *
 * Rank 0; follow with comm_agree() before anyone relies on it. The file appears under its final name only
 * after its bytes are durable, so a reader never meets half a round. The bytes are a function of the round
 * alone. BASE_ERR_IO; BASE_ERR_INTERNAL, nothing written, if the round contradicts itself
 * (store_check_round()).
 */
base_status store_round_commit(const char *folder, const store_round *round);

/** Read a round whole, verify every checksum and check it (shapes, ranges of all indices,
 * store_check_round()). Local. *round is set on success only, then store_round_destroy() frees it.
 * BASE_ERR_MEMORY, BASE_ERR_IO, BASE_ERR_INPUT (names file, object, what was found and expected). */
base_status store_round_read(const char *path, store_round *round);

/** Index of the newest round of a folder that can be read whole and is not damaged, -1 if there is none; each
 * damaged one is named in a warning. Local. BASE_ERR_IO or BASE_ERR_MEMORY where the folder or a round cannot
 * be looked at, which may be whole: nobody may go on as if it were not there.
 * @param newest  out; set on success only */
base_status store_round_newest(const char *folder, int32_t *newest);

#endif
