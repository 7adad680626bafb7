#include "select_exclusion.h"
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

/* Recalls are floats made from counts: a difference of exactly two points must not be lost to their rounding.
 */
#define ROUNDING 1e-6

select_exclusion_options select_exclusion_options_of(const base_config *config)
{
    return (select_exclusion_options){.rule = config->exclude.rule,
                                      .from = config->exclude.from,
                                      .accuracy = config->exclude.accuracy,
                                      .rise = config->exclude.rise,
                                      .rounds = config->exclude.rounds,
                                      .hysteresis = config->exclude.hysteresis,
                                      .target = config->exclude.target,
                                      .cost = config->exclude.cost,
                                      .after_round = config->exclude.after_round,
                                      .min_classes = config->exclude.min_classes,
                                      .finish = config->exclude.finish};
}

/* ---- the rules: the reason for which a class below the threshold is kept, or for which it is hopeless ----
 */

static bool improved(const select_exclusion_options *options, float now, float before)
{
    return before >= 0 && (double)now - (double)before >= options->rise - ROUNDING;
}

static store_class_reason judge_threshold(const select_exclusion_options *options,
                                          const select_history *history, size_t c, const store_class *state)
{
    if (state->below < SELECT_EXCLUSION_ROUNDS_BELOW)
        return STORE_REASON_WATCHED;
    if (improved(options, state->validation_accuracy, select_history_accuracy(history, 1, c)))
        return STORE_REASON_IMPROVING;
    return STORE_REASON_BELOW_THRESHOLD;
}

static store_class_reason judge_plateau(const select_exclusion_options *options,
                                        const select_history *history, size_t c, const store_class *state)
{
    float best = -1, before = select_history_accuracy(history, (size_t)options->rounds, c);
    size_t back;

    if (state->below < options->rounds || before < 0)
        return STORE_REASON_WATCHED;
    for (back = 0; back < (size_t)options->rounds; back++)
        best = fmaxf(best, select_history_accuracy(history, back, c));
    return improved(options, best, before) ? STORE_REASON_IMPROVING : STORE_REASON_PLATEAU;
}

/* Slope of the least-squares line through (labelled, accuracy) of the newest rounds; false if it is unknown.
 */
static bool find_slope(const select_history *history, size_t rounds, size_t c, double *slope)
{
    double labels = 0, accuracy = 0, both = 0, squares = 0;
    size_t first, i;

    if (history->rounds < rounds)
        return false;
    first = history->rounds - rounds;
    for (i = first; i < history->rounds; i++) {
        if (history->accuracy[i * history->classes + c] < 0)
            return false;
        labels += (double)history->labelled[i * history->classes + c] / (double)rounds;
        accuracy += (double)history->accuracy[i * history->classes + c] / (double)rounds;
    }
    for (i = first; i < history->rounds; i++) {
        double more = (double)history->labelled[i * history->classes + c] - labels;

        both += more * ((double)history->accuracy[i * history->classes + c] - accuracy);
        squares += more * more;
    }
    if (squares < 0.25) /* the class got no label */
        return false;
    *slope = both / squares;
    return true;
}

static int64_t count_needed(const select_exclusion_options *options, const select_history *history, size_t c,
                            const store_class *state)
{
    double missing = options->target - (double)state->validation_accuracy, slope, labels;

    if (!find_slope(history, (size_t)options->rounds + 1, c, &slope))
        return -1;
    if (missing <= ROUNDING)
        return 0;
    if (slope * STORE_LABELS_NEVER <= missing)
        return STORE_LABELS_NEVER;
    labels = ceil(missing / slope * (1 - ROUNDING));
    return labels < STORE_LABELS_NEVER ? (int64_t)labels : STORE_LABELS_NEVER;
}

static store_class_reason judge_cost(const select_exclusion_options *options, const store_class *state)
{
    if (state->labels_needed < 0)
        return STORE_REASON_WATCHED;
    return state->labels_needed > options->cost ? STORE_REASON_COST : STORE_REASON_AFFORDABLE;
}

static store_class_reason judge(const select_exclusion_options *options, int32_t round,
                                const select_history *history, size_t c, const store_class *state)
{
    if (options->rule == BASE_EXCLUDE_NONE || state->below == 0)
        return STORE_REASON_NONE;
    if (round < options->after_round)
        return STORE_REASON_TOO_EARLY;
    if (options->rule == BASE_EXCLUDE_PLATEAU)
        return judge_plateau(options, history, c, state);
    if (options->rule == BASE_EXCLUDE_COST_AWARE)
        return judge_cost(options, state);
    return judge_threshold(options, history, c, state);
}

