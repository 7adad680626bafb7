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

/** Check such a file beyond its schema: there are tensors, and all their values are finite. Local.
 * BASE_ERR_INPUT if one is not, BASE_ERR_IO, BASE_ERR_MEMORY. @param problems out, how many are wrong */
base_status store_weights_check(const char *path, size_t *problems);

#endif
