#include "nn_network.h"
#include "base_file.h"
#include "base_log.h"
#include "base_progress.h"
#include "nn_loss.h"
#include "nn_optimizer.h"
#include "nn_replica.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NORM_MOMENTUM 0.1

base_status nn_network_load(nn_network *network, const nn_weights *weights, const nn_weights *velocity)
{
    nn_parameters *parameters = &network->parameters;
    base_status status;

    nn_engine_enter(network->engine);
    status = nn_parameters_import(network->engine, parameters, weights, false, parameters->weights);
    if (status != BASE_OK)
        return status;
    memset(parameters->velocity, 0, parameters->trained * sizeof *parameters->velocity);
    if (velocity != NULL)
        status = nn_parameters_import(network->engine, parameters, velocity, true, parameters->velocity);
    if (status != BASE_OK)
        return status;
    return nn_program_run(network->engine, &network->refresh, NULL);
}

base_status nn_network_save(nn_network *network, nn_weights *weights, nn_weights *velocity)
{
    const nn_parameters *parameters = &network->parameters;
    base_status status;

    nn_engine_enter(network->engine);
    status = nn_parameters_export(network->engine, parameters, parameters->weights, false, weights);
    if (status != BASE_OK || velocity == NULL)
        return status;
    return nn_parameters_export(network->engine, parameters, parameters->velocity, true, velocity);
}

base_status nn_network_gradient_export(nn_network *network, const float *gradient, nn_weights *weights)
{
    nn_engine_enter(network->engine);
    return nn_parameters_export(network->engine, &network->parameters, gradient, true, weights);
}

size_t nn_network_gradient_count(const nn_network *network)
{
    return network->parameters.gradient_count;
}

void nn_network_map_size(const nn_network *network, int32_t *height, int32_t *width)
{
    *height = network->graph.nodes[network->graph.last].height;
    *width = network->graph.nodes[network->graph.last].width;
}

const float *nn_network_logits(const nn_network *network)
{
    return network->logits;
}

const char *nn_network_plan(const nn_network *network)
{
    return network->text.text;
}

static base_status check_labels(const nn_network *network, const int32_t *labels, const uint8_t *active)
{
    int32_t b, classes = network->graph.classes;

    for (b = 0; b < network->batch; b++)
        if (labels[b] < 0 || labels[b] >= classes || !active[labels[b]]) {
            base_log_error("nn: label %d of sample %d is not an active class of 0 to %d", labels[b], b,
                           classes - 1);
            return BASE_ERR_INTERNAL;
        }
    return BASE_OK;
}

/* The loss alone does not tell: a ReLU turns NaN into 0. The norms' statistics, whose place in a gradient
 * buffer lies before the loss, show it. */
static base_status check_finite(const nn_network *network, const float *gradient, double loss)
{
    const nn_parameters *parameters = &network->parameters;
    size_t i;

    if (!isfinite(loss)) {
        base_log_error("nn: the loss is %g; a lower train.rate may help", loss);
        return BASE_ERR_NUMERIC;
    }
    for (i = parameters->trained; i < parameters->count; i++)
        if (!isfinite(gradient[i])) {
            base_log_error("nn: a norm's batch statistic is %g; a lower train.rate may help",
                           (double)gradient[i]);
            return BASE_ERR_NUMERIC;
        }
    return BASE_OK;
}

/* Let everything that is written into the gradient buffer be written into this one. */
static base_status point_gradient(nn_network *network, float *gradient)
{
    base_status status = BASE_OK;
    int i;

    if (network->gradient == gradient)
        return BASE_OK;
    for (i = 0; i < network->riders && status == BASE_OK; i++)
        status = nn_array_point(&network->rider[i].array, gradient + network->rider[i].offset);
    if (status == BASE_OK)
        network->gradient = gradient;
    return status;
}

