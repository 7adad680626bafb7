/** A training replica's weights in the layout that its kernels like ("home"), in one flat buffer. Internal.
 *
 * Every tensor of nn_weights has a segment at the same place of four buffers: weights (running statistics
 * included), velocity, and the caller's gradient buffers, where the running statistics' place holds the
 * statistics of the micro-batch. The loss and the number of right answers follow. Segments start on 64 bytes.
 */
#ifndef NN_PARAMETERS_H
#define NN_PARAMETERS_H

#include "nn_layers.h"
#include "nn_weights.h"

typedef struct nn_segment {
    dnnl_memory_desc_t plain, home;
    size_t offset, floats; /* floats: with the layout's own padding */
} nn_segment;

typedef struct nn_parameters {
    nn_weights table;     /* names and shapes */
    nn_segment *segment;  /* [table.tensors] */
    size_t trained;       /* floats before the running statistics */
    size_t count;         /* floats of all segments */
    size_t loss, correct; /* places in a gradient buffer */
    size_t gradient_count;
    float *weights;  /* [count] */
    float *velocity; /* [trained] */
} nn_parameters;

/** Lay out the segments; a convolution's home is the layout its gradient comes in. Local. BASE_ERR_MEMORY,
 * BASE_ERR_LIBRARY.
 * @param layers  [graph->count]
 */
base_status nn_parameters_create(const nn_graph *graph, const nn_layer *layers, nn_parameters *parameters);

/** NULL-safe; safe if zeroed. */
void nn_parameters_destroy(nn_parameters *parameters);

/** Segment of a node's tensor; NULL if it has none of that kind. Local. */
const nn_segment *nn_parameters_find(const nn_parameters *parameters, int32_t node, nn_tensor_kind kind);

/** From the form of files into a flat buffer: the trained part, or all. Local. BASE_ERR_LIBRARY,
 * BASE_ERR_MEMORY; BASE_ERR_INTERNAL if the tables differ. */
base_status nn_parameters_import(nn_engine *engine, const nn_parameters *parameters, const nn_weights *from,
                                 bool trained_only, float *flat);

/** The way back. */
base_status nn_parameters_export(nn_engine *engine, const nn_parameters *parameters, const float *flat,
                                 bool trained_only, nn_weights *to);

/** Zero what no kernel writes: the gaps between segments of a gradient buffer. Local. */
void nn_parameters_clear_gaps(const nn_parameters *parameters, float *gradient);

#endif
