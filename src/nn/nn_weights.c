#include "nn_weights.h"
#include "base_log.h"
#include "base_memory.h"
#include "base_random.h"
#include "nn_primitive.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The tensors of one kind of node, in torchvision's order. */
typedef struct form {
    const char *suffix;
    nn_tensor_kind kind;
} form;

static const form convolution_forms[] = {{"weight", NN_TENSOR_CONVOLUTION}};
static const form norm_forms[] = {{"weight", NN_TENSOR_NORM_SCALE}, {"bias", NN_TENSOR_NORM_SHIFT}};
static const form statistics_forms[] = {{"running_mean", NN_TENSOR_NORM_MEAN},
                                        {"running_var", NN_TENSOR_NORM_VAR}};
static const form linear_forms[] = {{"weight", NN_TENSOR_LINEAR}, {"bias", NN_TENSOR_BIAS}};

static int32_t find_forms(nn_op op, bool trained, const form **forms)
{
    switch (op) {
    case NN_OP_CONVOLUTION:
        *forms = convolution_forms;
        return trained ? 1 : 0;
    case NN_OP_BATCH_NORM:
        *forms = trained ? norm_forms : statistics_forms;
        return 2;
    case NN_OP_LINEAR:
        *forms = linear_forms;
        return trained ? 2 : 0;
    default:
        *forms = NULL;
        return 0;
    }
}

static void shape(const nn_graph *graph, const nn_node *node, nn_tensor *tensor)
{
    int64_t inputs = graph->nodes[node->input].channels;

    tensor->rank = 1;
    tensor->dims[0] = node->channels;
    if (tensor->kind == NN_TENSOR_CONVOLUTION || tensor->kind == NN_TENSOR_LINEAR) {
        tensor->rank = 2;
        tensor->dims[1] = inputs;
    }
    if (tensor->kind == NN_TENSOR_CONVOLUTION) {
        tensor->rank = 4;
        tensor->dims[2] = tensor->dims[3] = node->kernel;
    }
}

/* Append the trained tensors or the running statistics of all nodes. */
static void append(const nn_graph *graph, bool trained, nn_weights *weights)
{
    int32_t i, j, k;

    for (i = 0; i < graph->count; i++) {
        const form *forms;
        int32_t count = find_forms(graph->nodes[i].op, trained, &forms);

        for (j = 0; j < count; j++) {
            nn_tensor *tensor = &weights->tensor[weights->tensors++];

            snprintf(tensor->name, sizeof tensor->name, "%s.%s", graph->nodes[i].name, forms[j].suffix);
            tensor->kind = forms[j].kind;
            tensor->node = i;
            shape(graph, &graph->nodes[i], tensor);
            tensor->count = 1;
            for (k = 0; k < tensor->rank; k++)
                tensor->count *= (size_t)tensor->dims[k];
            tensor->offset = weights->count;
            weights->count += tensor->count;
        }
    }
}

base_status nn_weights_describe(const nn_graph *graph, nn_weights *weights)
{
    nn_weights made = {0, NULL, 0, 0, NULL};

    made.tensor = calloc((size_t)graph->count * 4, sizeof *made.tensor);
    if (made.tensor == NULL) {
        base_log_error("nn: no memory for the table of %d nodes", graph->count);
        return BASE_ERR_MEMORY;
    }
    append(graph, true, &made);
    made.trained = made.count;
    append(graph, false, &made);
    *weights = made;
    return BASE_OK;
}

base_status nn_weights_create(const nn_graph *graph, nn_weights *weights)
{
    nn_weights made;
    base_status status = nn_weights_describe(graph, &made);
    void *data;

    if (status != BASE_OK)
        return status;
    data = base_memory_take(made.count * sizeof *made.data);
    if (data == NULL) {
        base_log_error("nn: no memory for %zu weights", made.count);
        free(made.tensor);
        return BASE_ERR_MEMORY;
    }
    memset(data, 0, made.count * sizeof *made.data);
    made.data = data;
    *weights = made;
    return BASE_OK;
}

static void fill(float *data, size_t count, float value)
{
    size_t i;

    for (i = 0; i < count; i++)
        data[i] = value;
}

/* He et al., arXiv 1502.01852: deviation sqrt(2 / fan-out). Each element has its own place in counter space.
 */
static void fill_normal(float *data, const nn_tensor *tensor, uint64_t seed, uint32_t place)
{
    double deviation = sqrt(2.0 / (double)(tensor->dims[0] * tensor->dims[2] * tensor->dims[3]));
    int64_t i, count = (int64_t)tensor->count;

#pragma omp parallel for schedule(static)
    for (i = 0; i < count; i++) {
        base_random random = base_random_at(seed, BASE_RANDOM_WEIGHTS, 0, place, (uint64_t)i);

        data[i] = (float)(deviation * base_random_normal(&random));
    }
}

static void fill_uniform(float *data, size_t count, double bound, uint64_t seed, uint32_t place)
{
    size_t i;

    for (i = 0; i < count; i++) {
        base_random random = base_random_at(seed, BASE_RANDOM_WEIGHTS, 0, place, i);

        data[i] = (float)(bound * (2 * base_random_unit(&random) - 1));
    }
}

void nn_weights_initialise(nn_weights *weights, uint64_t seed)
{
    double bound = 0; /* of the linear layer, whose bias follows its weight */
    int32_t t;

    for (t = 0; t < weights->tensors; t++) {
        const nn_tensor *tensor = &weights->tensor[t];
        float *data = weights->data + tensor->offset;

        switch (tensor->kind) {
        case NN_TENSOR_CONVOLUTION:
            fill_normal(data, tensor, seed, (uint32_t)t);
            break;
        case NN_TENSOR_NORM_SCALE:
        case NN_TENSOR_NORM_VAR:
            fill(data, tensor->count, 1);
            break;
        case NN_TENSOR_NORM_SHIFT:
        case NN_TENSOR_NORM_MEAN:
            fill(data, tensor->count, 0);
            break;
        case NN_TENSOR_LINEAR:
            bound = 1 / sqrt((double)tensor->dims[1]);
            fill_uniform(data, tensor->count, bound, seed, (uint32_t)t);
            break;
        case NN_TENSOR_BIAS:
            fill_uniform(data, tensor->count, bound, seed, (uint32_t)t);
            break;
        }
    }
}

const nn_tensor *nn_weights_find(const nn_weights *weights, const char *name)
{
    int32_t t;

    for (t = 0; t < weights->tensors; t++)
        if (strcmp(weights->tensor[t].name, name) == 0)
            return &weights->tensor[t];
    return NULL;
}

bool nn_tensor_fits(const nn_tensor *tensor, int32_t rank, const int64_t *dims)
{
    return rank == tensor->rank && memcmp(dims, tensor->dims, (size_t)rank * sizeof *dims) == 0;
}

bool nn_weights_decays(nn_tensor_kind kind)
{
    return kind == NN_TENSOR_CONVOLUTION || kind == NN_TENSOR_LINEAR;
}

void nn_weights_destroy(nn_weights *weights)
{
    if (weights == NULL)
        return;
    free(weights->tensor);
    free(weights->data);
    memset(weights, 0, sizeof *weights);
}
