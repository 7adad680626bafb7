#include "nn_parameters.h"
#include "base_log.h"
#include <stdlib.h>
#include <string.h>

static size_t round_up(size_t floats)
{
    return (floats + NN_ALIGNMENT_FLOATS - 1) / NN_ALIGNMENT_FLOATS * NN_ALIGNMENT_FLOATS;
}

static bool is_statistic(nn_tensor_kind kind)
{
    return kind == NN_TENSOR_NORM_MEAN || kind == NN_TENSOR_NORM_VAR;
}

static base_status lay_out(const nn_layer *layers, nn_parameters *parameters)
{
    int32_t t;

    for (t = 0; t < parameters->table.tensors; t++) {
        const nn_tensor *tensor = &parameters->table.tensor[t];
        nn_segment *segment = &parameters->segment[t];
        base_status status = nn_layers_plain(tensor->rank, tensor->dims, &segment->plain);

        if (status != BASE_OK)
            return status;
        segment->home = tensor->kind == NN_TENSOR_CONVOLUTION
                            ? layers[tensor->node].weights[NN_PASS_BACKWARD_WEIGHTS]
                            : segment->plain;
        segment->offset = parameters->count;
        segment->floats = nn_array_floats(&segment->home);
        parameters->count += round_up(segment->floats);
        if (!is_statistic(tensor->kind))
            parameters->trained = parameters->count;
    }
    parameters->loss = parameters->count;
    parameters->correct = parameters->loss + 1;
    parameters->gradient_count = round_up(parameters->correct + 1);
    return BASE_OK;
}

base_status nn_parameters_create(const nn_graph *graph, const nn_layer *layers, nn_parameters *parameters)
{
    nn_parameters made;
    base_status status;

    memset(&made, 0, sizeof made);
    status = nn_weights_describe(graph, &made.table);
    if (status != BASE_OK)
        return status;
    made.segment = calloc((size_t)made.table.tensors, sizeof *made.segment);
    if (made.segment == NULL) {
        base_log_error("nn: no memory for %d segments", made.table.tensors);
        status = BASE_ERR_MEMORY;
    }
    if (status == BASE_OK)
        status = lay_out(layers, &made);
    if (status == BASE_OK)
        status = nn_engine_allocate(made.count, &made.weights);
    if (status == BASE_OK)
        status = nn_engine_allocate(made.trained, &made.velocity);
    if (status != BASE_OK) {
        nn_parameters_destroy(&made);
        return status;
    }
    *parameters = made;
    return BASE_OK;
}

void nn_parameters_destroy(nn_parameters *parameters)
{
    if (parameters == NULL)
        return;
    free(parameters->velocity);
    free(parameters->weights);
    free(parameters->segment);
    nn_weights_destroy(&parameters->table);
    memset(parameters, 0, sizeof *parameters);
}

const nn_segment *nn_parameters_find(const nn_parameters *parameters, int32_t node, nn_tensor_kind kind)
{
    int32_t t;

    for (t = 0; t < parameters->table.tensors; t++)
        if (parameters->table.tensor[t].node == node && parameters->table.tensor[t].kind == kind)
            return &parameters->segment[t];
    return NULL;
}

static base_status check_table(const nn_parameters *parameters, const nn_weights *weights)
{
    if (weights->tensors == parameters->table.tensors && weights->count == parameters->table.count)
        return BASE_OK;
    base_log_error("nn: a table of %d tensors and %zu weights, the network has %d and %zu", weights->tensors,
                   weights->count, parameters->table.tensors, parameters->table.count);
    return BASE_ERR_INTERNAL;
}

base_status nn_parameters_import(nn_engine *engine, const nn_parameters *parameters, const nn_weights *from,
                                 bool trained_only, float *flat)
{
    base_status status = check_table(parameters, from);
    int32_t t;

    for (t = 0; t < from->tensors && status == BASE_OK; t++) {
        const nn_segment *segment = &parameters->segment[t];

        if (trained_only && is_statistic(from->tensor[t].kind))
            continue;
        status = nn_primitive_translate(engine, &segment->plain, from->data + from->tensor[t].offset,
                                        &segment->home, flat + segment->offset);
    }
    return status;
}

base_status nn_parameters_export(nn_engine *engine, const nn_parameters *parameters, const float *flat,
                                 bool trained_only, nn_weights *to)
{
    base_status status = check_table(parameters, to);
    int32_t t;

    for (t = 0; t < to->tensors && status == BASE_OK; t++) {
        const nn_segment *segment = &parameters->segment[t];

        if (trained_only && is_statistic(to->tensor[t].kind))
            continue;
        status = nn_primitive_translate(engine, &segment->home, flat + segment->offset, &segment->plain,
                                        to->data + to->tensor[t].offset);
    }
    return status;
}

void nn_parameters_clear_gaps(const nn_parameters *parameters, float *gradient)
{
    int32_t t;

    for (t = 0; t < parameters->table.tensors; t++) {
        size_t end = parameters->segment[t].offset + parameters->segment[t].floats;

        memset(gradient + end, 0, (round_up(end) - end) * sizeof *gradient);
    }
    memset(gradient + parameters->correct + 1, 0,
           (parameters->gradient_count - parameters->correct - 1) * sizeof *gradient);
}
