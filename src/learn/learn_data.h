/** Samples held in memory: pixels of the labelled set, or of the samples to be evaluated. */
#ifndef LEARN_DATA_H
#define LEARN_DATA_H

#include "base_status.h"
#include "comm_share.h"
#include "store_dataset.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Pixels and masks of some samples, in order of sample id. */
typedef struct learn_data {
    size_t count;
    int32_t size;      /* S */
    int64_t *sample;   /* [count] rows of the data set, ascending */
    uint8_t *image;    /* [count,S,S,3]; NULL on a rank that does not need them */
    uint8_t *mask;     /* [count,S,ceil(S/8)] bits, or NULL */
    uint8_t *twins;    /* as mask: what else is of the sample's class */
    comm_share *share; /* holds the images if they live once a node, otherwise NULL */
} learn_data;

/** Read samples from disk. Local. BASE_ERR_MEMORY, BASE_ERR_IO.
 * @param samples     [count] ascending; copied
 * @param with_masks  masks of validation and test samples only: those of the pool are the oracle's */
base_status learn_data_load(store_dataset *dataset, const int64_t *samples, size_t count, bool with_masks,
                            learn_data *data);

/** The images of samples that several ranks of a node need: read and held once a node, by the first of them.
 * Nobody writes to them afterwards.
 *
 * Collective over the world, samples the same everywhere. BASE_ERR_MEMORY, BASE_ERR_IO, agreed.
 * @param needed  false: this rank has the list of samples only */
base_status learn_data_share(const comm_world *world, store_dataset *dataset, const int64_t *samples,
                             size_t count, bool needed, learn_data *data);

/** NULL-safe; zeroes the struct. Shared data: collective over the ranks of a node that need it. */
void learn_data_clear(learn_data *data);

/** Place of a sample in the data, -1 if it is not there. Local. */
ptrdiff_t learn_data_find(const learn_data *data, int64_t sample);

#endif
