#include "base_log.h"
#include "nn_build_backward.h"
#include <stdlib.h>
#include <string.h>

static base_status create_layers(nn_network *network, const nn_plan *plan)
{
    base_status status =
        nn_plan_open(&network->text, NN_USE_TRAINING, network->batch, network->engine->threads, plan->form);
    int32_t i;

    for (i = 0; i < network->graph.count && status == BASE_OK; i++) {
        nn_purpose purpose = {.training = true, .backward_data = nn_replica_node(network, i)->input > 0};

        status = nn_layers_create(network->engine, &network->graph, i, network->batch, purpose, plan,
                                  &network->layer[i]);
        if (status == BASE_OK)
            status = nn_layers_note(&network->layer[i], nn_replica_node(network, i)->name, &network->text);
    }
    return status;
}

/* An array inside the gradient buffer, given for each step. */
static base_status add_rider(nn_network *network, const nn_segment *segment, nn_primitive *user, int argument)
{
    nn_rider *rider = &network->rider[network->riders];
    base_status status = nn_array_create(network->engine, &segment->home, DNNL_MEMORY_NONE, &rider->array);

    if (status != BASE_OK)
        return status;
    rider->offset = segment->offset;
    network->riders++;
    nn_primitive_bind(user, argument, &rider->array);
    return BASE_OK;
}

static base_status weight_array(nn_network *network, const nn_segment *segment, nn_array *array)
{
    return nn_array_create(network->engine, &segment->home, network->parameters.weights + segment->offset,
                           array);
}

/* Let a pass read the weights where they are, or a copy in the layout it wants. */
static base_status bind_weights(nn_network *network, int32_t i, nn_pass pass)
{
    nn_unit *unit = &network->unit[i];
    nn_layer *layer = &network->layer[i];
    const dnnl_memory_desc_t *wanted = &layer->weights[pass];
    base_status status;
    int slot;

    if (dnnl_memory_desc_equal(wanted, &unit->weights.desc)) {
        nn_primitive_bind(&layer->pass[pass], DNNL_ARG_WEIGHTS, &unit->weights);
        return BASE_OK;
    }
    status = nn_buffers_take(&network->buffers, nn_array_floats(wanted), &slot);
    if (status == BASE_OK)
        status = nn_array_create(network->engine, wanted, nn_buffers_data(&network->buffers, slot),
                                 &unit->copy[pass]);
    if (status == BASE_OK)
        status =
            nn_primitive_create_reorder(network->engine, &unit->weights.desc, wanted, &unit->reorder[pass]);
    if (status == BASE_OK)
        status = nn_plan_note_copy(&network->text, nn_replica_node(network, i)->name, pass, "weights",
                                   unit->reorder[pass].implementation);
    if (status != BASE_OK)
        return status;
    nn_primitive_bind(&unit->reorder[pass], DNNL_ARG_FROM, &unit->weights);
    nn_primitive_bind(&unit->reorder[pass], DNNL_ARG_TO, &unit->copy[pass]);
    nn_primitive_bind(&layer->pass[pass], DNNL_ARG_WEIGHTS, &unit->copy[pass]);
    return nn_program_append_primitive(&network->refresh, &unit->reorder[pass]);
}

/* Weights and their gradients of a convolution or the linear layer. */
static base_status bind_matrix(nn_network *network, int32_t i, nn_tensor_kind kind)
{
    nn_layer *layer = &network->layer[i];
    const nn_segment *segment = nn_parameters_find(&network->parameters, i, kind);
    base_status status = weight_array(network, segment, &network->unit[i].weights);

    if (status == BASE_OK)
        status = bind_weights(network, i, NN_PASS_FORWARD);
    if (status == BASE_OK && nn_primitive_exists(&layer->pass[NN_PASS_BACKWARD_DATA]))
        status = bind_weights(network, i, NN_PASS_BACKWARD_DATA);
    if (status == BASE_OK)
        status = add_rider(network, segment, &layer->pass[NN_PASS_BACKWARD_WEIGHTS], DNNL_ARG_DIFF_WEIGHTS);
    return status;
}

