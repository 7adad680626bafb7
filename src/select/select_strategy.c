#include "select_strategy.h"
#include "base_log.h"
#include "base_random.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* A record on its way through the sort. */
typedef struct candidate {
    float value;
    int32_t predicted;
    int64_t sample;
    int reason; /* store_query_reason, NOT_TAKEN before it is chosen */
} candidate;

enum { NOT_TAKEN = -1 };

_Static_assert(sizeof(candidate) == SELECT_CHOOSE_BYTES, "what is said of memory is so");

static float random_value(const select_options *options, int64_t sample)
{
    base_random random =
        base_random_at(options->seed, BASE_RANDOM_SELECT, (uint32_t)options->round, 0, (uint64_t)sample);

    return (float)(base_random_u32(&random) >> 8) * 0x1p-24f; /* 24 bits: exact in a float */
}

/* -log of a uniform number in (0, 1], so that minus its log is Gumbel noise. */
static double exponential(const select_options *options, int64_t sample)
{
    base_random random =
        base_random_at(options->seed, BASE_RANDOM_SELECT, (uint32_t)options->round, 0, (uint64_t)sample);

    return -log1p(-base_random_unit(&random));
}

select_needs select_strategy_needs(base_strategy strategy)
{
    static const select_needs needs[BASE_STRATEGIES] = {
        [BASE_STRATEGY_BALD] = {SELECT_WAY_RANK, SELECT_FEATURE_POOLED, SELECT_OUTPUT_NONE, false, false},
        [BASE_STRATEGY_CLASS_BALANCED] = {SELECT_WAY_BALANCE, SELECT_FEATURE_NONE, SELECT_OUTPUT_SOFTMAX,
                                          false, false},
        [BASE_STRATEGY_CORESET] = {SELECT_WAY_COVER, SELECT_FEATURE_POOLED, SELECT_OUTPUT_NONE, true, true},
        [BASE_STRATEGY_BADGE] = {SELECT_WAY_COVER, SELECT_FEATURE_POOLED, SELECT_OUTPUT_GRADIENT, true,
                                 false},
        [BASE_STRATEGY_CAM_BADGE] = {SELECT_WAY_COVER, SELECT_FEATURE_HEATED, SELECT_OUTPUT_GRADIENT, true,
                                     false},
        [BASE_STRATEGY_TYPICLUST] = {SELECT_WAY_CLUSTER, SELECT_FEATURE_POOLED, SELECT_OUTPUT_NONE, true,
                                     true},
    }; /* the others rank by the records alone: zeros */

    return needs[strategy];
}

float select_value(const select_options *options, const store_score *score)
{
    int high = options->prefer == BASE_PREFER_HIGH;
    float activation = score->cam_activation;

    switch (options->strategy) {
    case BASE_STRATEGY_RANDOM:
        return random_value(options, score->sample);
    case BASE_STRATEGY_LEAST_CONFIDENCE:
        return score->confidence;
    case BASE_STRATEGY_MARGIN:
        return score->margin;
    case BASE_STRATEGY_ENTROPY:
    case BASE_STRATEGY_CLASS_BALANCED:
        return -score->entropy;
    case BASE_STRATEGY_POWER_MARGIN:
        return (float)log(exponential(options, score->sample) / (1 - (double)score->margin));
    case BASE_STRATEGY_CAM_CONSISTENCY:
        return score->cam_agreement;
    case BASE_STRATEGY_CAM_OVERLAP:
        return -score->cam_overlap;
    case BASE_STRATEGY_CAM:
        return high ? -activation : activation;
    case BASE_STRATEGY_CAM_MARGIN:
        return score->margin * (high ? 1 - activation : activation);
    case BASE_STRATEGY_BALD:
    case BASE_STRATEGY_CORESET:
    case BASE_STRATEGY_BADGE:
    case BASE_STRATEGY_CAM_BADGE:
    case BASE_STRATEGY_TYPICLUST:
    case BASE_STRATEGIES:
        break;
    }
    return NAN;
}

