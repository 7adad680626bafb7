/** A model's weights as a file for other programs: arrays in the root by torchvision's names, nothing else
 * there; what goes with them is in attributes of the root (hdf5-schemas/weights.yaml).
 */
#ifndef STORE_WEIGHTS_H
#define STORE_WEIGHTS_H

#include "base_status.h"
#include "store_dataset.h"
#include "store_round.h"
#include <stddef.h>

#define STORE_WEIGHTS_SCHEMA  "camal-weights"
#define STORE_WEIGHTS_VERSION 1

/** Write a round's weights under a temporary name, sync, rename. Local. BASE_ERR_USAGE (path too long),
 * BASE_ERR_IO, BASE_ERR_MEMORY.
 * @param network, stem  as the round's configuration names them
 * @param table          of the round's data set, for size, mean and std; NULL: not known */
base_status store_weights_write(const char *path, const store_round *round, const char *network,
                                const char *stem, const store_table *table);

/** A model without what belongs to its training. */
typedef struct store_model {
    size_t classes;
    char (*class_name)[64]; /* [classes] */
    int32_t tensors;
    store_tensor *tensor;                  /* [tensors] */
    char dataset_digest[BASE_DIGEST_TEXT]; /* of what it was trained on, "" = not known */
} store_model;

/** Read the model of such a file, or of a round's; every value is finite. Local. *model is set on success
 * only. BASE_ERR_NOT_FOUND, BASE_ERR_INPUT (neither of the two, damaged), BASE_ERR_IO, BASE_ERR_MEMORY. */
base_status store_model_read(const char *path, store_model *model);

/** NULL-safe; zeroes the struct. */
void store_model_destroy(store_model *model);

/** Check such a file beyond its schema: there are tensors, and all their values are finite. Local.
 * BASE_ERR_INPUT if one is not, BASE_ERR_IO, BASE_ERR_MEMORY. @param problems out, how many are wrong */
base_status store_weights_check(const char *path, size_t *problems);

#endif
