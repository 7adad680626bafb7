#include "nn_gradcam.h"
#include "base_log.h"
#include "base_progress.h"
#include "nn_scorer.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static base_status load_convolution(nn_gradcam *gradcam, int32_t i, const nn_weights *weights, float *kernel)
{
    nn_score_unit *unit = &gradcam->unit[i];
    const nn_tensor *tensor = nn_fold_find(weights, gradcam->folded[i].convolution, NN_TENSOR_CONVOLUTION);
    dnnl_memory_desc_t plain;
    base_status status = nn_layers_plain(tensor->rank, tensor->dims, &plain);
    int pass;

    nn_fold_weights(weights, &gradcam->folded[i], kernel, unit->bias_data);
    for (pass = NN_PASS_FORWARD; pass <= NN_PASS_BACKWARD_DATA && status == BASE_OK; pass++)
        if (unit->weights[pass].memory != NULL)
            status = nn_primitive_translate(gradcam->engine, &plain, kernel, &unit->weights[pass].desc,
                                            unit->weights_data[pass]);
    return status;
}

static void load_linear(nn_gradcam *gradcam, int32_t i, const nn_weights *weights)
{
    const nn_tensor *matrix = nn_fold_find(weights, i, NN_TENSOR_LINEAR);
    const nn_tensor *bias = nn_fold_find(weights, i, NN_TENSOR_BIAS);
    nn_score_unit *unit = &gradcam->unit[i];

    memcpy(unit->weights_data[NN_PASS_FORWARD], weights->data + matrix->offset,
           matrix->count * sizeof(float));
    memcpy(unit->bias_data, weights->data + bias->offset, bias->count * sizeof(float));
}

static base_status check_finite(const nn_weights *weights)
{
    int32_t t;
    size_t i;

    for (t = 0; t < weights->tensors; t++)
        for (i = 0; i < weights->tensor[t].count; i++)
            if (!isfinite(weights->data[weights->tensor[t].offset + i])) {
                base_log_error("nn: element %zu of %s is %g", i, weights->tensor[t].name,
                               (double)weights->data[weights->tensor[t].offset + i]);
                return BASE_ERR_NUMERIC;
            }
    return BASE_OK;
}

base_status nn_gradcam_load(nn_gradcam *gradcam, const nn_weights *weights)
{
    base_status status = check_finite(weights);
    size_t largest = 0;
    float *kernel;
    int32_t i;

    if (status != BASE_OK)
        return status;
    for (i = 0; i < weights->tensors; i++)
        if (weights->tensor[i].count > largest)
            largest = weights->tensor[i].count;
    status = nn_engine_allocate(largest, &kernel);
    if (status != BASE_OK)
        return status;
    nn_engine_enter(gradcam->engine);
    for (i = 0; i < gradcam->graph.count && status == BASE_OK; i++)
        if (gradcam->graph.nodes[i].op == NN_OP_LINEAR)
            load_linear(gradcam, i, weights);
        else if (gradcam->folded[i].present && gradcam->folded[i].convolution >= 0)
            status = load_convolution(gradcam, i, weights, kernel);
    free(kernel);
    return status;
}

base_status nn_gradcam_run(nn_gradcam *gradcam, const float *images, float *logits)
{
    size_t count = (size_t)gradcam->batch * (size_t)gradcam->graph.classes, i;
    const nn_listener listener = {.profile = gradcam->profile};
    double start = base_progress_clock();
    base_status status;

    nn_engine_enter(gradcam->engine);
    status = nn_array_point(&gradcam->images, (void *)(uintptr_t)images); /* only read */
    if (status == BASE_OK)
        status = nn_program_run(gradcam->engine, &gradcam->forward, &listener);
    if (status != BASE_OK)
        return status;
    for (i = 0; i < count; i++)
        if (!isfinite(gradcam->logits[i])) {
            base_log_error("nn: logit of class %zu of sample %zu of a batch is %g",
                           i % (size_t)gradcam->graph.classes, i / (size_t)gradcam->graph.classes,
                           (double)gradcam->logits[i]);
            return BASE_ERR_NUMERIC;
        }
    memcpy(logits, gradcam->logits, count * sizeof *logits);
    if (gradcam->profile != NULL) {
        gradcam->profile->total += base_progress_clock() - start;
        gradcam->profile->calls++;
    }
    return BASE_OK;
}

void nn_gradcam_map_size(const nn_gradcam *gradcam, int32_t *height, int32_t *width)
{
    *height = gradcam->graph.nodes[gradcam->target].height;
    *width = gradcam->graph.nodes[gradcam->target].width;
}

