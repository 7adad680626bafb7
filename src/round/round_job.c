#include "round_job.h"
#include "base_log.h"
#include "learn_plan.h"
#include "round_folder.h"
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static base_status check_classes(const store_table *table, const char *path)
{
    size_t i, c, *train = calloc(table->classes, sizeof *train);
    base_status status = BASE_OK;

    if (!train) {
        base_log_error("out of memory for %zu classes", table->classes);
        return BASE_ERR_MEMORY;
    }
    for (i = 0; i < table->samples; i++)
        if (table->split[i] == STORE_SPLIT_TRAIN && table->label[i] != STORE_LABEL_UNKNOWN)
            train[table->label[i]]++;
    for (c = 0; c < table->classes; c++) {
        if (train[c] > 0)
            continue;
        base_log_error("%s: class %s has no train sample; leave it out with camal-ingest --classes", path,
                       table->class_info[c].name);
        status = BASE_ERR_INPUT;
    }
    free(train);
    return status;
}

/* This rank's share of a split, with masks. */
static base_status load_split(round_job *job, store_split split, learn_data *data)
{
    const store_table *table = job->table;
    int64_t *samples = malloc((table->samples + 1) * sizeof *samples);
    size_t i, count = 0;
    base_status status;
    base_shard share;

    if (!samples) {
        base_log_error("out of memory for %zu sample numbers", table->samples);
        return BASE_ERR_MEMORY;
    }
    for (i = 0; i < table->samples; i++)
        if (table->split[i] == split)
            samples[count++] = (int64_t)i;
    share = learn_scorer_share(job->world, count);
    status = learn_data_load(job->dataset, samples + share.first, share.count, true, data);
    free(samples);
    return status;
}

/* Data set, graph and engine. */
static base_status open_local(round_job *job)
{
    const base_config *config = job->config;
    base_status status = store_dataset_open(config->data.dataset, &job->dataset);

    if (status != BASE_OK)
        return status;
    job->table = store_dataset_table(job->dataset);
    status = check_classes(job->table, config->data.dataset);
    if (status == BASE_OK)
        status = nn_models_describe(config->network.name, config->network.stem, job->table->size,
                                    (int32_t)job->table->classes, &job->graph);
    return status == BASE_OK ? nn_engine_create(config->run.threads, &job->engine) : status;
}

/* Replicas, evaluation samples and oracle. */
static base_status build_local(round_job *job, const learn_plan *plan)
{
    const base_config *config = job->config;
    base_status status =
        nn_network_create(job->engine, &job->graph, config->train.microbatch, &plan->training, &job->network);

    if (status == BASE_OK)
        status = learn_scorer_create(job->engine, &job->graph, &plan->scoring, job->table, config->cam.layer,
                                     config->cam.threshold, &job->scorer);
    if (status == BASE_OK &&
        asprintf(&job->plan, "%s%s", nn_network_plan(job->network), learn_scorer_plan(job->scorer)) < 0) {
        base_log_error("out of memory for the kernel plan's text");
        job->plan = NULL;
        status = BASE_ERR_MEMORY;
    }
    if (status == BASE_OK)
        status = load_split(job, STORE_SPLIT_VALIDATION, &job->validation);
    if (status == BASE_OK)
        status = load_split(job, STORE_SPLIT_TEST, &job->test);
    if (status == BASE_OK && job->world->rank == 0)
        status = oracle_create(config->oracle.kind, job->dataset, job->folder, &job->answers);
    return status;
}

/* The replicas by the plan of the run, which its folder keeps from its first start on. */
static base_status build(round_job *job)
{
    const base_config *config = job->config;
    const learn_plan_wish wish = {.engine = job->engine,
                                  .graph = &job->graph,
                                  .microbatch = config->train.microbatch,
                                  .dtype = config->train.dtype,
                                  .kernels = config->train.kernels};
    char source[PATH_MAX] = "", *stored = NULL;
    learn_plan plan;
    bool binding = true;
    base_status status = BASE_OK;

    if (job->world->rank == 0)
        status = round_folder_plan(job->folder, source, &stored, &binding);
    if (status == BASE_OK && stored && !binding && !learn_plan_fits(&wish, stored)) {
        free(stored);
        stored = NULL;
    }
    status = comm_agree(job->world, status);
    if (status == BASE_OK)
        status = learn_plan_find(job->world, &wish, stored, source, &plan);
    if (status == BASE_OK)
        status = comm_agree(job->world, build_local(job, &plan));
    if (status == BASE_OK)
        status = learn_plan_check(job->world, job->plan, stored, source);
    if (status == BASE_ERR_INPUT && stored && binding)
        base_log_info("if %s is damaged, remove it: the kernels are then those of the newest round", source);
    free(stored);
    return comm_agree(job->world, status);
}

base_status round_job_open(const comm_world *world, const base_config *config, round_job *job)
{
    base_status status;

    memset(job, 0, sizeof *job);
    job->world = world;
    job->config = config;
    job->folder = config->run.folder;
    status = comm_agree(world, open_local(job));
    if (status == BASE_OK)
        status = comm_agree_on_file(world, config->data.dataset, job->table->digest);
    if (status == BASE_OK)
        status = build(job);
    if (status == BASE_OK)
        status = comm_reduce_create(world, nn_network_gradient_count(job->network),
                                    config->train.batch / config->train.microbatch, config->train.reduction,
                                    &job->reduce);
    if (status != BASE_OK)
        round_job_close(job);
    return status;
}

void round_job_close(round_job *job)
{
    oracle_destroy(&job->answers);
    free(job->plan);
    learn_data_clear(&job->test);
    learn_data_clear(&job->validation);
    learn_scorer_destroy(&job->scorer);
    comm_reduce_destroy(&job->reduce);
    nn_network_destroy(&job->network);
    nn_engine_destroy(&job->engine);
    store_dataset_close(&job->dataset);
    memset(job, 0, sizeof *job);
}
