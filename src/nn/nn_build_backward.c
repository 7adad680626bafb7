#include "nn_build_backward.h"
#include <string.h>

static base_status gradient_array(nn_network *network, const dnnl_memory_desc_t *desc, int slot,
                                  nn_array *array)
{
    return nn_array_create(network->engine, desc, nn_buffers_data(&network->buffers, slot), array);
}

/* The gradient of node i's output is in `slot`: plan the weights' gradients. */
static base_status plan_weights(nn_network *network, int32_t i)
{
    nn_layer *layer = &network->layer[i];
    const nn_array *input = nn_replica_input(network, i);
    const nn_link link[] = {{DNNL_ARG_SRC, input->memory != NULL ? input : &network->images,
                             &layer->source[NN_PASS_BACKWARD_WEIGHTS], false},
                            {DNNL_ARG_DIFF_DST, &network->unit[i].gradient_output,
                             &layer->target[NN_PASS_BACKWARD_WEIGHTS], false}};

    if (!nn_primitive_exists(&layer->pass[NN_PASS_BACKWARD_WEIGHTS]))
        return BASE_OK;
    return nn_bridge_append(network->engine, &network->bridges, &network->buffers, &network->backward,
                            &layer->pass[NN_PASS_BACKWARD_WEIGHTS], link, 2,
                            nn_replica_owner(network, i, NN_PASS_BACKWARD_WEIGHTS));
}

static void spread_in_mask(void *context)
{
    nn_network *network = context;

    if (network->map_labels != NULL)
        nn_in_mask_spread(&network->last_gradient, network->head, network->map_labels, network->slope);
}

/* Behind the pool's gradient by the last layer, in `slot`, comes that of its heat maps. */
static base_status plan_in_mask(nn_network *network, int32_t last, int slot)
{
    const dnnl_memory_desc_t *desc = &network->layer[last].output;
    const nn_step step = {.call = spread_in_mask, .context = network};
    base_status status =
        nn_heat_view(desc, nn_buffers_data(&network->buffers, network->unit[last].slot), &network->last.view);

    if (status == BASE_OK)
        status = nn_heat_view(desc, nn_buffers_data(&network->buffers, slot), &network->last_gradient.view);
    if (status == BASE_OK)
        status = nn_engine_allocate((size_t)(network->batch * network->last.view.positions), &network->slope);
    if (status != BASE_OK)
        return status;
    network->last.dtype = network->last_gradient.dtype = network->form.dtype;
    network->head =
        network->parameters.weights +
        nn_parameters_find(&network->parameters, network->graph.count - 1, NN_TENSOR_LINEAR)->offset;
    return nn_program_append(&network->backward, &step);
}

/* From the output's gradient in `slot` to the input's, which is left to the input node. A norm may work in
 * place. */
static base_status plan_data(nn_network *network, nn_flow *flow, int32_t i, int slot)
{
    const nn_node *node = nn_replica_node(network, i);
    nn_layer *layer = &network->layer[i];
    nn_primitive *data = &layer->pass[NN_PASS_BACKWARD_DATA];
    nn_unit *unit = &network->unit[i];
    bool matrix = nn_primitive_exists(&layer->pass[NN_PASS_BACKWARD_WEIGHTS]);
    const nn_link link[] = {{DNNL_ARG_DIFF_DST, &unit->gradient_output,
                             matrix ? &layer->target[NN_PASS_BACKWARD_DATA] : NULL, false},
                            {DNNL_ARG_DIFF_SRC, &unit->gradient_input,
                             matrix ? &layer->source[NN_PASS_BACKWARD_DATA] : NULL, true}};
    base_status status = BASE_OK;
    int target = slot;

    if (node->op == NN_OP_BATCH_NORM && nn_buffers_is_sole(&network->buffers, slot))
        nn_buffers_share(&network->buffers, slot);
    else
        status = nn_buffers_take(&network->buffers, nn_replica_floats(network, node->input), &target);
    if (status == BASE_OK)
        status = gradient_array(network,
                                node->op == NN_OP_LINEAR ? &layer->flat : &network->layer[node->input].output,
                                target, &unit->gradient_input);
    if (status != BASE_OK)
        return status;
    if (node->op == NN_OP_BATCH_NORM)
        nn_primitive_bind(data, DNNL_ARG_SRC, nn_replica_input(network, i));
    if (unit->workspace.memory != NULL)
        nn_primitive_bind(data, DNNL_ARG_WORKSPACE, &unit->workspace);
    status = nn_bridge_append(network->engine, &network->bridges, &network->buffers, &network->backward, data,
                              link, 2, nn_replica_owner(network, i, NN_PASS_BACKWARD_DATA));
    if (status == BASE_OK && node->op == NN_OP_GLOBAL_POOL)
        status = plan_in_mask(network, node->input, target);
    if (status == BASE_OK)
        status = nn_flow_give(flow, node->input, target);
    return status;
}

