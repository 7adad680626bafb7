#include "store_round.h"
#include "base_log.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* calloc that may be asked for nothing. */
static void *array(size_t count, size_t size)
{
    return calloc(count > 0 ? count : 1, size);
}

base_status store_round_create(size_t samples, size_t classes, size_t scores, size_t queries,
                               size_t evaluations, size_t epochs, store_round *round)
{
    store_round made = {.samples = samples,
                        .classes = classes,
                        .scores = scores,
                        .queries = queries,
                        .evaluations = evaluations,
                        .epochs = epochs,
                        .agreement = NAN};

    made.pool_state = array(samples, sizeof *made.pool_state);
    made.pool_round = array(samples, sizeof *made.pool_round);
    made.pool_copies = array(samples, sizeof *made.pool_copies);
    made.pool_label = array(samples, sizeof *made.pool_label);
    made.score = array(scores, sizeof *made.score);
    made.query = array(queries, sizeof *made.query);
    made.evaluation = array(evaluations, sizeof *made.evaluation);
    made.class_state = array(classes, sizeof *made.class_state);
    made.class_name = array(classes, sizeof *made.class_name);
    made.epoch = array(epochs, sizeof *made.epoch);
    made.validation_confusion = array(classes, classes * sizeof *made.validation_confusion);
    made.test_confusion = array(classes, classes * sizeof *made.test_confusion);
    if (!made.pool_state || !made.pool_round || !made.pool_copies || !made.pool_label || !made.score ||
        !made.query || !made.evaluation || !made.class_state || !made.class_name || !made.epoch ||
        !made.validation_confusion || !made.test_confusion) {
        base_log_error("round: out of memory for %zu samples in %zu classes, %zu scores, %zu queries",
                       samples, classes, scores, queries);
        store_round_destroy(&made);
        return BASE_ERR_MEMORY;
    }
    *round = made;
    return BASE_OK;
}

void store_round_destroy(store_round *round)
{
    if (!round)
        return;
    free(round->test_confusion);
    free(round->validation_confusion);
    free(round->epoch);
    free(round->class_name);
    free(round->class_state);
    free(round->evaluation);
    free(round->answer);
    free(round->query);
    free(round->score);
    free(round->pool_label);
    free(round->pool_copies);
    free(round->pool_round);
    free(round->pool_state);
    free(round->plan);
    free(round->config);
    store_tensor_list_destroy(&round->optimizer, round->optimizer_tensors);
    store_tensor_list_destroy(&round->model, round->model_tensors);
    memset(round, 0, sizeof *round);
}

bool store_round_trained(const store_round *round, size_t c)
{
    const store_class *state = &round->class_state[c];
    bool fresh = state->decided_round == round->index;

    return state->status == STORE_CLASS_EXCLUDED ? fresh : !(state->reason == STORE_REASON_RETURNED && fresh);
}

void store_round_active(const store_round *round, uint8_t *active)
{
    size_t c;

    for (c = 0; c < round->classes; c++)
        active[c] = store_round_trained(round, c);
}

size_t store_tensor_count(const store_tensor *tensor)
{
    size_t count = 1;
    int32_t i;

    for (i = 0; i < tensor->rank; i++)
        count *= (size_t)tensor->dims[i];
    return count;
}

const store_tensor *store_tensor_find(const store_tensor *list, int32_t count, const char *name)
{
    int32_t i;

    for (i = 0; i < count; i++) {
        if (strcmp(list[i].name, name) == 0)
            return &list[i];
    }
    return NULL;
}

/* A rank of 1 to 4, positive dimensions whose product fits. */
static base_status check_tensor(const store_tensor *tensor)
{
    size_t bytes = sizeof(float);
    bool ok = tensor->rank >= 1 && tensor->rank <= 4;
    int32_t i;

    for (i = 0; ok && i < tensor->rank; i++)
        ok = tensor->dims[i] > 0 && !__builtin_mul_overflow(bytes, (size_t)tensor->dims[i], &bytes);
    if (ok && tensor->name[0] != 0 && !strchr(tensor->name, '/'))
        return BASE_OK;
    base_log_error(
        "tensor \"%s\" has rank %d and dimensions %lld,%lld,%lld,%lld: allowed are a name without slash, "
        "1 to 4 positive dimensions",
        tensor->name, (int)tensor->rank, (long long)tensor->dims[0], (long long)tensor->dims[1],
        (long long)tensor->dims[2], (long long)tensor->dims[3]);
    return BASE_ERR_INTERNAL;
}

base_status store_tensor_list_create(const store_tensor *like, int32_t count, store_tensor **out)
{
    store_tensor *list = array((size_t)count, sizeof *list);
    base_status status = list ? BASE_OK : BASE_ERR_MEMORY;
    int32_t i;

    for (i = 0; i < count && status == BASE_OK; i++) {
        status = check_tensor(&like[i]);
        if (status != BASE_OK)
            break;
        list[i] = like[i];
        list[i].data = calloc(store_tensor_count(&like[i]), sizeof *list[i].data);
        if (!list[i].data)
            status = BASE_ERR_MEMORY;
    }
    if (status == BASE_OK) {
        *out = list;
        return BASE_OK;
    }
    if (status == BASE_ERR_MEMORY)
        base_log_error("out of memory for %d tensors", (int)count);
    store_tensor_list_destroy(&list, i);
    return status;
}

void store_tensor_list_destroy(store_tensor **list, int32_t count)
{
    int32_t i;

    if (!list || !*list)
        return;
    for (i = 0; i < count; i++)
        free((*list)[i].data);
    free(*list);
    *list = NULL;
}
