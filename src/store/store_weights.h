/** A model's weights as a file for other programs: arrays in the root by torchvision's names, nothing else
 * there.
 *
 * What goes with them is in attributes of the root: network, stem (texts), round (i32), classes (text [K]),
 * active (u8 [K], 1: trained on), version, dataset_digest, and where they are known size (i32, pixels), mean
 * and std (f32 [3], of pixel / 255, RGB).
 */
#ifndef STORE_WEIGHTS_H
#define STORE_WEIGHTS_H

#include "base_status.h"
#include "store_dataset.h"
#include "store_round.h"

/** Write a round's weights under a temporary name, sync, rename. Local. BASE_ERR_USAGE (path too long),
 * BASE_ERR_IO, BASE_ERR_MEMORY.
 * @param network, stem  as the round's configuration names them
 * @param table          of the round's data set, for size, mean and std; NULL: not known */
base_status store_weights_write(const char *path, const store_round *round, const char *network,
                                const char *stem, const store_table *table);

#endif
