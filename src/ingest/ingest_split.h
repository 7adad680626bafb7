/** Who belongs together, and the split into train, validation and test. Pure functions over plain arrays. */
#ifndef INGEST_SPLIT_H
#define INGEST_SPLIT_H

#include "base_status.h"
#include <stddef.h>
#include <stdint.h>

#define INGEST_SPLITS 3

/** Group samples that share an image, a picture file or a group key: connected components.
 *
 * Local. BASE_ERR_MEMORY.
 * @param keys   [samples, kinds] numbers below SIZE_MAX; SIZE_MAX: has no such key. Samples with an equal
 * number in the same kind belong together
 * @param group  [samples] out, numbered from 0 in order of first appearance
 * @param groups out, how many
 */
base_status ingest_split_groups(size_t samples, size_t kinds, const size_t *keys, int64_t *group,
                                size_t *groups);

/** Assign groups to splits so that every class comes close to the wanted shares.
 *
 * Deterministic. First greedily: again and again the class with the fewest unassigned samples is taken, and
 * its groups, the largest first (ties by seed), go where the classes in them are missing most; a class with
 * just as many groups left as splits that have none of it gives one to each of them. Then groups move one by
 * one while that brings the shares closer, but never the last of a class out of a split. So a class of three
 * groups or more is in all three splits, unless its groups were spoken for by rarer classes in them.
 *
 * Local. BASE_ERR_MEMORY.
 * @param label  [samples] in 0..classes-1    @param group  [samples] in 0..groups-1
 * @param parts  [3] wanted shares as integers, such as 7, 2, 1; a part of 0 gets nothing
 * @param split  [samples] out, store_split
 */
base_status ingest_split_assign(size_t samples, size_t classes, size_t groups, const int32_t *label,
                                const int64_t *group, const uint32_t parts[INGEST_SPLITS], uint64_t seed,
                                uint8_t *split);

#endif