static base_status bind_bias(nn_network *network, int32_t i)
{
    nn_layer *layer = &network->layer[i];
    const nn_segment *segment = nn_parameters_find(&network->parameters, i, NN_TENSOR_BIAS);
    base_status status = weight_array(network, segment, &network->unit[i].bias);

    if (status != BASE_OK)
        return status;
    nn_primitive_bind(&layer->pass[NN_PASS_FORWARD], DNNL_ARG_BIAS, &network->unit[i].bias);
    return add_rider(network, segment, &layer->pass[NN_PASS_BACKWARD_WEIGHTS], DNNL_ARG_DIFF_BIAS);
}

/* A norm writes its statistics into the gradient buffer and reads them there in the backward pass. */
static base_status bind_norm(nn_network *network, int32_t i)
{
    nn_primitive *forward = &network->layer[i].pass[NN_PASS_FORWARD];
    nn_primitive *backward = &network->layer[i].pass[NN_PASS_BACKWARD_DATA];
    const nn_parameters *parameters = &network->parameters;
    nn_unit *unit = &network->unit[i];
    const nn_segment *scale = nn_parameters_find(parameters, i, NN_TENSOR_NORM_SCALE);
    const nn_segment *shift = nn_parameters_find(parameters, i, NN_TENSOR_NORM_SHIFT);
    base_status status = weight_array(network, scale, &unit->weights);

    if (status == BASE_OK)
        status = weight_array(network, shift, &unit->bias);
    if (status == BASE_OK)
        status = add_rider(network, scale, backward, DNNL_ARG_DIFF_SCALE);
    if (status == BASE_OK)
        status = add_rider(network, shift, backward, DNNL_ARG_DIFF_SHIFT);
    if (status == BASE_OK)
        status = add_rider(network, nn_parameters_find(parameters, i, NN_TENSOR_NORM_MEAN), forward,
                           DNNL_ARG_MEAN);
    if (status != BASE_OK)
        return status;
    nn_primitive_bind(backward, DNNL_ARG_MEAN, &network->rider[network->riders - 1].array);
    status =
        add_rider(network, nn_parameters_find(parameters, i, NN_TENSOR_NORM_VAR), forward, DNNL_ARG_VARIANCE);
    if (status != BASE_OK)
        return status;
    nn_primitive_bind(backward, DNNL_ARG_VARIANCE, &network->rider[network->riders - 1].array);
    nn_primitive_bind(forward, DNNL_ARG_SCALE, &unit->weights);
    nn_primitive_bind(forward, DNNL_ARG_SHIFT, &unit->bias);
    nn_primitive_bind(backward, DNNL_ARG_SCALE, &unit->weights);
    nn_primitive_bind(backward, DNNL_ARG_SHIFT, &unit->bias);
    return BASE_OK;
}

static base_status bind_parameters(nn_network *network)
{
    base_status status = BASE_OK;
    int32_t i;

    for (i = 0; i < network->graph.count && status == BASE_OK; i++)
        switch (nn_replica_node(network, i)->op) {
        case NN_OP_CONVOLUTION:
            status = bind_matrix(network, i, NN_TENSOR_CONVOLUTION);
            break;
        case NN_OP_LINEAR:
            status = bind_matrix(network, i, NN_TENSOR_LINEAR);
            if (status == BASE_OK)
                status = bind_bias(network, i);
            break;
        case NN_OP_BATCH_NORM:
            status = bind_norm(network, i);
            break;
        default:
            break;
        }
    return status;
}

/* Activations stay until the backward pass is done with them (release_output()). A sum overwrites its main
 * input, which no backward pass reads. */
