#include "round_select.h"
#include "base_log.h"
#include "learn_evaluator.h"
#include "round_history.h"
#include "round_pick.h"
#include "select_exclusion.h"
#include "select_quota.h"
#include "select_strategy.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Arrays by class that the decisions need. */
typedef struct ballot {
    float *recall, *energy;
    double *need;
    int64_t *predicted, *quota, *labelled;
    uint8_t *closed;
} ballot;

static void ballot_destroy(ballot *b)
{
    free(b->recall);
    free(b->energy);
    free(b->need);
    free(b->predicted);
    free(b->quota);
    free(b->labelled);
    free(b->closed);
}

static base_status ballot_create(size_t classes, ballot *b)
{
    b->recall = calloc(classes, sizeof *b->recall);
    b->energy = calloc(classes, sizeof *b->energy);
    b->need = calloc(classes, sizeof *b->need);
    b->predicted = calloc(classes, sizeof *b->predicted);
    b->quota = calloc(classes, sizeof *b->quota);
    b->labelled = calloc(classes, sizeof *b->labelled);
    b->closed = calloc(classes, sizeof *b->closed);
    if (b->recall && b->energy && b->need && b->predicted && b->quota && b->labelled && b->closed)
        return BASE_OK;
    base_log_error("out of memory for the decisions on %zu classes", classes);
    return BASE_ERR_MEMORY;
}

static void count_samples(const round_work *work, store_class *class_state)
{
    size_t i;

    for (i = 0; i < work->labelled.count; i++)
        class_state[work->labels[i]].labelled++;
    for (i = 0; i < work->score_count; i++)
        class_state[work->scores[i].predicted].pool_predicted++;
    for (i = 0; i < work->evaluation_count; i++) {
        if (work->evaluations[i].split == STORE_SPLIT_VALIDATION)
            class_state[work->evaluations[i].label].validation_count++;
        else
            class_state[work->evaluations[i].label].test_count++;
    }
}

/* Measurements of this round into the classes; what the last round decided stays for select_exclusion(). */
static void measure(const round_job *job, round_state *state, const round_work *work, ballot *b)
{
    size_t c, i;

    for (c = 0; c < state->classes; c++) {
        store_class *s = &state->class_state[c];

        s->labelled = s->added = s->pool_predicted = s->validation_count = s->test_count = s->quota = 0;
    }
    count_samples(work, state->class_state);
    for (i = 0; i < work->labelled.count; i++)
        if (state->pool_round[work->labelled.sample[i]] > 0)
            state->class_state[work->labels[i]].added++;
    learn_evaluate(work->evaluations, work->evaluation_count, STORE_SPLIT_TEST, work->active, state->classes,
                   NULL, b->recall, b->energy);
    for (c = 0; c < state->classes; c++) {
        state->class_state[c].test_accuracy = b->recall[c];
        state->class_state[c].test_cam_score = b->energy[c];
    }
    learn_evaluate(work->evaluations, work->evaluation_count, STORE_SPLIT_VALIDATION, work->active,
                   state->classes, NULL, b->recall, b->energy);
    for (c = 0; c < state->classes; c++) {
        store_class *s = &state->class_state[c];

        s->validation_accuracy = b->recall[c];
        s->best_validation_accuracy = fmaxf(s->best_validation_accuracy, b->recall[c]);
        s->cam_score = b->energy[c];
        b->need[c] = select_need(job->config->select.quota, b->recall[c], b->energy[c]);
        s->need = (float)b->need[c];
    }
}

static void exclude(const round_job *job, round_state *state, const round_work *work, ballot *b)
{
    select_exclusion_options options = select_exclusion_options_of(job->config);
    char reason[160];
    size_t c;

    select_exclusion(&options, work->index, &state->history, state->class_state, state->classes);
    for (c = 0; c < state->classes; c++) {
        const store_class *s = &state->class_state[c];

        b->closed[c] = s->status != STORE_CLASS_ACTIVE;
        b->predicted[c] = s->pool_predicted;
        if (s->reason != STORE_REASON_READMITTED && s->decided_round != work->index)
            continue;
        select_exclusion_reason(s, &options, reason, sizeof reason);
        base_log_info("round %d: class %s %s", work->index, job->table->class_info[c].name, reason);
    }
}

/* The last round measures classes and decides nothing: why one was kept before may be true no more. Rank 0.
 */
static void leave_undecided(round_state *state)
{
    size_t c;

    for (c = 0; c < state->classes; c++)
        if (state->class_state[c].status == STORE_CLASS_ACTIVE) {
            state->class_state[c].reason = STORE_REASON_NONE;
            state->class_state[c].labels_needed = -1;
        }
}

static select_options options_of(const round_job *job, const round_work *work)
{
    return (select_options){.strategy = job->config->select.strategy,
                            .prefer = job->config->select.prefer,
                            .seed = job->config->run.seed,
                            .round = work->index};
}

