#include "bench_score.h"
#include "base_log.h"
#include "base_progress.h"
#include "bench_setup.h"
#include "learn_pool.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH         32 /* as the scorer's */
#define FORWARDS      2  /* of each sample: as it is, and mirrored */
#define THRESHOLD     0.5
#define LIMIT_REPEATS 5

/* The state of one measurement. */
typedef struct session {
    const comm_world *world;
    const bench_options *options;
    char path[PATH_MAX];
    store_dataset *dataset;
    const store_table *table;
    bench_machine machine;
    learn_scorer *scorer;
    uint8_t *state, *active; /* [samples], [K] */
    double *pass;            /* [steps + 1] seconds */
    learn_pool_stats sums;   /* of this rank, all measured passes */
} session;

static base_status open_local(session *s)
{
    size_t passes = (size_t)s->options->steps + 1, classes = s->table->classes;
    base_status status = learn_scorer_create(s->machine.engine, &s->machine.graph, &s->machine.plan.scoring,
                                             s->table, "last", THRESHOLD, &s->scorer);

    if (status != BASE_OK)
        return status;
    if (s->options->plan && s->world->rank == 0)
        fputs(learn_scorer_plan(s->scorer), stdout);
    s->state = malloc(s->table->samples);
    s->active = malloc(classes);
    s->pass = calloc(passes, sizeof *s->pass);
    if (!s->state || !s->active || !s->pass) {
        base_log_error("out of memory for a pool of %zu samples", s->table->samples);
        return BASE_ERR_MEMORY;
    }
    memset(s->state, STORE_POOL_UNLABELLED, s->table->samples);
    memset(s->active, 1, classes);
    return learn_scorer_load(s->scorer, &s->machine.weights, s->active);
}

static base_status open_session(session *s)
{
    base_status status = bench_dataset_open(s->world, s->options, s->path, &s->dataset);

    if (status != BASE_OK)
        return status;
    s->table = store_dataset_table(s->dataset);
    status =
        bench_machine_open(s->world, s->options, s->table->size, (int32_t)s->table->classes, &s->machine);
    return status == BASE_OK ? comm_agree(s->world, open_local(s)) : status;
}

static void close_session(session *s)
{
    free(s->pass);
    free(s->active);
    free(s->state);
    learn_scorer_destroy(&s->scorer);
    bench_machine_close(&s->machine);
    bench_dataset_close(s->world, s->options, s->path, &s->dataset);
}

static base_status score_pool(session *s, double *seconds)
{
    store_score *scores = NULL;
    learn_pool_stats stats = {0};
    size_t count = 0;
    double start = base_progress_clock();
    base_status status = learn_pool_score(s->scorer, s->world, s->dataset, s->state,
                                          (int32_t)s->options->readers, NULL, &scores, &count, &stats);

    *seconds = base_progress_clock() - start;
    s->sums.seconds += stats.seconds;
    s->sums.stall_seconds += stats.stall_seconds;
    s->sums.queue_seconds += stats.queue_seconds;
    s->sums.bytes += stats.bytes;
    free(scores);
    return status;
}

/* Shares of the time in which ranks waited, the worst rank's, and what it read. */
static base_status gather_waits(session *s, bench_scoring *found)
{
    double seconds = s->sums.seconds > 0 ? s->sums.seconds : 1; /* a rank may have had nothing to do */
    double worst[] = {s->sums.stall_seconds / seconds, s->sums.queue_seconds / seconds,
                      (double)s->sums.bytes / seconds};
    base_status status = bench_slowest(s->world, worst, sizeof worst / sizeof *worst);

    found->stall = worst[0];
    found->queue = worst[1];
    found->read_rate = worst[2];
    return status;
}

static base_status measure_passes(session *s, bench_scoring *found)
{
    double warm = 0;
    base_status status = score_pool(s, &warm); /* the file comes into the system's cache too */
    int32_t i;

    if (status != BASE_OK)
        return status;
    found->passes = bench_step_count(s->world, s->options, warm);
    s->sums = (learn_pool_stats){0};
    for (i = 0; i < found->passes && status == BASE_OK; i++)
        status = score_pool(s, &s->pass[i]);
    if (status != BASE_OK)
        return status;
    found->peak = bench_memory_peak(s->world);
    status = gather_waits(s, found);
    if (status == BASE_OK)
        status = bench_slowest(s->world, s->pass, (size_t)found->passes);
    if (status == BASE_OK && s->world->rank == 0)
        found->pass = bench_stats_spread(s->pass, (size_t)found->passes);
    return status;
}