static base_status create_output(nn_network *network, int32_t i)
{
    nn_unit *unit = &network->unit[i];
    const nn_node *node = nn_replica_node(network, i);
    const dnnl_memory_desc_t *workspace;
    base_status status = BASE_OK;

    if (node->op == NN_OP_ADD)
        unit->slot = network->unit[node->input].slot;
    else
        status = nn_buffers_take(&network->buffers, nn_replica_floats(network, i), &unit->slot);
    if (status == BASE_OK)
        status = nn_array_create(network->engine, &network->layer[i].output,
                                 nn_buffers_data(&network->buffers, unit->slot), &unit->output);
    if (status != BASE_OK || !nn_primitive_exists(&network->layer[i].pass[NN_PASS_FORWARD]))
        return status;
    workspace = nn_primitive_layout(&network->layer[i].pass[NN_PASS_FORWARD], dnnl_query_workspace_md);
    if (workspace == NULL || dnnl_memory_desc_get_size(workspace) == 0)
        return BASE_OK;
    status = nn_buffers_take(&network->buffers, nn_array_floats(workspace), &unit->workspace_slot);
    if (status != BASE_OK)
        return status;
    return nn_array_create(network->engine, workspace,
                           nn_buffers_data(&network->buffers, unit->workspace_slot), &unit->workspace);
}

/* The pool's [N,C,1,1] as the linear layer's [N,C]: C is a multiple of every block, so the bytes are the
 * same. */
static base_status create_flat(nn_network *network, int32_t i)
{
    int slot = network->unit[nn_replica_node(network, i)->input].slot;

    return nn_array_create(network->engine, &network->layer[i].flat, nn_buffers_data(&network->buffers, slot),
                           &network->unit[i].flat);
}

static base_status plan_sum(nn_network *network, int32_t i)
{
    const nn_node *node = nn_replica_node(network, i);
    nn_step step = {.loop = node->relu ? NN_LOOP_ADD_RELU : NN_LOOP_ADD,
                    .dtype = network->form.dtype,
                    .count = nn_loops_elements(network->form.dtype, nn_replica_floats(network, i))};

    step.out = nn_buffers_data(&network->buffers, network->unit[i].slot);
    step.a = step.out;
    step.b = nn_buffers_data(&network->buffers, network->unit[node->other].slot);
    return nn_program_append(&network->forward, &step);
}

/* The caller's images, and what the first layer sees: the same memory if the plan's form is theirs. */
static base_status plan_input(nn_network *network)
{
    const nn_node *node = nn_replica_node(network, 0);
    int64_t dims[4] = {network->batch, node->channels, node->height, node->width};
    dnnl_memory_desc_t plain;
    base_status status = nn_layers_plain(4, dims, &plain);

    if (status == BASE_OK)
        status = nn_array_create(network->engine, &plain, DNNL_MEMORY_NONE, &network->images);
    if (status != BASE_OK || dnnl_memory_desc_equal(&plain, &network->layer[0].output))
        return status;
    status = create_output(network, 0);
    if (status != BASE_OK)
        return status;
    return nn_bridge_copy(network->engine, &network->bridges, &network->forward, &network->images,
                          &network->unit[0].output, nn_replica_owner(network, 0, NN_PASS_FORWARD), "images");
}

/* One node's primitive of the forward pass. */
static base_status plan_layer(nn_network *network, int32_t i)
{
    nn_layer *layer = &network->layer[i];
    nn_primitive *forward = &layer->pass[NN_PASS_FORWARD];
    bool matrix = nn_primitive_exists(&layer->pass[NN_PASS_BACKWARD_WEIGHTS]);
    const nn_array *input = nn_replica_input(network, i);
    const nn_link link[] = {
        {DNNL_ARG_SRC, input->memory != NULL ? input : &network->images,
         matrix ? &layer->source[NN_PASS_FORWARD] : NULL, false},
        {DNNL_ARG_DST, &network->unit[i].output, matrix ? &layer->target[NN_PASS_FORWARD] : NULL, true}};

    if (network->unit[i].workspace.memory != NULL)
        nn_primitive_bind(forward, DNNL_ARG_WORKSPACE, &network->unit[i].workspace);
    return nn_bridge_append(network->engine, &network->bridges, &network->buffers, &network->forward, forward,
                            link, 2, nn_replica_owner(network, i, NN_PASS_FORWARD));
}

static bool is_read_behind(const nn_network *network, int32_t i, int32_t reader)
{
    int32_t k;

    for (k = reader + 1; k < network->graph.count; k++)
        if (nn_replica_node(network, k)->input == i || nn_replica_node(network, k)->other == i)
            return true;
    return false;
}

