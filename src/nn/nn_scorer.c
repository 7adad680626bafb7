#include "nn_scorer.h"
#include "base_log.h"
#include <stdlib.h>
#include <string.h>

/* The node that a present node's parameters and window belong to. */
static int32_t worker(const nn_gradcam *gradcam, int32_t i)
{
    return gradcam->folded[i].convolution >= 0 ? gradcam->folded[i].convolution : i;
}

/* Whose copies are noted. */
static nn_owner owner_of(nn_gradcam *gradcam, int32_t i, nn_pass pass)
{
    return (nn_owner){&gradcam->text, gradcam->graph.nodes[worker(gradcam, i)].name, pass};
}

static size_t output_floats(const nn_gradcam *gradcam, int32_t i)
{
    return nn_array_floats(&gradcam->layer[i].output);
}

static float *output_data(const nn_gradcam *gradcam, int32_t i)
{
    return nn_buffers_data(&gradcam->buffers, gradcam->unit[i].slot);
}

static base_status create_layers(nn_gradcam *gradcam, const nn_plan *plan)
{
    base_status status =
        nn_plan_open(&gradcam->text, NN_USE_SCORING, gradcam->batch, gradcam->engine->threads, plan->form);
    int32_t i;

    for (i = 0; i < gradcam->graph.count && status == BASE_OK; i++) {
        const nn_folded *folded = &gradcam->folded[i];
        nn_purpose purpose = {.backward_data = folded->source >= gradcam->target,
                              .after = {.sum = folded->residual >= 0, .relu = folded->relu}};

        if (!folded->present)
            continue;
        status = nn_layers_create(gradcam->engine, &gradcam->graph, worker(gradcam, i), gradcam->batch,
                                  purpose, plan, &gradcam->layer[i]);
        if (status == BASE_OK)
            status = nn_layers_note(&gradcam->layer[i], gradcam->graph.nodes[worker(gradcam, i)].name,
                                    &gradcam->text);
    }
    return status;
}

/* Room for what nn_gradcam_load() brings; it stays taken. */
static base_status create_constant(nn_gradcam *gradcam, const dnnl_memory_desc_t *desc, nn_array *array,
                                   float **data)
{
    int slot;
    base_status status = nn_buffers_take(&gradcam->buffers, nn_array_floats(desc), &slot);

    if (status != BASE_OK)
        return status;
    *data = nn_buffers_data(&gradcam->buffers, slot);
    return nn_array_create(gradcam->engine, desc, *data, array);
}

static base_status create_weights(nn_gradcam *gradcam, int32_t i)
{
    nn_layer *layer = &gradcam->layer[i];
    nn_score_unit *unit = &gradcam->unit[i];
    bool shared = gradcam->folded[i].convolution < 0; /* the linear layer has one layout for all passes */
    dnnl_memory_desc_t bias;
    int64_t channels = gradcam->graph.nodes[i].channels;
    base_status status = nn_layers_plain(1, &channels, &bias);
    int pass;

    if (status == BASE_OK)
        status = create_constant(gradcam, &bias, &unit->bias, &unit->bias_data);
    if (status != BASE_OK)
        return status;
    nn_primitive_bind(&layer->pass[NN_PASS_FORWARD], DNNL_ARG_BIAS, &unit->bias);
    for (pass = NN_PASS_FORWARD; pass <= NN_PASS_BACKWARD_DATA && status == BASE_OK; pass++) {
        nn_array *array = &unit->weights[shared ? NN_PASS_FORWARD : pass];

        if (!nn_primitive_exists(&layer->pass[pass]))
            continue;
        if (array->memory == NULL)
            status = create_constant(gradcam, &layer->weights[pass], array,
                                     &unit->weights_data[shared ? NN_PASS_FORWARD : pass]);
        if (status == BASE_OK)
            nn_primitive_bind(&layer->pass[pass], DNNL_ARG_WEIGHTS, array);
    }
    return status;
}

/* What is asked for after the forward pass, the logits and what they are made of, and what the backward pass
 * needs: the heat-map layer, and the outputs above it that a ReLU masks. */
static bool is_kept(const nn_gradcam *gradcam, int32_t i)
{
    int32_t head = gradcam->graph.count - 1;

    return i == gradcam->target || i == head || i == gradcam->folded[head].source ||
           (i > gradcam->target && gradcam->folded[i].relu);
}

/* A buffer for the output. A residual sum is computed on top of the residual: in place if nobody else needs
 * it, else on a copy. */
