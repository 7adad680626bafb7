#include "nn_layers.h"
#include "base_log.h"
#include <stdio.h>
#include <string.h>

#define NORM_EPSILON 1e-5f
#define WHAT_MAX     (NN_NAME_MAX + 24)

/* What the creation of one layer works with. */
typedef struct site {
    nn_engine *engine;
    const nn_node *node;
    nn_purpose purpose;
    const nn_choice *choice; /* [NN_PASSES] */
    const dnnl_memory_desc_t *input;
    dnnl_memory_desc_t output_any; /* the output's shape, its layout left to oneDNN */
    dnnl_dims_t stride, padding, kernel;
} site;

static base_status describe(int rank, const dnnl_dims_t dims, dnnl_format_tag_t tag, dnnl_memory_desc_t *desc)
{
    return nn_primitive_check(dnnl_memory_desc_init_by_tag(desc, rank, dims, dnnl_f32, tag), "layout");
}

base_status nn_layers_plain(int32_t rank, const int64_t dims[], dnnl_memory_desc_t *desc)
{
    static const dnnl_format_tag_t tags[] = {dnnl_a, dnnl_ab, dnnl_abc, dnnl_abcd};
    dnnl_dims_t size = {0};
    int32_t i;

    for (i = 0; i < rank; i++)
        size[i] = dims[i];
    return describe(rank, size, tags[rank - 1], desc);
}

static base_status make(const site *at, nn_pass pass, const void *operation, nn_layer *layer)
{
    char what[WHAT_MAX];
    bool scoring = pass == NN_PASS_FORWARD && !at->purpose.training;

    snprintf(what, sizeof what, "%s %s", at->node->name, nn_plan_pass_name(pass));
    return nn_primitive_create(at->engine, operation, scoring ? at->purpose.after : (nn_after){false, false},
                               pass == NN_PASS_FORWARD ? NULL : &layer->pass[NN_PASS_FORWARD],
                               at->choice[pass].skip, what, &layer->pass[pass]);
}

static dnnl_alg_kind_t algorithm(const nn_choice *choice)
{
    return choice->algorithm == NN_ALGORITHM_WINOGRAD ? dnnl_convolution_winograd : dnnl_convolution_direct;
}

static base_status convolution_forward(const site *at, const dnnl_memory_desc_t *weights, nn_layer *layer)
{
    dnnl_convolution_desc_t operation;
    dnnl_memory_desc_t bias;
    dnnl_dims_t channels = {at->node->channels};
    base_status status = describe(1, channels, dnnl_a, &bias);

    if (status != BASE_OK)
        return status;
    status = nn_primitive_check(
        dnnl_convolution_forward_desc_init(
            &operation, at->purpose.training ? dnnl_forward_training : dnnl_forward_inference,
            algorithm(&at->choice[NN_PASS_FORWARD]), at->input, weights, at->purpose.training ? NULL : &bias,
            &at->output_any, at->stride, at->padding, at->padding),
        at->node->name);
    if (status == BASE_OK)
        status = make(at, NN_PASS_FORWARD, &operation, layer);
    if (status != BASE_OK)
        return status;
    layer->output = *nn_primitive_layout(&layer->pass[NN_PASS_FORWARD], dnnl_query_dst_md);
    layer->weights[NN_PASS_FORWARD] =
        *nn_primitive_layout(&layer->pass[NN_PASS_FORWARD], dnnl_query_weights_md);
    return BASE_OK;
}

static base_status convolution_backward_data(const site *at, const dnnl_memory_desc_t *weights,
                                             nn_layer *layer)
{
    dnnl_convolution_desc_t operation;
    nn_primitive *made = &layer->pass[NN_PASS_BACKWARD_DATA];
    base_status status =
        nn_primitive_check(dnnl_convolution_backward_data_desc_init(
                               &operation, algorithm(&at->choice[NN_PASS_BACKWARD_DATA]), at->input, weights,
                               &layer->output, at->stride, at->padding, at->padding),
                           at->node->name);

    if (status == BASE_OK)
        status = make(at, NN_PASS_BACKWARD_DATA, &operation, layer);
    if (status == BASE_OK)
        layer->weights[NN_PASS_BACKWARD_DATA] = *nn_primitive_layout(made, dnnl_query_weights_md);
    return status;
}

