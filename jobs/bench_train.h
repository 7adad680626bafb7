/** camal-bench train: training steps on pixels in memory. */
#ifndef BENCH_TRAIN_H
#define BENCH_TRAIN_H

#include "bench_options.h"
#include "bench_stats.h"
#include "comm_world.h"
#include <stddef.h>
#include <stdint.h>

/** What training measures; valid on rank 0. */
typedef struct bench_training {
    int32_t steps;
    double batch;            /* samples of a step, all ranks */
    size_t floats;           /* summed over ranks in a step */
    bench_spread step;       /* seconds */
    double gradient, update; /* seconds, medians: one micro-batch without reduction, one update */
    double exposed;          /* seconds of a step in which the slowest rank waits for the sum, median */
    double waited;           /* seconds in which the fastest rank waits for the slowest, median */
    double reduction;        /* seconds of the reduction when nothing else is done, median */
    double hidden;           /* share of that which the step does not wait for, 0 to 1 */
    double in_primitives;    /* share of the step in the library's primitives */
    double in_loops;         /* share in camal's own kernels */
    double in_reorders;      /* share in copies between layouts, part of in_primitives */
    double limit;            /* seconds: each kernel of a step alone, added up */
    double peak;             /* bytes */
} bench_training;

/** Train on noise in memory. Collective. BASE_ERR_USAGE, BASE_ERR_LIBRARY, BASE_ERR_MEMORY,
 * BASE_ERR_NUMERIC, agreed. */
base_status bench_train_measure(const comm_world *world, const bench_options *options, bench_training *found);

/** Measure and report. Collective; errors as above, BASE_ERR_IO. */
base_status bench_train_run(const comm_world *world, const bench_options *options);

#endif
