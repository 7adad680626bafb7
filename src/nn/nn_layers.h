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
    dnnl_memory_desc_t output;
    dnnl_memory_desc_t weights[NN_PASSES]; /* convolution and linear: layout that each pass wants */
} nn_layer;

/** What a layer is built for. */
typedef struct nn_purpose {
    bool training;      /* batch statistics, gradients of weights; else folded norms, bias, `after` */
    bool backward_data; /* a gradient with respect to the input is needed */
    nn_after after;     /* scoring: what follows the convolution */
} nn_purpose;

/** Primitives for node `index` in batches of `batch`, given its input's layout.
 *
 * Activations keep one layout from the first convolution's output to the pool; a gradient has the layout of
 * its activation. NN_OP_INPUT and NN_OP_ADD get a layout and no primitives.
 * Local. BASE_ERR_LIBRARY, BASE_ERR_MEMORY; *layer is set on success only.
 */
base_status nn_layers_create(nn_engine *engine, const nn_graph *graph, int32_t index, int32_t batch,
                             const dnnl_memory_desc_t *input, nn_purpose purpose, const nn_plan *plan,
                             nn_layer *layer);

/** NULL-safe; safe on a zeroed layer. */
void nn_layers_destroy(nn_layer *layer);

/** Append the layer's primitives to the plan's text. Local. BASE_ERR_MEMORY. */
base_status nn_layers_note(const nn_layer *layer, const char *name, nn_plan_text *text);

/** Plain row-major layout of up to four dimensions, as files have it. Local. BASE_ERR_LIBRARY. */
base_status nn_layers_plain(int32_t rank, const int64_t dims[], dnnl_memory_desc_t *desc);

#endif