static base_status forward(nn_network *network, const float *images, float *gradient)
{
    const nn_listener listener = {.profile = network->profile};
    base_status status = nn_array_point(&network->images, (void *)(uintptr_t)images); /* only read */

    if (status == BASE_OK)
        status = point_gradient(network, gradient);
    if (status == BASE_OK)
        status = nn_program_run(network->engine, &network->forward, &listener);
    return status;
}

/* Loss and gradient of the logits, and all that is not a kernel's in the gradient buffer. */
static base_status judge(nn_network *network, const int32_t *labels, const nn_mix *mix,
                         const nn_in_mask *masks, const uint8_t *active, float smoothing, float *gradient)
{
    int32_t correct;
    double loss = nn_loss_softmax(network->logits, labels, mix, active, smoothing, network->batch,
                                  network->graph.classes, network->logits_gradient, &correct);

    network->map_labels = masks != NULL ? labels : NULL;
    if (masks != NULL)
        loss += nn_in_mask_loss(&network->last, network->head, labels, masks, network->slope);
    nn_parameters_clear_gaps(&network->parameters, gradient);
    gradient[network->parameters.loss] = (float)loss;
    gradient[network->parameters.correct] = (float)correct;
    return check_finite(network, gradient, loss);
}

base_status nn_network_gradient(nn_network *network, const float *images, const int32_t *labels,
                                const nn_mix *mix, const nn_in_mask *masks, const uint8_t *active,
                                float smoothing, float *gradient, const nn_ready *ready)
{
    nn_listener listener = {.profile = network->profile};
    double start = base_progress_clock();
    base_status status = check_labels(network, labels, active);

    if (status == BASE_OK && mix)
        status = check_labels(network, mix->other, active);
    if (status != BASE_OK)
        return status;
    nn_engine_enter(network->engine);
    status = forward(network, images, gradient);
    if (status == BASE_OK)
        status = judge(network, labels, mix, masks, active, smoothing, gradient);
    if (status != BASE_OK)
        return status;
    if (ready != NULL) {
        ready->call(ready->context, network->parameters.trained);
        listener.reached = ready->call;
        listener.context = ready->context;
    }
    status = nn_program_run(network->engine, &network->backward, &listener);
    if (network->profile != NULL) {
        network->profile->total += base_progress_clock() - start;
        network->profile->calls++;
    }
    return status;
}

void nn_network_measure(nn_network *network, nn_profile *profile)
{
    network->profile = profile;
}

base_status nn_network_limit(nn_network *network, int repeats, nn_profile *limit)
{
    base_status status;

    memset(limit, 0, sizeof *limit);
    if (!nn_array_is_placed(&network->images)) {
        base_log_error("nn: the limit of a step is measured after a step");
        return BASE_ERR_INTERNAL;
    }
    nn_engine_enter(network->engine);
    status = nn_program_limit(network->engine, &network->forward, repeats, limit);
    if (status == BASE_OK)
        status = nn_program_limit(network->engine, &network->backward, repeats, limit);
    if (status == BASE_OK)
        status = nn_program_limit(network->engine, &network->refresh, repeats, limit);
    limit->calls = 1;
    return status;
}

static void update_trained(nn_network *network, const float *gradient, float scale, double rate,
                           double momentum, double weight_decay)
{
    nn_parameters *parameters = &network->parameters;
    int32_t t;

    for (t = 0; t < parameters->table.tensors; t++) {
        const nn_segment *segment = &parameters->segment[t];
        bool decays = nn_weights_decays(parameters->table.tensor[t].kind);

        if (segment->offset >= parameters->trained)
            return;
        nn_optimizer_step(parameters->weights + segment->offset, parameters->velocity + segment->offset,
                          gradient + segment->offset, segment->floats, scale, (float)rate, (float)momentum,
                          decays ? (float)weight_decay : 0);
    }
}