static base_status convolution_backward_weights(const site *at, const dnnl_memory_desc_t *weights,
                                                nn_layer *layer)
{
    dnnl_convolution_desc_t operation;
    nn_primitive *made = &layer->pass[NN_PASS_BACKWARD_WEIGHTS];
    base_status status =
        nn_primitive_check(dnnl_convolution_backward_weights_desc_init(
                               &operation, algorithm(&at->choice[NN_PASS_BACKWARD_WEIGHTS]), at->input,
                               weights, NULL, &layer->output, at->stride, at->padding, at->padding),
                           at->node->name);

    if (status == BASE_OK)
        status = make(at, NN_PASS_BACKWARD_WEIGHTS, &operation, layer);
    if (status == BASE_OK)
        layer->weights[NN_PASS_BACKWARD_WEIGHTS] = *nn_primitive_layout(made, dnnl_query_diff_weights_md);
    return status;
}

/* Weights are left to oneDNN in every pass. */
static base_status create_convolution(const site *at, nn_layer *layer)
{
    dnnl_dims_t dims = {at->node->channels, at->input->dims[1], at->node->kernel, at->node->kernel};
    dnnl_memory_desc_t weights;
    base_status status = describe(4, dims, dnnl_format_tag_any, &weights);

    if (status == BASE_OK)
        status = convolution_forward(at, &weights, layer);
    if (status == BASE_OK && at->purpose.backward_data)
        status = convolution_backward_data(at, &weights, layer);
    if (status == BASE_OK && at->purpose.training)
        status = convolution_backward_weights(at, &weights, layer);
    return status;
}

/* In training only: a scoring replica has its norms folded away. */
static base_status create_norm(const site *at, nn_layer *layer)
{
    unsigned flags = (unsigned)dnnl_use_scale | (unsigned)dnnl_use_shift |
                     (at->node->relu ? (unsigned)dnnl_fuse_norm_relu : 0u);
    dnnl_batch_normalization_desc_t operation;
    base_status status;

    layer->output = *at->input;
    status = nn_primitive_check(dnnl_batch_normalization_forward_desc_init(&operation, dnnl_forward_training,
                                                                           at->input, NORM_EPSILON, flags),
                                at->node->name);
    if (status == BASE_OK)
        status = make(at, NN_PASS_FORWARD, &operation, layer);
    if (status == BASE_OK)
        status = nn_primitive_check(dnnl_batch_normalization_backward_desc_init(
                                        &operation, dnnl_backward, at->input, at->input, NORM_EPSILON, flags),
                                    at->node->name);
    if (status == BASE_OK)
        status = make(at, NN_PASS_BACKWARD_DATA, &operation, layer);
    return status;
}

static base_status create_pool(const site *at, dnnl_alg_kind_t kind, nn_layer *layer)
{
    dnnl_pooling_desc_t operation;
    base_status status = nn_primitive_check(
        dnnl_pooling_forward_desc_init(
            &operation, at->purpose.backward_data ? dnnl_forward_training : dnnl_forward_inference, kind,
            at->input, &at->output_any, at->stride, at->kernel, at->padding, at->padding),
        at->node->name);

    if (status == BASE_OK)
        status = make(at, NN_PASS_FORWARD, &operation, layer);
    if (status != BASE_OK)
        return status;
    layer->output = *nn_primitive_layout(&layer->pass[NN_PASS_FORWARD], dnnl_query_dst_md);
    if (!at->purpose.backward_data)
        return BASE_OK;
    status =
        nn_primitive_check(dnnl_pooling_backward_desc_init(&operation, kind, at->input, &layer->output,
                                                           at->stride, at->kernel, at->padding, at->padding),
                           at->node->name);
    if (status == BASE_OK)
        status = make(at, NN_PASS_BACKWARD_DATA, &operation, layer);
    return status;
}

/* The linear layer is small: plain layouts, no copies. Its input is the pool's output seen as [N,C]. */
typedef struct linear_form {
    dnnl_memory_desc_t input, weights, bias, output;
} linear_form;

static base_status describe_linear(const site *at, linear_form *form)
{
    const dnnl_dim_t batch = at->input->dims[0], inputs = at->input->dims[1], classes = at->node->channels;
    dnnl_dims_t input = {batch, inputs}, weights = {classes, inputs}, bias = {classes},
                output = {batch, classes};
    base_status status = describe(2, input, dnnl_ab, &form->input);

    if (status == BASE_OK)
        status = describe(2, weights, dnnl_ab, &form->weights);
    if (status == BASE_OK)
        status = describe(1, bias, dnnl_a, &form->bias);
    if (status == BASE_OK)
        status = describe(2, output, dnnl_ab, &form->output);
    return status;
}

