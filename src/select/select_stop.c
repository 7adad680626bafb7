#include "select_stop.h"
#include "base_log.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define ROUNDING 1e-6 /* of means of recalls, which are floats */

select_stop_options select_stop_options_of(const base_config *config)
{
    return (select_stop_options){config->stop.rule, config->stop.rounds, config->stop.rise,
                                 config->stop.agreement};
}

/* How far the best of the newest rounds is above the one before them; NaN if that is unknown. */
static double find_rise(const select_stop_options *options, const select_history *history,
                        const store_class *state)
{
    size_t rounds = (size_t)options->rounds;

    return select_history_best_mean(history, rounds, state) - select_history_mean(history, rounds, state);
}

/* Mean kappa of the newest rounds; NaN if there are too few, or one is unknown. */
static double mean_agreement(const select_stop_options *options, const select_history *history)
{
    size_t rounds = (size_t)options->rounds, i;
    double sum = 0;

    if (history->rounds < rounds)
        return NAN;
    for (i = history->rounds - rounds; i < history->rounds; i++)
        sum += history->agreement[i];
    return sum / (double)rounds;
}

bool select_stop(const select_stop_options *options, const select_history *history, const store_class *state)
{
    switch (options->rule) {
    case BASE_STOP_PLATEAU:
        return find_rise(options, history, state) < options->rise - ROUNDING;
    case BASE_STOP_AGREEMENT:
        return mean_agreement(options, history) >= options->agreement;
    case BASE_STOP_BUDGET:
        break;
    }
    return false;
}

static const char *rounds_word(const select_stop_options *options)
{
    return options->rounds == 1 ? "round" : "rounds";
}

void select_stop_reason(const select_stop_options *options, const select_history *history,
                        const store_class *state, char *text, size_t size)
{
    switch (options->rule) {
    case BASE_STOP_PLATEAU:
        snprintf(text, size,
                 "plateau: mean validation accuracy %+.4f in the last %" PRId32 " %s, less than %+.4f",
                 find_rise(options, history, state), options->rounds, rounds_word(options), options->rise);
        return;
    case BASE_STOP_AGREEMENT:
        snprintf(text, size, "agreement: mean kappa %.4f in the last %" PRId32 " %s, at or above %.4f",
                 mean_agreement(options, history), options->rounds, rounds_word(options), options->agreement);
        return;
    case BASE_STOP_BUDGET:
        break;
    }
    snprintf(text, size, "budget: all rounds of run.rounds are done");
}

base_status select_agreement(const int32_t *before, const int32_t *now, size_t count, size_t classes,
                             double *kappa, size_t *common)
{
    size_t *times = calloc(2 * classes + 1, sizeof *times), both = 0, equal = 0, i;
    double chance = 0, observed;

    if (!times) {
        base_log_error("out of memory to compare predictions of %zu classes", classes);
        return BASE_ERR_MEMORY;
    }
    for (i = 0; i < count; i++) {
        if (before[i] < 0 || now[i] < 0)
            continue;
        times[before[i]]++;
        times[classes + (size_t)now[i]]++;
        equal += before[i] == now[i];
        both++;
    }
    for (i = 0; i < classes; i++)
        chance += (double)times[i] / (double)both * ((double)times[classes + i] / (double)both);
    observed = (double)equal / (double)both;
    if (both == 0)
        *kappa = NAN;
    else if (equal == both)
        *kappa = 1; /* chance may be 1 too */
    else
        *kappa = (observed - chance) / (1 - chance);
    *common = both;
    free(times);
    return BASE_OK;
}
