/** Element-wise loops over activations: what oneDNN has no primitive for. Internal to src/nn.
 *
 * Every element is computed by itself, with f32 arithmetic and one rounding at the end, so neither the width
 * of the vectors nor the number of threads shows in the bits. out may be a or b. Local, no errors.
 */
#ifndef NN_LOOPS_H
#define NN_LOOPS_H

#include "nn_plan.h"
#include <stddef.h>

typedef enum nn_loop {
    NN_LOOP_COPY,     /* out = a */
    NN_LOOP_ADD,      /* out = a + b */
    NN_LOOP_ADD_RELU, /* out = max(a + b, 0) */
    NN_LOOP_MASK,     /* out = a where mask > 0, else 0: backward through a ReLU whose output was mask */
    NN_LOOP_ADD_MASK, /* out = a + b where mask > 0, else 0 */
    NN_LOOPS
} nn_loop;

/** Run a loop over `count` elements of arrays of this type; b and mask may be NULL where they are not used.
 */
void nn_loops_run(nn_loop loop, nn_dtype dtype, void *out, const void *a, const void *b, const void *mask,
                  size_t count);

/** Elements of this type in a buffer of `floats` floats. */
static inline size_t nn_loops_elements(nn_dtype dtype, size_t floats)
{
    return dtype == NN_DTYPE_BF16 ? 2 * floats : floats;
}

/** One step of SGD with Nesterov momentum, see nn_optimizer_step(). */
void nn_loops_step(float *weights, float *velocity, const float *gradient, size_t count, float scale,
                   float rate, float momentum, float decay);

#endif
