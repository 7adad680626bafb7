#include "bench_train.h"
#include "base_log.h"
#include "base_progress.h"
#include "bench_reduce.h"
#include "bench_setup.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WARM_UP       3
#define LIMIT_REPEATS 5 /* as far as they fit the time asked for */
#define SMOOTHING     0.05F
#define RATE          0.01
#define MOMENTUM      0.9
#define WEIGHT_DECAY  5e-4

/* The state of one measurement. */
typedef struct session {
    const comm_world *world;
    const bench_options *options;
    bench_machine machine;
    nn_network *network;
    comm_reduce *reduce;
    float *images;                              /* [B,3,S,S] */
    int32_t *labels;                            /* [B] */
    uint8_t *active;                            /* [K] */
    double *step, *exposed, *gradient, *update; /* [steps] seconds */
    double *waited;                             /* [steps] seconds, for slower ranks */
    nn_profile profile;                         /* of the measured steps */
} session;

static size_t pixels(const bench_options *options)
{
    return 3 * (size_t)options->size * (size_t)options->size;
}

/* Noise of mean 0 and variance 1, and labels in turn. */
static base_status make_samples(session *s)
{
    const bench_options *o = s->options;
    size_t one = pixels(o), i, j;
    uint8_t *bytes = malloc(one);

    s->images = aligned_alloc(64, ((size_t)o->batch * one * sizeof(float) + 63) / 64 * 64);
    s->labels = calloc((size_t)o->batch, sizeof *s->labels);
    s->active = malloc((size_t)o->classes);
    if (!bytes || !s->images || !s->labels || !s->active) {
        base_log_error("out of memory for %lld samples of %zu bytes", (long long)o->batch, one);
        free(bytes);
        return BASE_ERR_MEMORY;
    }
    memset(s->active, 1, (size_t)o->classes);
    for (i = 0; i < (size_t)o->batch; i++) {
        uint64_t item = (uint64_t)s->world->rank * (uint64_t)o->batch + i;

        bench_noise(item, bytes, one);
        for (j = 0; j < one; j++)
            s->images[i * one + j] = ((float)bytes[j] - 127.5F) / 74;
        s->labels[i] = (int32_t)(item % (uint64_t)o->classes);
    }
    free(bytes);
    return BASE_OK;
}

static base_status open_local(session *s)
{
    base_status status = nn_network_create(s->machine.engine, &s->machine.graph, (int32_t)s->options->batch,
                                           &s->machine.plan.training, &s->network);

    if (status == BASE_OK)
        status = nn_network_load(s->network, &s->machine.weights, NULL);
    if (status == BASE_OK && s->options->plan && s->world->rank == 0)
        fputs(nn_network_plan(s->network), stdout);
    nn_weights_destroy(&s->machine.weights);
    return status == BASE_OK ? make_samples(s) : status;
}

static base_status open_session(session *s)
{
    const bench_options *o = s->options;
    base_status status = bench_machine_open(s->world, o, (int32_t)o->size, (int32_t)o->classes, &s->machine);

    if (status != BASE_OK)
        return status;
    status = comm_agree(s->world, open_local(s));
    if (status != BASE_OK)
        return status;
    return bench_reduce_create(s->world, o, (base_reduction)o->reduction,
                               nn_network_gradient_count(s->network), &s->reduce);
}

static void close_session(session *s)
{
    free(s->step);
    free(s->waited);
    free(s->exposed);
    free(s->gradient);
    free(s->update);
    free(s->active);
    free(s->labels);
    free(s->images);
    comm_reduce_destroy(&s->reduce);
    nn_network_destroy(&s->network);
    bench_machine_close(&s->machine);
}

/* Flags that ride along in a step's reduction. */
enum { FLAG_FAILED };

static void tell_ready(void *reduce, size_t first)
{
    comm_reduce_ready(reduce, first);
}

