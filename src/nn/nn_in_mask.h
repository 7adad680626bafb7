/** A loss that keeps heat maps inside masks while a network is trained. Internal to src/nn.
 *
 * The loss of a sample is 1 - E, where E = sum_z L(z) M(z) / sum_z L(z) is the energy-based pointing game
 * (Score-CAM, arXiv 1910.01279) of the Grad-CAM map of its own class at the last layer,
 * L(z) = ReLU(sum_k w_k A_k(z)) with the weights w of the linear head (Rao et al., arXiv 2303.11932). Its
 * gradient goes to the activations A; the head counts as constant in it.
 */
#ifndef NN_IN_MASK_H
#define NN_IN_MASK_H

#include "nn_heat.h"
#include "nn_loss.h"
#include "nn_plan.h"
#include <stdint.h>

/** Heat, in units of a logit, that is added to the mean of a map in the denominator of E: a map that fades
 * gives no large gradient. */
#define NN_IN_MASK_FLOOR 0.01

/** Activations [B,C,H,W] of the last layer, or their gradient. */
typedef struct nn_in_mask_array {
    nn_view view; /* its data are of this type */
    nn_dtype dtype;
} nn_in_mask_array;

/** Loss, and its gradient by the maps before ReLU. Local, no errors; summed in f64 in a fixed order.
 * @param head    [K,C] weights of the linear head
 * @param labels  [B] in [0,K)
 * @param slope   [B,H,W] out: of the mean over B
 * @return sum over the samples of weight times 1 - E */
double nn_in_mask_loss(const nn_in_mask_array *activations, const float *head, const int32_t *labels,
                       const nn_in_mask *masks, float *slope);

/** Add slope(z) w_k to the gradient of A_k(z). Local, no errors. */
void nn_in_mask_spread(const nn_in_mask_array *gradient, const float *head, const int32_t *labels,
                       const float *slope);

#endif