/* A sum hands its gradient, masked by its ReLU, to both of its inputs. */
static base_status plan_sum_gradient(nn_network *network, nn_flow *flow, int32_t i)
{
    const nn_node *node = nn_replica_node(network, i);
    const void *mask = node->relu ? nn_buffers_data(&network->buffers, network->unit[i].slot) : NULL;
    base_status status;
    int slot;

    status = nn_flow_take(flow, i, nn_replica_floats(network, i), mask, &slot);
    if (status == BASE_OK)
        status = nn_flow_give(flow, node->input, slot);
    if (status != BASE_OK)
        return status;
    nn_buffers_share(&network->buffers, slot);
    return nn_flow_give(flow, node->other, slot);
}

/* Gradients lie in the nodes' order and the backward pass goes down in it: from this node's first one on, all
 * are final. */
static void mark_ready(nn_network *network, int32_t i)
{
    const nn_parameters *parameters = &network->parameters;
    int32_t t;

    for (t = 0; t < parameters->table.tensors; t++)
        if (parameters->table.tensor[t].node == i && parameters->segment[t].offset < parameters->trained) {
            nn_program_mark(&network->backward, parameters->segment[t].offset);
            return;
        }
}

/* When the backward pass comes to a node, those that read its output, all behind it, are done: gradients may
 * take its place. The logits stay for whoever asks. */
static void release_output(nn_network *network, int32_t i)
{
    if (i != network->graph.count - 1 && nn_replica_is_kept(network, i))
        nn_buffers_release(&network->buffers, network->unit[i].slot);
}

static base_status plan_node_gradient(nn_network *network, nn_flow *flow, int32_t i)
{
    nn_layer *layer = &network->layer[i];
    base_status status;
    int slot;

    if (nn_replica_node(network, i)->op == NN_OP_ADD)
        return plan_sum_gradient(network, flow, i);
    status = nn_flow_take(flow, i, nn_replica_floats(network, i), NULL, &slot);
    release_output(network, i);
    if (status == BASE_OK)
        status = gradient_array(network, &layer->output, slot, &network->unit[i].gradient_output);
    if (status == BASE_OK)
        status = plan_weights(network, i);
    if (status == BASE_OK && nn_primitive_exists(&layer->pass[NN_PASS_BACKWARD_DATA]))
        status = plan_data(network, flow, i, slot);
    nn_buffers_release(&network->buffers, slot);
    if (network->unit[i].workspace.memory != NULL)
        nn_buffers_release(&network->buffers, network->unit[i].workspace_slot);
    if (status == BASE_OK)
        mark_ready(network, i);
    return status;
}

base_status nn_build_backward(nn_network *network)
{
    nn_flow flow;
    int32_t i, last = network->graph.count - 1;
    base_status status;
    int slot;

    memset(&flow, 0, sizeof flow);
    flow.buffers = &network->buffers;
    flow.program = &network->backward;
    flow.dtype = network->form.dtype;
    status = nn_buffers_take(&network->buffers, nn_replica_floats(network, last), &slot);
    if (status == BASE_OK)
        status = nn_flow_give(&flow, last, slot);
    if (status != BASE_OK)
        return status;
    network->logits = nn_buffers_data(&network->buffers, network->unit[last].slot);
    network->logits_gradient = nn_buffers_data(&network->buffers, slot);
    for (i = last; i > 0 && status == BASE_OK; i--)
        status = plan_node_gradient(network, &flow, i);
    return status;
}
