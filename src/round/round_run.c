#include "round_run.h"
#include "base_log.h"
#include "base_progress.h"
#include "base_signal.h"
#include "learn_evaluator.h"
#include "learn_pool.h"
#include "learn_trainer.h"
#include "round_guide.h"
#include "round_record.h"
#include "round_select.h"
#include "round_start.h"
#include "round_training.h"
#include "store_training.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Threads that read ahead: one checks and copies chunks far faster than they are scored. */
#define READERS 1

/* Labels and copies of the labelled set on every rank; its pixels once a node, where ranks train. */
static base_status shard(round_job *job, round_state *state, round_work *work)
{
    size_t labelled = round_state_count(state, STORE_POOL_LABELLED), i, n = 0;
    int64_t *samples = calloc(labelled + 1, sizeof *samples);
    base_status status = BASE_OK;

    work->labels = calloc(labelled + 1, sizeof *work->labels);
    work->copies = calloc(labelled + 1, sizeof *work->copies);
    work->active = calloc(state->classes, sizeof *work->active);
    if (!samples || !work->labels || !work->copies || !work->active) {
        base_log_error("out of memory for the labelled set of %zu samples", labelled);
        status = BASE_ERR_MEMORY;
    }
    status = comm_agree(job->world, status);
    if (status != BASE_OK) {
        free(samples);
        return status;
    }
    for (i = 0; i < state->samples; i++) {
        if (state->pool_state[i] != STORE_POOL_LABELLED)
            continue;
        samples[n] = (int64_t)i;
        work->labels[n] = state->pool_label[i];
        work->copies[n] = state->pool_copies[i];
        n++;
    }
    round_state_active(state, work->active);
    status = learn_data_share(job->world, job->dataset, samples, labelled,
                              job->world->rank < comm_reduce_trainers(job->reduce), &work->labelled);
    free(samples);
    return status;
}

/* Epochs of a training that an earlier job has finished. */
static base_status take_finished(const round_training *kept, round_work *work)
{
    const learn_progress *progress = &kept->progress;

    work->epochs = calloc(progress->epochs + 1, sizeof *work->epochs);
    if (!work->epochs) {
        base_log_error("out of memory for %zu epochs", progress->epochs);
        return BASE_ERR_MEMORY;
    }
    memcpy(work->epochs, progress->epoch, progress->epochs * sizeof *work->epochs);
    work->epoch_count = progress->epochs;
    work->best_epoch = progress->best_epoch;
    return BASE_OK;
}

/* From the start, or from where an earlier job stopped in this round. */
static base_status train(round_job *job, round_state *state, round_work *work)
{
    round_training *kept = work->training;
    learn_training training = {.world = job->world,
                               .config = job->config,
                               .table = job->table,
                               .round = work->index,
                               .labelled = &work->labelled,
                               .labels = work->labels,
                               .copies = work->copies,
                               .guide = &work->guide,
                               .active = work->active,
                               .validation = &job->validation,
                               .scorer = job->scorer};
    base_status status = round_guide_make(job, state, work);

    if (status == BASE_OK)
        status = round_training_open(job, state, work, kept);
    if (status != BASE_OK)
        return status;
    if (kept->finished)
        return comm_agree(job->world, take_finished(kept, work));
    training.keeper = &kept->keeper;
    training.resume = kept->found ? &kept->progress : NULL;
    if (!kept->found && work->index > 0 && job->config->train.start == BASE_START_AFRESH)
        status = round_start_again(job, state);
    if (status != BASE_OK)
        return status;
    status = learn_train(&training, job->network, job->reduce, &state->weights, &state->velocity,
                         &work->epochs, &work->epoch_count, &work->best_epoch);
    if (status == BASE_OK && job->world->rank == 0)
        status = round_training_keep_finished(kept, work, false);
    return comm_agree(job->world, status);
}

/* Validation and test records in order of sample, on rank 0. */
static base_status evaluate(round_job *job, round_state *state, round_work *work)
{
    store_evaluation *validation = NULL, *test = NULL;
    size_t validations = 0, tests = 0, v = 0, t = 0, n = 0;
    base_status status =
        comm_agree(job->world, learn_scorer_load(job->scorer, &state->weights, work->active));

    if (status == BASE_OK)
        status = learn_scorer_evaluate(job->scorer, job->world, job->table, &job->validation, 1, &validation,
                                       &validations);
    if (status == BASE_OK)
        status = learn_scorer_evaluate(job->scorer, job->world, job->table, &job->test, 1, &test, &tests);
    if (status == BASE_OK && job->world->rank == 0) {
        work->evaluations = calloc(validations + tests + 1, sizeof *work->evaluations);
        if (!work->evaluations) {
            base_log_error("out of memory for %zu evaluation records", validations + tests);
            status = BASE_ERR_MEMORY;
        }
        while (status == BASE_OK && n < validations + tests) {
            bool first = t == tests || (v < validations && validation[v].sample < test[t].sample);

            work->evaluations[n++] = first ? validation[v++] : test[t++];
        }
        work->evaluation_count = n;
    }
    free(validation);
    free(test);
    return comm_agree(job->world, status);
}

