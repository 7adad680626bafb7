#include "nn_layers.h"
#include "base_log.h"
#include "nn_check.h"
#include <stdio.h>
#include <string.h>

#define NORM_EPSILON 1e-5f
#define WHAT_MAX     (NN_NAME_MAX + 24)

/* What the creation of one layer works with. */
typedef struct site {
    nn_engine *engine;
    const nn_node *node, *input;
    int32_t batch;
    nn_purpose purpose;
    nn_form form;
    const nn_choice *choice; /* [NN_PASSES] */
    bool quiet;
    dnnl_dims_t stride, padding, kernel;
} site;

static base_status describe(int rank, const dnnl_dims_t dims, nn_dtype dtype, dnnl_format_tag_t tag,
                            dnnl_memory_desc_t *desc)
{
    return nn_check(
        dnnl_memory_desc_init_by_tag(desc, rank, dims, dtype == NN_DTYPE_BF16 ? dnnl_bf16 : dnnl_f32, tag),
        "layout");
}

base_status nn_layers_plain(int32_t rank, const int64_t dims[], dnnl_memory_desc_t *desc)
{
    static const dnnl_format_tag_t tags[] = {dnnl_a, dnnl_ab, dnnl_abc, dnnl_abcd};
    dnnl_dims_t size = {0};
    int32_t i;

    for (i = 0; i < rank; i++)
        size[i] = dims[i];
    return describe(rank, size, NN_DTYPE_F32, tags[rank - 1], desc);
}

/* The layout of `channels` channels: whole vectors of the CPU where that is asked for. */
static dnnl_format_tag_t tag_of(nn_layout layout, int32_t channels)
{
    bool wide = nn_engine_is_wide();

    if (layout == NN_LAYOUT_NHWC)
        return dnnl_nhwc;
    if (channels % (wide ? 16 : 8) != 0)
        return dnnl_nchw;
    return wide ? dnnl_nChw16c : dnnl_nChw8c;
}

base_status nn_layers_activation(const nn_node *node, int32_t batch, nn_form form, dnnl_memory_desc_t *desc)
{
    dnnl_dims_t dims = {batch, node->channels, node->height, node->width};

    return describe(4, dims, form.dtype, tag_of(form.layout, node->channels), desc);
}

static base_status make(const site *at, nn_pass pass, const void *operation, nn_layer *layer)
{
    char what[WHAT_MAX];
    bool scoring = pass == NN_PASS_FORWARD && !at->purpose.training;

    snprintf(what, sizeof what, "%s %s", at->node->name, nn_plan_pass_name(pass));
    layer->choice[pass] = at->choice[pass];
    return nn_primitive_create(at->engine, operation, scoring ? at->purpose.after : (nn_after){false, false},
                               pass == NN_PASS_FORWARD ? NULL : &layer->pass[NN_PASS_FORWARD],
                               at->choice[pass].skip, at->quiet ? NULL : what, &layer->pass[pass]);
}

static dnnl_alg_kind_t algorithm(const nn_choice *choice)
{
    return choice->algorithm == NN_ALGORITHM_WINOGRAD ? dnnl_convolution_winograd : dnnl_convolution_direct;
}

/* What one pass reads and writes, weights left to oneDNN; gradients of weights are f32. */
static base_status describe_pass(const site *at, nn_pass pass, nn_layer *layer, dnnl_memory_desc_t *weights)
{
    dnnl_dims_t dims = {at->node->channels, at->input->channels, at->node->kernel, at->node->kernel};
    nn_form form = at->choice[pass].form;
    base_status status = nn_layers_activation(at->input, at->batch, form, &layer->source[pass]);

    if (status == BASE_OK)
        status = nn_layers_activation(at->node, at->batch, form, &layer->target[pass]);
    if (status == BASE_OK)
        status = describe(4, dims, pass == NN_PASS_BACKWARD_WEIGHTS ? NN_DTYPE_F32 : form.dtype,
                          dnnl_format_tag_any, weights);
    return status;
}