/* Each sample by itself, on rank 0; values of a strategy that needs more than records are gathered first. */
static base_status rank_samples(const round_job *job, const round_state *state, round_work *work,
                                const ballot *b, const int64_t *quota)
{
    select_options options = options_of(job, work);
    float *values = NULL;
    base_status status = BASE_OK;

    if (select_strategy_needs(options.strategy).feature != SELECT_FEATURE_NONE)
        status = round_features_values(job->world, &work->features, &values);
    options.values = values;
    if (status == BASE_OK && job->world->rank == 0)
        status = select_choose(&options, work->scores, work->score_count, quota, b->closed, state->classes,
                               (size_t)job->config->data.budget, work->queries, &work->query_count);
    free(values);
    return comm_agree(job->world, status);
}

/* One sample after the other, by all ranks. */
static base_status pick_samples(const round_job *job, const round_state *state, round_work *work,
                                const ballot *b, const int64_t *quota)
{
    round_pick_task task = {.strategy = job->config->select.strategy,
                            .seed = job->config->run.seed,
                            .round = work->index,
                            .classes = state->classes,
                            .budget = (size_t)job->config->data.budget,
                            .quota = quota,
                            .closed = b->closed,
                            .labelled = b->labelled};

    return round_pick(job->world, &task, &work->features.points, work->queries, &work->query_count);
}

/* What rank 0 decided on classes, on every rank. */
static void share_ballot(const round_job *job, size_t classes, ballot *b)
{
    comm_broadcast(job->world, b->closed, classes * sizeof *b->closed);
    comm_broadcast(job->world, b->quota, classes * sizeof *b->quota);
    comm_broadcast(job->world, b->labelled, classes * sizeof *b->labelled);
}

static base_status choose(const round_job *job, round_state *state, round_work *work, ballot *b)
{
    const base_config *config = job->config;
    size_t budget = (size_t)config->data.budget, c;
    const int64_t *quota = config->select.quota != BASE_QUOTA_NONE ? b->quota : NULL;
    base_status status = BASE_OK;

    work->queries = calloc(budget + 1, sizeof *work->queries);
    if (!work->queries) {
        base_log_error("out of memory for %zu queries", budget);
        status = BASE_ERR_MEMORY;
    }
    if (status == BASE_OK && quota && job->world->rank == 0)
        status = select_quota(config->select.quota, config->select.quota_cap, b->need, b->predicted,
                              b->closed, state->classes, config->data.budget, b->quota);
    status = comm_agree(job->world, status);
    if (status != BASE_OK)
        return status;
    share_ballot(job, state->classes, b);
    if (select_strategy_needs(config->select.strategy).way == SELECT_WAY_RANK)
        status = rank_samples(job, state, work, b, quota);
    else
        status = pick_samples(job, state, work, b, quota);
    if (status != BASE_OK || job->world->rank != 0)
        return status;
    for (c = 0; c < state->classes; c++)
        state->class_state[c].quota = quota ? quota[c] : 0;
    if (work->query_count < budget)
        base_log_warn("round %d: only %zu of %zu samples chosen: no more are in the pool for classes that "
                      "still take labels",
                      work->index, work->query_count, budget);
    return BASE_OK;
}

base_status round_select_begin(const round_job *job, const round_state *state, round_work *work)
{
    const base_config *config = job->config;
    select_options options = options_of(job, work);
    round_features_size size;
    base_status status;

    if (work->last)
        return BASE_OK;
    status = comm_agree(job->world, round_features_create(&options, job->scorer, state->classes,
                                                          &state->weights, work->active, &work->features));
    if (status != BASE_OK)
        return status;
    size = round_features_measure(options.strategy, round_state_count(state, STORE_POOL_UNLABELLED),
                                  work->labelled.count, state->classes, work->features.points.width,
                                  (size_t)config->data.budget, job->world->size);
    return round_features_allow(options.strategy, &size, config->select.memory);
}

/* What this round measured, and whether the run ends with it: then nothing is chosen any more. Rank 0. */
static base_status look_back(const round_job *job, round_state *state, const round_work *work)
{
    base_status status = round_history_compare(state, work->scores, work->score_count);

    if (status == BASE_OK)
        status = select_history_add(&state->history, state->class_state, work->active, state->classes,
                                    state->agreement);
    if (status == BASE_OK && !work->last)
        round_history_stop(state, job->config, work->index);
    return status;
}

base_status round_select(const round_job *job, round_state *state, round_work *work)
{
    ballot b = {0};
    base_status status = comm_agree(job->world, ballot_create(state->classes, &b));
    size_t c;

    if (status == BASE_OK && job->world->rank == 0) {
        measure(job, state, work, &b);
        status = look_back(job, state, work);
    }
    status = comm_agree(job->world, status);
    comm_broadcast(job->world, &state->stopped, sizeof state->stopped);
    work->last = work->last || state->stopped;
    if (status == BASE_OK && job->world->rank == 0) {
        if (work->last)
            leave_undecided(state);
        else
            exclude(job, state, work, &b);
        for (c = 0; c < state->classes; c++)
            b.labelled[c] = state->class_state[c].labelled;
    }
    if (status == BASE_OK && !work->last)
        status = choose(job, state, work, &b);
    ballot_destroy(&b);
    return status;
}
