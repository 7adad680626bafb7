#include "report_words.h"
#include "select_exclusion.h"
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

const char *report_words_status(const store_class *state)
{
    static const char *const words[STORE_CLASS_REASONS] = {[STORE_REASON_NONE] = "active",
                                                           [STORE_REASON_IMPROVING] = "improving",
                                                           [STORE_REASON_FLOOR] = "kept",
                                                           [STORE_REASON_TOO_EARLY] = "too early",
                                                           [STORE_REASON_NO_VALIDATION] = "unknown",
                                                           [STORE_REASON_WATCHED] = "watched",
                                                           [STORE_REASON_AFFORDABLE] = "affordable",
                                                           [STORE_REASON_READMITTED] = "back"};

    return state->status == STORE_CLASS_ACTIVE && words[state->reason]
               ? words[state->reason]
               : select_exclusion_status_name(state->status);
}

void report_words_reason(const store_class *state, const base_config *config, char *text, size_t size)
{
    const select_exclusion_options options = select_exclusion_options_of(config);

    select_exclusion_reason(state, &options, text, size);
}

/* What the rank of a choice is by, with the value that it stands for. */
static void ranked_by(const store_query *query, const base_config *config, char *text, size_t size)
{
    const char *wanted = config->select.prefer == BASE_PREFER_HIGH ? "high" : "low";
    double score = (double)query->score;

    if (config->select.strategy == BASE_STRATEGY_RANDOM)
        snprintf(text, size, "drawn at random");
    else if (config->select.strategy == BASE_STRATEGY_LEAST_CONFIDENCE)
        snprintf(text, size, "confidence %.3f, low ones first", score);
    else if (config->select.strategy == BASE_STRATEGY_MARGIN)
        snprintf(text, size, "margin %.3f between the two likeliest classes, small ones first", score);
    else if (config->select.strategy == BASE_STRATEGY_ENTROPY)
        snprintf(text, size, "entropy %.3f, high ones first", -score);
    else if (config->select.strategy == BASE_STRATEGY_CAM)
        snprintf(text, size, "heat-map concentration %.3f, %s ones first", fabs(score), wanted);
    else if (config->select.strategy == BASE_STRATEGY_CAM_MARGIN)
        snprintf(text, size, "margin and %s heat-map concentration together %.3f, small ones first", wanted,
                 score);
    else
        snprintf(text, size, "score %.3f by %s", score, base_config_strategy_name(config->select.strategy));
}

void report_words_query(const store_query *query, size_t queries, const base_config *config, char *text,
                        size_t size)
{
    static const char *const places[] = {[STORE_QUERY_STRATEGY] = "best of the whole pool",
                                         [STORE_QUERY_QUOTA] = "within the quota of its predicted class",
                                         [STORE_QUERY_FILL] = "best of the rest, as quotas left budget over"};
    char by[120];

    if (config->select.strategy == BASE_STRATEGY_RANDOM && query->reason == STORE_QUERY_STRATEGY) {
        snprintf(text, size, "drawn at random, rank %" PRId32 " of %zu", query->rank + 1, queries);
        return;
    }
    ranked_by(query, config, by, sizeof by);
    snprintf(text, size, "rank %" PRId32 " of %zu, %s; %s", query->rank + 1, queries, places[query->reason],
             by);
}

void report_words_choice(const base_config *config, char *text, size_t size)
{
    const char *name = base_config_strategy_name(config->select.strategy),
               *quotas = config->select.quota == BASE_QUOTA_NONE ? "" : " with class quotas";

    if (config->select.strategy == BASE_STRATEGY_RANDOM)
        snprintf(text, size, "random choice%s", quotas);
    else if (config->select.strategy == BASE_STRATEGY_CAM)
        snprintf(text, size, "choice by Grad-CAM%s", quotas);
    else
        snprintf(text, size, "choice by %s%s", name, quotas);
}

void report_words_count(size_t count, const char *one, const char *many, char *text, size_t size)
{
    snprintf(text, size, "%zu %s", count, count == 1 ? one : many);
}
