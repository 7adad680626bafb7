#include "round_model.h"
#include "base_log.h"
#include "round_tensors.h"
#include "store_round.h"
#include <stdlib.h>
#include <string.h>

/* ---- rank 0: out of the files ---- */

static base_status take_config(const round_model_source *source, const char *text, base_config *config)
{
    base_status status = base_config_read_text(config, text, strlen(text), source->round);
    size_t i;

    for (i = 0; status == BASE_OK && i < source->sets; i++)
        status = base_config_set(config, source->set[i]);
    return status == BASE_OK ? base_config_check(config) : status;
}

/* Arrays that the model keeps move from the round to it. */
static base_status take_round(store_round *round, round_model *model)
{
    model->round = round->index;
    model->classes = (int32_t)round->classes;
    model->samples = round->samples;
    model->size = round->size;
    memcpy(model->mean, round->mean, sizeof model->mean);
    memcpy(model->std, round->std, sizeof model->std);
    memcpy(model->trained_digest, round->dataset_digest, sizeof model->trained_digest);
    model->active = calloc(round->classes, sizeof *model->active);
    if (!model->active) {
        base_log_error("out of memory for %zu classes", round->classes);
        return BASE_ERR_MEMORY;
    }
    store_round_active(round, model->active);
    model->class_name = round->class_name;
    model->plan = round->plan;
    model->text = round->config;
    model->pool_state = round->pool_state;
    round->class_name = NULL;
    round->plan = NULL;
    round->config = NULL;
    round->pool_state = NULL;
    return BASE_OK;
}

static void take_pixels(const store_table *table, round_model *model)
{
    model->size = table->size;
    memcpy(model->mean, table->mean, sizeof model->mean);
    memcpy(model->std, table->std, sizeof model->std);
}

/* Size, mean and standard deviation of what the network was trained on, from its data set: for rounds that do
 * not say. */
static base_status look_at_training(const round_model_source *source, round_model *model)
{
    const char *path = source->trained_on ? source->trained_on : model->config.data.dataset;
    store_dataset *dataset = NULL;
    base_status status;

    if (!base_file_exists(path)) {
        base_log_error(
            "%s: no such data set, and %s, an older round that does not say what its network's input is, was "
            "trained on it: its mean, deviation and image size are needed; say where it is by --trained-on",
            path, source->round);
        return BASE_ERR_NOT_FOUND;
    }
    status = store_dataset_open(path, &dataset);
    if (status != BASE_OK)
        return status;
    if (strcmp(store_dataset_table(dataset)->digest, model->trained_digest) == 0) {
        take_pixels(store_dataset_table(dataset), model);
    } else {
        base_log_error("%s is the data set %s, but %s was trained on %s; say where that is by --trained-on",
                       path, store_dataset_table(dataset)->digest, source->round, model->trained_digest);
        status = BASE_ERR_INPUT;
    }
    store_dataset_close(&dataset);
    return status;
}

static base_status describe(round_model *model)
{
    base_status status = nn_models_describe(model->config.network.name, model->config.network.stem,
                                            model->size, model->classes, &model->graph);

    return status == BASE_OK ? nn_weights_create(&model->graph, &model->weights) : status;
}

/* What the round and its training say, against the data set at hand. */
static base_status check_pixels(const round_model_source *source, const char *path, const store_table *table,
                                round_model *model)
{
    base_status status = BASE_OK;

    model->own = strcmp(table->digest, model->trained_digest) == 0;
    if (model->own && table->samples != model->samples) {
        base_log_error("%s has %zu samples, %s says %zu of the same data set", path, table->samples,
                       source->round, model->samples);
        return BASE_ERR_INPUT;
    }
    if (model->own)
        take_pixels(table, model);
    else if (model->size == 0 || source->trained_on)
        status = look_at_training(source, model);
    if (status == BASE_OK && table->size != model->size) {
        base_log_error("%s has images of %d x %d pixels, the network of %s was trained on %d x %d: make the "
                       "data set with camal-ingest --size %d",
                       path, (int)table->size, (int)table->size, source->round, (int)model->size,
                       (int)model->size, (int)model->size);
        status = BASE_ERR_INPUT;
    }
    return status;
}

static base_status read_model(const round_model_source *source, const char *path, const store_table *table,
                              round_model *model)
{
    store_round round;
    base_status status = base_file_digest(source->round, model->round_digest);

    if (status == BASE_OK)
        status = store_round_read(source->round, &round);
    if (status != BASE_OK)
        return status;
    status = take_config(source, round.config, &model->config);
    if (status == BASE_OK)
        status = take_round(&round, model);
    if (status == BASE_OK)
        status = check_pixels(source, path, table, model);
    if (status == BASE_OK)
        status = describe(model);
    if (status == BASE_OK)
        status =
            round_tensors_take(&model->weights, round.model, round.model_tensors, false, model->weights.data);
    store_round_destroy(&round);
    return status;
}

/* ---- every rank ---- */

static base_status share_model(const comm_world *world, round_model *model)
{
    size_t classes;
    base_status status = comm_broadcast_config(world, &model->config);

    if (status != BASE_OK)
        return status;
    comm_broadcast(world, &model->round, sizeof model->round);
    comm_broadcast(world, &model->classes, sizeof model->classes);
    comm_broadcast(world, &model->size, sizeof model->size);
    comm_broadcast(world, model->mean, sizeof model->mean);
    comm_broadcast(world, model->std, sizeof model->std);
    comm_broadcast(world, model->round_digest, sizeof model->round_digest);
    comm_broadcast(world, model->trained_digest, sizeof model->trained_digest);
    comm_broadcast(world, &model->own, sizeof model->own);
    if (world->rank != 0)
        status = describe(model);
    classes = (size_t)model->classes;
    if (status == BASE_OK && world->rank != 0) {
        model->active = calloc(classes, sizeof *model->active);
        if (!model->active) {
            base_log_error("out of memory for %zu classes", classes);
            status = BASE_ERR_MEMORY;
        }
    }
    status = comm_agree(world, status);
    if (status != BASE_OK)
        return status;
    comm_broadcast(world, model->active, classes * sizeof *model->active);
    comm_broadcast(world, model->weights.data, model->weights.count * sizeof *model->weights.data);
    return BASE_OK;
}

base_status round_model_open(const comm_world *world, const round_model_source *source, const char *path,
                             const store_table *table, round_model *model)
{
    round_model made = {0};
    base_status status = base_config_defaults(&made.config);

    if (status == BASE_OK && world->rank == 0)
        status = read_model(source, path, table, &made);
    status = comm_agree(world, status);
    if (status == BASE_OK)
        status = share_model(world, &made);
    if (status == BASE_OK)
        *model = made;
    else
        round_model_close(&made);
    return status;
}

void round_model_close(round_model *model)
{
    if (!model)
        return;
    free(model->pool_state);
    free(model->text);
    free(model->plan);
    free(model->class_name);
    free(model->active);
    nn_weights_destroy(&model->weights);
    base_config_clear(&model->config);
    memset(model, 0, sizeof *model);
}
