#include "bench_select.h"
#include "base_log.h"
#include "base_progress.h"
#include "base_random.h"
#include "base_shard.h"
#include "bench_report.h"
#include "comm_choice.h"
#include "round_features.h"
#include "round_pick.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { SEED = 1, MIDDLES = 8 /* a class */ };

typedef struct session {
    const comm_world *world;
    const bench_options *options;
    base_strategy strategy;
    select_needs needs;
    size_t width, classes, total, budget; /* total: records and labelled ones */
    float *middle;                        /* [classes * MIDDLES, width] */
    float *feature;                       /* [width] of one sample */
    float *softmax;                       /* [classes] of one sample */
    store_score *scores;                  /* of strategies that rank, this rank's */
    round_features kept;
    uint8_t *closed;
    int64_t *labelled;
    store_query *chosen;
    size_t count;
    double seconds;
} session;

/* ---- synthetic samples: a function of their number alone ---- */

/* Nearly normal: the sum of four random bytes, by one draw. */
static float noise(base_random *random)
{
    uint32_t bits = base_random_u32(random);

    return ((float)(bits & 255) + (float)(bits >> 8 & 255) + (float)(bits >> 16 & 255) + (float)(bits >> 24) -
            510) /
           147.8f;
}

static void make_middles(session *s)
{
    base_random random = base_random_at(SEED, BASE_RANDOM_SYNTH, 0, 1, 0);
    size_t i;

    for (i = 0; i < s->classes * MIDDLES * s->width; i++)
        s->middle[i] = noise(&random);
}

static void make_feature(session *s, int64_t sample, float *feature)
{
    base_random random = base_random_at(SEED, BASE_RANDOM_SYNTH, 0, 2, (uint64_t)sample);
    const float *middle = s->middle + (size_t)base_random_below(&random, s->classes * MIDDLES) * s->width;
    size_t k;

    for (k = 0; k < s->width; k++)
        feature[k] = fmaxf(0, middle[k] + 0.7f * noise(&random));
}

static store_score make_score(session *s, int64_t sample)
{
    base_random random = base_random_at(SEED, BASE_RANDOM_SYNTH, 0, 3, (uint64_t)sample);
    int32_t likely = (int32_t)base_random_below(&random, s->classes);
    store_score score;
    double sum = 0;
    size_t c;

    memset(&score, 0, sizeof score);
    score.sample = sample;
    for (c = 0; c < s->classes; c++) {
        s->softmax[c] = expf(1.5f * noise(&random) + ((int32_t)c == likely ? 5 : 0));
        sum += (double)s->softmax[c];
        if (s->softmax[c] > s->softmax[score.predicted])
            score.predicted = (int32_t)c;
    }
    for (c = 0; c < s->classes; c++) {
        s->softmax[c] = (float)((double)s->softmax[c] / sum);
        score.entropy -= s->softmax[c] > 0 ? s->softmax[c] * logf(s->softmax[c]) : 0;
        if ((int32_t)c != score.predicted)
            score.margin = fmaxf(score.margin, s->softmax[c]);
    }
    score.confidence = s->softmax[score.predicted];
    score.margin = score.confidence - score.margin;
    score.cam_activation = (float)base_random_unit(&random);
    score.cam_agreement = (float)base_random_unit(&random);
    score.cam_overlap = (float)base_random_unit(&random);
    return score;
}

/* ---- this rank's samples ---- */

