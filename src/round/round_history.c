#include "round_history.h"
#include "base_log.h"
#include "select_exclusion.h"
#include "select_stop.h"
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

int32_t round_history_depth(const base_config *config)
{
    bool looks =
        config->exclude.rule == BASE_EXCLUDE_PLATEAU || config->exclude.rule == BASE_EXCLUDE_COST_AWARE;
    int32_t exclusion = looks ? config->exclude.rounds : 0,
            stop = config->stop.rule != BASE_STOP_BUDGET ? config->stop.rounds : 0;

    return exclusion > stop ? exclusion : stop;
}

static base_status add_round(const store_round *round, round_state *state)
{
    uint8_t *trained = calloc(round->classes + 1, sizeof *trained);
    base_status status;

    if (!trained) {
        base_log_error("out of memory for %zu classes", round->classes);
        return BASE_ERR_MEMORY;
    }
    store_round_active(round, trained);
    status =
        select_history_add(&state->history, round->class_state, trained, round->classes, round->agreement);
    free(trained);
    return status;
}

static base_status add_file(const char *folder, int32_t index, round_state *state)
{
    char path[PATH_MAX];
    store_round round;
    base_status status = store_round_path(folder, index, path, sizeof path);

    if (status == BASE_OK)
        status = store_round_read(path, &round);
    if (status != BASE_OK)
        return status;
    if (round.classes != state->classes) {
        base_log_error("%s is of %zu classes, the rounds after it of %zu", path, round.classes,
                       state->classes);
        status = BASE_ERR_INPUT;
    }
    if (status == BASE_OK)
        status = add_round(&round, state);
    store_round_destroy(&round);
    return status;
}

static void take_predictions(round_state *state, const store_score *scores, size_t count)
{
    size_t i;

    for (i = 0; i < state->samples; i++)
        state->predicted[i] = -1;
    for (i = 0; i < count; i++)
        state->predicted[scores[i].sample] = scores[i].predicted;
}

base_status round_history_read(const char *folder, const store_round *newest, const base_config *config,
                               round_state *state)
{
    int32_t first = newest->index - round_history_depth(config), index;
    base_status status = BASE_OK;

    for (index = first > 0 ? first : 0; status == BASE_OK && index < newest->index; index++)
        status = add_file(folder, index, state);
    if (status == BASE_OK)
        status = add_round(newest, state);
    if (status != BASE_OK)
        return status;
    take_predictions(state, newest->score, newest->scores);
    /* A round that chose has decided on classes too: it is over, whatever the rule would say of it now. */
    if (newest->stopped)
        round_history_stop(state, config, newest->index);
    return BASE_OK;
}

base_status round_history_compare(round_state *state, const store_score *scores, size_t count)
{
    int32_t *before = malloc((state->samples + 1) * sizeof *before);
    size_t common;
    base_status status;

    if (!before) {
        base_log_error("out of memory for the predictions of %zu samples", state->samples);
        return BASE_ERR_MEMORY;
    }
    memcpy(before, state->predicted, state->samples * sizeof *before);
    take_predictions(state, scores, count);
    status = select_agreement(before, state->predicted, state->samples, state->classes, &state->agreement,
                              &common);
    if (status == BASE_OK)
        state->agreement_samples = (int64_t)common;
    free(before);
    return status;
}

void round_history_reason(const round_state *state, const base_config *config, char *text, size_t size)
{
    select_stop_options options = select_stop_options_of(config);

    if (!state->stopped)
        options.rule = BASE_STOP_BUDGET;
    select_stop_reason(&options, &state->history, state->class_state, text, size);
}

void round_history_stop(round_state *state, const base_config *config, int32_t index)
{
    select_stop_options options = select_stop_options_of(config);
    char reason[ROUND_HISTORY_REASON];

    state->stopped = BASE_STOP_BUDGET;
    if (!select_stop(&options, &state->history, state->class_state))
        return;
    state->stopped = (int32_t)options.rule;
    round_history_reason(state, config, reason, sizeof reason);
    base_log_info("round %" PRId32 ": the run ends here by stop.rule %s", index, reason);
}
