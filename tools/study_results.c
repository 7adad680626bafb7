#include "study_results.h"
#include "base_log.h"
#include "camal_compare_settings.h"
#include "camal_rounds.h"
#include "study_tasks.h"
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- memory ---- */

static base_status no_memory(void)
{
    base_log_error("no memory for the results of a study");
    return BASE_ERR_MEMORY;
}

base_status study_results_create(const study_file *study, study_results *results)
{
    study_results made = {.study = study, .tasks = study_tasks_count(study)};

    made.data = calloc(study->dataset_count, sizeof *made.data);
    made.result = calloc(made.tasks, sizeof *made.result);
    if (!made.data || !made.result) {
        free(made.data);
        free(made.result);
        return no_memory();
    }
    *results = made;
    return BASE_OK;
}

base_status study_result_create(size_t classes, int32_t rounds, study_result *result)
{
    study_result made = {.rounds = rounds};
    bool failed;
    int32_t r;

    made.round = calloc((size_t)rounds, sizeof *made.round);
    made.cam = calloc(classes, sizeof *made.cam);
    failed = !made.round || !made.cam;
    for (r = 0; r < rounds && !failed; r++) {
        made.round[r].validation = calloc(classes, sizeof *made.round[r].validation);
        made.round[r].test = calloc(classes, sizeof *made.round[r].test);
        made.round[r].state = calloc(classes, sizeof *made.round[r].state);
        failed = !made.round[r].validation || !made.round[r].test || !made.round[r].state;
    }
    if (failed) {
        study_result_clear(&made);
        return no_memory();
    }
    *result = made;
    return BASE_OK;
}

void study_result_clear(study_result *result)
{
    int32_t r;

    for (r = 0; result->round && r < result->rounds; r++) {
        free(result->round[r].validation);
        free(result->round[r].test);
        free(result->round[r].state);
    }
    free(result->round);
    free(result->cam);
    memset(result, 0, sizeof *result);
}

void study_results_clear(study_results *results)
{
    size_t i, c;

    if (!results || !results->study)
        return;
    for (i = 0; i < results->tasks; i++)
        study_result_clear(&results->result[i]);
    for (i = 0; i < results->study->dataset_count; i++) {
        for (c = 0; results->data[i].name && c < results->data[i].classes; c++)
            free(results->data[i].name[c]);
        free(results->data[i].name);
        free(results->data[i].validation);
        free(results->data[i].test);
    }
    free(results->data);
    free(results->result);
    memset(results, 0, sizeof *results);
}

size_t study_results_task(const study_file *study, size_t dataset, size_t arm, size_t seed)
{
    return (seed * study->dataset_count + dataset) * study->arm_count + arm;
}

base_status study_data_create(size_t classes, study_data *data)
{
    data->name = calloc(classes, sizeof *data->name);
    data->validation = calloc(classes, sizeof *data->validation);
    data->test = calloc(classes, sizeof *data->test);
    data->classes = classes;
    return data->name && data->validation && data->test ? BASE_OK : no_memory();
}

/* ---- from round files ---- */

/* The first run of a data set says what it is. */
static base_status take_data(const store_round *from, study_data *data)
{
    base_status status = study_data_create(from->classes, data);
    size_t c;

    for (c = 0; c < from->classes && status == BASE_OK; c++) {
        data->name[c] = strdup(from->class_name[c]);
        data->validation[c] = from->class_state[c].validation_count;
        data->test[c] = from->class_state[c].test_count;
        status = data->name[c] ? BASE_OK : no_memory();
    }
    strcpy(data->digest, from->dataset_digest);
    return status;
}

static base_status check_data(const char *path, const store_round *from, const study_data *data)
{
    if (strcmp(data->digest, from->dataset_digest) == 0 && data->classes == from->classes)
        return BASE_OK;
    base_log_error(
        "%s: made from data set %s of %zu classes, other runs of the study from %s of %zu: not comparable",
        path, from->dataset_digest, from->classes, data->digest, data->classes);
    return BASE_ERR_INPUT;
}

/* Labels that the round's model had, those of excluded classes too: they were paid for. */
static int64_t count_labels(const store_round *from)
{
    int64_t labels = 0;
    size_t i;

    for (i = 0; i < from->samples; i++)
        labels += from->pool_state[i] == STORE_POOL_LABELLED && from->pool_round[i] <= from->index;
    return labels;
}

static uint8_t state_of(int32_t status)
{
    if (status == STORE_CLASS_EXCLUDED)
        return STUDY_EXCLUDED;
    return status == STORE_CLASS_PAUSED ? STUDY_PAUSED : STUDY_KEPT;
}

static void take_figures(const store_round *from, study_round *to)
{
    size_t c, classes = from->classes;

    to->labels = count_labels(from);
    to->calibration = from->test_calibration;
    for (c = 0; c < classes; c++) {
        to->validation[c] = from->validation_confusion[c * classes + c];
        to->test[c] = from->test_confusion[c * classes + c];
        to->state[c] = state_of(from->class_state[c].status);
    }
}

/* To 5 digits, so that a results file says the same in few bytes. */
static double rounded(double value)
{
    return value < 0 ? NAN : round(value * 1e5) / 1e5;
}

static base_status read_round(const study_task *task, int32_t index, study_data *data, study_result *result)
{
    char path[PATH_MAX];
    store_round from;
    base_status status = store_round_path(task->config.run.folder, index, path, sizeof path);
    size_t c;

    if (status == BASE_OK)
        status = camal_rounds_read(path, &from);
    if (status != BASE_OK)
        return status;
    status = data->digest[0] ? check_data(path, &from, data) : take_data(&from, data);
    if (status == BASE_OK && index == 0)
        status = study_result_create(data->classes, task->newest + 1, result);
    if (status == BASE_OK)
        take_figures(&from, &result->round[index]);
    for (c = 0; c < from.classes && status == BASE_OK && index == task->newest; c++)
        result->cam[c] = rounded((double)from.class_state[c].test_cam_score);
    if (status == BASE_OK && index == task->newest)
        status = compare_settings_warn(&from, path, &task->config);
    store_round_destroy(&from);
    return status;
}

static base_status read_task(study_results *results, size_t index)
{
    study_result *result = &results->result[index];
    study_task task;
    base_status status = study_task_make(results->study, index, &task);
    int32_t r;

    if (status != BASE_OK)
        return status;
    for (r = 0; r <= task.newest && status == BASE_OK && study_task_done(&task); r++)
        status = read_round(&task, r, &results->data[task.dataset], result);
    if (status == BASE_OK && result->rounds > 0) {
        result->known = true;
        results->known++;
    }
    study_task_clear(&task);
    return status;
}

base_status study_results_read(study_results *results)
{
    base_status status = BASE_OK;
    size_t i;

    for (i = 0; i < results->tasks && status == BASE_OK; i++)
        status = read_task(results, i);
    if (status == BASE_OK && results->known == 0) {
        base_log_error("%s: no task of it is done: camal-study %s --run", results->study->path,
                       results->study->path);
        status = BASE_ERR_NOT_FOUND;
    }
    return status;
}
