#include "round_score.h"
#include "base_log.h"
#include "learn_plan.h"
#include "learn_pool.h"
#include "select_strategy.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READERS 1 /* threads that read ahead, as in rounds */

/* A model at work. */
typedef struct session {
    const comm_world *world;
    const round_model *model;
    store_table pixels; /* size, mean and std only: those of the training */
    nn_engine *engine;
    learn_scorer *scorer;
    uint8_t *state; /* [samples] what to score is unlabelled here */
} session;

/* ---- what to score ---- */

static base_status mark_samples(session *s, const store_table *table, bool all)
{
    bool pool = s->model->own && !all;
    size_t i, count = 0;

    if (s->world->rank == 0 && pool)
        memcpy(s->state, s->model->pool_state, table->samples);
    else
        memset(s->state, STORE_POOL_UNLABELLED, table->samples);
    if (s->world->rank != 0)
        return BASE_OK;
    for (i = 0; i < table->samples; i++)
        count += s->state[i] == STORE_POOL_UNLABELLED;
    if (count > 0)
        return BASE_OK;
    base_log_error(
        "nothing to score: after round %d no train sample is left unlabelled; --samples all scores "
        "all %zu",
        (int)s->model->round, table->samples);
    return BASE_ERR_INPUT;
}

/* The marks of rank 0 on every rank. */
static base_status mark(session *s, const store_table *table, bool all)
{
    base_status status = BASE_OK;

    s->state = malloc(table->samples);
    if (!s->state) {
        base_log_error("out of memory for the states of %zu samples", table->samples);
        status = BASE_ERR_MEMORY;
    }
    status = comm_agree(s->world, status);
    if (status == BASE_OK)
        status = comm_agree(s->world, mark_samples(s, table, all));
    if (status == BASE_OK)
        comm_broadcast(s->world, s->state, table->samples);
    return status;
}

/* ---- the scorer ---- */

static base_status build_local(session *s, const nn_plan *plan, bool of_round)
{
    const base_config *config = &s->model->config;
    base_status status = learn_scorer_create(s->engine, &s->model->graph, plan, &s->pixels, config->cam.layer,
                                             config->cam.threshold, &s->scorer);

    if (status == BASE_OK)
        return learn_scorer_load(s->scorer, &s->model->weights, s->model->active);
    if (of_round)
        base_log_info("the kernels are the round's; --kernels tuned or direct takes this machine's own");
    return status;
}

/* Whether the scores will have the bits of the round's own. Rank 0. */
static void tell_kernels(const session *s)
{
    if (strstr(s->model->plan, learn_scorer_plan(s->scorer)))
        base_log_info("kernels: those of the round, so that scores have the bits of its own");
    else
        base_log_info("kernels: not those of the round, so that scores may differ from its own in their last "
                      "bits");
}

/* By the round's kernels if they fit, else by this machine's own. */
static base_status build(session *s, bool own_kernels)
{
    const base_config *config = &s->model->config;
    learn_plan_wish wish = {.engine = s->engine,
                            .graph = &s->model->graph,
                            .microbatch = 0,
                            .dtype = config->train.dtype,
                            .kernels = config->train.kernels};
    const char *stored = NULL;
    learn_plan plan;
    bool of_round;
    base_status status;

    if (s->world->rank == 0 && !own_kernels && learn_plan_fits(&wish, s->model->plan))
        stored = s->model->plan;
    of_round = stored != NULL;
    comm_broadcast(s->world, &of_round, sizeof of_round);
    status = learn_plan_find(s->world, &wish, stored, "the round's /plan", &plan);
    if (status == BASE_OK)
        status = comm_agree(s->world, build_local(s, &plan.scoring, of_round));
    if (status != BASE_OK)
        return status;
    if (s->world->rank == 0)
        tell_kernels(s);
    if (of_round)
        wish.kernels = BASE_KERNELS_DIRECT; /* nothing was searched: nothing to keep for others */
    return learn_plan_check(s->world, learn_scorer_plan(s->scorer), NULL, NULL);
}

/* ---- the records as a file has them ---- */

