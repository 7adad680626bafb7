#include "round_record.h"
#include "base_log.h"
#include "learn_evaluator.h"
#include "round_tensors.h"
#include "store_check.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void record_metrics(const round_state *state, const round_work *work, store_round *round)
{
    learn_evaluation found;

    found = learn_evaluate(work->evaluations, work->evaluation_count, STORE_SPLIT_VALIDATION, work->active,
                           state->classes, round->validation_confusion, NULL, NULL);
    round->validation_accuracy = found.accuracy;
    round->validation_calibration = found.calibration;
    found = learn_evaluate(work->evaluations, work->evaluation_count, STORE_SPLIT_TEST, work->active,
                           state->classes, round->test_confusion, NULL, NULL);
    round->test_accuracy = found.accuracy;
    round->test_calibration = found.calibration;
    round->kept_test_accuracy = found.kept_accuracy;
    round->all_test_accuracy = found.all_accuracy;
    round->agreement = state->agreement;
    round->agreement_samples = state->agreement_samples;
    round->stopped = state->stopped;
}

static base_status record_answers(const round_state *state, store_round *round)
{
    if (state->answers == 0)
        return BASE_OK;
    round->answer = malloc(state->answers * sizeof *round->answer);
    if (!round->answer) {
        base_log_error("out of memory for %zu answers", state->answers);
        return BASE_ERR_MEMORY;
    }
    memcpy(round->answer, state->answer, state->answers * sizeof *round->answer);
    round->answers = state->answers;
    return BASE_OK;
}

static base_status record_texts(const round_job *job, store_round *round)
{
    size_t size;

    round->plan = strdup(job->plan);
    if (!round->plan) {
        base_log_error("out of memory for the plan's text");
        return BASE_ERR_MEMORY;
    }
    return base_config_write(job->config, &round->config, &size);
}

static void record_records(const round_job *job, const round_state *state, const round_work *work,
                           store_round *round)
{
    size_t c;

    memcpy(round->pool_state, state->pool_state, state->samples * sizeof *state->pool_state);
    memcpy(round->pool_round, state->pool_round, state->samples * sizeof *state->pool_round);
    memcpy(round->pool_copies, state->pool_copies, state->samples * sizeof *state->pool_copies);
    memcpy(round->pool_label, state->pool_label, state->samples * sizeof *state->pool_label);
    memcpy(round->class_state, state->class_state, state->classes * sizeof *state->class_state);
    memcpy(round->score, work->scores, work->score_count * sizeof *work->scores);
    if (work->query_count > 0)
        memcpy(round->query, work->queries, work->query_count * sizeof *work->queries);
    memcpy(round->evaluation, work->evaluations, work->evaluation_count * sizeof *work->evaluations);
    memcpy(round->epoch, work->epochs, work->epoch_count * sizeof *work->epochs);
    for (c = 0; c < state->classes; c++)
        memcpy(round->class_name[c], job->table->class_info[c].name, sizeof round->class_name[c]);
}

static void record_provenance(const round_job *job, const round_state *state, const round_work *work,
                              store_round *round)
{
    round->index = work->index;
    round->seed = job->config->run.seed;
    round->best_epoch = work->best_epoch;
    round->ranks = job->world->size;
    round->threads = job->config->run.threads;
    round->timing = work->timing;
    round->size = job->table->size;
    memcpy(round->mean, job->table->mean, sizeof round->mean);
    memcpy(round->std, job->table->std, sizeof round->std);
    snprintf(round->version, sizeof round->version, "%s", CAMAL_VERSION);
    memcpy(round->dataset_digest, job->table->digest, sizeof round->dataset_digest);
    memcpy(round->start_digest, state->start_digest, sizeof round->start_digest);
    memcpy(round->parent_digest, state->parent_digest, sizeof round->parent_digest);
}

/* Does the round follow from the one before it, and is that still what it was? */
static base_status check_parent(const round_job *job, const store_round *round)
{
    char path[PATH_MAX];
    base_status status = store_round_path(job->folder, round->index - 1, path, sizeof path);

    return status == BASE_OK ? store_check_parent(round, path, "the new round", NULL) : status;
}

base_status round_record_commit(const round_job *job, round_state *state, const round_work *work)
{
    char path[PATH_MAX];
    store_round round;
    base_status status =
        store_round_create(state->samples, state->classes, work->score_count, work->query_count,
                           work->evaluation_count, work->epoch_count, &round);

    if (status != BASE_OK)
        return status;
    record_provenance(job, state, work, &round);
    record_records(job, state, work, &round);
    record_metrics(state, work, &round);
    status =
        round_tensors_list(&state->weights, state->weights.data, false, &round.model, &round.model_tensors);
    if (status == BASE_OK)
        status = round_tensors_list(&state->velocity, state->velocity.data, true, &round.optimizer,
                                    &round.optimizer_tensors);
    if (status == BASE_OK)
        status = record_answers(state, &round);
    if (status == BASE_OK)
        status = record_texts(job, &round);
    if (status == BASE_OK && work->index > 0)
        status = check_parent(job, &round);
    if (status == BASE_OK)
        status = store_round_commit(job->folder, &round);
    if (status == BASE_OK)
        status = store_round_path(job->folder, work->index, path, sizeof path);
    if (status == BASE_OK)
        status = base_file_digest(path, state->parent_digest);
    if (status == BASE_OK) {
        state->answers = 0; /* said once */
        state->validation_accuracy = round.validation_accuracy;
        state->test_accuracy = round.test_accuracy;
        state->validation_calibration = round.validation_calibration;
        state->test_calibration = round.test_calibration;
    }
    store_round_destroy(&round);
    return status;
}