static base_status place_output(nn_gradcam *gradcam, int32_t i)
{
    const nn_folded *folded = &gradcam->folded[i];
    nn_buffers *buffers = &gradcam->buffers;
    int users = folded->users + (is_kept(gradcam, i) ? 1 : 0), u;
    int *slot = &gradcam->unit[i].slot;
    base_status status = BASE_OK;

    if (folded->residual >= 0 && nn_buffers_is_sole(buffers, gradcam->unit[folded->residual].slot)) {
        *slot = gradcam->unit[folded->residual].slot;
        nn_buffers_share(buffers, *slot);
    } else {
        status = nn_buffers_take(buffers, output_floats(gradcam, i), slot);
        if (status == BASE_OK && folded->residual >= 0) {
            nn_step step = {.loop = NN_LOOP_COPY,
                            .dtype = gradcam->form.dtype,
                            .count = nn_loops_elements(gradcam->form.dtype, output_floats(gradcam, i))};

            step.out = output_data(gradcam, i);
            step.a = output_data(gradcam, folded->residual);
            status = nn_program_append(&gradcam->forward, &step);
        }
    }
    for (u = 1; u < users && status == BASE_OK; u++)
        nn_buffers_share(buffers, *slot);
    return status;
}

static base_status create_workspace(nn_gradcam *gradcam, int32_t i)
{
    nn_layer *layer = &gradcam->layer[i];
    const dnnl_memory_desc_t *desc =
        nn_primitive_layout(&layer->pass[NN_PASS_FORWARD], dnnl_query_workspace_md);
    base_status status;
    float *data;

    if (desc == NULL || dnnl_memory_desc_get_size(desc) == 0)
        return BASE_OK;
    status = create_constant(gradcam, desc, &gradcam->unit[i].workspace, &data);
    if (status != BASE_OK)
        return status;
    nn_primitive_bind(&layer->pass[NN_PASS_FORWARD], DNNL_ARG_WORKSPACE, &gradcam->unit[i].workspace);
    if (nn_primitive_exists(&layer->pass[NN_PASS_BACKWARD_DATA]))
        nn_primitive_bind(&layer->pass[NN_PASS_BACKWARD_DATA], DNNL_ARG_WORKSPACE,
                          &gradcam->unit[i].workspace);
    return BASE_OK;
}

/* The pool's [N,C,1,1] as the linear layer's [N,C]: C is a multiple of every block, so the bytes are the
 * same. */
static base_status create_flat(nn_gradcam *gradcam, int32_t i)
{
    return nn_array_create(gradcam->engine, &gradcam->layer[i].flat,
                           output_data(gradcam, gradcam->folded[i].source), &gradcam->unit[i].flat);
}

static const nn_array *source_array(const nn_gradcam *gradcam, int32_t i)
{
    int32_t source = gradcam->folded[i].source;

    if (gradcam->graph.nodes[i].op == NN_OP_LINEAR)
        return &gradcam->unit[i].flat;
    return source == 0 ? &gradcam->images : &gradcam->unit[source].output;
}

/* Convolutions and the linear layer may want another form than the plan's. */
static bool has_weights(const nn_gradcam *gradcam, int32_t i)
{
    return gradcam->folded[i].convolution >= 0 || gradcam->graph.nodes[i].op == NN_OP_LINEAR;
}

static base_status plan_node(nn_gradcam *gradcam, int32_t i)
{
    const nn_folded *folded = &gradcam->folded[i];
    nn_layer *layer = &gradcam->layer[i];
    nn_score_unit *unit = &gradcam->unit[i];
    bool own = has_weights(gradcam, i);
    base_status status = place_output(gradcam, i);
    nn_link link[2];

    if (status == BASE_OK)
        status = nn_array_create(gradcam->engine, &layer->output, output_data(gradcam, i), &unit->output);
    if (status == BASE_OK)
        status = create_workspace(gradcam, i);
    if (status == BASE_OK && gradcam->graph.nodes[i].op == NN_OP_LINEAR)
        status = create_flat(gradcam, i);
    if (status != BASE_OK)
        return status;
    link[0] = (nn_link){DNNL_ARG_SRC, source_array(gradcam, i), own ? &layer->source[NN_PASS_FORWARD] : NULL,
                        false};
    link[1] = (nn_link){DNNL_ARG_DST, &unit->output, NULL, true}; /* a residual is added in place */
    status = nn_bridge_append(gradcam->engine, &gradcam->bridges, &gradcam->buffers, &gradcam->forward,
                              &layer->pass[NN_PASS_FORWARD], link, 2, owner_of(gradcam, i, NN_PASS_FORWARD));
    if (folded->source > 0)
        nn_buffers_release(&gradcam->buffers, gradcam->unit[folded->source].slot);
    if (folded->residual >= 0)
        nn_buffers_release(&gradcam->buffers, gradcam->unit[folded->residual].slot);
    return status;
}