static void set_provenance(const round_model *model, const store_table *table, store_scores *scores)
{
    const base_config *config = &model->config;

    snprintf(scores->version, sizeof scores->version, "%s", CAMAL_VERSION);
    snprintf(scores->network, sizeof scores->network, "%s", base_config_network_name(config->network.name));
    snprintf(scores->layer, sizeof scores->layer, "%s", config->cam.layer);
    scores->threshold = config->cam.threshold;
    scores->round = model->round;
    scores->size = model->size;
    scores->samples = (int64_t)table->samples;
    memcpy(scores->round_digest, model->round_digest, sizeof scores->round_digest);
    memcpy(scores->trained_digest, model->trained_digest, sizeof scores->trained_digest);
    memcpy(scores->dataset_digest, table->digest, sizeof scores->dataset_digest);
    memcpy(scores->mean, model->mean, sizeof scores->mean);
    memcpy(scores->std, model->std, sizeof scores->std);
    memcpy(scores->class_name, model->class_name, scores->classes * sizeof *scores->class_name);
    memcpy(scores->class_active, model->active, scores->classes);
}

/* Takes the records over in success only. Rank 0. */
static base_status describe(const session *s, const store_table *table, store_score *records, size_t count,
                            store_scores *scores)
{
    store_scores made;
    base_status status = store_scores_create((size_t)s->model->classes, 0, &made);

    if (status != BASE_OK)
        return status;
    set_provenance(s->model, table, &made);
    made.plan = strdup(learn_scorer_plan(s->scorer));
    made.config = strdup(s->model->text);
    if (!made.plan || !made.config) {
        base_log_error("out of memory for the texts of plan and configuration");
        store_scores_destroy(&made);
        return BASE_ERR_MEMORY;
    }
    free(made.score);
    made.score = records;
    made.scores = count;
    *scores = made;
    return BASE_OK;
}

base_status round_score(const comm_world *world, const round_model *model, const store_dataset *dataset,
                        const round_score_options *options, store_scores *scores)
{
    const store_table *table = store_dataset_table(dataset);
    session s = {.world = world, .model = model};
    store_score *records = NULL;
    size_t count = 0;
    base_status status;

    memset(scores, 0, sizeof *scores);
    s.pixels.size = model->size;
    memcpy(s.pixels.mean, model->mean, sizeof model->mean);
    memcpy(s.pixels.std, model->std, sizeof model->std);
    status = mark(&s, table, options->all);
    if (status == BASE_OK)
        status = comm_agree(world, nn_engine_create(model->config.run.threads, &s.engine));
    if (status == BASE_OK)
        status = build(&s, options->own_kernels);
    if (status == BASE_OK)
        status = learn_pool_score(s.scorer, world, dataset, s.state, READERS, NULL, &records, &count, NULL);
    if (status == BASE_OK && world->rank == 0)
        status = describe(&s, table, records, count, scores);
    if (status != BASE_OK)
        free(records);
    learn_scorer_destroy(&s.scorer);
    nn_engine_destroy(&s.engine);
    free(s.state);
    return comm_agree(world, status);
}

base_status round_score_ranks(const base_config *config)
{
    select_needs needs = select_strategy_needs(config->select.strategy);

    if (needs.way == SELECT_WAY_RANK && needs.feature == SELECT_FEATURE_NONE)
        return BASE_OK;
    base_log_error("strategy %s looks at more than the scores that are written: allowed here are random, "
                   "least_confidence, margin, entropy, power_margin, cam, cam_margin, cam_consistency and "
                   "cam_overlap (--strategy)",
                   base_config_strategy_name(config->select.strategy));
    return BASE_ERR_USAGE;
}

base_status round_score_first(const round_model *model, const store_scores *scores, size_t most,
                              store_query **first, size_t *count)
{
    const base_config *config = &model->config;
    select_options options = {.strategy = config->select.strategy,
                              .prefer = config->select.prefer,
                              .seed = config->run.seed,
                              .round = model->round};
    size_t budget = most < scores->scores ? most : scores->scores;
    store_query *chosen = calloc(budget + 1, sizeof *chosen);
    uint8_t *closed = calloc(scores->classes, sizeof *closed);
    base_status status = round_score_ranks(config);

    if (status == BASE_OK && (!chosen || !closed)) {
        base_log_error("out of memory for the first %zu of %zu samples", budget, scores->scores);
        status = BASE_ERR_MEMORY;
    }
    if (status == BASE_OK)
        status = select_choose(&options, scores->score, scores->scores, NULL, closed, scores->classes, budget,
                               chosen, count);
    free(closed);
    if (status == BASE_OK)
        *first = chosen;
    else
        free(chosen);
    return status;
}
