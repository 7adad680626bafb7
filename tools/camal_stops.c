#include "camal_stops.h"
#include "base_log.h"
#include "camal_rounds.h"
#include <stdlib.h>
#include <string.h>

static base_status begin(camal_stops *stops, const store_round *round, const char *path)
{
    int32_t rule;

    for (rule = 0; rule < CAMAL_STOPS_RULES; rule++)
        stops->found[rule].round = -1;
    stops->began = calloc(round->classes, sizeof *stops->began); /* all active */
    if (stops->began)
        return BASE_OK;
    base_log_error("%s: out of memory for %zu classes", path, round->classes);
    return BASE_ERR_MEMORY;
}

/* A run may go on with other settings. */
static base_status take_options(camal_stops *stops, const store_round *round, const char *path)
{
    base_config config;
    base_status status = camal_rounds_config(round, path, &config);

    if (status != BASE_OK)
        return status;
    stops->options = select_stop_options_of(&config);
    base_config_clear(&config);
    return BASE_OK;
}

static base_status look_back(camal_stops *stops, const store_round *round)
{
    uint8_t *trained = calloc(round->classes, sizeof *trained);
    base_status status;

    if (!trained) {
        base_log_error("out of memory for %zu classes", round->classes);
        return BASE_ERR_MEMORY;
    }
    store_round_active(round, trained);
    status =
        select_history_add(&stops->history, round->class_state, trained, round->classes, round->agreement);
    free(trained);
    return status;
}

base_status camal_stops_add(camal_stops *stops, const store_round *round, const char *path)
{
    base_status status = stops->began ? BASE_OK : begin(stops, round, path);
    int32_t rule;

    if (status == BASE_OK && stops->history.rounds > 0 && stops->history.classes != round->classes) {
        base_log_error("%s: %zu classes, the rounds before have %zu", path, round->classes,
                       stops->history.classes);
        status = BASE_ERR_INPUT;
    }
    if (status == BASE_OK)
        status = take_options(stops, round, path);
    if (status == BASE_OK)
        status = look_back(stops, round);
    for (rule = 0; status == BASE_OK && rule < CAMAL_STOPS_RULES; rule++) {
        select_stop_options options = stops->options;

        options.rule = (base_stop_rule)rule;
        if (stops->found[rule].round >= 0 || !select_stop(&options, &stops->history, stops->began))
            continue;
        stops->found[rule].round = round->index;
        select_stop_reason(&options, &stops->history, stops->began, stops->found[rule].reason,
                           sizeof stops->found[rule].reason);
    }
    if (status == BASE_OK)
        memcpy(stops->began, round->class_state, round->classes * sizeof *stops->began);
    return status;
}

const char *camal_stops_name(int32_t rule)
{
    static const char *const names[CAMAL_STOPS_RULES] = {"budget", "plateau", "agreement"};

    return rule >= 0 && rule < CAMAL_STOPS_RULES ? names[rule] : "unknown";
}

void camal_stops_destroy(camal_stops *stops)
{
    if (!stops)
        return;
    select_history_destroy(&stops->history);
    free(stops->began);
    memset(stops, 0, sizeof *stops);
}
