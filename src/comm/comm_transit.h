/** Buckets of a buffer on their way through a tree of ranks: recursive halving, then doubling, by messages.
 *
 * What comm_reduce.h sends where ranks do not share memory. Nearest neighbours first, and farthest first on
 * the way back, so that each element is summed by the tree that the order of the ranks gives. A few buckets
 * are on their way at a time, every rank keeping the same order.
 */
#ifndef COMM_TRANSIT_H
#define COMM_TRANSIT_H

#include <mpi.h>
#include <stdbool.h>
#include <stddef.h>

/** Bytes at which buffers and the cuts between ranks' parts of them lie. */
#define COMM_TRANSIT_ALIGNMENT 64

/** Part of a buffer, in floats. */
typedef struct comm_span {
    size_t first, count;
} comm_span;

typedef struct comm_transit comm_transit;

/** low[i] += high[i], the lower-numbered subtree on the left. Local. */
static inline void comm_transit_add(float *restrict low, const float *restrict high, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        low[i] = low[i] + high[i];
}

/** Buckets of a buffer of `count` floats. Local. */
size_t comm_transit_buckets(size_t count);

/** Where a bucket lies. They count from the buffer's end, where a backward pass begins. Local. */
comm_span comm_transit_bucket(size_t count, size_t bucket);

/** Local; NULL: out of memory, not logged.
 * @param ranks  of a number that is a power of two; the caller's, as `sum` is, and both outlive the transit
 * @param sum    [count] this rank's subtree, of which the total is made in place */
comm_transit *comm_transit_create(MPI_Comm ranks, float *sum, size_t count);

/** Local; NULL-safe; nulls the pointer. Nothing may be on its way. */
void comm_transit_destroy(comm_transit **transit);

/** The first `ready` buckets are final: send them off, as far as there is room, and move what is on its way.
 * Local: nothing is waited for. */
void comm_transit_move(comm_transit *transit, size_t ready);

/** All buckets are final: wait until each has arrived, and begin anew. Collective over the ranks. */
void comm_transit_finish(comm_transit *transit);

/** When this step's first bucket left, base_progress_clock(); `now` if none has. Local. */
double comm_transit_departed(const comm_transit *transit, double now);

#endif
