#include "round_start.h"
#include "base_file.h"
#include "base_log.h"
#include "store_weights.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Are the file's classes those of the data set, in its order? */
static bool same_classes(const store_model *model, const store_table *table)
{
    size_t c;

    for (c = 0; model->classes == table->classes && c < table->classes; c++)
        if (strcmp(model->class_name[c], table->class_info[c].name) != 0)
            return false;
    return model->classes == table->classes;
}

static bool is_last_layer(const nn_tensor *tensor)
{
    return tensor->kind == NN_TENSOR_LINEAR || tensor->kind == NN_TENSOR_BIAS;
}

/* "[64,3,3,3]" */
static const char *shape_text(int32_t rank, const int64_t *dims, char text[96])
{
    int used = snprintf(text, 96, "[");
    int32_t i;

    for (i = 0; i < rank; i++)
        used += snprintf(text + used, 96 - (size_t)used, "%s%" PRId64, i > 0 ? "," : "", dims[i]);
    snprintf(text + used, 96 - (size_t)used, "]");
    return text;
}

static base_status refuse(const char *path, const nn_tensor *mine, const store_tensor *theirs,
                          const base_config *config)
{
    char expected[96], found[96];

    base_log_error(
        "network.weights: %s: tensor %s is %s, expected %s: of another network than network.name %s "
        "with network.stem %s",
        path, mine->name, theirs ? shape_text(theirs->rank, theirs->dims, found) : "missing",
        shape_text(mine->rank, mine->dims, expected), base_config_network_name(config->network.name),
        base_config_stem_name(config->network.stem));
    return BASE_ERR_INPUT;
}

static base_status take(const round_job *job, const store_model *model, nn_weights *weights)
{
    const char *path = job->config->network.weights;
    bool last = same_classes(model, job->table);
    int32_t i;

    for (i = 0; i < weights->tensors; i++) {
        const nn_tensor *mine = &weights->tensor[i];
        const store_tensor *theirs = store_tensor_find(model->tensor, model->tensors, mine->name);

        if (!last && is_last_layer(mine))
            continue;
        if (!theirs || !nn_tensor_fits(mine, theirs->rank, theirs->dims))
            return refuse(path, mine, theirs, job->config);
        memcpy(weights->data + mine->offset, theirs->data, mine->count * sizeof *theirs->data);
    }
    base_log_info("beginning with the weights of %s%s", path,
                  last ? "" : ", but for the last layer, which is random: its classes are others");
    return BASE_OK;
}

/* What the weights have seen, the run's figures cannot tell from what it learnt itself. */
static void warn_of_training(const round_job *job, const store_model *model)
{
    const char *path = job->config->network.weights;

    if (model->dataset_digest[0] == 0)
        return;
    if (strcmp(model->dataset_digest, job->table->digest) == 0)
        base_log_warn("network.weights: %s was trained on this data set: with labels that this run counts as "
                      "not asked for yet",
                      path);
    else
        base_log_warn("network.weights: %s was trained on the data set %s: accuracies are honest only if no "
                      "validation or test sample of %s is in its train split",
                      path, model->dataset_digest, job->config->data.dataset);
}

/* The file may have changed since round 0. */
static base_status note_digest(const char *path, round_state *state)
{
    char digest[BASE_DIGEST_TEXT];
    base_status status = base_file_digest(path, digest);

    if (status != BASE_OK)
        return status;
    if (state->next > 0 && strcmp(digest, state->start_digest) != 0)
        base_log_warn(
            "network.weights: %s has the digest %s, the run began with %s: the bits will differ from "
            "those of an undisturbed run",
            path, digest, state->start_digest[0] ? state->start_digest : "random weights");
    memcpy(state->start_digest, digest, sizeof digest);
    return BASE_OK;
}

static base_status read_file(const round_job *job, round_state *state)
{
    const char *path = job->config->network.weights;
    store_model model;
    base_status status;

    if (!base_file_exists(path)) {
        base_log_error("network.weights: %s: no such file", path);
        return BASE_ERR_NOT_FOUND;
    }
    status = store_model_read(path, &model);
    if (status != BASE_OK)
        return status;
    status = take(job, &model, &state->weights);
    if (status == BASE_OK && state->next == 0)
        warn_of_training(job, &model);
    store_model_destroy(&model);
    return status == BASE_OK ? note_digest(path, state) : status;
}

base_status round_start(const round_job *job, round_state *state)
{
    nn_weights_initialise(&state->weights, job->config->run.seed);
    memset(state->velocity.data, 0, state->velocity.count * sizeof *state->velocity.data);
    return job->config->network.weights[0] != 0 ? read_file(job, state) : BASE_OK;
}

base_status round_start_again(const round_job *job, round_state *state)
{
    base_status status = job->world->rank == 0 ? round_start(job, state) : BASE_OK;

    status = comm_agree(job->world, status);
    if (status != BASE_OK)
        return status;
    comm_broadcast(job->world, state->weights.data, state->weights.count * sizeof *state->weights.data);
    memset(state->velocity.data, 0, state->velocity.count * sizeof *state->velocity.data);
    return BASE_OK;
}
