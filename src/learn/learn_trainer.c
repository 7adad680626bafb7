#include "learn_trainer.h"
#include "base_log.h"
#include "base_progress.h"
#include "base_signal.h"
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
    learn_prefetch *prefetch; /* NULL on ranks that do not train */
    learn_progress at;        /* weights and velocity are the caller's, also what validation measures */
    int64_t epoch_steps, steps;
    double kept; /* when progress was kept last */
} session;

/* Flags that ride along in a step's reduction. */
enum { FLAG_FAILED, FLAG_INTERRUPT, FLAG_KEEP };

static bool trains(const session *s)
{
    return s->training->world->rank < comm_reduce_trainers(s->reduce);
}

/* What a backward pass has finished may start on its way to the other trainers. */
static void tell_ready(void *reduce, size_t first)
{
    comm_reduce_ready(reduce, first);
}

/* Is it time to keep progress? By rank 0's clock. */
static bool is_due(const session *s)
{
    double period = 60 * s->training->config->run.checkpoint;

    return s->training->world->rank == 0 && period > 0 && base_progress_clock() - s->kept >= period;
}

/* The sum of the step's gradients over all micro-batches, and the flags of all trainers. */
static base_status sum_gradients(session *s, const float **sum)
{
    const base_config *config = s->training->config;
    const nn_ready ready = {tell_ready, s->reduce};
    base_status status = BASE_OK;
    int32_t first, count, m;

    comm_reduce_range(s->reduce, &first, &count);
    comm_reduce_raise(s->reduce, FLAG_INTERRUPT, base_signal_caught());
    comm_reduce_raise(s->reduce, FLAG_KEEP, is_due(s));
    for (m = 0; m < count; m++) {
        float *gradient = comm_reduce_buffer(s->reduce);
        learn_batch batch = learn_prefetch_next(s->prefetch);

        if (status == BASE_OK)
            status = nn_network_gradient(s->network, batch.input, batch.labels, batch.mix, batch.masks,
                                         s->training->active, (float)config->train.label_smoothing, gradient,
                                         &ready);
        comm_reduce_raise(s->reduce, FLAG_FAILED, status != BASE_OK);
        comm_reduce_push(s->reduce);
    }
    comm_reduce_finish(s->reduce, sum);
    return status;
}

/* Say where training stopped. */
static void explain(const session *s, base_status status)
{
    if (status == BASE_ERR_NUMERIC)
        base_log_error(
            "round %d, epoch %zu, step %lld: training stopped; a smaller train.rate (now %g) may help",
            s->training->round, s->at.epochs, (long long)s->at.step, s->training->config->train.rate);
}

/* Name the tensor that made the loss or a statistic infinite, if it is one; then as above. */
static void explain_from(const session *s, const float *gradient, base_status status)
{
    if (status == BASE_ERR_NUMERIC)
        nn_network_check(s->network, gradient);
    explain(s, status);
}

/* Have all trainers the same weights? */
static base_status compare_trainers(session *s)
{
    int odd;

    if (comm_reduce_trainers(s->reduce) == 1)
        return BASE_OK;
    odd = comm_reduce_compare(s->reduce, nn_network_fingerprint(s->network));
    if (odd < 0)
        return BASE_OK;
    if (s->training->world->rank == 0)
        base_log_error(
            "round %d, epoch %zu, step %lld: rank %d has other weights than the others; its memory or "
            "processor may be faulty: run again without its node",
            s->training->round, s->at.epochs, (long long)s->at.step, odd);
    return BASE_ERR_INTERNAL;
}

static base_status keep(session *s)
{
    const learn_keeper *keeper = s->training->keeper;
    base_status status;

    s->kept = base_progress_clock();
    if (s->training->world->rank != 0 || keeper == NULL)
        return BASE_OK;
    status = nn_network_save(s->network, s->at.weights, s->at.velocity);
    return status == BASE_OK ? keeper->keep(keeper->context, &s->at) : status;
}

/* What the trainers have agreed to do after this step. Nothing is kept that is not finite or not the same on
 * all of them. */
static base_status safeguard(session *s)
{
    bool stop = comm_reduce_raised(s->reduce, FLAG_INTERRUPT) > 0;
    bool due = stop || comm_reduce_raised(s->reduce, FLAG_KEEP) > 0;
    int32_t verify = s->training->config->run.verify;
    base_status status = BASE_OK;

    if (due || (verify > 0 && s->at.step % verify == 0))
        status = compare_trainers(s);
    if (status != BASE_OK || !due)
        return status;
    status = nn_network_check(s->network, NULL);
    if (status != BASE_OK) {
        explain(s, status);
        return status;
    }
    status = keep(s);
    if (stop)
        return status == BASE_OK ? BASE_INTERRUPTED : status;
    if (status != BASE_OK)
        base_log_warn("training goes on without this checkpoint; the next try is in %g minutes",
                      s->training->config->run.checkpoint);
    return BASE_OK;
}

