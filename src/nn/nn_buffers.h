/** Memory that is planned once and shared over time: a slot is taken, used and given back while a program is
 * being planned, so that runs allocate nothing and touch little memory. Internal to src/nn. */
#ifndef NN_BUFFERS_H
#define NN_BUFFERS_H

#include "base_status.h"
#include <stdbool.h>
#include <stddef.h>

/** Part of a block that somebody uses or has used. */
typedef struct nn_slot {
    int block;
    size_t first, floats; /* within the block */
    int users;            /* parts of the plan that still need the content; 0: others may have the place */
} nn_slot;

/** Memory of the system's; what no slot has covered yet takes none. */
typedef struct nn_block {
    float *data; /* 64-byte aligned */
    size_t floats;
} nn_block;

/** Zero it before use. */
typedef struct nn_buffers {
    nn_block *block;
    int blocks;
    nn_slot *slot;
    int count;
} nn_buffers;

/** A slot of at least `floats`, with one user, at the first place that is free from here on in the plan. Its
 * content is undefined. Slots keep their place in memory. Local. BASE_ERR_MEMORY. */
base_status nn_buffers_take(nn_buffers *buffers, size_t floats, int *slot);

/** One more user of a slot. Local. */
void nn_buffers_share(nn_buffers *buffers, int slot);

/** One user less; the last one frees the place for others. Local. */
void nn_buffers_release(nn_buffers *buffers, int slot);

/** True if nobody else needs the content, so that it may be overwritten. Local. */
bool nn_buffers_is_sole(const nn_buffers *buffers, int slot);

/** Where a slot is. Local. */
float *nn_buffers_data(const nn_buffers *buffers, int slot);

/** NULL-safe. */
void nn_buffers_destroy(nn_buffers *buffers);

#endif