static base_status create_images(nn_gradcam *gradcam)
{
    const nn_node *node = &gradcam->graph.nodes[0];
    int64_t dims[4] = {gradcam->batch, node->channels, node->height, node->width};
    dnnl_memory_desc_t plain;
    base_status status = nn_layers_plain(4, dims, &plain);

    if (status != BASE_OK)
        return status;
    return nn_array_create(gradcam->engine, &plain, DNNL_MEMORY_NONE, &gradcam->images);
}

/* Look at the target's activation or gradient in `data` as f32, through a copy if it is something else. The
 * copy stays. */
static base_status view_target(nn_gradcam *gradcam, nn_program *program, nn_pass pass, float *data,
                               nn_array heat[2], nn_view *view)
{
    const dnnl_memory_desc_t *desc = &gradcam->layer[gradcam->target].output;
    nn_form wide = {NN_DTYPE_F32, gradcam->form.layout};
    dnnl_memory_desc_t wanted;
    nn_array *from;
    base_status status;
    float *copy;

    if (gradcam->form.dtype == NN_DTYPE_F32)
        return nn_heat_view(desc, data, view);
    status = nn_layers_activation(&gradcam->graph.nodes[gradcam->target], gradcam->batch, wide, &wanted);
    if (status == BASE_OK)
        status = create_constant(gradcam, &wanted, &heat[0], &copy);
    if (status != BASE_OK)
        return status;
    from = &heat[1];
    status = nn_array_create(gradcam->engine, desc, data, from);
    if (status == BASE_OK)
        status = nn_bridge_copy(gradcam->engine, &gradcam->bridges, program, from, &heat[0],
                                owner_of(gradcam, gradcam->target, pass), "map");
    if (status == BASE_OK)
        status = nn_heat_view(&wanted, copy, view);
    return status;
}

static base_status plan_forward(nn_gradcam *gradcam)
{
    base_status status = create_images(gradcam);
    int32_t i;

    for (i = 1; i < gradcam->graph.count && status == BASE_OK; i++)
        if (gradcam->folded[i].present && has_weights(gradcam, i))
            status = create_weights(gradcam, i);
    for (i = 1; i < gradcam->graph.count && status == BASE_OK; i++)
        if (gradcam->folded[i].present)
            status = plan_node(gradcam, i);
    if (status == BASE_OK) /* now, since the backward pass must not take its buffer */
        status =
            view_target(gradcam, &gradcam->forward, NN_PASS_FORWARD, output_data(gradcam, gradcam->target),
                        gradcam->heat_activation, &gradcam->activation);
    if (status == BASE_OK)
        gradcam->logits = output_data(gradcam, gradcam->graph.count - 1);
    return status;
}

/* From a node's output gradient to its source's and its residual's. */
static base_status plan_node_gradient(nn_gradcam *gradcam, nn_flow *flow, int32_t i)
{
    const nn_folded *folded = &gradcam->folded[i];
    nn_layer *layer = &gradcam->layer[i];
    nn_score_unit *unit = &gradcam->unit[i];
    nn_buffers *buffers = &gradcam->buffers;
    bool own = has_weights(gradcam, i), linear = gradcam->graph.nodes[i].op == NN_OP_LINEAR;
    int slot, target;
    base_status status = nn_flow_take(flow, i, output_floats(gradcam, i),
                                      folded->relu ? output_data(gradcam, i) : NULL, &slot);
    nn_link link[2];

    if (status == BASE_OK)
        status = nn_array_create(gradcam->engine, &layer->output, nn_buffers_data(buffers, slot),
                                 &unit->gradient_output);
    if (status == BASE_OK)
        status = nn_buffers_take(buffers, output_floats(gradcam, folded->source), &target);
    if (status == BASE_OK)
        status =
            nn_array_create(gradcam->engine, linear ? &layer->flat : &gradcam->layer[folded->source].output,
                            nn_buffers_data(buffers, target), &unit->gradient_input);
    if (status != BASE_OK)
        return status;
    link[0] = (nn_link){DNNL_ARG_DIFF_DST, &unit->gradient_output,
                        own ? &layer->target[NN_PASS_BACKWARD_DATA] : NULL, false};
    link[1] = (nn_link){DNNL_ARG_DIFF_SRC, &unit->gradient_input,
                        own ? &layer->source[NN_PASS_BACKWARD_DATA] : NULL, true};
    status = nn_bridge_append(gradcam->engine, &gradcam->bridges, buffers, &gradcam->backward,
                              &layer->pass[NN_PASS_BACKWARD_DATA], link, 2,
                              owner_of(gradcam, i, NN_PASS_BACKWARD_DATA));
    if (status == BASE_OK)
        status = nn_flow_give(flow, folded->source, target);
    if (status == BASE_OK && folded->residual >= 0) {
        nn_buffers_share(buffers, slot);
        status = nn_flow_give(flow, folded->residual, slot);
    }
    nn_buffers_release(buffers, slot);
    return status;
}