static bool is_hopeless(int32_t reason)
{
    return reason == STORE_REASON_BELOW_THRESHOLD || reason == STORE_REASON_PLATEAU ||
           reason == STORE_REASON_COST;
}

/* ---- one class by itself ---- */

static bool rose(const select_exclusion_options *options, float accuracy)
{
    return (double)accuracy >= options->accuracy + options->hysteresis - ROUNDING;
}

/* Rounds running below the threshold, this one too. */
static int32_t count_below(const select_exclusion_options *options, float accuracy, int32_t before)
{
    if (!(accuracy >= 0))
        return before;
    return accuracy < (float)options->accuracy ? before + 1 : 0;
}

/* `below` stays that of the decision, of which the sentence tells. */
static void decide_paused(const select_exclusion_options *options, int32_t round, store_class *state)
{
    if (options->rule == BASE_EXCLUDE_NONE || rose(options, state->validation_accuracy)) {
        state->below = count_below(options, state->validation_accuracy, 0);
        state->status = STORE_CLASS_ACTIVE;
        state->reason = options->rule == BASE_EXCLUDE_NONE ? STORE_REASON_NONE : STORE_REASON_READMITTED;
        state->decided_round = -1;
    } else if (options->from == BASE_EXCLUDE_FROM_GUARDED && state->reason != STORE_REASON_RETURNED) {
        state->status = STORE_CLASS_EXCLUDED;
        state->reason = STORE_REASON_ON_TRIAL;
        state->decided_round = round;
    }
}

/* Everything about a class in training that does not depend on the others. */
static void decide_alone(const select_exclusion_options *options, int32_t round,
                         const select_history *history, size_t c, store_class *state)
{
    float accuracy = state->validation_accuracy;

    if (accuracy >= (float)options->finish &&
        select_history_accuracy(history, 1, c) >= (float)options->finish) {
        if (state->status != STORE_CLASS_FINISHED)
            state->decided_round = round;
        state->status = STORE_CLASS_FINISHED;
        state->reason = STORE_REASON_FINISHED;
        state->below = 0;
        return;
    }
    if (state->status == STORE_CLASS_PAUSED) {
        decide_paused(options, round, state);
        return;
    }
    state->below = count_below(options, accuracy, state->below);
    state->status = STORE_CLASS_ACTIVE;
    state->decided_round = -1;
    state->labels_needed = -1;
    if (!(accuracy >= 0)) {
        state->reason = STORE_REASON_NO_VALIDATION;
        state->below = 0;
        return;
    }
    if (options->rule == BASE_EXCLUDE_COST_AWARE)
        state->labels_needed = count_needed(options, history, c, state);
    state->reason = (int32_t)judge(options, round, history, c, state);
}

/* ---- all of them ---- */

/* What the round without a class showed. */
static void end_trial(int32_t round, bool lost, store_class *state)
{
    if (state->reason != STORE_REASON_ON_TRIAL || state->decided_round == round)
        return;
    state->reason = lost ? STORE_REASON_RETURNED : STORE_REASON_LEFT_OUT;
    if (!lost)
        return;
    state->status = STORE_CLASS_PAUSED;
    state->decided_round = round;
}

/* The worst class marked for exclusion and not yet excluded; NULL if there is none. */
static store_class *worst_marked(store_class *state, size_t classes)
{
    store_class *worst = NULL;
    size_t c;

    for (c = 0; c < classes; c++) {
        if (state[c].status != STORE_CLASS_ACTIVE || !is_hopeless(state[c].reason))
            continue;
        if (!worst || state[c].validation_accuracy < worst->validation_accuracy)
            worst = &state[c];
    }
    return worst;
}

void select_exclusion(const select_exclusion_options *options, int32_t round, const select_history *history,
                      store_class *state, size_t classes)
{
    double before = select_history_mean(history, 1, state), now = select_history_mean(history, 0, state);
    bool lost = !(now >= before - ROUNDING); /* unknown: on the safe side */
    int64_t remaining = 0;
    store_class *worst;
    size_t c;

    for (c = 0; c < classes; c++) {
        if (state[c].status == STORE_CLASS_EXCLUDED)
            end_trial(round, lost, &state[c]);
        else
            decide_alone(options, round, history, c, &state[c]);
        remaining += select_history_kept(&state[c]);
    }
    while ((worst = worst_marked(state, classes)) != NULL) {
        if (remaining <= options->min_classes) {
            worst->reason = STORE_REASON_FLOOR;
            continue;
        }
        worst->status =
            options->from == BASE_EXCLUDE_FROM_TRAINING ? STORE_CLASS_EXCLUDED : STORE_CLASS_PAUSED;
        worst->decided_round = round;
        remaining--;
    }
}

/* ---- in words ---- */

