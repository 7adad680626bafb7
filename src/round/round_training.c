#include "round_training.h"
#include "base_log.h"
#include "base_progress.h"
#include "round_folder.h"
#include "round_tensors.h"
#include "store_training.h"
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* ---- writing ---- */

static base_status copy_text(const char *from, char **to)
{
    *to = strdup(from);
    if (*to)
        return BASE_OK;
    base_log_error("out of memory for a text of %zu bytes", strlen(from));
    return BASE_ERR_MEMORY;
}

/* Texts, digests and weights of a checkpoint. */
static base_status fill(const round_training *training, const learn_progress *progress, store_training *file)
{
    const round_job *job = training->job;
    bool best = progress->best_epoch >= 0;
    base_status status = round_folder_config_digest(job->config, file->config_digest);
    size_t size;

    if (status == BASE_OK)
        status = base_config_write(job->config, &file->config, &size);
    if (status == BASE_OK)
        status = copy_text(job->plan, &file->plan);
    if (status == BASE_OK)
        status = round_tensors_list(progress->weights, progress->weights->data, false, &file->model,
                                    &file->model_tensors);
    if (status == BASE_OK)
        status = round_tensors_list(progress->velocity, progress->velocity->data, true, &file->optimizer,
                                    &file->optimizer_tensors);
    if (status == BASE_OK && best)
        status = round_tensors_list(progress->weights, progress->best, false, &file->best_model,
                                    &file->best_model_tensors);
    if (status == BASE_OK && best)
        status = round_tensors_list(progress->velocity, progress->best_velocity, true, &file->best_optimizer,
                                    &file->best_optimizer_tensors);
    file->epoch = calloc(progress->epochs + 1, sizeof *file->epoch);
    if (status == BASE_OK && !file->epoch) {
        base_log_error("out of memory for %zu epochs", progress->epochs);
        status = BASE_ERR_MEMORY;
    }
    if (status == BASE_OK)
        memcpy(file->epoch, progress->epoch, progress->epochs * sizeof *file->epoch);
    return status;
}

static base_status write_checkpoint(round_training *training, const learn_progress *progress, bool finished)
{
    const round_job *job = training->job;
    double start = base_progress_clock();
    store_training file = {.sequence = training->sequence + 1,
                           .round = training->round,
                           .step = progress->step,
                           .finished = finished,
                           .version = CAMAL_VERSION,
                           .ranks = job->world->size,
                           .threads = job->config->run.threads,
                           .best_epoch = progress->best_epoch,
                           .best_accuracy = progress->best_accuracy,
                           .best_loss = progress->best_loss,
                           .epochs = progress->epochs,
                           .running_loss = progress->loss,
                           .running_correct = progress->correct,
                           .running_rate = progress->rate};
    base_status status;

    memcpy(file.dataset_digest, job->table->digest, sizeof file.dataset_digest);
    memcpy(file.parent_digest, training->state->parent_digest, sizeof file.parent_digest);
    memcpy(file.start_digest, training->state->start_digest, sizeof file.start_digest);
    status = fill(training, progress, &file);
    if (status == BASE_OK)
        status = store_training_commit(job->folder, training->next, &file);
    store_training_destroy(&file);
    if (status != BASE_OK)
        return status;
    training->sequence++;
    training->next = (training->next + 1) % STORE_TRAINING_FILES;
    training->kept = base_progress_clock();
    base_log_info("round %" PRId32 ": kept after step %" PRId64 "%s (%.2f s)", training->round,
                  progress->step, finished ? ", training is over" : "", training->kept - start);
    return BASE_OK;
}

static base_status keep(void *context, const learn_progress *progress)
{
    return write_checkpoint(context, progress, false);
}

base_status round_training_keep_finished(round_training *training, const round_work *work, bool always)
{
    const round_state *state = training->state;
    double period = 60 * training->job->config->run.checkpoint;
    learn_progress progress = {.step = work->epochs[work->epoch_count - 1].steps,
                               .epochs = work->epoch_count,
                               .epoch = work->epochs,
                               .weights = (nn_weights *)(uintptr_t)&state->weights, /* only read */
                               .velocity = (nn_weights *)(uintptr_t)&state->velocity,
                               .best_epoch = work->best_epoch,
                               .best = state->weights.data,
                               .best_velocity = state->velocity.data};

    if (training->finished) /* it is there already */
        return BASE_OK;
    if (!always && (period == 0 || base_progress_clock() - training->kept < period / 10))
        return BASE_OK;
    return write_checkpoint(training, &progress, true);
}

/* ---- reading ---- */

/* Why a checkpoint is not of use here, NULL if it is. */
static const char *reason_against(const round_training *training, const store_training *file)
{
    const round_job *job = training->job;
    char digest[BASE_DIGEST_TEXT];

    if (file->round != training->round)
        return "of another round";
    if (strcmp(file->parent_digest, training->state->parent_digest) != 0)
        return "of another course of this run";
    if (strcmp(file->dataset_digest, job->table->digest) != 0)
        return "of another data set";
    if (round_folder_config_digest(job->config, digest) != BASE_OK ||
        strcmp(file->config_digest, digest) != 0)
        return "of another configuration";
    return NULL;
}

