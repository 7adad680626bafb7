/** camal-bench reduce: the sum of gradients alone. */
#ifndef BENCH_REDUCE_H
#define BENCH_REDUCE_H

#include "bench_options.h"
#include "comm_reduce.h"

/** A reduction in which every rank has options->microbatches leaves.
 *
 * Collective. BASE_ERR_USAGE (ranks are no power of two), BASE_ERR_MEMORY, agreed. */
base_status bench_reduce_create(const comm_world *world, const bench_options *options, base_reduction kind,
                                size_t floats, comm_reduce **reduce);

/** Seconds of one reduction when nothing else is done, the median of some, on rank 0. Collective.
 * BASE_ERR_MEMORY, agreed. */
base_status bench_reduce_measure(const comm_world *world, const bench_options *options, comm_reduce *reduce,
                                 size_t floats, double *seconds);

/** Sums of gradients alone, by the tree and by MPI, measured and reported. Collective; errors as above,
 * BASE_ERR_IO. */
base_status bench_reduce_run(const comm_world *world, const bench_options *options);

#endif
