/** The oneDNN primitives of one node of a graph. Internal to src/nn. */
#ifndef NN_LAYERS_H
#define NN_LAYERS_H

#include "nn_models.h"
#include "nn_plan.h"
#include "nn_primitive.h"

/** A node's primitives (zero where it needs none) and the layouts they want. Its place must not change once
 * arguments are bound. */
typedef struct nn_layer {
    nn_primitive pass[NN_PASSES]; /* of the norm and the pools, backward_data does the whole backward pass */
    nn_choice choice[NN_PASSES];
    dnnl_memory_desc_t output; /* in the plan's form; the logits are f32 */
    dnnl_memory_desc_t flat;   /* linear: its input [N,C] in the plan's form */
    /* Convolution and linear: what each pass wants the input (or its gradient), the output (or its gradient)
     * and the weights in. */
    dnnl_memory_desc_t source[NN_PASSES], target[NN_PASSES], weights[NN_PASSES];
} nn_layer;

/** What a layer is built for. */
typedef struct nn_purpose {
    bool training;      /* batch statistics, gradients of weights; else folded norms, bias, `after` */
    bool backward_data; /* a gradient with respect to the input is needed */
    nn_after after;     /* scoring: what follows the convolution */
} nn_purpose;

/** Primitives for node `index` in batches of `batch`.
 *
 * Activations and their gradients keep the plan's form from the input to the global pool; a pass whose choice
 * names another form takes copies. NN_OP_INPUT and NN_OP_ADD get a layout and no primitives.
 * Local. BASE_ERR_LIBRARY, BASE_ERR_MEMORY; *layer is set on success only.
 */
base_status nn_layers_create(nn_engine *engine, const nn_graph *graph, int32_t index, int32_t batch,
                             nn_purpose purpose, const nn_plan *plan, nn_layer *layer);

/** One pass of convolution `index` alone, for a search: into layer->pass[pass] and what belongs to it.
 *
 * The layer is zero or holds the forward pass already, which a backward one needs. Local. BASE_ERR_LIBRARY
 * without a message if there is no such kernel; BASE_ERR_MEMORY.
 */
base_status nn_layers_try(nn_engine *engine, const nn_graph *graph, int32_t index, int32_t batch,
                          nn_purpose purpose, nn_pass pass, nn_choice choice, nn_layer *layer);

/** NULL-safe; safe on a zeroed layer. */
void nn_layers_destroy(nn_layer *layer);

/** Append the layer's primitives to the plan's text. Local. BASE_ERR_MEMORY. */
base_status nn_layers_note(const nn_layer *layer, const char *name, nn_plan_text *text);

/** Plain row-major f32 of up to four dimensions, as files have it. Local. BASE_ERR_LIBRARY. */
base_status nn_layers_plain(int32_t rank, const int64_t dims[], dnnl_memory_desc_t *desc);

/** Activations of a node in a form. Channels that fill no block stay in plain layout. Local.
 * BASE_ERR_LIBRARY. */
base_status nn_layers_activation(const nn_node *node, int32_t batch, nn_form form, dnnl_memory_desc_t *desc);

#endif
