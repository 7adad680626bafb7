#include "learn_events.h"
#include "base_file.h"
#include "base_log.h"
#include "round_history.h"
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <yajl/yajl_gen.h>

/* A line in the making; the first failure is kept for its end. */
typedef struct line {
    yajl_gen gen;
    bool failed;
} line;

static void put(line *l, yajl_gen_status status)
{
    l->failed = l->failed || status != yajl_gen_status_ok;
}

static void put_text(line *l, const char *key, const char *value)
{
    put(l, yajl_gen_string(l->gen, (const unsigned char *)key, strlen(key)));
    put(l, yajl_gen_string(l->gen, (const unsigned char *)value, strlen(value)));
}

static void put_whole(line *l, const char *key, size_t value)
{
    put(l, yajl_gen_string(l->gen, (const unsigned char *)key, strlen(key)));
    put(l, yajl_gen_integer(l->gen, (long long)value));
}

/* null where there is nothing to tell. */
static void put_real(line *l, const char *key, double value, int digits)
{
    char text[64];
    int length = snprintf(text, sizeof text, "%.*f", digits, value);

    put(l, yajl_gen_string(l->gen, (const unsigned char *)key, strlen(key)));
    if (isfinite(value))
        put(l, yajl_gen_number(l->gen, text, (size_t)length));
    else
        put(l, yajl_gen_null(l->gen));
}

/* Every line says when and what. */
static base_status begin(const char *event, line *l)
{
    char text[32];
    struct tm parts;
    time_t now = time(NULL);

    *l = (line){yajl_gen_alloc(NULL), false};
    if (!l->gen) {
        base_log_error("out of memory for an event");
        return BASE_ERR_MEMORY;
    }
    gmtime_r(&now, &parts);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    put(l, yajl_gen_map_open(l->gen));
    put_text(l, "time", text);
    put_text(l, "event", event);
    return BASE_OK;
}

static base_status end(line *l, const char *folder)
{
    const unsigned char *text;
    char path[PATH_MAX];
    size_t length;
    base_status status = base_file_join(folder, "events.jsonl", path, sizeof path);

    put(l, yajl_gen_map_close(l->gen));
    put(l, yajl_gen_get_buf(l->gen, &text, &length));
    if (status == BASE_OK && l->failed) {
        base_log_error("%s: an event cannot be written as JSON; are names of files UTF-8?", path);
        status = BASE_ERR_LIBRARY;
    }
    if (status == BASE_OK)
        status = base_file_append_line(path, (const char *)text);
    yajl_gen_free(l->gen);
    return status;
}

base_status learn_events_start(const comm_world *world, const base_config *config, const round_state *state)
{
    line l;
    base_status status = begin("start", &l);

    if (status != BASE_OK)
        return status;
    put_text(&l, "version", CAMAL_VERSION);
    put_text(&l, "dataset", config->data.dataset);
    put_whole(&l, "ranks", (size_t)world->size);
    put_whole(&l, "threads", (size_t)config->run.threads);
    put_whole(&l, "round", (size_t)state->next);
    put_whole(&l, "rounds", (size_t)config->run.rounds);
    return end(&l, config->run.folder);
}

static size_t count_classes(const round_state *state, int32_t status)
{
    size_t count = 0, c;

    for (c = 0; c < state->classes; c++)
        count += state->class_state[c].status == status;
    return count;
}

/* What the round's model was trained on, as camal-inspect and camal-export count: without its answers. */
static size_t count_trained_on(const round_state *state)
{
    size_t count = 0, c;

    for (c = 0; c < state->classes; c++)
        count += (size_t)state->class_state[c].labelled;
    return count;
}

base_status learn_events_round(const base_config *config, const round_state *state, double seconds)
{
    char file[32];
    line l;
    base_status status = begin("round", &l);

    if (status != BASE_OK)
        return status;
    snprintf(file, sizeof file, "round-%03d.h5", (int)state->next - 1);
    put_whole(&l, "round", (size_t)state->next - 1);
    put_text(&l, "file", file);
    put_real(&l, "seconds", seconds, 3);
    put_real(&l, "validation_accuracy", state->validation_accuracy, 6);
    put_real(&l, "test_accuracy", state->test_accuracy, 6);
    put_real(&l, "validation_calibration", state->validation_calibration, 6);
    put_real(&l, "test_calibration", state->test_calibration, 6);
    put_real(&l, "agreement", state->agreement, 6);
    put_whole(&l, "labelled", count_trained_on(state));
    put_whole(&l, "pool", round_state_count(state, STORE_POOL_UNLABELLED));
    put_whole(&l, "active", count_classes(state, STORE_CLASS_ACTIVE));
    put_whole(&l, "finished", count_classes(state, STORE_CLASS_FINISHED));
    put_whole(&l, "excluded", count_classes(state, STORE_CLASS_EXCLUDED));
    put_whole(&l, "paused", count_classes(state, STORE_CLASS_PAUSED));
    return end(&l, config->run.folder);
}

base_status learn_events_end(const base_config *config, const round_state *state, base_status why)
{
    const char *event = why == BASE_OK            ? "done"
                        : why == BASE_WAITING     ? "waiting"
                        : why == BASE_INTERRUPTED ? "interrupted"
                                                  : "failed";
    char reason[ROUND_HISTORY_REASON];
    line l;
    base_status status = begin(event, &l);

    if (status != BASE_OK)
        return status;
    put_whole(&l, "round", (size_t)state->next);
    put_whole(&l, "exit_code", (size_t)base_status_exit_code(why));
    if (strcmp(event, "failed") == 0)
        put_text(&l, "reason", base_status_text(why));
    if (strcmp(event, "done") == 0) {
        round_history_reason(state, config, reason, sizeof reason);
        put_text(&l, "reason", reason);
    }
    return end(&l, config->run.folder);
}