static base_status train_step(session *s, nn_outcome *outcome)
{
    const base_config *config = s->training->config;
    const float *sum;
    double rate = nn_optimizer_rate(config->train.schedule, config->train.rate, config->train.warmup,
                                    s->at.step, s->steps);
    base_status status = sum_gradients(s, &sum);

    if (status != BASE_OK) {
        explain_from(s, NULL, status);
        return status;
    }
    if (comm_reduce_raised(s->reduce, FLAG_FAILED) > 0)
        return BASE_ERR_NUMERIC; /* another rank has failed, and has said why */
    status = nn_network_update(s->network, sum, config->train.batch / config->train.microbatch, rate,
                               config->train.momentum, config->train.weight_decay, outcome);
    if (status != BASE_OK) {
        explain_from(s, sum, status);
        return status;
    }
    s->at.rate = (float)rate;
    s->at.loss += outcome->loss;
    s->at.correct += outcome->correct;
    s->at.step++;
    return safeguard(s);
}

/* What is left of an epoch, on the ranks that train; the others wait for the weights. */
static base_status train_epoch(session *s, base_progress *progress)
{
    learn_progress *at = &s->at;
    int64_t end = (int64_t)(at->epochs + 1) * s->epoch_steps;
    base_status status = BASE_OK;
    char detail[64];

    while (trains(s) && status == BASE_OK && at->step < end) {
        nn_outcome outcome = {0};

        status = train_step(s, &outcome);
        snprintf(detail, sizeof detail, "loss %.3f", outcome.loss);
        base_progress_update(progress, (size_t)at->step, detail);
    }
    if (trains(s) && status == BASE_OK) {
        status = nn_network_check(s->network, NULL);
        explain(s, status);
    }
    status = comm_agree(s->training->world, status);
    if (status != BASE_OK)
        return status;
    at->epoch[at->epochs] = (store_epoch){.epoch = (int32_t)at->epochs,
                                          .steps = end,
                                          .rate = at->rate,
                                          .train_loss = (float)(at->loss / (double)s->epoch_steps),
                                          .train_accuracy = (float)(at->correct / (double)s->epoch_steps),
                                          .validation_loss = NAN,
                                          .validation_accuracy = NAN};
    at->loss = at->correct = 0;
    at->step = end;
    return BASE_OK;
}

/* Bring the trainers' weights to every rank, into the caller's buffers. */
static base_status collect_weights(session *s)
{
    const comm_world *world = s->training->world;
    base_status status = BASE_OK;

    if (trains(s))
        status = nn_network_save(s->network, s->at.weights, s->at.velocity);
    status = comm_agree(world, status);
    if (status != BASE_OK || comm_reduce_trainers(s->reduce) == world->size)
        return status;
    comm_broadcast(world, s->at.weights->data, s->at.weights->count * sizeof *s->at.weights->data);
    comm_broadcast(world, s->at.velocity->data, s->at.velocity->count * sizeof *s->at.velocity->data);
    comm_broadcast(world, &s->at.epoch[s->at.epochs], sizeof s->at.epoch[s->at.epochs]);
    return BASE_OK;
}

/* Where no class has a validation sample nothing can be compared, and the last epoch is kept. */
static bool is_better(const session *s, const learn_evaluation *found)
{
    if (s->at.best_epoch < 0 || isnan(found->accuracy) || found->accuracy > s->at.best_accuracy)
        return true;
    return found->accuracy == s->at.best_accuracy && found->loss < s->at.best_loss;
}

/* Measure the validation samples; the same figures on every rank. */
static base_status validate(session *s)
{
    const learn_training *t = s->training;
    store_epoch *epoch = &s->at.epoch[s->at.epochs];
    store_evaluation *records = NULL;
    learn_evaluation found = {0};
    size_t count = 0;
    base_status status;

    status = comm_agree(t->world, learn_scorer_load(t->scorer, s->at.weights, t->active));
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
        s->at.best_accuracy = found.accuracy;
        s->at.best_loss = found.loss;
        s->at.best_epoch = (int32_t)s->at.epochs;
        memcpy(s->at.best, s->at.weights->data, s->at.weights->count * sizeof *s->at.best);
        memcpy(s->at.best_velocity, s->at.velocity->data,
               s->at.velocity->count * sizeof *s->at.best_velocity);
    }
    return BASE_OK;
}

static bool has_converged(const session *s)
{
    int32_t patience = s->training->config->train.patience;

    return patience > 0 && s->at.best_epoch >= 0 && (int32_t)s->at.epochs - s->at.best_epoch >= patience;
}