/* This rank's micro-batches into the sum. */
static base_status add_gradients(session *s, double *seconds)
{
    const bench_options *o = s->options;
    const nn_ready ready = {tell_ready, s->reduce};
    base_status status = BASE_OK;
    int64_t m;

    for (m = 0; m < o->microbatches; m++) {
        float *buffer = comm_reduce_buffer(s->reduce);
        double before = base_progress_clock();

        if (status == BASE_OK)
            status = nn_network_gradient(s->network, s->images, s->labels, NULL, NULL, s->active, SMOOTHING,
                                         buffer, &ready);
        *seconds += base_progress_clock() - before;
        comm_reduce_raise(s->reduce, FLAG_FAILED, status != BASE_OK);
        comm_reduce_push(s->reduce);
    }
    return status;
}

/* One step as learn_trainer takes it; its times go to place i. */
static base_status take_step(session *s, int32_t i)
{
    const bench_options *o = s->options;
    comm_reduce_times before, after;
    double start = base_progress_clock(), computing = 0, summed;
    base_status status;
    const float *sum;

    comm_reduce_measure(s->reduce, &before);
    status = add_gradients(s, &computing);
    comm_reduce_finish(s->reduce, &sum);
    summed = base_progress_clock();
    if (status == BASE_OK && comm_reduce_raised(s->reduce, FLAG_FAILED) > 0)
        return BASE_ERR_NUMERIC; /* another rank failed, and has said why */
    if (status == BASE_OK)
        status = nn_network_update(s->network, sum, (int32_t)(o->microbatches * s->world->size), RATE,
                                   MOMENTUM, WEIGHT_DECAY, NULL);
    s->step[i] = base_progress_clock() - start;
    comm_reduce_measure(s->reduce, &after);
    s->exposed[i] = after.exposed + after.local - before.exposed - before.local;
    s->gradient[i] = computing / (double)o->microbatches;
    s->update[i] = base_progress_clock() - summed;
    return status;
}

static base_status take_steps(session *s, int32_t count)
{
    base_status status = BASE_OK;
    int32_t i;

    for (i = 0; i < count && status == BASE_OK; i++)
        status = take_step(s, i);
    return comm_agree(s->world, status);
}

/* Times of this rank become the slowest rank's, on rank 0. */
static base_status gather_times(session *s, int32_t steps)
{
    double *times[] = {s->step, s->gradient, s->update, s->waited, s->exposed};
    base_status status = BASE_OK;
    size_t i;

    /* The last to come waits for the sum alone, the others for it too. */
    for (i = 0; i < (size_t)steps; i++) {
        s->waited[i] = s->exposed[i];
        s->exposed[i] = -s->exposed[i];
    }
    for (i = 0; i < sizeof times / sizeof *times && status == BASE_OK; i++)
        status = bench_slowest(s->world, times[i], (size_t)steps);
    for (i = 0; i < (size_t)steps; i++) {
        s->exposed[i] = -s->exposed[i];
        s->waited[i] -= s->exposed[i];
    }
    return status;
}

static base_status measure_steps(session *s, bench_training *found)
{
    base_status status;
    size_t room = (size_t)s->options->steps + WARM_UP;
    int32_t steps;

    s->step = calloc(room, sizeof *s->step);
    s->waited = calloc(room, sizeof *s->waited);
    s->exposed = calloc(room, sizeof *s->exposed);
    s->gradient = calloc(room, sizeof *s->gradient);
    s->update = calloc(room, sizeof *s->update);
    status = s->step && s->waited && s->exposed && s->gradient && s->update ? BASE_OK : BASE_ERR_MEMORY;
    if (status != BASE_OK)
        base_log_error("out of memory for the times of %zu steps", room);
    status = comm_agree(s->world, status);
    if (status == BASE_OK)
        status = take_steps(s, WARM_UP);
    if (status != BASE_OK)
        return status;
    steps = bench_step_count(s->world, s->options, s->step[WARM_UP - 1]);
    nn_network_measure(s->network, &s->profile);
    status = take_steps(s, steps);
    nn_network_measure(s->network, NULL);
    if (status == BASE_OK)
        found->peak = bench_memory_peak(s->world);
    if (status == BASE_OK)
        status = gather_times(s, steps);
    found->steps = steps;
    return status;
}

