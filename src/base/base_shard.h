/** Contiguous, balanced shards of a range. */
#ifndef BASE_SHARD_H
#define BASE_SHARD_H

#include <stddef.h>

typedef struct base_shard {
    size_t first, count;
} base_shard;

/** Part `index` of `parts` of [0, total): neighbours in order, sizes differing by at most one. Local. */
base_shard base_shard_of(size_t total, size_t parts, size_t index);

#endif
