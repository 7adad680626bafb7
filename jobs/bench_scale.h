/** camal-bench model: measure one rank, or take earlier measurements, and predict many nodes. */
#ifndef BENCH_SCALE_H
#define BENCH_SCALE_H

#include "bench_options.h"
#include "comm_world.h"

/** Predict, and say where the tree, the MPI path or a larger batch wins. Collective. BASE_ERR_INPUT (a file
 * of
 * --from), and the errors of what is measured, agreed. */
base_status bench_scale_run(const comm_world *world, const bench_options *options);

#endif
