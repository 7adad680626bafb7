#include "learn_trainer.h"
#include "base_log.h"
#include "base_progress.h"
#include "learn_evaluator.h"
#include "learn_prefetch.h"
#include "learn_sampler.h"
#include "nn_optimizer.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The state of one training, between its stages. */
typedef struct session {
    const learn_training *training;
    nn_network *network;
    comm_reduce *reduce;
    learn_sampler sampler;
    learn_prefetch *prefetch;       /* NULL on ranks that do not train */
    float *best, *best_velocity;    /* the best epoch's, in the layout of weights and velocity */
    nn_weights *weights, *velocity; /* the caller's, also what validation measures */
    store_epoch *epochs;            /* [train.epochs] */
    size_t done;                    /* epochs done */
    int32_t best_epoch;
    double best_accuracy, best_loss;
} session;

static bool trains(const session *s)
{
    return s->training->world->rank < comm_reduce_trainers(s->reduce);
}

/* Flags that ride along in a step's reduction. */
enum { FLAG_FAILED };

/* What a backward pass has finished may start on its way to the other trainers. */
static void tell_ready(void *reduce, size_t first)
{
    comm_reduce_ready(reduce, first);
}

static base_status train_step(session *s, int64_t step, int64_t steps, nn_outcome *outcome)
{
    const base_config *config = s->training->config;
    int32_t first, count, m;
    const nn_ready ready = {tell_ready, s->reduce};
    base_status status = BASE_OK;
    const float *sum;
    double rate =
        nn_optimizer_rate(config->train.schedule, config->train.rate, config->train.warmup, step, steps);

    comm_reduce_range(s->reduce, &first, &count);
    for (m = 0; m < count; m++) {
        float *gradient = comm_reduce_buffer(s->reduce);
        const float *input;
        const int32_t *labels;

        learn_prefetch_next(s->prefetch, &input, &labels);
        if (status == BASE_OK)
            status = nn_network_gradient(s->network, input, labels, s->training->active,
                                         (float)config->train.label_smoothing, gradient, &ready);
        comm_reduce_raise(s->reduce, FLAG_FAILED, status != BASE_OK);
        comm_reduce_push(s->reduce);
    }
    comm_reduce_finish(s->reduce, &sum);
    s->epochs[s->done].rate = (float)rate;
    if (status == BASE_OK && comm_reduce_raised(s->reduce, FLAG_FAILED) > 0)
        return BASE_ERR_NUMERIC; /* another rank failed, and has said why; what matters is its own status */
    if (status == BASE_OK)
        status = nn_network_update(s->network, sum, config->train.batch / config->train.microbatch, rate,
                                   config->train.momentum, config->train.weight_decay, outcome);
    if (status == BASE_ERR_NUMERIC)
        base_log_error(
            "round %d, epoch %zu, step %lld: training stopped; a smaller train.rate (now %g) may help",
            s->training->round, s->done, (long long)step, config->train.rate);
    return status;
}

/* One epoch on the ranks that train; the others wait for the weights. */
static base_status train_epoch(session *s, int64_t steps, base_progress *progress)
{
    int64_t epoch_steps = learn_sampler_steps(&s->sampler), i;
    store_epoch *epoch = &s->epochs[s->done];
    double loss = 0, correct = 0;
    base_status status = BASE_OK;
    char detail[64];

    memset(epoch, 0, sizeof *epoch);
    epoch->epoch = (int32_t)s->done;
    for (i = 0; trains(s) && status == BASE_OK && i < epoch_steps; i++) {
        nn_outcome outcome = {0};

        status = train_step(s, (int64_t)s->done * epoch_steps + i, steps, &outcome);
        loss += outcome.loss;
        correct += outcome.correct;
        snprintf(detail, sizeof detail, "loss %.3f", outcome.loss);
        base_progress_update(progress, s->done * (size_t)epoch_steps + (size_t)i + 1, detail);
    }
    epoch->steps = (int64_t)(s->done + 1) * epoch_steps;
    epoch->train_loss = (float)(loss / (double)epoch_steps);
    epoch->train_accuracy = (float)(correct / (double)epoch_steps);
    epoch->validation_loss = epoch->validation_accuracy = NAN;
    return comm_agree(s->training->world, status);
}

/* Bring the trainers' weights to every rank, into the caller's buffers. */
static base_status collect_weights(session *s)
{
    const comm_world *world = s->training->world;
    base_status status = BASE_OK;

    if (trains(s))
        status = nn_network_save(s->network, s->weights, s->velocity);
    status = comm_agree(world, status);
    if (status != BASE_OK || comm_reduce_trainers(s->reduce) == world->size)
        return status;
    comm_broadcast(world, s->weights->data, s->weights->count * sizeof *s->weights->data);
    comm_broadcast(world, s->velocity->data, s->velocity->count * sizeof *s->velocity->data);
    comm_broadcast(world, &s->epochs[s->done], sizeof s->epochs[s->done]);
    return BASE_OK;
}

/* Where no class has a validation sample nothing can be compared, and the last epoch is kept. */
static bool is_better(const session *s, const learn_evaluation *found)
{
    if (s->best_epoch < 0 || isnan(found->accuracy) || found->accuracy > s->best_accuracy)
        return true;
    return found->accuracy == s->best_accuracy && found->loss < s->best_loss;
}