/* Why a class below the threshold is kept, after "active: accuracy 0.41 below 0.60". */
static void kept_words(const store_class *state, const select_exclusion_options *options, char *text,
                       size_t size)
{
    switch ((store_class_reason)state->reason) {
    case STORE_REASON_IMPROVING:
        snprintf(text, size, ", improving");
        return;
    case STORE_REASON_FLOOR:
        snprintf(text, size, ", kept for the floor of %" PRId32 " classes", options->min_classes);
        return;
    case STORE_REASON_TOO_EARLY:
        snprintf(text, size, ", none is excluded before round %" PRId32, options->after_round);
        return;
    case STORE_REASON_AFFORDABLE:
        snprintf(text, size, ", %" PRId64 " labels expected to reach %.2f", state->labels_needed,
                 options->target);
        return;
    case STORE_REASON_WATCHED:
        if (options->rule == BASE_EXCLUDE_PLATEAU || options->rule == BASE_EXCLUDE_COST_AWARE)
            snprintf(text, size, ", watched until %" PRId32 " rounds of labels can tell", options->rounds);
        else
            snprintf(text, size, " for the first time, watched");
        return;
    default:
        snprintf(text, size, "%s", "");
    }
}

/* Why a class is out, after "excluded in round 3: ". */
static void out_words(const store_class *state, const select_exclusion_options *options, char *text,
                      size_t size)
{
    switch ((store_class_reason)state->reason) {
    case STORE_REASON_PLATEAU:
        snprintf(text, size, "accuracy below %.2f, and no rise by %.2f in %" PRId32 " %s", options->accuracy,
                 options->rise, options->rounds, options->rounds == 1 ? "round" : "rounds");
        return;
    case STORE_REASON_COST:
        if (state->labels_needed >= STORE_LABELS_NEVER)
            snprintf(text, size, "accuracy below %.2f, and labels do not raise it", options->accuracy);
        else
            snprintf(text, size, "%" PRId64 " labels expected to reach %.2f, more than %" PRId32,
                     state->labels_needed, options->target, options->cost);
        return;
    case STORE_REASON_ON_TRIAL:
        snprintf(text, size, "paused before and not recovered, out of training for a round on trial");
        return;
    case STORE_REASON_LEFT_OUT:
        snprintf(text, size, "the kept classes lost no accuracy in the round without it");
        return;
    case STORE_REASON_RETURNED:
        snprintf(text, size, "in training again, the kept classes lost accuracy in the round without it");
        return;
    default:
        snprintf(text, size,
                 "accuracy below %.2f in %" PRId32 " rounds running, and not up by %.2f in the last",
                 options->accuracy, state->below, options->rise);
    }
}

void select_exclusion_reason(const store_class *state, const select_exclusion_options *options, char *text,
                             size_t size)
{
    double accuracy = (double)state->validation_accuracy;
    char why[120];

    if (state->status == STORE_CLASS_EXCLUDED || state->status == STORE_CLASS_PAUSED) {
        out_words(state, options, why, sizeof why);
        snprintf(text, size, "%s in round %" PRId32 ": %s", select_exclusion_status_name(state->status),
                 state->decided_round, why);
    } else if (state->status == STORE_CLASS_FINISHED) {
        snprintf(text, size, "finished in round %" PRId32 ": accuracy at or above %.4g in 2 rounds running",
                 state->decided_round, options->finish);
    } else if (state->reason == STORE_REASON_NONE) {
        snprintf(text, size, "active");
    } else if (state->reason == STORE_REASON_NO_VALIDATION) {
        snprintf(text, size, "active: no validation sample to judge by");
    } else if (state->reason == STORE_REASON_READMITTED) {
        snprintf(text, size, "active again: accuracy rose to %.2f or more",
                 options->accuracy + options->hysteresis);
    } else {
        kept_words(state, options, why, sizeof why);
        snprintf(text, size, "active: accuracy %.2f below %.2f%s", accuracy, options->accuracy, why);
    }
}

const char *select_exclusion_status_name(int32_t status)
{
    static const char *const names[STORE_CLASS_STATUSES] = {"active", "finished", "excluded", "paused"};

    return status >= 0 && status < STORE_CLASS_STATUSES ? names[status] : "unknown";
}

const char *select_exclusion_reason_name(int32_t reason)
{
    static const char *const names[STORE_CLASS_REASONS] = {
        "none",       "finished",      "below_threshold", "improving", "floor",
        "too_early",  "no_validation", "watched",         "plateau",   "cost",
        "affordable", "readmitted",    "on_trial",        "left_out",  "returned"};

    return reason >= 0 && reason < STORE_CLASS_REASONS ? names[reason] : "unknown";
}
