/** What choosing one sample after the other needs of all ranks: whose candidate is best, its vector, and sums
 * that are exact in any order. */
#ifndef COMM_CHOICE_H
#define COMM_CHOICE_H

#include "comm_world.h"
#include <stdint.h>

/** The rank with the largest value, ties by the smallest id; -1 if no rank has a candidate. The same answer
 * on every rank. Collective.
 * @param found  whether this rank has one; no value is not-a-number
 * @param id     distinct on all ranks */
int comm_choice_best(const comm_world *world, bool found, double value, int64_t id);

/** Broadcast bytes from a rank; larger than 2^31 works. Collective. */
void comm_choice_share(const comm_world *world, int from, void *bytes, size_t size);

/** Records of all ranks on every rank, in rank order; of all together less than 2^31 bytes. Collective.
 * BASE_ERR_MEMORY, agreed.
 * @param all  out, [*total] records, the caller's to free */
base_status comm_choice_gather(const comm_world *world, const void *records, size_t count, size_t record_size,
                               void **all, size_t *total);

/** Sums over all ranks on every rank, in place. Collective. */
void comm_choice_sum(const comm_world *world, int64_t *values, size_t count);

/** The largest of all ranks' values. Collective. */
double comm_choice_largest(const comm_world *world, double value);

#endif