/* Running statistics; a batch's variance over n values becomes the estimate over n - 1. */
static void update_statistics(nn_network *network, const float *gradient, double scale)
{
    nn_parameters *parameters = &network->parameters;
    int32_t t;
    size_t i;

    for (t = 0; t < parameters->table.tensors; t++) {
        const nn_tensor *tensor = &parameters->table.tensor[t];
        const nn_node *node = &network->graph.nodes[tensor->node];
        size_t offset = parameters->segment[t].offset;
        double values = (double)network->batch * node->height * node->width, factor = scale;

        if (offset < parameters->trained)
            continue;
        if (tensor->kind == NN_TENSOR_NORM_VAR)
            factor *= values / (values - 1);
        for (i = offset; i < offset + tensor->count; i++)
            parameters->weights[i] = (float)((1 - NORM_MOMENTUM) * parameters->weights[i] +
                                             NORM_MOMENTUM * (gradient[i] * factor));
    }
}

base_status nn_network_update(nn_network *network, const float *gradient, int32_t microbatches, double rate,
                              double momentum, double weight_decay, nn_outcome *outcome)
{
    const nn_parameters *parameters = &network->parameters;
    double samples = (double)microbatches * network->batch;
    double loss = gradient[parameters->loss] / samples, start;
    base_status status = check_finite(network, gradient, loss);

    if (status != BASE_OK)
        return status;
    nn_engine_enter(network->engine);
    start = base_progress_clock();
    update_trained(network, gradient, (float)(1.0 / microbatches), rate, momentum, weight_decay);
    update_statistics(network, gradient, 1.0 / microbatches);
    if (network->profile != NULL)
        network->profile->loops += base_progress_clock() - start;
    status = nn_program_run(network->engine, &network->refresh, &(nn_listener){.profile = network->profile});
    if (network->profile != NULL)
        network->profile->total += base_progress_clock() - start;
    if (status == BASE_OK && outcome != NULL) {
        outcome->loss = loss;
        outcome->correct = gradient[parameters->correct] / samples;
    }
    return status;
}

/* Values that are not finite: those whose exponent has every bit set. */
static size_t count_infinite(const float *values, size_t count)
{
    size_t i, found = 0;
    uint32_t bits;

    for (i = 0; i < count; i++) {
        memcpy(&bits, &values[i], sizeof bits);
        found += (bits & 0x7f800000u) == 0x7f800000u;
    }
    return found;
}

/* Check floats [0, end) of a flat buffer, tensor by tensor. */
static base_status check_segments(const nn_network *network, const float *flat, size_t end, const char *what)
{
    const nn_parameters *parameters = &network->parameters;
    int32_t t;

    for (t = 0; t < parameters->table.tensors; t++) {
        const nn_segment *segment = &parameters->segment[t];
        size_t found;

        if (segment->offset >= end)
            continue;
        found = count_infinite(flat + segment->offset, segment->floats);
        if (found == 0)
            continue;
        base_log_error("nn: %zu of %zu values of the %s of %s are not finite", found, segment->floats, what,
                       parameters->table.tensor[t].name);
        return BASE_ERR_NUMERIC;
    }
    return BASE_OK;
}

base_status nn_network_check(const nn_network *network, const float *gradient)
{
    const nn_parameters *parameters = &network->parameters;
    base_status status = check_segments(network, parameters->weights, parameters->count, "weights");

    if (status == BASE_OK)
        status = check_segments(network, parameters->velocity, parameters->trained, "velocity");
    if (status == BASE_OK && gradient != NULL)
        status = check_segments(network, gradient, parameters->count, "gradient");
    return status;
}

uint64_t nn_network_fingerprint(const nn_network *network)
{
    const nn_parameters *parameters = &network->parameters;
    char digest[2][BASE_DIGEST_TEXT], both[BASE_DIGEST_TEXT];

    base_file_digest_bytes(parameters->weights, parameters->count * sizeof(float), digest[0]);
    base_file_digest_bytes(parameters->velocity, parameters->trained * sizeof(float), digest[1]);
    base_file_digest_bytes(digest, sizeof digest, both);
    both[16] = 0;
    return strtoull(both, NULL, 16);
}