static base_status train_epochs(session *s)
{
    const base_config *config = s->training->config;
    char what[48], detail[96];
    base_progress progress;
    base_status status = BASE_OK;
    bool over = false;

    snprintf(what, sizeof what, "round %d training", s->training->round);
    progress = base_progress_start(what, "steps", (size_t)s->steps);
    while (status == BASE_OK && !over) {
        bool last = s->at.epochs + 1 == (size_t)config->train.epochs;

        over = last;
        status = train_epoch(s, &progress);
        if (status == BASE_OK && (last || (s->at.epochs + 1) % (size_t)config->train.validate == 0)) {
            status = collect_weights(s);
            if (status == BASE_OK)
                status = validate(s);
            over = over || has_converged(s);
        }
        s->at.epochs += status == BASE_OK;
    }
    if (status != BASE_OK)
        return status;
    snprintf(detail, sizeof detail, "best validation accuracy %.4f in epoch %d of %zu", s->at.best_accuracy,
             s->at.best_epoch, s->at.epochs);
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
                           .guide = t->guide,
                           .sampler = &s->sampler,
                           .begin = s->at.step,
                           .end = s->steps};

    if (!trains(s))
        return BASE_OK;
    nn_network_map_size(s->network, &source.height, &source.width);
    comm_reduce_range(s->reduce, &source.first, &source.count);
    return learn_prefetch_create(&source, &s->prefetch);
}

/* Go on where an earlier job stopped. */
static base_status take_up(session *s, const learn_progress *from)
{
    learn_progress *at = &s->at;

    if (from->step < 0 || from->step > s->steps ||
        from->epochs >= (size_t)s->training->config->train.epochs ||
        (int64_t)from->epochs > from->step / s->epoch_steps ||
        from->step > (int64_t)(from->epochs + 1) * s->epoch_steps) {
        base_log_error(
            "round %d cannot go on after %lld steps and %zu epochs: it has %lld steps, %lld an epoch",
            s->training->round, (long long)from->step, from->epochs, (long long)s->steps,
            (long long)s->epoch_steps);
        return BASE_ERR_INPUT;
    }
    at->step = from->step;
    at->epochs = from->epochs;
    memcpy(at->epoch, from->epoch, from->epochs * sizeof *at->epoch);
    at->loss = from->loss;
    at->correct = from->correct;
    at->rate = from->rate;
    at->best_epoch = from->best_epoch;
    at->best_accuracy = from->best_accuracy;
    at->best_loss = from->best_loss;
    if (from->best_epoch >= 0) {
        memcpy(at->best, from->best, at->weights->count * sizeof *at->best);
        memcpy(at->best_velocity, from->best_velocity, at->velocity->count * sizeof *at->best_velocity);
    }
    return BASE_OK;
}

static base_status open_session(session *s)
{
    const learn_training *t = s->training;
    const base_config *config = t->config;
    learn_progress *at = &s->at;
    base_status status;

    status = learn_sampler_create(t->labelled->sample, t->labels, t->copies, t->labelled->count, t->active,
                                  t->table->classes, (size_t)config->train.batch, config->run.seed,
                                  (uint32_t)t->round, &s->sampler);
    if (status != BASE_OK)
        return status;
    s->epoch_steps = learn_sampler_steps(&s->sampler);
    s->steps = s->epoch_steps * config->train.epochs;
    s->kept = base_progress_clock();
    at->epoch = calloc((size_t)config->train.epochs, sizeof *at->epoch);
    at->best = aligned_alloc(64, (at->weights->count * sizeof(float) + 63) / 64 * 64);
    at->best_velocity = aligned_alloc(64, (at->velocity->count * sizeof(float) + 63) / 64 * 64);
    if (!at->epoch || !at->best || !at->best_velocity) {
        base_log_error("out of memory for training on %zu samples", t->labelled->count);
        return BASE_ERR_MEMORY;
    }
    if (t->resume != NULL)
        status = take_up(s, t->resume);
    if (status == BASE_OK)
        status = nn_network_load(s->network, at->weights, at->velocity);
    return status == BASE_OK ? start_prefetch(s) : status;
}

static void close_session(session *s)
{
    learn_prefetch_destroy(&s->prefetch);
    learn_sampler_destroy(&s->sampler);
    free(s->at.epoch);
    free(s->at.best);
    free(s->at.best_velocity);
}

base_status learn_train(const learn_training *training, nn_network *network, comm_reduce *reduce,
                        nn_weights *weights, nn_weights *velocity, store_epoch **epochs, size_t *count,
                        int32_t *best)
{
    session s = {.training = training,
                 .network = network,
                 .reduce = reduce,
                 .at = {.weights = weights, .velocity = velocity, .best_epoch = -1}};
    base_status status = comm_agree(training->world, open_session(&s));

    if (status == BASE_OK)
        status = train_epochs(&s);
    if (status == BASE_OK) {
        memcpy(weights->data, s.at.best, weights->count * sizeof *weights->data);
        memcpy(velocity->data, s.at.best_velocity, velocity->count * sizeof *velocity->data);
        *epochs = s.at.epoch;
        *count = s.at.epochs;
        *best = s.at.best_epoch;
        s.at.epoch = NULL;
    }
    close_session(&s);
    return status;
}
