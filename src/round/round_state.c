#include "round_state.h"
#include "base_log.h"
#include "round_tensors.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

base_status round_state_create(const store_table *table, const nn_graph *graph, round_state *state)
{
    round_state made = {.samples = table->samples, .classes = table->classes};
    base_status status;
    size_t i;

    made.pool_state = calloc(made.samples, sizeof *made.pool_state);
    made.pool_round = calloc(made.samples, sizeof *made.pool_round);
    made.pool_copies = calloc(made.samples, sizeof *made.pool_copies);
    made.pool_label = calloc(made.samples, sizeof *made.pool_label);
    made.class_state = calloc(made.classes, sizeof *made.class_state);
    made.predicted = calloc(made.samples, sizeof *made.predicted);
    if (!made.pool_state || !made.pool_round || !made.pool_copies || !made.pool_label || !made.class_state ||
        !made.predicted) {
        base_log_error("out of memory for the state of %zu samples", made.samples);
        status = BASE_ERR_MEMORY;
        goto err_destroy;
    }
    status = nn_weights_create(graph, &made.weights);
    if (status == BASE_OK)
        status = nn_weights_create(graph, &made.velocity);
    if (status != BASE_OK)
        goto err_destroy;
    for (i = 0; i < made.samples; i++) {
        made.pool_state[i] =
            table->split[i] == STORE_SPLIT_TRAIN ? STORE_POOL_UNLABELLED : STORE_POOL_OUTSIDE;
        made.pool_round[i] = -1;
        made.pool_label[i] = STORE_LABEL_UNKNOWN;
        made.predicted[i] = -1;
    }
    made.agreement = NAN;
    for (i = 0; i < made.classes; i++) {
        made.class_state[i].decided_round = -1;
        made.class_state[i].labels_needed = -1;
        made.class_state[i].validation_accuracy = made.class_state[i].best_validation_accuracy = -1;
    }
    *state = made;
    return BASE_OK;

err_destroy:
    round_state_destroy(&made);
    return status;
}

void round_state_destroy(round_state *state)
{
    if (!state)
        return;
    free(state->pool_state);
    free(state->pool_round);
    free(state->pool_copies);
    free(state->pool_label);
    free(state->class_state);
    free(state->answer);
    free(state->predicted);
    select_history_destroy(&state->history);
    nn_weights_destroy(&state->weights);
    nn_weights_destroy(&state->velocity);
    memset(state, 0, sizeof *state);
}

static void label_sample(round_state *state, int64_t sample, int32_t label, int32_t round, int32_t copies)
{
    state->pool_state[sample] = STORE_POOL_LABELLED;
    state->pool_label[sample] = label;
    state->pool_round[sample] = round;
    state->pool_copies[sample] = copies;
}

base_status round_state_begin(round_state *state, const base_config *config, oracle *answers)
{
    int64_t *samples = NULL;
    int32_t *labels = NULL;
    size_t count = 0, i, pool;
    base_status status =
        oracle_draw_initial(answers, config->data.initial, config->run.seed, &samples, &count);

    if (status != BASE_OK)
        return status;
    labels = calloc(count + 1, sizeof *labels);
    if (!labels) {
        base_log_error("out of memory for %zu labels", count);
        status = BASE_ERR_MEMORY;
        goto done;
    }
    status = oracle_initial(answers, samples, count, labels);
    for (i = 0; status == BASE_OK && i < count; i++)
        label_sample(state, samples[i], labels[i], 0, 1);
    pool = round_state_count(state, STORE_POOL_UNLABELLED);
    if (status == BASE_OK && config->run.rounds > 0 && pool == 0) {
        base_log_error(
            "data.initial is %g: it leaves no sample in the pool to choose; give less, or run.rounds: "
            "0 to train once",
            config->data.initial);
        status = BASE_ERR_USAGE;
    } else if (status == BASE_OK && config->run.rounds > 0 && (uint64_t)config->data.budget > pool) {
        base_log_error("data.budget is %" PRId64
                       ", but only %zu samples are in the pool: allowed are 1 to %zu",
                       config->data.budget, pool, pool);
        status = BASE_ERR_USAGE;
    }
done:
    free(labels);
    free(samples);
    return status;
}

base_status round_state_resume(round_state *state, const store_round *round, const char *digest)
{
    base_status status;

    if (round->samples != state->samples || round->classes != state->classes) {
        base_log_error("round %" PRId32 " is of %zu samples in %zu classes, the data set has %zu in %zu",
                       round->index, round->samples, round->classes, state->samples, state->classes);
        return BASE_ERR_INPUT;
    }
    status =
        round_tensors_take(&state->weights, round->model, round->model_tensors, false, state->weights.data);
    if (status == BASE_OK)
        status = round_tensors_take(&state->velocity, round->optimizer, round->optimizer_tensors, true,
                                    state->velocity.data);
    if (status != BASE_OK)
        return status;
    memcpy(state->pool_state, round->pool_state, state->samples * sizeof *state->pool_state);
    memcpy(state->pool_round, round->pool_round, state->samples * sizeof *state->pool_round);
    memcpy(state->pool_copies, round->pool_copies, state->samples * sizeof *state->pool_copies);
    memcpy(state->pool_label, round->pool_label, state->samples * sizeof *state->pool_label);
    memcpy(state->class_state, round->class_state, state->classes * sizeof *state->class_state);
    memcpy(state->start_digest, round->start_digest, sizeof state->start_digest);
    memcpy(state->parent_digest, digest, sizeof state->parent_digest);
    state->next = round->index + 1;
    return BASE_OK;
}

void round_state_broadcast(round_state *state, const comm_world *world)
{
    comm_broadcast(world, &state->next, sizeof state->next);
    comm_broadcast(world, &state->stopped, sizeof state->stopped);
    comm_broadcast(world, state->pool_state, state->samples * sizeof *state->pool_state);
    comm_broadcast(world, state->pool_round, state->samples * sizeof *state->pool_round);
    comm_broadcast(world, state->pool_copies, state->samples * sizeof *state->pool_copies);
    comm_broadcast(world, state->pool_label, state->samples * sizeof *state->pool_label);
    comm_broadcast(world, state->class_state, state->classes * sizeof *state->class_state);
    comm_broadcast(world, state->weights.data, state->weights.count * sizeof *state->weights.data);
    comm_broadcast(world, state->velocity.data, state->velocity.count * sizeof *state->velocity.data);
    comm_broadcast(world, state->parent_digest, sizeof state->parent_digest);
}

size_t round_state_label(round_state *state, const store_query *queries, size_t count,
                         const base_config *config)
{
    size_t i, answered = 0;

    for (i = 0; i < count; i++) {
        if (queries[i].answer == STORE_LABEL_CANT_TELL && config->oracle.cant_tell == BASE_CANT_TELL_ASIDE)
            state->pool_state[queries[i].sample] = STORE_POOL_ASIDE;
        if (queries[i].answer < 0)
            continue;
        label_sample(state, queries[i].sample, queries[i].answer, state->next, config->select.copies);
        answered++;
    }
    return answered;
}

void round_state_active(const round_state *state, uint8_t *active)
{
    size_t c;

    for (c = 0; c < state->classes; c++)
        active[c] = state->class_state[c].status != STORE_CLASS_EXCLUDED;
}

size_t round_state_count(const round_state *state, store_pool_state which)
{
    size_t i, count = 0;

    for (i = 0; i < state->samples; i++)
        count += state->pool_state[i] == which;
    return count;
}
