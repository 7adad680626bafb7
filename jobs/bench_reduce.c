#include "bench_reduce.h"
#include "base_log.h"
#include "base_progress.h"
#include "bench_setup.h"
#include "bench_stats.h"
#include <stdlib.h>
#include <string.h>

#define WARM_UP 2
#define REPEATS 20

base_status bench_reduce_create(const comm_world *world, const bench_options *options, base_reduction kind,
                                size_t floats, comm_reduce **reduce)
{
    if (world->size & (world->size - 1)) {
        if (world->rank == 0)
            base_log_error("%d ranks: allowed are powers of two, since the others would not train",
                           world->size);
        return BASE_ERR_USAGE;
    }
    return comm_reduce_create(world, floats, (int32_t)(options->microbatches * world->size), kind, reduce);
}

/* One reduction; returns its seconds. */
static double reduce_once(const comm_world *world, const bench_options *options, comm_reduce *reduce,
                          size_t floats)
{
    const float *sum;
    double start, spent = 0;
    int64_t m;

    for (m = 0; m < options->microbatches; m++) {
        memset(comm_reduce_buffer(reduce), 0, floats * sizeof(float));
        if (m + 1 == options->microbatches)
            comm_agree(world, BASE_OK); /* a start in common */
        start = base_progress_clock();
        comm_reduce_push(reduce);
        spent += base_progress_clock() - start;
    }
    start = base_progress_clock();
    comm_reduce_finish(reduce, &sum);
    return spent + base_progress_clock() - start;
}

base_status bench_reduce_measure(const comm_world *world, const bench_options *options, comm_reduce *reduce,
                                 size_t floats, double *seconds)
{
    double times[REPEATS];
    base_status status;
    int i;

    for (i = 0; i < WARM_UP; i++)
        reduce_once(world, options, reduce, floats);
    for (i = 0; i < REPEATS; i++)
        times[i] = reduce_once(world, options, reduce, floats);
    status = bench_slowest(world, times, REPEATS);
    if (status == BASE_OK)
        *seconds = bench_stats_spread(times, REPEATS).median;
    return status;
}

/* Floats of the network's gradient, but for gaps of alignment. Local. */
static base_status count_floats(const bench_options *options, size_t *floats)
{
    nn_weights weights = {0};
    nn_graph graph;
    base_status status = nn_models_describe((base_network)options->network, (base_stem)options->stem,
                                            (int32_t)options->size, (int32_t)options->classes, &graph);

    if (status == BASE_OK)
        status = nn_weights_create(&graph, &weights);
    *floats = weights.count;
    nn_weights_destroy(&weights);
    return status;
}

static base_status measure_kind(const comm_world *world, const bench_options *options, base_reduction kind,
                                size_t floats, double *seconds)
{
    comm_reduce *reduce = NULL;
    base_status status = bench_reduce_create(world, options, kind, floats, &reduce);

    if (status == BASE_OK)
        status = bench_reduce_measure(world, options, reduce, floats, seconds);
    comm_reduce_destroy(&reduce);
    return status;
}

static base_status report_reduction(const comm_world *world, const bench_options *options, size_t floats,
                                    const double *seconds)
{
    bench_report report = bench_report_begin(options->json);
    double bytes = (double)floats * sizeof(float);

    bench_report_text(&report, "work", bench_work_name(options->work));
    bench_report_text(&report, "version", CAMAL_VERSION);
    bench_report_number(&report, "ranks", world->size, "");
    bench_report_number(&report, "microbatches", (double)options->microbatches, "a rank");
    bench_report_number(&report, "reduce_floats", (double)floats, "");
    bench_report_number(&report, "tree_seconds", seconds[BASE_REDUCTION_TREE], "s, median");
    bench_report_number(&report, "mpi_seconds", seconds[BASE_REDUCTION_MPI], "s, median");
    bench_report_number(&report, "tree_bytes_per_second", bytes / seconds[BASE_REDUCTION_TREE], "bytes/s");
    bench_report_number(&report, "mpi_bytes_per_second", bytes / seconds[BASE_REDUCTION_MPI], "bytes/s");
    return bench_report_finish(&report);
}

base_status bench_reduce_run(const comm_world *world, const bench_options *options)
{
    double seconds[2] = {0};
    size_t floats = (size_t)options->floats;
    base_status status = floats ? BASE_OK : count_floats(options, &floats);

    status = comm_agree(world, status);
    if (status == BASE_OK)
        status = measure_kind(world, options, BASE_REDUCTION_TREE, floats, &seconds[BASE_REDUCTION_TREE]);
    if (status == BASE_OK)
        status = measure_kind(world, options, BASE_REDUCTION_MPI, floats, &seconds[BASE_REDUCTION_MPI]);
    if (status == BASE_OK && world->rank == 0)
        status = report_reduction(world, options, floats, seconds);
    return comm_agree(world, status);
}
