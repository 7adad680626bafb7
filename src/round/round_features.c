#include "round_features.h"
#include "base_log.h"
#include "select_cluster.h"
#include "select_cover.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MEGABYTE 1e6
#define GIGABYTE 1e9

/* Bytes a sample beside vectors: number, class, value, mark; then what picking needs. */
#define POINT_BYTES   17
#define PICK_BYTES    (SELECT_COVER_BYTES > SELECT_CLUSTER_BYTES ? SELECT_COVER_BYTES : SELECT_CLUSTER_BYTES)
#define SAMPLE_BYTES  (POINT_BYTES + PICK_BYTES)
#define GROWTH        5 /* a fifth more at a time; pages that are not written to take no memory */
#define LEAST_SAMPLES 1024

round_features_size round_features_measure(base_strategy strategy, size_t pool, size_t labelled,
                                           size_t classes, size_t width, size_t budget, int ranks)
{
    select_needs needs = select_strategy_needs(strategy);
    round_features_size size = {.pool = pool, .ranks = ranks};
    size_t clusters, learning;

    size.labelled = needs.labelled ? labelled : 0;
    size.outputs = needs.output != SELECT_OUTPUT_NONE ? classes : 0;
    size.width = needs.keeps ? width : 0;
    if (needs.way == SELECT_WAY_RANK && needs.feature == SELECT_FEATURE_NONE)
        return size;
    size.bytes = (double)(size.pool + size.labelled) *
                 (double)((size.outputs + size.width) * sizeof(float) + SAMPLE_BYTES);
    if (needs.way == SELECT_WAY_CLUSTER) { /* the samples that move the centres are copied */
        clusters = select_cluster_count(size.pool + size.labelled, size.labelled, budget);
        learning = clusters * SELECT_CLUSTER_LEARN;
        learning = learning < size.pool + size.labelled ? learning : size.pool + size.labelled;
        size.bytes += (double)learning * (double)(size.width * sizeof(float) + SAMPLE_BYTES);
    }
    return size;
}

base_status round_features_allow(base_strategy strategy, const round_features_size *size, double limit)
{
    double most = limit * size->ranks * GIGABYTE;
    const char *name = base_config_strategy_name(strategy);

    if (size->bytes <= 0) {
        base_log_info("strategy %s: %zu pool samples x (%zu + %d) bytes, records and their order: %.1f MB on "
                      "rank 0",
                      name, size->pool, sizeof(store_score), SELECT_CHOOSE_BYTES,
                      (double)size->pool * (sizeof(store_score) + SELECT_CHOOSE_BYTES) / MEGABYTE);
        return BASE_OK;
    }
    if (size->bytes > most) {
        base_log_error("strategy %s would keep %.2f GB of %zu pool and %zu labelled samples over %d ranks, "
                       "allowed are %.4g (select.memory = %g GB a rank): take more ranks, a larger "
                       "select.memory, or another strategy",
                       name, size->bytes / GIGABYTE, size->pool, size->labelled, size->ranks, most / GIGABYTE,
                       limit);
        return BASE_ERR_USAGE;
    }
    base_log_info("strategy %s: %zu pool samples%s x ((%zu + %zu) x 4 + %d) bytes: %.2f GB over %d ranks",
                  name, size->pool, size->labelled ? " and the labelled ones" : "", size->outputs,
                  size->width, SAMPLE_BYTES, size->bytes / GIGABYTE, size->ranks);
    return BASE_OK;
}

/* The linear head's weights and bias. */
static base_status find_head(round_features *f, size_t classes, const nn_weights *weights,
                             const uint8_t *active)
{
    int32_t t;

    f->head = (select_head){.classes = classes, .width = f->points.width, .active = active};
    for (t = 0; t < weights->tensors; t++) {
        if (weights->tensor[t].kind == NN_TENSOR_LINEAR)
            f->head.weights = weights->data + weights->tensor[t].offset;
        if (weights->tensor[t].kind == NN_TENSOR_BIAS)
            f->head.bias = weights->data + weights->tensor[t].offset;
    }
    f->scratch = malloc(select_dropout_room(classes, f->head.width));
    if (f->scratch)
        return BASE_OK;
    base_log_error("out of memory for the dropout of %zu features", f->head.width);
    return BASE_ERR_MEMORY;
}

base_status round_features_create(const select_options *options, learn_scorer *scorer, size_t classes,
                                  const nn_weights *weights, const uint8_t *active, round_features *features)
{
    static const learn_feature wanted[] = {[SELECT_FEATURE_NONE] = LEARN_FEATURE_NONE,
                                           [SELECT_FEATURE_POOLED] = LEARN_FEATURE_POOLED,
                                           [SELECT_FEATURE_HEATED] = LEARN_FEATURE_HEATED};
    round_features made = {.options = *options, .scorer = scorer};
    learn_feature feature;
    base_status status;

    made.needs = select_strategy_needs(options->strategy);
    feature = wanted[made.needs.feature];
    if (made.needs.output != SELECT_OUTPUT_NONE)
        made.points.outputs = classes;
    if (feature != LEARN_FEATURE_NONE)
        made.points.width = learn_scorer_width(scorer, feature);
    status = learn_scorer_want(scorer, feature);
    if (status == BASE_OK && options->strategy == BASE_STRATEGY_BALD)
        status = find_head(&made, classes, weights, active);
    if (!made.needs.keeps)
        made.points.width = 0;
    if (status == BASE_OK)
        *features = made;
    return status;
}