static int compare_candidates(const void *left, const void *right)
{
    const candidate *a = left, *b = right;
    int a_nan = isnan(a->value), b_nan = isnan(b->value);

    if (a_nan != b_nan)
        return a_nan - b_nan;
    if (!a_nan && a->value != b->value)
        return a->value < b->value ? -1 : 1;
    return (a->sample > b->sample) - (a->sample < b->sample);
}

/* The records of open classes, unsorted. */
static base_status collect_open(const select_options *options, const store_score *scores, size_t count,
                                const uint8_t *closed, size_t classes, candidate *open, size_t *open_count)
{
    size_t i, kept = 0;

    for (i = 0; i < count; i++) {
        if (scores[i].predicted < 0 || (size_t)scores[i].predicted >= classes) {
            base_log_error("select: sample %" PRId64 " has predicted class %" PRId32
                           ", allowed is 0 to %zu; score the pool again",
                           scores[i].sample, scores[i].predicted, classes ? classes - 1 : 0);
            return BASE_ERR_INPUT;
        }
        if (closed[scores[i].predicted])
            continue;
        open[kept].value = options->values ? options->values[i] : select_value(options, &scores[i]);
        open[kept].predicted = scores[i].predicted;
        open[kept].sample = scores[i].sample;
        open[kept].reason = NOT_TAKEN;
        kept++;
    }
    *open_count = kept;
    return BASE_OK;
}

/* Mark the best candidates within what is left of their class's quota; returns how many. */
static size_t take_within_quota(candidate *sorted, size_t count, int64_t *left, size_t budget)
{
    size_t i, taken = 0;

    for (i = 0; i < count && taken < budget; i++) {
        if (left[sorted[i].predicted] <= 0)
            continue;
        left[sorted[i].predicted]--;
        sorted[i].reason = STORE_QUERY_QUOTA;
        taken++;
    }
    return taken;
}

/* Mark the best of those not taken yet. */
static void take_best(candidate *sorted, size_t count, size_t wanted, int reason)
{
    size_t i;

    for (i = 0; i < count && wanted > 0; i++) {
        if (sorted[i].reason != NOT_TAKEN)
            continue;
        sorted[i].reason = reason;
        wanted--;
    }
}

static size_t write_queries(const candidate *sorted, size_t count, store_query *chosen)
{
    size_t i, written = 0;

    for (i = 0; i < count; i++) {
        if (sorted[i].reason == NOT_TAKEN)
            continue;
        chosen[written].sample = sorted[i].sample;
        chosen[written].predicted = sorted[i].predicted;
        chosen[written].rank = (int32_t)written;
        chosen[written].score = sorted[i].value;
        chosen[written].answer = STORE_LABEL_UNKNOWN;
        chosen[written].reason = (uint8_t)sorted[i].reason;
        written++;
    }
    return written;
}

base_status select_choose(const select_options *options, const store_score *scores, size_t count,
                          const int64_t *quota, const uint8_t *closed, size_t classes, size_t budget,
                          store_query *chosen, size_t *total)
{
    candidate *open = malloc((count ? count : 1) * sizeof *open);
    int64_t *left = malloc((classes ? classes : 1) * sizeof *left);
    base_status status;
    size_t open_count, taken = 0, c;

    if (!open || !left) {
        base_log_error("select: no memory for %zu records of %zu classes", count, classes);
        status = BASE_ERR_MEMORY;
        goto out;
    }
    status = collect_open(options, scores, count, closed, classes, open, &open_count);
    if (status != BASE_OK)
        goto out;
    qsort(open, open_count, sizeof *open, compare_candidates);
    if (quota) {
        for (c = 0; c < classes; c++)
            left[c] = quota[c];
        taken = take_within_quota(open, open_count, left, budget);
    }
    take_best(open, open_count, budget - taken, quota ? STORE_QUERY_FILL : STORE_QUERY_STRATEGY);
    *total = write_queries(open, open_count, chosen);
out:
    free(left);
    free(open);
    return status;
}