/* Node i has read its inputs: those that nobody else needs give their place up. */
static void release_inputs(nn_network *network, int32_t i)
{
    const int32_t input[] = {nn_replica_node(network, i)->input, nn_replica_node(network, i)->other};
    int k;

    for (k = 0; k < 2; k++)
        if (input[k] > 0 && !nn_replica_is_kept(network, input[k]) && !is_read_behind(network, input[k], i))
            nn_buffers_release(&network->buffers, network->unit[input[k]].slot);
}

static base_status plan_forward(nn_network *network)
{
    base_status status = plan_input(network);
    int32_t i;

    for (i = 1; i < network->graph.count && status == BASE_OK; i++) {
        status = create_output(network, i);
        if (status == BASE_OK && nn_replica_node(network, i)->op == NN_OP_LINEAR)
            status = create_flat(network, i);
        if (status == BASE_OK)
            status =
                nn_replica_node(network, i)->op == NN_OP_ADD ? plan_sum(network, i) : plan_layer(network, i);
        release_inputs(network, i);
    }
    return status;
}

/* A norm's variance needs two values. */
static base_status check_batch(const nn_graph *graph, int32_t batch)
{
    const nn_node *last = &graph->nodes[graph->last];

    if (batch >= 1 && (int64_t)batch * last->height * last->width >= 2)
        return BASE_OK;
    base_log_error(
        "nn: micro-batch of %d samples with a last layer of %d x %d: a norm needs 2 values or more", batch,
        last->height, last->width);
    return BASE_ERR_USAGE;
}

base_status nn_network_create(nn_engine *engine, const nn_graph *graph, int32_t batch, const nn_plan *plan,
                              nn_network **network)
{
    base_status status = check_batch(graph, batch);
    nn_network *made;
    nn_plan standard;

    if (status != BASE_OK)
        return status;
    made = calloc(1, sizeof *made);
    if (made == NULL) {
        base_log_error("nn: no memory for a network");
        return BASE_ERR_MEMORY;
    }
    nn_plan_default(&standard);
    plan = plan != NULL ? plan : &standard;
    made->engine = engine;
    made->graph = *graph;
    made->batch = batch;
    made->form = plan->form;
    nn_engine_enter(engine);
    status = create_layers(made, plan);
    if (status == BASE_OK)
        status = nn_parameters_create(&made->graph, made->layer, &made->parameters);
    if (status == BASE_OK)
        status = bind_parameters(made);
    if (status == BASE_OK)
        status = plan_forward(made);
    if (status == BASE_OK)
        status = nn_build_backward(made);
    if (status != BASE_OK) {
        nn_network_destroy(&made);
        return status;
    }
    *network = made;
    return BASE_OK;
}

static void destroy_unit(nn_unit *unit)
{
    int pass;

    nn_array_destroy(&unit->gradient_input);
    nn_array_destroy(&unit->gradient_output);
    for (pass = 0; pass < NN_PASSES; pass++) {
        nn_primitive_destroy(&unit->reorder[pass]);
        nn_array_destroy(&unit->copy[pass]);
    }
    nn_array_destroy(&unit->bias);
    nn_array_destroy(&unit->weights);
    nn_array_destroy(&unit->workspace);
    nn_array_destroy(&unit->flat);
    nn_array_destroy(&unit->output);
}

void nn_network_destroy(nn_network **network)
{
    nn_network *gone;
    int i;

    if (network == NULL || *network == NULL)
        return;
    gone = *network;
    free(gone->text.text);
    free(gone->slope);
    nn_program_destroy(&gone->refresh);
    nn_program_destroy(&gone->backward);
    nn_program_destroy(&gone->forward);
    for (i = 0; i < gone->riders; i++)
        nn_array_destroy(&gone->rider[i].array);
    nn_array_destroy(&gone->images);
    nn_bridge_destroy(&gone->bridges);
    nn_buffers_destroy(&gone->buffers);
    nn_parameters_destroy(&gone->parameters);
    for (i = 0; i < NN_NODES_MAX; i++) {
        destroy_unit(&gone->unit[i]);
        nn_layers_destroy(&gone->layer[i]);
    }
    free(gone);
    *network = NULL;
}
