/** Heat maps from activations and channel weights (Grad-CAM, arXiv 1610.02391). Internal to src/nn. */
#ifndef NN_HEAT_H
#define NN_HEAT_H

#include "nn_primitive.h"
#include <stdint.h>

/** Activations [N,C,H,W] in a plain layout or one that is blocked over the channels. */
typedef struct nn_view {
    const float *data;
    int64_t batch, channels, positions; /* positions: H * W */
    int64_t block;                      /* neighbouring channels stored together, 1 in plain layouts */
    int64_t sample_stride, block_stride, position_stride;
} nn_view;

/** Look at data of this layout. Local. BASE_ERR_INTERNAL if the layout is of no such form. */
base_status nn_heat_view(const dnnl_memory_desc_t *desc, const float *data, nn_view *view);

/** alpha [N,C]: mean over the positions. Local, no errors. */
void nn_heat_mean(const nn_view *view, float *alpha);

/** features [N,C]: mean over the positions weighted by the map, the plain mean where the map is all zero;
 * summed in f64. Local, no errors. @param maps [N,H,W] >= 0 */
void nn_heat_features(const nn_view *view, const float *maps, float *features);

/** maps [N,H,W]: ReLU of the sum over channels of alpha times activation, summed in f64. Local, no errors. */
void nn_heat_maps(const nn_view *view, const float *alpha, float *maps);

#endif