/* What the measured steps of rank 0 say; sorts their times. */
static void evaluate(session *s, bench_training *found)
{
    size_t steps = (size_t)found->steps, i;
    const nn_profile *p = &s->profile;
    double total = 0;

    for (i = 0; i < steps; i++)
        total += s->step[i];
    found->batch = (double)(s->options->batch * s->options->microbatches * s->world->size);
    found->floats = nn_network_gradient_count(s->network);
    found->in_reorders = p->reorders / total;
    found->in_primitives = (p->convolutions + p->others + p->reorders) / total;
    found->in_loops = p->loops / total;
    found->step = bench_stats_spread(s->step, steps);
    found->exposed = bench_stats_spread(s->exposed, steps).median;
    found->waited = bench_stats_spread(s->waited, steps).median;
    found->gradient = bench_stats_spread(s->gradient, steps).median;
    found->update = bench_stats_spread(s->update, steps).median;
}

static int limit_repeats(const comm_world *world, const bench_options *options, double step)
{
    int32_t fit = bench_step_count(world, options, step);

    return fit < LIMIT_REPEATS ? fit : LIMIT_REPEATS;
}

base_status bench_train_measure(const comm_world *world, const bench_options *options, bench_training *found)
{
    session s = {.world = world, .options = options};
    nn_profile limit = {0};
    base_status status = open_session(&s);

    memset(found, 0, sizeof *found);
    if (status == BASE_OK)
        status = measure_steps(&s, found);
    if (status == BASE_OK && world->rank == 0)
        evaluate(&s, found);
    if (status == BASE_OK)
        status = bench_reduce_measure(world, options, s.reduce, found->floats, &found->reduction);
    if (status == BASE_OK)
        status = comm_agree(
            world, nn_network_limit(s.network, limit_repeats(world, options, found->step.median), &limit));
    found->limit = limit.total * (double)options->microbatches;
    if (world->size > 1 && found->reduction > found->exposed)
        found->hidden = 1 - found->exposed / found->reduction;
    close_session(&s);
    return status;
}

static void report_training(bench_report *report, const bench_options *o, const bench_training *t)
{
    bench_report_number(report, "batch", (double)o->batch, "samples a micro-batch");
    bench_report_number(report, "microbatches", (double)o->microbatches, "a rank and step");
    bench_report_text(report, "reduction", bench_choice_name("reduction", o->reduction));
    bench_report_number(report, "steps", t->steps, "measured");
    bench_report_number(report, "images_per_second", t->batch / t->step.median, "median");
    bench_report_number(report, "images_per_second_low", t->batch / t->step.high, "10th percentile");
    bench_report_number(report, "images_per_second_high", t->batch / t->step.low, "90th percentile");
    bench_report_number(report, "limit_images_per_second", t->batch / t->limit, "kernels of the plan alone");
    bench_report_number(report, "step_seconds", t->step.median, "s");
    bench_report_number(report, "gradient_seconds", t->gradient, "s a micro-batch");
    bench_report_number(report, "update_seconds", t->update, "s");
    bench_report_number(report, "limit_seconds", t->limit, "s");
    bench_report_number(report, "share_in_primitives", t->in_primitives, "of the step");
    bench_report_number(report, "share_in_loops", t->in_loops, "of the step, camal's own kernels");
    bench_report_number(report, "share_in_reorders", t->in_reorders, "of the step, among the primitives");
    bench_report_number(report, "reduce_floats", (double)t->floats, "summed a step");
    bench_report_number(report, "reduce_seconds", t->reduction, "s, alone");
    bench_report_number(report, "reduce_exposed_seconds", t->exposed,
                        "s, what the slowest rank waits for it");
    bench_report_number(report, "reduce_exposed_share", t->exposed / t->step.median, "of the step");
    bench_report_number(report, "reduce_hidden_share", t->hidden, "of the reduction");
    bench_report_number(report, "waited_seconds", t->waited,
                        "s, what the fastest rank waits for the slowest");
    bench_report_number(report, "peak_bytes", t->peak, "bytes, largest rank");
}

base_status bench_train_run(const comm_world *world, const bench_options *options)
{
    bench_training found;
    bench_report report;
    base_status status = bench_train_measure(world, options, &found);

    if (status != BASE_OK || world->rank != 0)
        return comm_agree(world, status);
    report = bench_report_begin(options->json);
    bench_report_setting(&report, world, options, (int32_t)options->size);
    report_training(&report, options, &found);
    return comm_agree(world, bench_report_finish(&report));
}