/* The kernels of one batch alone, by a replica of the scorer's shape. Local. */
static base_status measure_limit(session *s, double *seconds)
{
    size_t side = (size_t)s->table->size;
    float *images = aligned_alloc(64, BATCH * 3 * side * side * sizeof *images);
    float *logits = calloc(BATCH * s->table->classes, sizeof *logits);
    nn_gradcam *gradcam = NULL;
    nn_profile limit = {0};
    base_status status = images && logits ? BASE_OK : BASE_ERR_MEMORY;

    if (status == BASE_OK)
        memset(images, 0, BATCH * 3 * side * side * sizeof *images);
    else
        base_log_error("out of memory for a batch of %d samples", BATCH);
    if (status == BASE_OK)
        status = nn_gradcam_create(s->machine.engine, &s->machine.graph, BATCH, "last",
                                   &s->machine.plan.scoring, &gradcam);
    if (status == BASE_OK)
        status = nn_gradcam_load(gradcam, &s->machine.weights);
    if (status == BASE_OK)
        status = nn_gradcam_run(gradcam, images, logits); /* says where the pixels are */
    if (status == BASE_OK)
        status = nn_gradcam_limit(gradcam, LIMIT_REPEATS, &limit);
    *seconds = limit.total;
    nn_gradcam_destroy(&gradcam);
    free(logits);
    free(images);
    return status;
}

base_status bench_score_measure(const comm_world *world, const bench_options *options, bench_scoring *found)
{
    session s = {.world = world, .options = options};
    base_status status = open_session(&s);
    double batch = 0, share;

    memset(found, 0, sizeof *found);
    if (status == BASE_OK)
        status = measure_passes(&s, found);
    if (status == BASE_OK)
        status = comm_agree(world, measure_limit(&s, &batch));
    if (status == BASE_OK) {
        found->samples = (double)s.table->samples;
        found->size = s.table->size;
        share = (double)learn_scorer_share(world, s.table->samples).count;
        found->limit = FORWARDS * batch * share / BATCH;
    }
    close_session(&s);
    return status;
}

static void report_scoring(bench_report *report, const bench_scoring *s, int ranks)
{
    bench_report_number(report, "samples", s->samples, "in the pool");
    bench_report_number(report, "passes", s->passes, "measured");
    bench_report_number(report, "images_per_second", s->samples / s->pass.median, "median");
    bench_report_number(report, "images_per_second_low", s->samples / s->pass.high, "10th percentile");
    bench_report_number(report, "images_per_second_high", s->samples / s->pass.low, "90th percentile");
    bench_report_number(report, "limit_images_per_second", s->samples / s->limit,
                        "kernels of the plan alone");
    bench_report_number(report, "share_in_kernels", s->limit / s->pass.median, "of the pass");
    bench_report_number(report, "reader_stall_share", s->stall,
                        "of a rank's time it waits for pixels, worst rank");
    bench_report_number(report, "queue_share", s->queue, "of a rank's time it waits for work, worst rank");
    bench_report_number(report, "read_bytes_per_second", s->read_rate, "bytes/s, busiest rank");
    bench_report_number(report, "score_rank_seconds_per_image", s->pass.median * ranks / s->samples,
                        "s, one rank");
    bench_report_number(report, "peak_bytes", s->peak, "bytes, largest rank");
}

base_status bench_score_run(const comm_world *world, const bench_options *options)
{
    bench_scoring found;
    bench_report report;
    base_status status = bench_score_measure(world, options, &found);

    if (status != BASE_OK || world->rank != 0)
        return comm_agree(world, status);
    report = bench_report_begin(options->json);
    bench_report_setting(&report, world, options, found.size);
    report_scoring(&report, &found, world->size);
    return comm_agree(world, bench_report_finish(&report));
}