/* A checkpoint into state and progress, whose arrays are there. */
static base_status take(round_training *training, round_state *state, store_training *file)
{
    learn_progress *p = &training->progress;
    base_status status =
        round_tensors_take(&state->weights, file->model, file->model_tensors, false, state->weights.data);

    if (status == BASE_OK)
        status = round_tensors_take(&state->velocity, file->optimizer, file->optimizer_tensors, true,
                                    state->velocity.data);
    if (status == BASE_OK && file->best_epoch >= 0)
        status =
            round_tensors_take(&state->weights, file->best_model, file->best_model_tensors, false, p->best);
    if (status == BASE_OK && file->best_epoch >= 0)
        status = round_tensors_take(&state->velocity, file->best_optimizer, file->best_optimizer_tensors,
                                    true, p->best_velocity);
    if (status != BASE_OK)
        return status;
    memcpy(state->start_digest, file->start_digest, sizeof state->start_digest);
    free(p->epoch);
    p->epoch = file->epoch;
    file->epoch = NULL;
    p->epochs = file->epochs;
    p->step = file->step;
    p->loss = file->running_loss;
    p->correct = file->running_correct;
    p->rate = file->running_rate;
    p->best_epoch = file->best_epoch;
    p->best_accuracy = file->best_accuracy;
    p->best_loss = file->best_loss;
    training->found = true;
    training->finished = file->finished != 0;
    return BASE_OK;
}

static void announce(const round_training *training, const store_training *file, const char *path)
{
    const round_job *job = training->job;

    base_log_info("round %" PRId32 ": going on after step %" PRId64 " from %s", training->round, file->step,
                  path);
    if (file->ranks != job->world->size)
        base_log_info("round %" PRId32 ": begun on %" PRId32 " ranks, going on on %d", training->round,
                      file->ranks, job->world->size);
    if (job->config->train.reduction == BASE_REDUCTION_MPI && file->ranks != job->world->size)
        base_log_warn("train.reduction mpi on another number of ranks: the bits will differ from those of an "
                      "undisturbed run");
    if (strcmp(file->plan, job->plan) != 0)
        base_log_warn("the kernels are not those that %s was made with: the bits may differ from those of an "
                      "undisturbed run",
                      path);
    if (strcmp(file->version, CAMAL_VERSION) != 0)
        base_log_warn("%s was made by camal %s, this is %s", path, file->version, CAMAL_VERSION);
}

/* Rank 0. */
static base_status look(round_training *training, round_state *state)
{
    store_training file;
    char path[PATH_MAX];
    const char *against;
    int which;
    base_status status;

    store_training_newest(training->job->folder, &file, &which);
    if (which < 0)
        return BASE_OK;
    status = store_training_path(training->job->folder, which, path, sizeof path);
    training->next = (which + 1) % STORE_TRAINING_FILES;
    training->sequence = file.sequence;
    against = reason_against(training, &file);
    if (status == BASE_OK && against)
        base_log_info("%s is %s and left aside", path, against);
    else if (status == BASE_OK) {
        announce(training, &file, path);
        status = take(training, state, &file);
    }
    store_training_destroy(&file);
    return status;
}

/* What rank 0 has found on every rank. */
static base_status share(round_training *training, round_state *state)
{
    const comm_world *world = training->job->world;
    learn_progress *p = &training->progress;
    learn_progress sent = *p;
    base_status status = BASE_OK;

    comm_broadcast(world, &training->found, sizeof training->found);
    if (!training->found)
        return BASE_OK;
    comm_broadcast(world, &training->finished, sizeof training->finished);
    comm_broadcast(world, &sent, sizeof sent);
    sent.epoch = p->epoch; /* pointers are each rank's own */
    sent.best = p->best;
    sent.best_velocity = p->best_velocity;
    *p = sent;
    if (world->rank != 0) {
        free(p->epoch);
        p->epoch = calloc(p->epochs + 1, sizeof *p->epoch);
        if (!p->epoch) {
            base_log_error("out of memory for %zu epochs", p->epochs);
            status = BASE_ERR_MEMORY;
        }
    }
    status = comm_agree(world, status);
    if (status != BASE_OK)
        return status;
    comm_broadcast(world, p->epoch, p->epochs * sizeof *p->epoch);
    comm_broadcast(world, state->weights.data, state->weights.count * sizeof *state->weights.data);
    comm_broadcast(world, state->velocity.data, state->velocity.count * sizeof *state->velocity.data);
    comm_broadcast(world, p->best, state->weights.count * sizeof *p->best);
    comm_broadcast(world, p->best_velocity, state->velocity.count * sizeof *p->best_velocity);
    return BASE_OK;
}

base_status round_training_open(const round_job *job, round_state *state, const round_work *work,
                                round_training *training)
{
    base_status status = BASE_OK;

    *training = (round_training){.job = job,
                                 .state = state,
                                 .round = work->index,
                                 .kept = base_progress_clock(),
                                 .keeper = {keep, training},
                                 .progress = {.best_epoch = -1}};
    training->progress.best = calloc(state->weights.count, sizeof(float));
    training->progress.best_velocity = calloc(state->velocity.count, sizeof(float));
    if (!training->progress.best || !training->progress.best_velocity) {
        base_log_error("out of memory for %zu weights", state->weights.count);
        status = BASE_ERR_MEMORY;
    }
    if (status == BASE_OK && job->world->rank == 0)
        status = look(training, state);
    status = comm_agree(job->world, status);
    return status == BASE_OK ? share(training, state) : status;
}

void round_training_close(round_training *training)
{
    if (!training)
        return;
    free(training->progress.epoch);
    free(training->progress.best);
    free(training->progress.best_velocity);
    memset(training, 0, sizeof *training);
}