static dnnl_status_t describe_convolution(const site *at, nn_pass pass, const nn_layer *layer,
                                          const dnnl_memory_desc_t *weights,
                                          dnnl_convolution_desc_t *operation)
{
    const dnnl_memory_desc_t *source = &layer->source[pass], *target = &layer->target[pass];
    dnnl_alg_kind_t kind = algorithm(&at->choice[pass]);
    dnnl_dims_t channels = {at->node->channels};
    dnnl_memory_desc_t bias;

    if (pass == NN_PASS_BACKWARD_DATA)
        return dnnl_convolution_backward_data_desc_init(operation, kind, source, weights, target, at->stride,
                                                        at->padding, at->padding);
    if (pass == NN_PASS_BACKWARD_WEIGHTS)
        return dnnl_convolution_backward_weights_desc_init(operation, kind, source, weights, NULL, target,
                                                           at->stride, at->padding, at->padding);
    if (at->purpose.training)
        return dnnl_convolution_forward_desc_init(operation, dnnl_forward_training, kind, source, weights,
                                                  NULL, target, at->stride, at->padding, at->padding);
    dnnl_memory_desc_init_by_tag(&bias, 1, channels, dnnl_f32, dnnl_a);
    return dnnl_convolution_forward_desc_init(operation, dnnl_forward_inference, kind, source, weights, &bias,
                                              target, at->stride, at->padding, at->padding);
}

/* camal's own kernel, which has one implementation and one form. */
static base_status taps_pass(const site *at, nn_pass pass, nn_layer *layer)
{
    const nn_choice *choice = &at->choice[pass];
    const nn_taps taps = {.pass = pass,
                          .batch = at->batch,
                          .height = at->node->height,
                          .width = at->node->width,
                          .inputs = at->input->channels,
                          .outputs = at->node->channels,
                          .kernel = at->node->kernel};
    base_status status;

    if (!nn_taps_fit(at->node, at->input) || !at->purpose.training || choice->skip > 0 ||
        choice->form.dtype != NN_DTYPE_F32 || choice->form.layout != NN_LAYOUT_NHWC) {
        if (!at->quiet)
            base_log_error(
                "nn: %s: convolution by taps is for training, f32 nhwc, 3x3 of stride 1 on at most %d "
                "positions",
                at->node->name, NN_TAPS_POSITIONS_MAX);
        return BASE_ERR_LIBRARY;
    }
    layer->choice[pass] = *choice;
    nn_primitive_create_taps(&taps, &layer->pass[pass]);
    status = nn_taps_activation(&taps, taps.inputs, &layer->source[pass]);
    if (status == BASE_OK)
        status = nn_taps_activation(&taps, taps.outputs, &layer->target[pass]);
    return status == BASE_OK ? nn_taps_weights(&taps, &layer->weights[pass]) : status;
}

static base_status convolution_pass(const site *at, nn_pass pass, nn_layer *layer)
{
    const dnnl_query_t query =
        pass == NN_PASS_BACKWARD_WEIGHTS ? dnnl_query_diff_weights_md : dnnl_query_weights_md;
    dnnl_convolution_desc_t operation;
    dnnl_memory_desc_t weights;
    base_status status = describe_pass(at, pass, layer, &weights);

    if (status == BASE_OK && at->choice[pass].algorithm == NN_ALGORITHM_TAPS)
        return taps_pass(at, pass, layer);
    if (status == BASE_OK)
        status = nn_check(describe_convolution(at, pass, layer, &weights, &operation),
                          at->quiet ? NULL : at->node->name);
    if (status == BASE_OK)
        status = make(at, pass, &operation, layer);
    if (status == BASE_OK)
        layer->weights[pass] = *nn_primitive_layout(&layer->pass[pass], query);
    return status;
}

