/** Batch norm folded into convolutions: the scoring form of a graph. Internal to src/nn.
 *
 * A norm with fixed statistics is a scale and a shift per channel, so it goes into the convolution before it;
 * the residual sum and the ReLU become what that convolution does to its result. What is left are the nodes
 * that own an output.
 */
#ifndef NN_FOLD_H
#define NN_FOLD_H

#include "nn_models.h"
#include "nn_weights.h"
#include <stdbool.h>

/** What computes a node's output in the folded graph. */
typedef struct nn_folded {
    bool present;        /* false: folded into another node */
    int32_t source;      /* node whose output is read */
    int32_t residual;    /* node whose output is added, -1 if none */
    int32_t convolution; /* node of the convolution, -1 for pools, linear and input */
    int32_t norm;        /* node of the norm folded into it, -1 likewise */
    bool relu;
    int32_t users; /* present nodes that read this output */
} nn_folded;

/** Fold a graph. Local, no errors.
 * @param folded  [graph->count] out
 */
void nn_fold_graph(const nn_graph *graph, nn_folded *folded);

/** A node's tensor of one kind; NULL if it has none. Local. */
const nn_tensor *nn_fold_find(const nn_weights *weights, int32_t node, nn_tensor_kind kind);

/** Weights and bias of a convolution with its norm, computed in f64. Local, no errors.
 * @param kernel  [O,I,H,W] out
 * @param bias    [O] out
 */
void nn_fold_weights(const nn_weights *weights, const nn_folded *folded, float *kernel, float *bias);

#endif
