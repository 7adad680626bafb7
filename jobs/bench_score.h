/** camal-bench score: all scores of a pool, from the data set's file to records on rank 0. */
#ifndef BENCH_SCORE_H
#define BENCH_SCORE_H

#include "bench_options.h"
#include "bench_stats.h"
#include "comm_world.h"

/** What scoring measures; valid on rank 0. */
typedef struct bench_scoring {
    int32_t passes;
    double samples;    /* of the pool */
    int32_t size;      /* pixels */
    bench_spread pass; /* seconds */
    double limit;      /* seconds of a pass: each kernel alone, added up, shared by the ranks */
    double peak;       /* bytes */
    double stall;      /* share of a rank's time in which it waits for pixels, worst rank */
    double queue;      /* the same, for work to be given */
    double read_rate;  /* bytes/s from the file, busiest rank */
} bench_scoring;

/** Score every sample of the data set as learn_pool_score() does in a round, whole passes. Collective.
 * BASE_ERR_USAGE, BASE_ERR_IO, BASE_ERR_INPUT, BASE_ERR_LIBRARY, BASE_ERR_MEMORY, agreed. */
base_status bench_score_measure(const comm_world *world, const bench_options *options, bench_scoring *found);

/** Measure and report. Collective; errors as above. */
base_status bench_score_run(const comm_world *world, const bench_options *options);

#endif
