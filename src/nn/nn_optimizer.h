/** SGD with Nesterov momentum, and the learning rate's schedule. */
#ifndef NN_OPTIMIZER_H
#define NN_OPTIMIZER_H

#include "base_config.h"
#include <stddef.h>
#include <stdint.h>

/** One step on a flat buffer, as PyTorch's SGD(nesterov=True, dampening=0):
 * g = gradient * scale + decay * w; v = momentum * v + g; w -= rate * (g + momentum * v).
 *
 * decay is 0 for norms and biases: call once a segment. Local, no errors.
 */
void nn_optimizer_step(float *weights, float *velocity, const float *gradient, size_t count, float scale,
                       float rate, float momentum, float decay);

/** Learning rate of a step (0-based) of `steps`.
 *
 * one_cycle: PyTorch's OneCycleLR with cosine annealing, pct_start = warmup, div_factor 25, final_div_factor
 * 1e4. cosine: linear warm-up over warmup * steps, then half a cosine to 0. Local.
 */
double nn_optimizer_rate(base_schedule schedule, double peak, double warmup, int64_t step, int64_t steps);

#endif