static base_status plan_backward(nn_gradcam *gradcam)
{
    int32_t last = gradcam->graph.count - 1, i;
    nn_flow flow;
    base_status status;
    int slot;

    memset(&flow, 0, sizeof flow);
    flow.buffers = &gradcam->buffers;
    flow.program = &gradcam->backward;
    flow.dtype = gradcam->form.dtype;
    status = nn_buffers_take(&gradcam->buffers, output_floats(gradcam, last), &slot);
    if (status == BASE_OK)
        status = nn_flow_give(&flow, last, slot);
    if (status != BASE_OK)
        return status;
    gradcam->one_hot = nn_buffers_data(&gradcam->buffers, slot);
    for (i = last; i > gradcam->target && status == BASE_OK; i--)
        if (nn_flow_has(&flow, i))
            status = plan_node_gradient(gradcam, &flow, i);
    if (status == BASE_OK)
        status = nn_flow_take(&flow, gradcam->target, output_floats(gradcam, gradcam->target), NULL, &slot);
    if (status == BASE_OK)
        status =
            view_target(gradcam, &gradcam->backward, NN_PASS_BACKWARD_DATA,
                        nn_buffers_data(&gradcam->buffers, slot), gradcam->heat_gradient, &gradcam->gradient);
    if (status != BASE_OK)
        return status;
    return nn_engine_allocate((size_t)(gradcam->batch * gradcam->activation.channels), &gradcam->alpha);
}

base_status nn_gradcam_create(nn_engine *engine, const nn_graph *graph, int32_t batch, const char *layer,
                              const nn_plan *plan, nn_gradcam **gradcam)
{
    int32_t target = nn_models_find_layer(graph, layer);
    nn_gradcam *made;
    nn_plan standard;
    base_status status;

    nn_plan_default(&standard);
    if (target < 0)
        return BASE_ERR_USAGE;
    if (batch < 1) {
        base_log_error("nn: scoring batch of %d samples, at least 1 is needed", batch);
        return BASE_ERR_USAGE;
    }
    made = calloc(1, sizeof *made);
    if (made == NULL) {
        base_log_error("nn: no memory for a scoring replica");
        return BASE_ERR_MEMORY;
    }
    plan = plan != NULL ? plan : &standard;
    made->engine = engine;
    made->graph = *graph;
    made->batch = batch;
    made->form = plan->form;
    made->target = target;
    nn_engine_enter(engine);
    nn_fold_graph(&made->graph, made->folded);
    status = create_layers(made, plan);
    if (status == BASE_OK)
        status = plan_forward(made);
    if (status == BASE_OK)
        status = plan_backward(made);
    if (status != BASE_OK) {
        nn_gradcam_destroy(&made);
        return status;
    }
    *gradcam = made;
    return BASE_OK;
}

static void destroy_unit(nn_score_unit *unit)
{
    int pass;

    nn_array_destroy(&unit->gradient_input);
    nn_array_destroy(&unit->gradient_output);
    for (pass = 0; pass < NN_PASSES; pass++)
        nn_array_destroy(&unit->weights[pass]);
    nn_array_destroy(&unit->bias);
    nn_array_destroy(&unit->workspace);
    nn_array_destroy(&unit->flat);
    nn_array_destroy(&unit->output);
}

void nn_gradcam_destroy(nn_gradcam **gradcam)
{
    nn_gradcam *gone;
    int i;

    if (gradcam == NULL || *gradcam == NULL)
        return;
    gone = *gradcam;
    free(gone->text.text);
    free(gone->alpha);
    nn_program_destroy(&gone->backward);
    nn_program_destroy(&gone->forward);
    nn_array_destroy(&gone->images);
    for (i = 0; i < 2; i++) {
        nn_array_destroy(&gone->heat_gradient[i]);
        nn_array_destroy(&gone->heat_activation[i]);
    }
    nn_bridge_destroy(&gone->bridges);
    for (i = 0; i < NN_NODES_MAX; i++) {
        destroy_unit(&gone->unit[i]);
        nn_layers_destroy(&gone->layer[i]);
    }
    nn_buffers_destroy(&gone->buffers);
    free(gone);
    *gradcam = NULL;
}