/* Measure the validation samples; the same figures on every rank. */
static base_status validate(session *s)
{
    const learn_training *t = s->training;
    store_epoch *epoch = &s->epochs[s->done];
    store_evaluation *records = NULL;
    learn_evaluation found = {0};
    size_t count = 0;
    base_status status;

    status = comm_agree(t->world, learn_scorer_load(t->scorer, s->weights, t->active));
    if (status != BASE_OK)
        return status;
    status = learn_scorer_evaluate(t->scorer, t->world, t->table, t->validation, 0, &records, &count);
    if (status != BASE_OK)
        return status;
    if (t->world->rank == 0)
        found = learn_evaluate(records, count, STORE_SPLIT_VALIDATION, t->active, t->table->classes, NULL,
                               NULL, NULL);
    free(records);
    comm_broadcast(t->world, &found, sizeof found);
    epoch->validation_accuracy = (float)found.accuracy;
    epoch->validation_loss = (float)found.loss;
    if (is_better(s, &found)) {
        s->best_accuracy = found.accuracy;
        s->best_loss = found.loss;
        s->best_epoch = (int32_t)s->done;
        memcpy(s->best, s->weights->data, s->weights->count * sizeof *s->best);
        memcpy(s->best_velocity, s->velocity->data, s->velocity->count * sizeof *s->best_velocity);
    }
    return BASE_OK;
}

static bool has_converged(const session *s)
{
    int32_t patience = s->training->config->train.patience;

    return patience > 0 && s->best_epoch >= 0 && (int32_t)s->done - s->best_epoch >= patience;
}

static base_status train_epochs(session *s)
{
    const base_config *config = s->training->config;
    int64_t steps = learn_sampler_steps(&s->sampler) * config->train.epochs;
    char what[48], detail[96];
    base_progress progress;
    base_status status = BASE_OK;

    snprintf(what, sizeof what, "round %d training", s->training->round);
    progress = base_progress_start(what, "steps", (size_t)steps);
    for (s->done = 0; status == BASE_OK && s->done < (size_t)config->train.epochs; s->done++) {
        bool last = s->done + 1 == (size_t)config->train.epochs;

        status = train_epoch(s, steps, &progress);
        if (status != BASE_OK || !(last || (s->done + 1) % (size_t)config->train.validate == 0))
            continue;
        status = collect_weights(s);
        if (status == BASE_OK)
            status = validate(s);
        if (status == BASE_OK && has_converged(s)) {
            s->done++;
            break;
        }
    }
    if (status != BASE_OK)
        return status;
    snprintf(detail, sizeof detail, "best validation accuracy %.4f in epoch %d of %zu", s->best_accuracy,
             s->best_epoch, s->done);
    base_progress_end(&progress, detail);
    return BASE_OK;
}

static base_status start_prefetch(session *s)
{
    const learn_training *t = s->training;
    learn_source source = {.config = t->config,
                           .table = t->table,
                           .round = t->round,
                           .labelled = t->labelled,
                           .labels = t->labels,
                           .sampler = &s->sampler,
                           .end = learn_sampler_steps(&s->sampler) * t->config->train.epochs};

    if (!trains(s))
        return BASE_OK;
    comm_reduce_range(s->reduce, &source.first, &source.count);
    return learn_prefetch_create(&source, &s->prefetch);
}

static base_status open_session(session *s)
{
    const learn_training *t = s->training;
    const base_config *config = t->config;
    base_status status;

    status = learn_sampler_create(t->labelled->sample, t->labels, t->copies, t->labelled->count, t->active,
                                  t->table->classes, (size_t)config->train.batch, config->run.seed,
                                  (uint32_t)t->round, &s->sampler);
    if (status != BASE_OK)
        return status;
    s->epochs = calloc((size_t)config->train.epochs, sizeof *s->epochs);
    s->best = aligned_alloc(64, (s->weights->count * sizeof(float) + 63) / 64 * 64);
    s->best_velocity = aligned_alloc(64, (s->velocity->count * sizeof(float) + 63) / 64 * 64);
    if (!s->epochs || !s->best || !s->best_velocity) {
        base_log_error("out of memory for training on %zu samples", t->labelled->count);
        return BASE_ERR_MEMORY;
    }
    status = nn_network_load(s->network, s->weights, s->velocity);
    return status == BASE_OK ? start_prefetch(s) : status;
}

static void close_session(session *s)
{
    learn_prefetch_destroy(&s->prefetch);
    learn_sampler_destroy(&s->sampler);
    free(s->epochs);
    free(s->best);
    free(s->best_velocity);
}

base_status learn_train(const learn_training *training, nn_network *network, comm_reduce *reduce,
                        nn_weights *weights, nn_weights *velocity, store_epoch **epochs, size_t *count,
                        int32_t *best)
{
    session s = {.training = training,
                 .network = network,
                 .reduce = reduce,
                 .weights = weights,
                 .velocity = velocity,
                 .best_epoch = -1};
    base_status status = comm_agree(training->world, open_session(&s));

    if (status == BASE_OK)
        status = train_epochs(&s);
    if (status == BASE_OK) {
        memcpy(weights->data, s.best, weights->count * sizeof *weights->data);
        memcpy(velocity->data, s.best_velocity, velocity->count * sizeof *velocity->data);
        *epochs = s.epochs;
        *count = s.done;
        *best = s.best_epoch;
        s.epochs = NULL;
    }
    close_session(&s);
    return status;
}
