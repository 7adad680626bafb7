/** Softmax cross-entropy with label smoothing over the active classes. Internal to src/nn, but for nn_mix and
 * nn_in_mask. */
#ifndef NN_LOSS_H
#define NN_LOSS_H

#include <stdint.h>

/** Mix-up (Zhang et al., arXiv 1710.09412): which part of a sample is of which class. */
typedef struct nn_mix {
    const int32_t *other; /* [B] class of what is not of the label's */
    const float *share;   /* [B] part of the label, 0 to 1 */
} nn_mix;

/** What keeps heat maps inside masks, see nn_in_mask.h. H, W: of the last layer. */
typedef struct nn_in_mask {
    const float *inside;  /* [B,H,W] part of a position's pixels that is in the mask, times whole */
    const float *whole;   /* [H,W] how many pixels a position's heat is spread over */
    const uint8_t *known; /* [B] 0: the sample's mask is not known, and its map is left alone */
    float weight;         /* of 1 - E in the loss */
} nn_in_mask;

/** Sum of the samples' losses, gradient of their mean, and how many are right.
 *
 * Target: 1 - s for the label plus s / A for each of the A active classes (Szegedy et al., arXiv 1512.00567;
 * as PyTorch's label_smoothing); with a mix, the first part is divided between label and other class. An
 * inactive class has probability 0 and gradient 0. Local, no errors: labels are in [0,K) and active.
 * @param logits     [B,K]
 * @param labels     [B]
 * @param mix        NULL: nothing is mixed
 * @param active     [K]
 * @param gradient   [B,K] out
 * @param correct    out, samples whose largest active logit (the first of equals) is the label's
 */
double nn_loss_softmax(const float *logits, const int32_t *labels, const nn_mix *mix, const uint8_t *active,
                       float smoothing, int32_t batch, int32_t classes, float *gradient, int32_t *correct);

#endif