static base_status allocate(session *s, size_t count)
{
    select_points *p = &s->kept.points;
    bool ranks = s->needs.way == SELECT_WAY_RANK;

    p->outputs = s->needs.output != SELECT_OUTPUT_NONE ? s->classes : 0;
    p->width = s->needs.keeps ? s->width : 0;
    p->sample = malloc((count + 1) * sizeof *p->sample);
    p->predicted = malloc((count + 1) * sizeof *p->predicted);
    p->value = malloc((count + 1) * sizeof *p->value);
    p->taken = malloc(count + 1);
    p->output = malloc((count * p->outputs + 1) * sizeof *p->output);
    p->feature = malloc((count * p->width + 1) * sizeof *p->feature);
    s->middle = malloc(s->classes * MIDDLES * s->width * sizeof *s->middle);
    s->feature = malloc(s->width * sizeof *s->feature);
    s->softmax = malloc(s->classes * sizeof *s->softmax);
    s->scores = malloc((ranks ? count + 1 : 1) * sizeof *s->scores);
    s->closed = calloc(s->classes, sizeof *s->closed);
    s->labelled = calloc(s->classes, sizeof *s->labelled);
    s->chosen = calloc(s->budget + 1, sizeof *s->chosen);
    s->kept.scratch = malloc(select_dropout_room(s->classes, s->width));
    if (p->sample && p->predicted && p->value && p->taken && p->output && p->feature && s->middle &&
        s->feature && s->softmax && s->scores && s->closed && s->labelled && s->chosen && s->kept.scratch)
        return BASE_OK;
    base_log_error("out of memory for %zu synthetic samples", count);
    return BASE_ERR_MEMORY;
}

static void destroy(session *s)
{
    round_features_destroy(&s->kept);
    free(s->middle);
    free(s->feature);
    free(s->softmax);
    free(s->scores);
    free(s->closed);
    free(s->labelled);
    free(s->chosen);
}

static void make_sample(session *s, size_t i, int64_t sample)
{
    select_points *p = &s->kept.points;
    store_score score = make_score(s, sample);
    size_t c;

    p->sample[i] = sample;
    p->predicted[i] = score.predicted;
    p->value[i] = select_value(&s->kept.options, &score);
    p->taken[i] = sample >= s->options->records;
    for (c = 0; c < p->outputs; c++)
        p->output[i * p->outputs + c] =
            s->softmax[c] - (s->needs.output == SELECT_OUTPUT_GRADIENT && (int32_t)c == score.predicted);
    if (p->width)
        make_feature(s, sample, p->feature + i * p->width);
    if (s->needs.way == SELECT_WAY_RANK)
        s->scores[i] = score;
}

/* ---- the choice ---- */

/* Values under dropout, by the middles of the first classes as a head. */
static void value_by_dropout(session *s)
{
    const select_head head = {s->classes, s->width, s->middle, s->softmax, s->closed};
    select_points *p = &s->kept.points;
    size_t i;

    memset(s->softmax, 0, s->classes * sizeof *s->softmax); /* no bias */
    memset(s->closed, 1, s->classes);                       /* all active */
    for (i = 0; i < p->count; i++) {
        make_feature(s, p->sample[i], s->feature);
        p->value[i] =
            -(float)select_dropout_information(&head, s->feature, SEED, 0, p->sample[i], s->kept.scratch);
    }
    memset(s->closed, 0, s->classes);
}

/* As a round does: values by all ranks, the order on rank 0. */
static base_status rank_samples(session *s)
{
    select_options options = s->kept.options;
    store_score *all = NULL;
    float *values = NULL;
    size_t count = 0;
    base_status status = BASE_OK;

    if (s->needs.feature != SELECT_FEATURE_NONE) {
        value_by_dropout(s);
        status = round_features_values(s->world, &s->kept, &values);
    }
    if (status == BASE_OK) /* neighbours by rank: in order of sample */
        status = comm_gather(s->world, s->scores, s->kept.points.count, sizeof *all, (void **)&all, &count);
    options.values = values;
    if (status == BASE_OK && s->world->rank == 0)
        status =
            select_choose(&options, all, count, NULL, s->closed, s->classes, s->budget, s->chosen, &s->count);
    free(values);
    free(all);
    return comm_agree(s->world, status);
}

static base_status choose(session *s)
{
    round_pick_task task = {.strategy = s->strategy,
                            .seed = SEED,
                            .classes = s->classes,
                            .budget = s->budget,
                            .closed = s->closed,
                            .labelled = s->labelled};
    double start;
    base_status status;

    comm_agree(s->world, BASE_OK); /* a start in common */
    start = base_progress_clock();
    if (s->needs.way == SELECT_WAY_RANK)
        status = rank_samples(s);
    else
        status = round_pick(s->world, &task, &s->kept.points, s->chosen, &s->count);
    s->seconds = comm_choice_largest(s->world, base_progress_clock() - start);
    return status;
}

