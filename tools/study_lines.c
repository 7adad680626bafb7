#include "base_log.h"
#include "camal_json.h"
#include "study_results.h"
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_tree.h>

/* ---- writing ---- */

static void put_counts(camal_json *json, const char *key, const int64_t *count, size_t classes)
{
    size_t c;

    camal_json_open_list(json, key);
    for (c = 0; c < classes; c++)
        camal_json_integer(json, NULL, count[c]);
    camal_json_close_list(json);
}

static base_status write_data(const study_entry *dataset, const study_data *data, FILE *out)
{
    camal_json json = camal_json_begin_line();
    size_t c;

    camal_json_text(&json, "kind", "data");
    camal_json_text(&json, "data", dataset->name);
    camal_json_text(&json, "digest", data->digest);
    camal_json_open_list(&json, "classes");
    for (c = 0; c < data->classes; c++)
        camal_json_text(&json, NULL, data->name[c]);
    camal_json_close_list(&json);
    put_counts(&json, "validation", data->validation, data->classes);
    put_counts(&json, "test", data->test, data->classes);
    return camal_json_finish(&json, out);
}

/* The numbers of the classes in a state; nothing if there are none. */
static void put_state(camal_json *json, const char *key, const uint8_t *state, size_t classes,
                      study_state which)
{
    bool open = false;
    size_t c;

    for (c = 0; c < classes; c++) {
        if (state[c] != which)
            continue;
        if (!open)
            camal_json_open_list(json, key);
        open = true;
        camal_json_integer(json, NULL, (int64_t)c);
    }
    if (open)
        camal_json_close_list(json);
}

static base_status write_run(const study_results *results, size_t dataset, size_t arm, size_t seed, FILE *out)
{
    const study_file *study = results->study;
    const study_result *run = &results->result[study_results_task(study, dataset, arm, seed)];
    size_t classes = results->data[dataset].classes, c;
    camal_json json;
    int32_t r;

    if (!run->known)
        return BASE_OK;
    json = camal_json_begin_line();
    camal_json_text(&json, "kind", "run");
    camal_json_text(&json, "data", study->datasets[dataset].name);
    camal_json_text(&json, "arm", study->arms[arm].name);
    camal_json_unsigned(&json, "seed", study->seeds[seed]);
    camal_json_open_list(&json, "rounds");
    for (r = 0; r < run->rounds; r++) {
        const study_round *round = &run->round[r];

        camal_json_open_map(&json, NULL);
        camal_json_integer(&json, "labels", round->labels);
        camal_json_real(&json, "calibration", round->calibration);
        put_counts(&json, "validation", round->validation, classes);
        put_counts(&json, "test", round->test, classes);
        put_state(&json, "excluded", round->state, classes, STUDY_EXCLUDED);
        put_state(&json, "paused", round->state, classes, STUDY_PAUSED);
        camal_json_close_map(&json);
    }
    camal_json_close_list(&json);
    camal_json_open_list(&json, "cam");
    for (c = 0; c < classes; c++)
        camal_json_real(&json, NULL, run->cam[c]);
    camal_json_close_list(&json);
    return camal_json_finish(&json, out);
}

static base_status write_all(const study_results *results, FILE *out)
{
    const study_file *study = results->study;
    base_status status = BASE_OK;
    size_t d, a, s;

    for (d = 0; d < study->dataset_count && status == BASE_OK; d++)
        if (results->data[d].digest[0])
            status = write_data(&study->datasets[d], &results->data[d], out);
    for (d = 0; d < study->dataset_count; d++)
        for (a = 0; a < study->arm_count; a++)
            for (s = 0; s < study->seed_count && status == BASE_OK; s++)
                status = write_run(results, d, a, s, out);
    return status;
}

base_status study_results_save(const study_results *results, const char *path)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    base_status status = BASE_ERR_MEMORY;

    if (out) {
        status = write_all(results, out);
        if (fclose(out) != 0 && status == BASE_OK)
            status = BASE_ERR_MEMORY;
    }
    if (status == BASE_ERR_MEMORY)
        base_log_error("%s: no memory to write it", path);
    if (status == BASE_OK)
        status = base_file_write(path, text, size);
    free(text);
    return status;
}

/* ---- reading ---- */

