/** Softmax cross-entropy with label smoothing over the active classes. Internal to src/nn. */
#ifndef NN_LOSS_H
#define NN_LOSS_H

#include <stdint.h>

/** Sum of the samples' losses, gradient of their mean, and how many are right.
 *
 * Target: 1 - s for the label plus s / A for each of the A active classes (Szegedy et al., arXiv 1512.00567;
 * as PyTorch's label_smoothing). An inactive class has probability 0 and gradient 0. Local, no errors: labels
 * are in [0,K) and active.
 * @param logits     [B,K]
 * @param labels     [B]
 * @param active     [K]
 * @param gradient   [B,K] out
 * @param correct    out, samples whose largest active logit (the first of equals) is the label's
 */
double nn_loss_softmax(const float *logits, const int32_t *labels, const uint8_t *active, float smoothing,
                       int32_t batch, int32_t classes, float *gradient, int32_t *correct);

#endif