void round_features_destroy(round_features *features)
{
    if (!features)
        return;
    if (features->scorer)
        learn_scorer_want(features->scorer, LEARN_FEATURE_NONE); /* needs no memory, cannot fail */
    free(features->scratch);
    free(features->points.sample);
    free(features->points.predicted);
    free(features->points.value);
    free(features->points.taken);
    free(features->points.output);
    free(features->points.feature);
    memset(features, 0, sizeof *features);
}

static bool grow(void *array, size_t bytes)
{
    void *larger = realloc(*(void **)array, bytes ? bytes : 1);

    if (larger)
        *(void **)array = larger;
    return larger != NULL;
}

/* Room for `count` more samples. */
static base_status make_room(round_features *f, size_t count)
{
    select_points *p = &f->points;
    size_t room = f->room + f->room / GROWTH + LEAST_SAMPLES;

    if (p->count + count <= f->room)
        return BASE_OK;
    room = room < p->count + count ? p->count + count : room;
    if (grow(&p->sample, room * sizeof *p->sample) && grow(&p->predicted, room * sizeof *p->predicted) &&
        grow(&p->value, room * sizeof *p->value) && grow(&p->taken, room) &&
        grow(&p->output, room * p->outputs * sizeof *p->output) &&
        grow(&p->feature, room * p->width * sizeof *p->feature)) {
        f->room = room;
        return BASE_OK;
    }
    base_log_error("out of memory for %zu samples of %zu floats each", room, p->outputs + p->width);
    return BASE_ERR_MEMORY;
}

static void take_output(const round_features *f, const store_score *score, const double *softmax,
                        float *output)
{
    size_t c;

    for (c = 0; c < f->points.outputs; c++)
        output[c] = (float)(f->needs.output == SELECT_OUTPUT_GRADIENT && (int32_t)c == score->predicted
                                ? softmax[c] - 1
                                : softmax[c]);
}

/* What is not a number has no place in an order. */
static base_status check_finite(const store_score *scores, const float *feature, size_t count, size_t width)
{
    size_t i;

    for (i = 0; i < count * width; i++)
        if (!isfinite(feature[i])) {
            base_log_error("round: feature %zu of sample %" PRId64 " is %g; training went astray", i % width,
                           scores[i / width].sample, (double)feature[i]);
            return BASE_ERR_NUMERIC;
        }
    return BASE_OK;
}

static base_status take(void *self, const store_score *scores, size_t count)
{
    round_features *f = self;
    select_points *p = &f->points;
    const float *feature = learn_scorer_features(f->scorer);
    const double *softmax = learn_scorer_softmax(f->scorer);
    base_status status = make_room(f, count);
    size_t i;

    if (status == BASE_OK && feature)
        status = check_finite(scores, feature, count, f->needs.keeps ? p->width : f->head.width);
    if (status != BASE_OK)
        return status;
    for (i = 0; i < count; i++) {
        p->sample[p->count] = scores[i].sample;
        p->predicted[p->count] = scores[i].predicted;
        p->taken[p->count] = f->labelled;
        p->value[p->count] = select_value(&f->options, &scores[i]);
        if (f->scratch)
            p->value[p->count] =
                -(float)select_dropout_information(&f->head, feature + i * f->head.width, f->options.seed,
                                                   f->options.round, scores[i].sample, f->scratch);
        if (p->outputs)
            take_output(f, &scores[i], softmax + i * p->outputs, p->output + p->count * p->outputs);
        if (p->width)
            memcpy(p->feature + p->count * p->width, feature + i * p->width, p->width * sizeof *feature);
        p->count++;
    }
    return BASE_OK;
}

const learn_pool_sink *round_features_sink(round_features *features, learn_pool_sink *sink)
{
    if (features->needs.way == SELECT_WAY_RANK && features->needs.feature == SELECT_FEATURE_NONE)
        return NULL;
    *sink = (learn_pool_sink){take, features};
    return sink;
}

typedef struct valued {
    int64_t sample;
    float value;
    int32_t unused; /* padding travels too */
} valued;

static int by_sample(const void *a, const void *b)
{
    const valued *p = a, *q = b;

    return (p->sample > q->sample) - (p->sample < q->sample);
}

base_status round_features_values(const comm_world *world, const round_features *features, float **values)
{
    const select_points *p = &features->points;
    valued *mine = malloc((p->count + 1) * sizeof *mine), *all = NULL;
    base_status status = BASE_OK;
    size_t count = 0, i;

    if (!mine) {
        base_log_error("out of memory for the values of %zu samples", p->count);
        status = BASE_ERR_MEMORY;
    }
    for (i = 0; mine && i < p->count; i++)
        mine[i] = (valued){p->sample[i], p->value[i], 0};
    status = comm_agree(world, status);
    if (status == BASE_OK)
        status = comm_gather(world, mine, p->count, sizeof *mine, (void **)&all, &count);
    free(mine);
    if (status == BASE_OK && world->rank == 0) {
        qsort(all, count, sizeof *all, by_sample);
        *values = malloc((count + 1) * sizeof **values);
        if (!*values) {
            base_log_error("out of memory for the values of %zu samples", count);
            status = BASE_ERR_MEMORY;
        }
        for (i = 0; status == BASE_OK && i < count; i++)
            (*values)[i] = all[i].value;
    }
    free(all);
    return comm_agree(world, status);
}