static base_status linear_backward(const site *at, const linear_form *form, nn_layer *layer)
{
    dnnl_inner_product_desc_t operation;
    base_status status = BASE_OK;

    if (at->purpose.backward_data) {
        status = nn_primitive_check(dnnl_inner_product_backward_data_desc_init(&operation, &form->input,
                                                                               &form->weights, &form->output),
                                    at->node->name);
        if (status == BASE_OK)
            status = make(at, NN_PASS_BACKWARD_DATA, &operation, layer);
    }
    if (status == BASE_OK && at->purpose.training) {
        status = nn_primitive_check(dnnl_inner_product_backward_weights_desc_init(
                                        &operation, &form->input, &form->weights, &form->bias, &form->output),
                                    at->node->name);
        if (status == BASE_OK)
            status = make(at, NN_PASS_BACKWARD_WEIGHTS, &operation, layer);
    }
    return status;
}

static base_status create_linear(const site *at, nn_layer *layer)
{
    dnnl_inner_product_desc_t operation;
    linear_form form;
    base_status status = describe_linear(at, &form);

    if (status != BASE_OK)
        return status;
    layer->output = form.output;
    layer->weights[NN_PASS_FORWARD] = layer->weights[NN_PASS_BACKWARD_DATA] =
        layer->weights[NN_PASS_BACKWARD_WEIGHTS] = form.weights;
    status = nn_primitive_check(dnnl_inner_product_forward_desc_init(
                                    &operation,
                                    at->purpose.training ? dnnl_forward_training : dnnl_forward_inference,
                                    &form.input, &form.weights, &form.bias, &form.output),
                                at->node->name);
    if (status == BASE_OK)
        status = make(at, NN_PASS_FORWARD, &operation, layer);
    if (status == BASE_OK)
        status = linear_backward(at, &form, layer);
    return status;
}

static base_status create_by_kind(const site *at, nn_layer *layer)
{
    switch (at->node->op) {
    case NN_OP_CONVOLUTION:
        return create_convolution(at, layer);
    case NN_OP_BATCH_NORM:
        return create_norm(at, layer);
    case NN_OP_MAX_POOL:
        return create_pool(at, dnnl_pooling_max, layer);
    case NN_OP_GLOBAL_POOL:
        return create_pool(at, dnnl_pooling_avg_exclude_padding, layer);
    case NN_OP_LINEAR:
        return create_linear(at, layer);
    case NN_OP_INPUT:
        return describe(4, at->output_any.dims, dnnl_nchw, &layer->output);
    case NN_OP_ADD:
        layer->output = *at->input;
        return BASE_OK;
    }
    return BASE_ERR_INTERNAL;
}

base_status nn_layers_create(nn_engine *engine, const nn_graph *graph, int32_t index, int32_t batch,
                             const dnnl_memory_desc_t *input, nn_purpose purpose, const nn_plan *plan,
                             nn_layer *layer)
{
    const nn_node *node = &graph->nodes[index];
    site at = {
        .engine = engine, .node = node, .purpose = purpose, .choice = plan->choice[index], .input = input};
    dnnl_dims_t dims = {batch, node->channels, node->height, node->width};
    nn_layer made;
    base_status status;

    memset(&made, 0, sizeof made);
    at.stride[0] = at.stride[1] = node->stride;
    at.padding[0] = at.padding[1] = node->padding;
    at.kernel[0] = at.kernel[1] = node->kernel;
    if (node->op == NN_OP_GLOBAL_POOL) { /* one window: the whole map */
        at.stride[0] = at.kernel[0] = graph->nodes[node->input].height;
        at.stride[1] = at.kernel[1] = graph->nodes[node->input].width;
    }
    status = describe(4, dims, dnnl_format_tag_any, &at.output_any);
    if (status == BASE_OK)
        status = create_by_kind(&at, &made);
    if (status != BASE_OK) {
        nn_layers_destroy(&made);
        return status;
    }
    *layer = made;
    return BASE_OK;
}

void nn_layers_destroy(nn_layer *layer)
{
    int pass;

    if (layer == NULL)
        return;
    for (pass = 0; pass < NN_PASSES; pass++)
        nn_primitive_destroy(&layer->pass[pass]);
    memset(layer, 0, sizeof *layer);
}

base_status nn_layers_note(const nn_layer *layer, const char *name, nn_plan_text *text)
{
    base_status status = BASE_OK;
    int pass;

    for (pass = 0; pass < NN_PASSES && status == BASE_OK; pass++)
        if (layer->pass[pass].primitive != NULL)
            status =
                nn_plan_note(text, name, nn_plan_pass_name((nn_pass)pass), layer->pass[pass].implementation);
    return status;
}