/* A line that is read: its file and number are for messages. */
typedef struct line {
    const char *path;
    size_t number;
    yajl_val root;
} line;

__attribute__((format(printf, 2, 3))) static base_status refuse(const line *at, const char *format, ...)
{
    char text[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    base_log_error("%s:%zu: %s", at->path, at->number, text);
    return BASE_ERR_INPUT;
}

static yajl_val get(yajl_val map, const char *key, yajl_type type)
{
    const char *path[] = {key, NULL};

    return yajl_tree_get(map, path, type);
}

static const char *get_text(yajl_val map, const char *key)
{
    yajl_val value = get(map, key, yajl_t_string);

    return value ? value->u.string : "";
}

static base_status read_counts(const line *at, yajl_val map, const char *key, size_t classes,
                               const int64_t *most, int64_t *count)
{
    yajl_val list = get(map, key, yajl_t_array);
    size_t c;

    if (!list || list->u.array.len != classes)
        return refuse(at, "%s: a list of %zu numbers, one a class, must stand here", key, classes);
    for (c = 0; c < classes; c++) {
        yajl_val value = list->u.array.values[c];

        if (!YAJL_IS_INTEGER(value) || value->u.number.i < 0 || (most && value->u.number.i > most[c]))
            return refuse(at, "%s: entry %zu is no whole number, 0 to %" PRId64, key, c,
                          most ? most[c] : INT64_MAX);
        count[c] = value->u.number.i;
    }
    return BASE_OK;
}

static base_status read_state(const line *at, yajl_val map, const char *key, size_t classes,
                              study_state which, uint8_t *state)
{
    yajl_val list = get(map, key, yajl_t_array);
    size_t i;

    for (i = 0; list && i < list->u.array.len; i++) {
        yajl_val value = list->u.array.values[i];

        if (!YAJL_IS_INTEGER(value) || value->u.number.i < 0 || value->u.number.i >= (long long)classes)
            return refuse(at, "%s: entry %zu is no class, 0 to %zu", key, i, classes - 1);
        state[value->u.number.i] = (uint8_t)which;
    }
    return BASE_OK;
}

static size_t find_entry(const study_entry *entries, size_t count, const char *name)
{
    size_t i = 0;

    while (i < count && strcmp(entries[i].name, name) != 0)
        i++;
    return i;
}

static base_status read_data(const line *at, study_results *results)
{
    yajl_val names = get(at->root, "classes", yajl_t_array);
    size_t which = find_entry(results->study->datasets, results->study->dataset_count,
                              get_text(at->root, "data")),
           c;
    study_data *data = &results->data[which];
    base_status status;

    if (which == results->study->dataset_count)
        return BASE_OK;
    if (data->digest[0])
        return refuse(at, "data set %s is given twice", get_text(at->root, "data"));
    if (!names || names->u.array.len == 0 || strlen(get_text(at->root, "digest")) != BASE_DIGEST_TEXT - 1)
        return refuse(at, "a data set with its digest of %d digits and its classes must stand here",
                      BASE_DIGEST_TEXT - 1);
    strcpy(data->digest, get_text(at->root, "digest"));
    status = study_data_create(names->u.array.len, data);
    for (c = 0; c < data->classes && status == BASE_OK; c++) {
        if (!YAJL_IS_STRING(names->u.array.values[c]))
            return refuse(at, "classes: entry %zu is no text", c);
        data->name[c] = strdup(names->u.array.values[c]->u.string);
        status = data->name[c] ? BASE_OK : BASE_ERR_MEMORY;
    }
    if (status == BASE_OK)
        status = read_counts(at, at->root, "validation", data->classes, NULL, data->validation);
    return status == BASE_OK ? read_counts(at, at->root, "test", data->classes, NULL, data->test) : status;
}

static base_status read_round(const line *at, yajl_val map, const study_data *data, study_round *round)
{
    yajl_val labels = get(map, "labels", yajl_t_number), calibration = get(map, "calibration", yajl_t_number);
    base_status status;

    if (!labels || !YAJL_IS_INTEGER(labels) || labels->u.number.i < 0)
        return refuse(at, "labels: a whole number must stand here");
    round->labels = labels->u.number.i;
    round->calibration = calibration ? YAJL_GET_DOUBLE(calibration) : NAN;
    status = read_counts(at, map, "validation", data->classes, data->validation, round->validation);
    if (status == BASE_OK)
        status = read_counts(at, map, "test", data->classes, data->test, round->test);
    if (status == BASE_OK)
        status = read_state(at, map, "excluded", data->classes, STUDY_EXCLUDED, round->state);
    return status == BASE_OK ? read_state(at, map, "paused", data->classes, STUDY_PAUSED, round->state)
                             : status;
}

static base_status read_rounds(const line *at, const study_data *data, study_result *run)
{
    yajl_val rounds = get(at->root, "rounds", yajl_t_array), cam = get(at->root, "cam", yajl_t_array);
    base_status status;
    size_t i;

    if (!rounds || rounds->u.array.len == 0 || rounds->u.array.len > 10000)
        return refuse(at, "rounds: a list of 1 to 10000 rounds must stand here");
    if (!cam || cam->u.array.len != data->classes)
        return refuse(at, "cam: a list of %zu numbers, one a class, must stand here", data->classes);
    status = study_result_create(data->classes, (int32_t)rounds->u.array.len, run);
    for (i = 0; i < rounds->u.array.len && status == BASE_OK; i++)
        status = read_round(at, rounds->u.array.values[i], data, &run->round[i]);
    for (i = 0; i < data->classes && status == BASE_OK; i++)
        run->cam[i] = YAJL_IS_NUMBER(cam->u.array.values[i]) ? YAJL_GET_DOUBLE(cam->u.array.values[i]) : NAN;
    return status;
}

static base_status read_run(const line *at, study_results *results)
{
    const study_file *study = results->study;
    yajl_val seed = get(at->root, "seed", yajl_t_number);
    size_t d = find_entry(study->datasets, study->dataset_count, get_text(at->root, "data")),
           a = find_entry(study->arms, study->arm_count, get_text(at->root, "arm")), s = 0;
    study_result *run;
    base_status status;

    if (!seed)
        return refuse(at, "seed: a whole number must stand here");
    while (s < study->seed_count && strtoull(YAJL_GET_NUMBER(seed), NULL, 10) != study->seeds[s])
        s++;
    if (d == study->dataset_count || a == study->arm_count || s == study->seed_count)
        return BASE_OK;
    if (!results->data[d].digest[0])
        return refuse(at, "a run on %s before the line that tells of the data set", study->datasets[d].name);
    run = &results->result[study_results_task(study, d, a, s)];
    if (run->known)
        return refuse(at, "the run of %s on %s with seed %" PRIu64 " is given twice", study->arms[a].name,
                      study->datasets[d].name, study->seeds[s]);
    status = read_rounds(at, &results->data[d], run);
    run->known = status == BASE_OK;
    results->known += run->known;
    return status;
}

static base_status read_line(line *at, const char *text, study_results *results)
{
    char error[256] = "";
    base_status status;

    at->root = yajl_tree_parse(text, error, sizeof error);
    if (!at->root)
        return refuse(at, "not JSON: %.200s", error);
    if (strcmp(get_text(at->root, "kind"), "data") == 0)
        status = read_data(at, results);
    else if (strcmp(get_text(at->root, "kind"), "run") == 0)
        status = read_run(at, results);
    else
        status = refuse(at, "kind: data or run must stand here");
    yajl_tree_free(at->root);
    return status;
}

base_status study_results_load(study_results *results, const char *path)
{
    line at = {.path = path};
    char *bytes, *text, *next;
    base_status status;
    size_t size;

    if (!base_file_exists(path)) {
        base_log_error("%s: no such file; results of a study are wanted", path);
        return BASE_ERR_NOT_FOUND;
    }
    status = base_file_read_text(path, &bytes, &size);
    if (status != BASE_OK)
        return status;
    for (text = bytes; text && *text && status == BASE_OK; text = next) {
        next = strchr(text, '\n');
        if (next)
            *next++ = 0;
        at.number++;
        status = read_line(&at, text, results);
    }
    free(bytes);
    if (status == BASE_OK && results->known == 0) {
        base_log_error("%s: no run of the study %s in it", path, results->study->path);
        status = BASE_ERR_NOT_FOUND;
    }
    return status;
}