static base_status create_convolution(const site *at, nn_layer *layer)
{
    base_status status = convolution_pass(at, NN_PASS_FORWARD, layer);

    if (status == BASE_OK && at->purpose.backward_data)
        status = convolution_pass(at, NN_PASS_BACKWARD_DATA, layer);
    if (status == BASE_OK && at->purpose.training)
        status = convolution_pass(at, NN_PASS_BACKWARD_WEIGHTS, layer);
    return status;
}

/* In training only: a scoring replica has its norms folded away. */
static base_status create_norm(const site *at, nn_layer *layer)
{
    unsigned flags = (unsigned)dnnl_use_scale | (unsigned)dnnl_use_shift |
                     (at->node->relu ? (unsigned)dnnl_fuse_norm_relu : 0u);
    dnnl_batch_normalization_desc_t operation;
    base_status status = nn_check(dnnl_batch_normalization_forward_desc_init(
                                      &operation, dnnl_forward_training, &layer->output, NORM_EPSILON, flags),
                                  at->node->name);

    if (status == BASE_OK)
        status = make(at, NN_PASS_FORWARD, &operation, layer);
    if (status == BASE_OK)
        status = nn_check(dnnl_batch_normalization_backward_desc_init(
                              &operation, dnnl_backward, &layer->output, &layer->output, NORM_EPSILON, flags),
                          at->node->name);
    if (status == BASE_OK)
        status = make(at, NN_PASS_BACKWARD_DATA, &operation, layer);
    return status;
}

static base_status create_pool(const site *at, dnnl_alg_kind_t kind, nn_layer *layer)
{
    dnnl_pooling_desc_t operation;
    dnnl_memory_desc_t input;
    base_status status = nn_layers_activation(at->input, at->batch, at->form, &input);

    if (status == BASE_OK)
        status = nn_check(dnnl_pooling_forward_desc_init(
                              &operation,
                              at->purpose.backward_data ? dnnl_forward_training : dnnl_forward_inference,
                              kind, &input, &layer->output, at->stride, at->kernel, at->padding, at->padding),
                          at->node->name);
    if (status == BASE_OK)
        status = make(at, NN_PASS_FORWARD, &operation, layer);
    if (status != BASE_OK || !at->purpose.backward_data)
        return status;
    status = nn_check(dnnl_pooling_backward_desc_init(&operation, kind, &input, &layer->output, at->stride,
                                                      at->kernel, at->padding, at->padding),
                      at->node->name);
    if (status == BASE_OK)
        status = make(at, NN_PASS_BACKWARD_DATA, &operation, layer);
    return status;
}

/* The linear layer is small: f32 and plain layouts in any plan. Its input is the pool's output seen as [N,C].
 */
typedef struct linear_form {
    dnnl_memory_desc_t input, weights, bias;
} linear_form;

static base_status describe_linear(const site *at, linear_form *form, nn_layer *layer)
{
    const dnnl_dim_t inputs = at->input->channels, classes = at->node->channels;
    dnnl_dims_t input = {at->batch, inputs}, weights = {classes, inputs}, bias = {classes},
                output = {at->batch, classes};
    base_status status = describe(2, input, NN_DTYPE_F32, dnnl_ab, &form->input);
    int pass;

    if (status == BASE_OK)
        status = describe(2, input, at->form.dtype, dnnl_ab, &layer->flat);
    if (status == BASE_OK)
        status = describe(2, weights, NN_DTYPE_F32, dnnl_ab, &form->weights);
    if (status == BASE_OK)
        status = describe(1, bias, NN_DTYPE_F32, dnnl_a, &form->bias);
    if (status == BASE_OK)
        status = describe(2, output, NN_DTYPE_F32, dnnl_ab, &layer->output);
    for (pass = 0; pass < NN_PASSES; pass++) {
        layer->source[pass] = form->input;
        layer->target[pass] = layer->output;
        layer->weights[pass] = form->weights;
    }
    return status;
}

