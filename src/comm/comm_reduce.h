/** Reproducible sum of micro-batch buffers: one fixed binary tree, whatever the number of ranks.
 *
 * A step has M micro-batches, a power of two, numbered 0..M-1. The sum's tree pairs neighbours:
 * (0+1)+(2+3)... Rank r of T trainers owns the M/T neighbours from r*M/T; it sums its own subtree as buffers
 * come, then the trainers combine by recursive halving and doubling, nearest neighbour first. T = 1, 2, 4 ...
 * M give the same bits.
 *
 * Trainers are the first T ranks, T the largest power of two <= min(size, M). The other ranks have no
 * micro-batches; they score, and take weights by broadcast.
 */
#ifndef COMM_REDUCE_H
#define COMM_REDUCE_H

#include "base_config.h"
#include "comm_world.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct comm_reduce comm_reduce;

/** Make a reduction of `count` floats over `microbatches` leaves. `kind` mpi uses MPI_Allreduce between ranks
 * instead of the tree: for comparison, not bit-reproducible over numbers of ranks.
 *
 * Collective over the world. BASE_ERR_USAGE (microbatches not a power of two), BASE_ERR_MEMORY, agreed.
 */
base_status comm_reduce_create(const comm_world *world, size_t count, int32_t microbatches,
                               base_reduction kind, comm_reduce **reduce);

/** Collective (frees a communicator); NULL-safe; nulls the pointer. */
void comm_reduce_destroy(comm_reduce **reduce);

/** Number of ranks that train. */
int comm_reduce_trainers(const comm_reduce *reduce);

/** First micro-batch of this rank and how many it has; count 0 on ranks that do not train. */
void comm_reduce_range(const comm_reduce *reduce, int32_t *first, int32_t *count);

/** Where to write the gradient of this rank's next micro-batch: [count] floats, 64-byte aligned. Owned here.
 */
float *comm_reduce_buffer(comm_reduce *reduce);

/** The buffer is filled: add it into this rank's subtree. Call in micro-batch order. Local. */
void comm_reduce_push(comm_reduce *reduce);

/** Combine the trainers' subtrees. After it *sum points to the total [count] on every trainer, valid until
 * the next comm_reduce_buffer(). Collective over the trainers; not to be called by others. */
void comm_reduce_finish(comm_reduce *reduce, const float **sum);

#endif
