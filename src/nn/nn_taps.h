/** Convolution on small maps as one product of matrices a tap. Internal to src/nn.
 *
 * A 3x3 convolution on a 2x2 map meets 16 of the 36 products that it is made of; the rest is padding, which
 * convolution kernels multiply nevertheless. Here each tap is a product of [batch, channels] matrices for
 * each pair of positions that it joins, and nothing else: on small maps twice to three times as fast,
 * backward weights most of all. f32, nhwc, stride 1, as much padding as keeps the map's size.
 */
#ifndef NN_TAPS_H
#define NN_TAPS_H

#include "base_status.h"
#include "nn_models.h"
#include "nn_plan.h"
#include <dnnl.h>

/* Larger maps have little padding, and kernels that know them do better. */
#define NN_TAPS_POSITIONS_MAX 16

/** What is computed; kernel is 0 in a struct that stands for nothing. */
typedef struct nn_taps {
    nn_pass pass;
    int64_t batch, height, width, inputs, outputs;
    int64_t kernel;
} nn_taps;

/** True if a convolution is of the kind that this is for. */
bool nn_taps_fit(const nn_node *node, const nn_node *input);

/** Layout of the weights or their gradient, the same for all passes: taps, then [inputs,outputs]. Local.
 * BASE_ERR_LIBRARY. */
base_status nn_taps_weights(const nn_taps *taps, dnnl_memory_desc_t *desc);

/** Layout of an activation of `channels` channels or its gradient: [batch,height,width,channels], and for
 * backward data [channels,height,width,batch], so that weights need not be turned. Local. BASE_ERR_LIBRARY.
 */
base_status nn_taps_activation(const nn_taps *taps, int64_t channels, dnnl_memory_desc_t *desc);

/** Compute.
 *
 * Local. BASE_ERR_LIBRARY.
 * @param source   input, or out its gradient (backward data)
 * @param target   out output, or its gradient (backward passes)
 * @param weights  weights, or out their gradient (backward weights)
 */
base_status nn_taps_run(const nn_taps *taps, float *source, float *target, float *weights);

#endif