static base_status check_classes(const nn_gradcam *gradcam, const int32_t *classes)
{
    int32_t b;

    for (b = 0; b < gradcam->batch; b++)
        if (classes[b] < 0 || classes[b] >= gradcam->graph.classes) {
            base_log_error("nn: heat map of class %d for sample %d, classes are 0 to %d", classes[b], b,
                           gradcam->graph.classes - 1);
            return BASE_ERR_INTERNAL;
        }
    return BASE_OK;
}

base_status nn_gradcam_maps_backward(nn_gradcam *gradcam, const int32_t *classes, float *maps)
{
    size_t row = (size_t)gradcam->graph.classes;
    base_status status = check_classes(gradcam, classes);
    int32_t b;

    if (status != BASE_OK)
        return status;
    memset(gradcam->one_hot, 0, (size_t)gradcam->batch * row * sizeof *gradcam->one_hot);
    for (b = 0; b < gradcam->batch; b++)
        gradcam->one_hot[(size_t)b * row + (size_t)classes[b]] = 1;
    nn_engine_enter(gradcam->engine);
    status = nn_program_run(gradcam->engine, &gradcam->backward, NULL);
    if (status != BASE_OK)
        return status;
    nn_heat_mean(&gradcam->gradient, gradcam->alpha);
    nn_heat_maps(&gradcam->activation, gradcam->alpha, maps);
    return BASE_OK;
}

/* dY^c/dA_k is w_ck / Z at each of the Z positions, and so is its mean. */
static void closed_form_alpha(nn_gradcam *gradcam, const int32_t *classes)
{
    const nn_score_unit *head = &gradcam->unit[gradcam->graph.count - 1];
    int64_t channels = gradcam->activation.channels, b, k;

    for (b = 0; b < gradcam->batch; b++) {
        const float *weights = head->weights_data[NN_PASS_FORWARD] + classes[b] * channels;

        for (k = 0; k < channels; k++)
            gradcam->alpha[b * channels + k] = weights[k] / (float)gradcam->activation.positions;
    }
}

base_status nn_gradcam_maps(nn_gradcam *gradcam, const int32_t *classes, float *maps)
{
    double start = base_progress_clock();
    base_status status;

    if (!nn_gradcam_is_closed_form(gradcam))
        return nn_gradcam_maps_backward(gradcam, classes, maps);
    status = check_classes(gradcam, classes);
    if (status != BASE_OK)
        return status;
    nn_engine_enter(gradcam->engine);
    closed_form_alpha(gradcam, classes);
    nn_heat_maps(&gradcam->activation, gradcam->alpha, maps);
    if (gradcam->profile != NULL) {
        gradcam->profile->loops += base_progress_clock() - start;
        gradcam->profile->total += base_progress_clock() - start;
    }
    return BASE_OK;
}

/* The node that feeds the linear head. */
static int32_t pool_of(const nn_gradcam *gradcam)
{
    return gradcam->folded[gradcam->graph.count - 1].source;
}

size_t nn_gradcam_width(const nn_gradcam *gradcam, bool heated)
{
    return (size_t)gradcam->graph.nodes[heated ? gradcam->target : pool_of(gradcam)].channels;
}

void nn_gradcam_features(const nn_gradcam *gradcam, float *features)
{
    size_t count = (size_t)gradcam->batch * nn_gradcam_width(gradcam, false), i;
    const void *data = nn_buffers_data(&gradcam->buffers, gradcam->unit[pool_of(gradcam)].slot);

    if (gradcam->form.dtype == NN_DTYPE_F32) {
        memcpy(features, data, count * sizeof *features);
        return;
    }
    for (i = 0; i < count; i++) { /* bf16 is the upper half of an f32 */
        uint32_t bits = (uint32_t)((const uint16_t *)data)[i] << 16;

        memcpy(&features[i], &bits, sizeof bits);
    }
}

void nn_gradcam_heated(const nn_gradcam *gradcam, const float *maps, float *features)
{
    nn_heat_features(&gradcam->activation, maps, features);
}

void nn_gradcam_measure(nn_gradcam *gradcam, nn_profile *profile)
{
    gradcam->profile = profile;
}

base_status nn_gradcam_limit(nn_gradcam *gradcam, int repeats, nn_profile *limit)
{
    memset(limit, 0, sizeof *limit);
    limit->calls = 1;
    if (!nn_array_is_placed(&gradcam->images)) {
        base_log_error("nn: the limit of a batch is measured after a batch");
        return BASE_ERR_INTERNAL;
    }
    nn_engine_enter(gradcam->engine);
    return nn_program_limit(gradcam->engine, &gradcam->forward, repeats, limit);
}

bool nn_gradcam_is_closed_form(const nn_gradcam *gradcam)
{
    return gradcam->target == gradcam->graph.last;
}

const char *nn_gradcam_plan(const nn_gradcam *gradcam)
{
    return gradcam->text.text;
}