/* ---- the report ---- */

/* FNV-1a over the picks: equal on any number of ranks. */
static uint64_t digest(const session *s)
{
    uint64_t hash = 0xcbf29ce484222325u;
    size_t i, b;

    for (i = 0; i < s->count; i++)
        for (b = 0; b < 8; b++)
            hash = (hash ^ ((uint64_t)s->chosen[i].sample >> (8 * b) & 255)) * 0x100000001b3u;
    return hash;
}

static base_status report(const session *s, int64_t peak, double largest)
{
    bench_report r = bench_report_begin(s->options->json);
    char picks[24];

    snprintf(picks, sizeof picks, "%016" PRIx64, digest(s));
    bench_report_text(&r, "work", bench_work_name(s->options->work));
    bench_report_text(&r, "version", CAMAL_VERSION);
    bench_report_text(&r, "strategy", base_config_strategy_name(s->strategy));
    bench_report_number(&r, "ranks", s->world->size, "");
    bench_report_number(&r, "records", (double)s->options->records, "");
    bench_report_number(&r, "labelled", (double)s->options->labelled, "");
    bench_report_number(&r, "width", (double)s->width, "");
    bench_report_number(&r, "classes", (double)s->classes, "");
    bench_report_number(&r, "chosen", (double)s->count, "");
    bench_report_text(&r, "picks", picks);
    bench_report_number(&r, "select_seconds", s->seconds, "s");
    bench_report_number(&r, "peak_bytes", (double)peak, "bytes, all ranks");
    bench_report_number(&r, "peak_bytes_rank", largest, "bytes, the largest rank");
    return bench_report_finish(&r);
}

static base_status find_strategy(const char *name, base_config *config)
{
    char assignment[128];

    snprintf(assignment, sizeof assignment, "select.strategy=%s", name);
    return base_config_set(config, assignment);
}

static base_status prepare(session *s, base_shard share, double limit)
{
    round_features_size size =
        round_features_measure(s->strategy, (size_t)s->options->records, (size_t)s->options->labelled,
                               s->classes, s->width, s->budget, s->world->size);
    base_status status = round_features_allow(s->strategy, &size, limit);
    size_t i;

    if (status == BASE_OK)
        status = comm_agree(s->world, allocate(s, share.count));
    if (status != BASE_OK)
        return status;
    make_middles(s);
    for (i = 0; i < share.count; i++)
        make_sample(s, i, (int64_t)(share.first + i));
    s->kept.points.count = share.count;
    return BASE_OK;
}

base_status bench_select_run(const comm_world *world, const bench_options *options)
{
    session s = {.world = world, .options = options};
    base_config config;
    struct rusage usage;
    int64_t peak;
    double largest;
    base_status status = base_config_defaults(&config);

    if (status == BASE_OK)
        status = find_strategy(options->strategy, &config);
    status = comm_agree(world, status);
    if (status != BASE_OK)
        return status;
    s.strategy = config.select.strategy;
    s.needs = select_strategy_needs(s.strategy);
    s.kept.options = (select_options){.strategy = s.strategy, .prefer = config.select.prefer, .seed = SEED};
    s.width = (size_t)options->width;
    s.classes = (size_t)options->classes;
    s.budget = (size_t)options->budget;
    s.total = (size_t)options->records + (s.needs.labelled ? (size_t)options->labelled : 0);
    status =
        prepare(&s, base_shard_of(s.total, (size_t)world->size, (size_t)world->rank), config.select.memory);
    if (status == BASE_OK)
        status = choose(&s);
    getrusage(RUSAGE_SELF, &usage);
    peak = usage.ru_maxrss * 1024;
    largest = comm_choice_largest(world, (double)peak);
    comm_choice_sum(world, &peak, 1);
    if (status == BASE_OK && world->rank == 0)
        status = report(&s, peak, largest);
    destroy(&s);
    base_config_clear(&config);
    return comm_agree(world, status);
}
