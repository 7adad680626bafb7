#include "nn_fold.h"
#include <math.h>
#include <string.h>

#define NORM_EPSILON 1e-5

/* Node `index` is the output of this convolution and norm. */
static void fold_pair(const nn_graph *graph, int32_t norm, nn_folded *folded)
{
    folded->norm = norm;
    folded->convolution = graph->nodes[norm].input;
    folded->source = graph->nodes[folded->convolution].input;
}

void nn_fold_graph(const nn_graph *graph, nn_folded *folded)
{
    int32_t i;

    memset(folded, 0, (size_t)graph->count * sizeof *folded);
    for (i = 0; i < graph->count; i++) {
        const nn_node *node = &graph->nodes[i];

        folded[i] = (nn_folded){node->op != NN_OP_CONVOLUTION, node->input, -1, -1, -1, node->relu, 0};
        if (node->op == NN_OP_BATCH_NORM)
            fold_pair(graph, i, &folded[i]);
        if (node->op == NN_OP_ADD) {
            fold_pair(graph, node->input, &folded[i]);
            folded[i].residual = node->other;
            folded[node->input].present = false;
        }
    }
    for (i = 1; i < graph->count; i++) {
        if (!folded[i].present)
            continue;
        folded[folded[i].source].users++;
        if (folded[i].residual >= 0)
            folded[folded[i].residual].users++;
    }
}

const nn_tensor *nn_fold_find(const nn_weights *weights, int32_t node, nn_tensor_kind kind)
{
    int32_t t;

    for (t = 0; t < weights->tensors; t++)
        if (weights->tensor[t].node == node && weights->tensor[t].kind == kind)
            return &weights->tensor[t];
    return NULL;
}

void nn_fold_weights(const nn_weights *weights, const nn_folded *folded, float *kernel, float *bias)
{
    const nn_tensor *tensor = nn_fold_find(weights, folded->convolution, NN_TENSOR_CONVOLUTION);
    const float *from = weights->data + tensor->offset;
    const float *scale = weights->data + nn_fold_find(weights, folded->norm, NN_TENSOR_NORM_SCALE)->offset;
    const float *shift = weights->data + nn_fold_find(weights, folded->norm, NN_TENSOR_NORM_SHIFT)->offset;
    const float *mean = weights->data + nn_fold_find(weights, folded->norm, NN_TENSOR_NORM_MEAN)->offset;
    const float *variance = weights->data + nn_fold_find(weights, folded->norm, NN_TENSOR_NORM_VAR)->offset;
    size_t channels = (size_t)tensor->dims[0], each = tensor->count / channels, c, i;

    for (c = 0; c < channels; c++) {
        double factor = scale[c] / sqrt(variance[c] + NORM_EPSILON);

        for (i = c * each; i < (c + 1) * each; i++)
            kernel[i] = (float)(from[i] * factor);
        bias[c] = (float)(shift[c] - mean[c] * factor);
    }
}
