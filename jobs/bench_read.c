#include "bench_read.h"
#include "base_log.h"
#include "base_progress.h"
#include "bench_setup.h"
#include "bench_stats.h"
#include "store_chunks.h"
#include <limits.h>
#include <stdlib.h>

#define WINDOW 512 /* samples */
#define DEPTH  2   /* windows: one is taken, one is on its way */

/* What a pass took. */
typedef struct pass {
    double seconds, bytes;
} pass;

/* Ask for the samples [first, first + count) of `ids` in windows and take them, two at a time. */
static base_status read_windows(store_chunks *reader, const int64_t *ids, size_t count)
{
    size_t asked = 0, taken = 0;
    base_status status = BASE_OK;

    while (taken < count && status == BASE_OK) {
        store_window window;

        while (status == BASE_OK && asked < count && store_chunks_room(reader) > 0) {
            size_t now = count - asked < WINDOW ? count - asked : WINDOW;

            status = store_chunks_ask(reader, ids + asked, now);
            asked += now;
        }
        if (status == BASE_OK)
            status = store_chunks_next(reader, &window);
        if (status == BASE_OK)
            taken += window.count;
    }
    return status;
}

static base_status read_pass(const comm_world *world, const bench_options *options,
                             const store_dataset *dataset, const int64_t *ids, pass *took)
{
    base_shard share =
        base_shard_of(store_dataset_table(dataset)->samples, (size_t)world->size, (size_t)world->rank);
    store_chunks *reader = NULL;
    double start;
    base_status status = comm_agree(
        world, store_chunks_open(dataset, false, WINDOW, DEPTH, (int32_t)options->readers, &reader));

    start = base_progress_clock();
    if (status == BASE_OK) {
        status = read_windows(reader, ids + share.first, share.count);
        took->seconds = base_progress_clock() - start;
        took->bytes = (double)store_chunks_measure(reader).bytes;
    }
    store_chunks_close(&reader);
    return comm_agree(world, status);
}

/* A pass to bring the file into the system's cache, then as many as fit. */
static base_status measure(const comm_world *world, const bench_options *options,
                           const store_dataset *dataset, double *seconds, double *bytes, int32_t *passes)
{
    size_t samples = store_dataset_table(dataset)->samples, i;
    int64_t *ids = malloc(samples * sizeof *ids);
    base_status status = ids ? BASE_OK : BASE_ERR_MEMORY;
    pass took = {0};
    int32_t p;

    if (!ids)
        base_log_error("out of memory for %zu sample numbers", samples);
    for (i = 0; ids && i < samples; i++)
        ids[i] = (int64_t)i;
    status = comm_agree(world, status);
    if (status == BASE_OK)
        status = read_pass(world, options, dataset, ids, &took);
    if (status == BASE_OK)
        *passes = bench_step_count(world, options, took.seconds);
    for (p = 0; status == BASE_OK && p < *passes; p++) {
        status = read_pass(world, options, dataset, ids, &took);
        seconds[p] = took.seconds;
    }
    *bytes = took.bytes;
    free(ids);
    return status == BASE_OK ? bench_slowest(world, seconds, (size_t)*passes) : status;
}

static base_status report_reading(const comm_world *world, const bench_options *options,
                                  const store_table *table, double *seconds, double bytes, int32_t passes)
{
    bench_spread spread = bench_stats_spread(seconds, (size_t)passes);
    bench_report report = bench_report_begin(options->json);
    double samples = (double)table->samples;

    bench_report_text(&report, "work", bench_work_name(options->work));
    bench_report_text(&report, "version", CAMAL_VERSION);
    bench_report_number(&report, "size", table->size, "pixels");
    bench_report_number(&report, "ranks", world->size, "");
    bench_report_number(&report, "readers", (double)options->readers, "threads a rank");
    bench_report_number(&report, "samples", samples, "");
    bench_report_number(&report, "chunk_samples", (double)store_chunk_samples(table->size), "");
    bench_report_number(&report, "passes", passes, "measured");
    bench_report_number(&report, "images_per_second", samples / spread.median, "median");
    bench_report_number(&report, "images_per_second_low", samples / spread.high, "10th percentile");
    bench_report_number(&report, "images_per_second_high", samples / spread.low, "90th percentile");
    bench_report_number(&report, "rank_bytes", bytes, "bytes read by rank 0 in a pass");
    bench_report_number(&report, "rank_bytes_per_second", bytes / spread.median, "bytes/s of rank 0");
    return bench_report_finish(&report);
}

base_status bench_read_run(const comm_world *world, const bench_options *options)
{
    char path[PATH_MAX] = "";
    store_dataset *dataset = NULL;
    double *seconds = calloc((size_t)options->steps, sizeof *seconds), bytes = 0;
    int32_t passes = 0;
    base_status status = seconds ? BASE_OK : BASE_ERR_MEMORY;

    if (!seconds)
        base_log_error("out of memory for the times of %lld passes", (long long)options->steps);
    status = comm_agree(world, status);
    if (status == BASE_OK)
        status = bench_dataset_open(world, options, path, &dataset);
    if (status == BASE_OK)
        status = measure(world, options, dataset, seconds, &bytes, &passes);
    if (status == BASE_OK && world->rank == 0)
        status = report_reading(world, options, store_dataset_table(dataset), seconds, bytes, passes);
    status = comm_agree(world, status);
    bench_dataset_close(world, options, path, &dataset);
    free(seconds);
    return status;
}
