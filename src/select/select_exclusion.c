#include "select_exclusion.h"
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

/* Recalls are floats made from counts: a difference of exactly two points must not be lost to their rounding.
 */
#define ROUNDING 1e-6

static bool improved(float now, float before)
{
    return before >= 0 && (double)now - (double)before >= SELECT_EXCLUSION_IMPROVEMENT - ROUNDING;
}

/* The reason for which an unfinished, measured class is kept, or BELOW_THRESHOLD if nothing speaks for it. */
static store_class_reason judge(const select_exclusion_options *options, int32_t round, float previous,
                                const store_class *state)
{
    if (options->rule == BASE_EXCLUDE_NONE || state->below == 0)
        return STORE_REASON_NONE;
    if (round < options->after_round)
        return STORE_REASON_TOO_EARLY;
    if (state->below < SELECT_EXCLUSION_ROUNDS_BELOW)
        return STORE_REASON_WATCHED;
    if (improved(state->validation_accuracy, previous))
        return STORE_REASON_IMPROVING;
    return STORE_REASON_BELOW_THRESHOLD;
}

/* Everything about one class that does not depend on the others. */
static void decide_alone(const select_exclusion_options *options, int32_t round, float previous,
                         store_class *state)
{
    float accuracy = state->validation_accuracy;

    if (accuracy >= (float)options->finish && previous >= (float)options->finish) {
        if (state->status != STORE_CLASS_FINISHED)
            state->decided_round = round;
        state->status = STORE_CLASS_FINISHED;
        state->reason = STORE_REASON_FINISHED;
        state->below = 0;
        return;
    }
    state->status = STORE_CLASS_ACTIVE;
    state->decided_round = -1;
    if (!(accuracy >= 0)) {
        state->reason = STORE_REASON_NO_VALIDATION;
        state->below = 0;
        return;
    }
    state->below = accuracy < (float)options->accuracy ? state->below + 1 : 0;
    state->reason = (int32_t)judge(options, round, previous, state);
}

/* The worst class marked for exclusion and not yet excluded; NULL if there is none. */
static store_class *worst_marked(store_class *state, size_t classes)
{
    store_class *worst = NULL;
    size_t c;

    for (c = 0; c < classes; c++) {
        if (state[c].status != STORE_CLASS_ACTIVE || state[c].reason != STORE_REASON_BELOW_THRESHOLD)
            continue;
        if (!worst || state[c].validation_accuracy < worst->validation_accuracy)
            worst = &state[c];
    }
    return worst;
}

void select_exclusion(const select_exclusion_options *options, int32_t round, const float *previous,
                      store_class *state, size_t classes)
{
    int64_t remaining = 0;
    store_class *worst;
    size_t c;

    for (c = 0; c < classes; c++) {
        if (state[c].status == STORE_CLASS_EXCLUDED)
            continue;
        decide_alone(options, round, previous[c], &state[c]);
        remaining++;
    }
    while ((worst = worst_marked(state, classes)) != NULL) {
        if (remaining <= options->min_classes) {
            worst->reason = STORE_REASON_FLOOR;
            continue;
        }
        worst->status = STORE_CLASS_EXCLUDED;
        worst->decided_round = round;
        remaining--;
    }
}

void select_exclusion_reason(const store_class *state, const select_exclusion_options *options, char *text,
                             size_t size)
{
    double accuracy = (double)state->validation_accuracy;

    switch ((store_class_reason)state->reason) {
    case STORE_REASON_FINISHED:
        snprintf(text, size, "finished in round %" PRId32 ": accuracy %.4g at or above %.4g",
                 state->decided_round, accuracy, options->finish);
        return;
    case STORE_REASON_BELOW_THRESHOLD:
        snprintf(text, size,
                 "excluded in round %" PRId32 ": accuracy below %.2f in %" PRId32
                 " rounds running without improving by %.2f",
                 state->decided_round, options->accuracy, state->below, SELECT_EXCLUSION_IMPROVEMENT);
        return;
    case STORE_REASON_IMPROVING:
        snprintf(text, size, "active: accuracy %.2f below %.2f, improving", accuracy, options->accuracy);
        return;
    case STORE_REASON_FLOOR:
        snprintf(text, size, "active: accuracy %.2f below %.2f, kept for the floor of %" PRId32 " classes",
                 accuracy, options->accuracy, options->min_classes);
        return;
    case STORE_REASON_TOO_EARLY:
        snprintf(text, size, "active: accuracy %.2f below %.2f, none is excluded before round %" PRId32,
                 accuracy, options->accuracy, options->after_round);
        return;
    case STORE_REASON_NO_VALIDATION:
        snprintf(text, size, "active: no validation sample to judge by");
        return;
    case STORE_REASON_WATCHED:
        snprintf(text, size, "active: accuracy %.2f below %.2f for the first time, watched", accuracy,
                 options->accuracy);
        return;
    case STORE_REASON_NONE:
        break;
    }
    snprintf(text, size, "active");
}
