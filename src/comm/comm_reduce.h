/** Reproducible sum of micro-batch buffers: one fixed binary tree, whatever the number of ranks.
 *
 * A step has M micro-batches, a power of two, numbered 0..M-1. The sum's tree pairs neighbours:
 * (0+1)+(2+3)... Rank r of T trainers owns the M/T neighbours from r*M/T; it sums its own subtree as buffers
 * come, then the trainers combine by recursive halving and doubling, nearest neighbour first. T = 1, 2, 4 ...
 * M give the same bits.
 *
 * Trainers are the first T ranks, T the largest power of two <= min(size, M). The other ranks have no
 * micro-batches; they score, and take weights by broadcast.
 *
 * The buffer is cut into buckets from its end, where a backward pass begins. A bucket of a rank's last
 * micro-batch starts on its way as soon as comm_reduce_ready() says that it is final, and moves on in each
 * later call; comm_reduce_finish() waits for the rest. Buckets change nothing in any element's sum.
 *
 * Where all trainers share a host there are no messages: their subtrees lie in shared memory, each trainer
 * adds up its part of them, by the same tree, and all read the total where it is. Nothing is copied, and
 * there is nothing to hide: the cores that would add during the backward pass are those that compute it.
 * Without room in /dev/shm messages serve there too.
 *
 * A few flags ride along in front: each trainer raises its own, and all see the same sums at the same step.
 */
#ifndef COMM_REDUCE_H
#define COMM_REDUCE_H

#include "base_config.h"
#include "comm_world.h"
#include <stdbool.h>
#include <stdint.h>

/** Flags that ride along. */
#define COMM_REDUCE_FLAGS 16

typedef struct comm_reduce comm_reduce;

/** Seconds since the reduction was made. */
typedef struct comm_reduce_times {
    double local;   /* adding up this rank's own micro-batches */
    double elapsed; /* from the first bucket's start to the last one's arrival */
    double exposed; /* of those, what the calls here took: not hidden behind the backward pass */
} comm_reduce_times;

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
 * Local, but that trainer 0 waits for the others to ask for the first buffer of a step. */
float *comm_reduce_buffer(comm_reduce *reduce);

/** Start buckets during the backward pass, or not; as made: if the trainers are on more than one host. The
 * same on every trainer or not, the sums are the same. Local. */
void comm_reduce_overlap(comm_reduce *reduce, bool overlap);

/** Add up in shared memory, or by messages; as made: in shared memory where there is some. Between steps, the
 * same on every trainer; the sums are the same. Local. */
void comm_reduce_share(comm_reduce *reduce, bool share);

/** Floats [first, count) of the buffer being filled are final; `first` falls from call to call. Does
 * something in this rank's last micro-batch only. Local: messages start, nothing is waited for. */
void comm_reduce_ready(comm_reduce *reduce, size_t first);

/** Raise a flag of this step, before the push of this rank's last micro-batch: small whole numbers, so that
 * their sum is exact. Unraised flags are 0. Local. */
void comm_reduce_raise(comm_reduce *reduce, int flag, float value);

/** The sum of a flag over the trainers in the step finished last, the same on every trainer. Local. */
float comm_reduce_raised(const comm_reduce *reduce, int flag);

/** The buffer is filled: add it into this rank's subtree. Call in micro-batch order. Local. */
void comm_reduce_push(comm_reduce *reduce);

/** Combine the trainers' subtrees. After it *sum points to the total [count] on every trainer, valid until
 * the next comm_reduce_buffer(); not to be written. Collective over the trainers; not to be called by others.
 */
void comm_reduce_finish(comm_reduce *reduce, const float **sum);

/** Where the time of the steps so far went. Local. */
void comm_reduce_measure(const comm_reduce *reduce, comm_reduce_times *times);

/** Compare a number that should be the same on every trainer: -1 if it is, otherwise the rank with the
 * rarest value (in a tie the highest rank), the same on every trainer. Collective over the trainers. */
int comm_reduce_compare(comm_reduce *reduce, uint64_t value);

#endif