/* Features of the labelled samples, for strategies that need them: what they score is of no use. */
static base_status look_at_labelled(round_job *job, round_state *state, round_work *work)
{
    uint8_t *marked = malloc(state->samples + 1);
    store_score *scores = NULL;
    learn_pool_sink sink;
    base_status status = BASE_OK;
    size_t count, i;

    if (!marked) {
        base_log_error("out of memory for the states of %zu samples", state->samples);
        status = BASE_ERR_MEMORY;
    }
    for (i = 0; marked && i < state->samples; i++)
        marked[i] = state->pool_state[i] == STORE_POOL_LABELLED ? STORE_POOL_UNLABELLED : STORE_POOL_OUTSIDE;
    work->features.labelled = 1;
    status = comm_agree(job->world, status);
    if (status == BASE_OK)
        status = learn_pool_score(job->scorer, job->world, job->dataset, marked, READERS,
                                  round_features_sink(&work->features, &sink), &scores, &count, NULL);
    free(scores);
    free(marked);
    return status;
}

static base_status score_pool(round_job *job, round_state *state, round_work *work)
{
    learn_pool_sink sink;
    base_status status = round_select_begin(job, state, work);

    if (status == BASE_OK)
        status = learn_pool_score(job->scorer, job->world, job->dataset, state->pool_state, READERS,
                                  round_features_sink(&work->features, &sink), &work->scores,
                                  &work->score_count, NULL);
    if (status == BASE_OK && work->features.needs.labelled)
        status = look_at_labelled(job, state, work);
    return status;
}

/* Samples to label and classes to drop. */
static base_status choose(round_job *job, round_state *state, round_work *work)
{
    base_status status = round_select(job, state, work);

    round_features_destroy(&work->features);
    return status;
}

/* The oracle's answers into the labelled set, on rank 0; people may take their time. */
static base_status label(round_job *job, round_state *state, round_work *work)
{
    const oracle_round asking = {work->index, state->class_state, work->scores, work->score_count};
    base_status status = BASE_OK;

    if (job->world->rank == 0 && work->query_count > 0)
        status = oracle_ask(job->answers, &asking, work->queries, work->query_count);
    status = comm_agree(job->world, status);
    if (status != BASE_OK && status != BASE_WAITING)
        return status;
    work->answered = status;
    state->next = work->index + 1;
    if (job->world->rank == 0)
        round_state_label(state, work->queries, work->query_count, job->config);
    return BASE_OK;
}

static base_status commit(round_job *job, round_state *state, round_work *work)
{
    base_status status = BASE_OK;

    if (job->world->rank == 0)
        status = round_record_commit(job, state, work);
    if (status == BASE_OK && job->world->rank == 0)
        status = store_training_remove(job->folder);
    status = comm_agree(job->world, status);
    if (status == BASE_OK)
        round_state_broadcast(state, job->world);
    return status;
}

/* A round in its order (the two middle lines of the design's diagram), and where each stage's seconds go. */
static const struct {
    base_status (*run)(round_job *job, round_state *state, round_work *work);
    size_t seconds;     /* offset in round_work */
    bool interruptible; /* a signal that came meanwhile interrupts at its end; the others are over soon */
} stages[] = {
    {shard, offsetof(round_work, timing.train), false},
    {train, offsetof(round_work, timing.train), true},
    {evaluate, offsetof(round_work, timing.evaluate), true},
    {score_pool, offsetof(round_work, timing.score), true},
    {choose, offsetof(round_work, timing.select), false},
    {label, offsetof(round_work, timing.select), false},
    {commit, offsetof(round_work, commit_seconds), false},
};

static void summarise(const round_job *job, const round_state *state, const round_work *work)
{
    learn_evaluation validation =
        learn_evaluate(work->evaluations, work->evaluation_count, STORE_SPLIT_VALIDATION, work->active,
                       state->classes, NULL, NULL, NULL);
    learn_evaluation test = learn_evaluate(work->evaluations, work->evaluation_count, STORE_SPLIT_TEST,
                                           work->active, state->classes, NULL, NULL, NULL);

    base_log_info("round %d of %d: %zu labelled, validation %.4f, test %.4f, %zu chosen (%.1f s)",
                  work->index, job->config->run.rounds, work->labelled.count, validation.accuracy,
                  test.accuracy, work->query_count,
                  work->timing.train + work->timing.evaluate + work->timing.score + work->timing.select +
                      work->commit_seconds);
}

static void work_destroy(round_work *work)
{
    free(work->active);
    learn_guide_clear(&work->guide);
    learn_data_clear(&work->labelled);
    free(work->labels);
    free(work->copies);
    free(work->epochs);
    free(work->evaluations);
    round_features_destroy(&work->features);
    free(work->scores);
    free(work->queries);
}

static base_status run_stages(round_job *job, round_state *state, round_work *work)
{
    base_status status = BASE_OK;
    size_t i;

    for (i = 0; status == BASE_OK && i < sizeof stages / sizeof *stages; i++) {
        double start = base_progress_clock(), *seconds = (double *)((char *)work + stages[i].seconds);

        status = stages[i].run(job, state, work);
        *seconds += base_progress_clock() - start;
        if (status == BASE_OK && stages[i].interruptible)
            status = comm_agree(job->world, base_signal_caught() ? BASE_INTERRUPTED : BASE_OK);
    }
    return status;
}

base_status round_run(round_job *job, round_state *state)
{
    round_training training = {0};
    round_work work = {.index = state->next,
                       .last = state->next >= job->config->run.rounds,
                       .training = &training,
                       .answered = BASE_OK};
    base_status status = run_stages(job, state, &work);

    if (status == BASE_INTERRUPTED && work.epochs && job->world->rank == 0) {
        base_status kept = round_training_keep_finished(&training, &work, true);

        status = kept != BASE_OK ? kept : status;
    }
    status = comm_agree(job->world, status);
    if (status == BASE_OK && job->world->rank == 0)
        summarise(job, state, &work);
    if (status == BASE_OK)
        status = work.answered;
    work_destroy(&work);
    round_training_close(&training);
    return status;
}