static base_status linear_backward(const site *at, const linear_form *form, nn_layer *layer)
{
    dnnl_inner_product_desc_t operation;
    base_status status = BASE_OK;

    if (at->purpose.backward_data) {
        status = nn_check(dnnl_inner_product_backward_data_desc_init(&operation, &form->input, &form->weights,
                                                                     &layer->output),
                          at->node->name);
        if (status == BASE_OK)
            status = make(at, NN_PASS_BACKWARD_DATA, &operation, layer);
    }
    if (status == BASE_OK && at->purpose.training) {
        status = nn_check(dnnl_inner_product_backward_weights_desc_init(
                              &operation, &form->input, &form->weights, &form->bias, &layer->output),
                          at->node->name);
        if (status == BASE_OK)
            status = make(at, NN_PASS_BACKWARD_WEIGHTS, &operation, layer);
    }
    return status;
}

static base_status create_linear(const site *at, nn_layer *layer)
{
    static const nn_choice plain = {.form = {NN_DTYPE_F32, NN_LAYOUT_BLOCKED}};
    const nn_choice choice[NN_PASSES] = {plain, plain, plain};
    dnnl_inner_product_desc_t operation;
    linear_form form;
    site here = *at;
    base_status status = describe_linear(at, &form, layer);

    if (status != BASE_OK)
        return status;
    here.choice = choice;
    status = nn_check(dnnl_inner_product_forward_desc_init(
                          &operation, at->purpose.training ? dnnl_forward_training : dnnl_forward_inference,
                          &form.input, &form.weights, &form.bias, &layer->output),
                      at->node->name);
    if (status == BASE_OK)
        status = make(&here, NN_PASS_FORWARD, &operation, layer);
    if (status == BASE_OK)
        status = linear_backward(&here, &form, layer);
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
    case NN_OP_ADD:
        return BASE_OK;
    }
    return BASE_ERR_INTERNAL;
}

static site site_of(nn_engine *engine, const nn_graph *graph, int32_t index, int32_t batch,
                    nn_purpose purpose)
{
    const nn_node *node = &graph->nodes[index];
    const nn_node *input = node->input < 0 ? NULL : &graph->nodes[node->input];
    site at = {.engine = engine, .node = node, .input = input, .batch = batch, .purpose = purpose};

    at.stride[0] = at.stride[1] = node->stride;
    at.padding[0] = at.padding[1] = node->padding;
    at.kernel[0] = at.kernel[1] = node->kernel;
    if (node->op == NN_OP_GLOBAL_POOL) { /* one window: the whole map */
        at.stride[0] = at.kernel[0] = input->height;
        at.stride[1] = at.kernel[1] = input->width;
    }
    return at;
}

base_status nn_layers_create(nn_engine *engine, const nn_graph *graph, int32_t index, int32_t batch,
                             nn_purpose purpose, const nn_plan *plan, nn_layer *layer)
{
    site at = site_of(engine, graph, index, batch, purpose);
    nn_layer made;
    base_status status;

    memset(&made, 0, sizeof made);
    at.form = plan->form;
    at.choice = plan->choice[index];
    status = nn_layers_activation(at.node, batch, plan->form, &made.output);
    if (status == BASE_OK)
        status = create_by_kind(&at, &made);
    if (status != BASE_OK) {
        nn_layers_destroy(&made);
        return status;
    }
    *layer = made;
    return BASE_OK;
}

base_status nn_layers_try(nn_engine *engine, const nn_graph *graph, int32_t index, int32_t batch,
                          nn_purpose purpose, nn_pass pass, nn_choice choice, nn_layer *layer)
{
    const nn_choice choices[NN_PASSES] = {choice, choice, choice};
    site at = site_of(engine, graph, index, batch, purpose);

    at.form = choice.form;
    at.choice = choices;
    at.quiet = true;
    return convolution_pass(&at, pass, layer);
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
        if (nn_primitive_exists(&layer->pass[pass]))
            status = nn_plan_note(text, name, (nn_pass)pass, &layer->choice[pass],
                                  layer->pass[pass].implementation);
    return status;
}
