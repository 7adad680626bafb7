/** A training replica: forward, loss, backward and update of one micro-batch shape.
 *
 * Weights live in one flat aligned buffer in the layout that the kernels like; nn_network_load() and
 * nn_network_save() translate from and to the layout of files. Batch statistics, the loss and the number of
 * correct answers ride at the end of the gradient buffer, so that one reduction combines everything.
 */
#ifndef NN_NETWORK_H
#define NN_NETWORK_H

#include "base_status.h"
#include "nn_engine.h"
#include "nn_loss.h"
#include "nn_models.h"
#include "nn_plan.h"
#include "nn_profile.h"
#include "nn_weights.h"
#include <stddef.h>
#include <stdint.h>

typedef struct nn_network nn_network;

/** What one or more reduced micro-batches say beside the gradient. */
typedef struct nn_outcome {
    double loss;    /* mean over the samples */
    double correct; /* share of samples whose largest active logit is the label's */
} nn_outcome;

/** Who is told, during a backward pass, that the floats [first, nn_network_gradient_count()) of the gradient
 * buffer are final. `first` falls from call to call, down to 0; what lies behind it may be sent already. */
typedef struct nn_ready {
    void (*call)(void *context, size_t first);
    void *context;
} nn_ready;

/** Build a replica for micro-batches of `batch` samples by a plan (NULL: the default one).
 *
 * Local. BASE_ERR_USAGE (a norm would see a single value), BASE_ERR_LIBRARY (no such kernel on this CPU),
 * BASE_ERR_MEMORY. */
base_status nn_network_create(nn_engine *engine, const nn_graph *graph, int32_t batch, const nn_plan *plan,
                              nn_network **network);

/** NULL-safe; nulls the pointer. */
void nn_network_destroy(nn_network **network);

/** Take weights and running statistics from the form of files; velocity from `velocity` (same table as
 * weights, only its trained part counts), or zero if NULL. Local. BASE_ERR_LIBRARY. */
base_status nn_network_load(nn_network *network, const nn_weights *weights, const nn_weights *velocity);

/** Write weights and statistics, and the velocity where `velocity` is not NULL, into buffers made by
 * nn_weights_create() for the same graph. Local. BASE_ERR_LIBRARY. */
base_status nn_network_save(nn_network *network, nn_weights *weights, nn_weights *velocity);

/** Floats in a gradient buffer: gradients, batch statistics, loss and correct count. */
size_t nn_network_gradient_count(const nn_network *network);

/** Forward, loss and backward of one micro-batch.
 *
 * The loss is softmax cross-entropy with label smoothing over the active classes only (an inactive class has
 * probability 0 and gradient 0), of mixed targets where there is a mix, and where there are masks what keeps
 * the labels' heat maps inside them (nn_in_mask.h); labels must be active. The gradient is that of the
 * micro-batch's mean loss.
 *
 * Local. BASE_ERR_LIBRARY; BASE_ERR_NUMERIC if the loss or a norm's batch statistic is not
 * finite.
 * @param images    [B,3,S,S] f32, normalised, NCHW
 * @param labels    [B]
 * @param mix       other labels and shares [B] (nn_loss.h), or NULL: nothing is mixed
 * @param masks     of the labels' objects (nn_loss.h), or NULL: heat maps are left alone
 * @param active    [K] 1 for active classes
 * @param gradient  [nn_network_gradient_count()] out, 64-byte aligned
 * @param ready     told as parts of the gradient are final, on the calling thread; may be NULL
 */
base_status nn_network_gradient(nn_network *network, const float *images, const int32_t *labels,
                                const nn_mix *mix, const nn_in_mask *masks, const uint8_t *active,
                                float smoothing, float *gradient, const nn_ready *ready);

/** Height and width of the last layer's heat maps. Local. */
void nn_network_map_size(const nn_network *network, int32_t *height, int32_t *width);

/** The logits [B,K] of the last nn_network_gradient(). Valid until the next call. */
const float *nn_network_logits(const nn_network *network);

/** Update weights, velocity and running statistics from the sum over `microbatches` gradient buffers.
 *
 * Local. BASE_ERR_NUMERIC, and nothing is changed, if the loss or a batch statistic in the buffer is not
 * finite.
 * @param gradient  [nn_network_gradient_count()] sum of micro-batches; unchanged
 * @param outcome   out, may be NULL
 */
base_status nn_network_update(nn_network *network, const float *gradient, int32_t microbatches, double rate,
                              double momentum, double weight_decay, nn_outcome *outcome);

/** Copy of a gradient buffer's trained part in the layout of files (for tests and tools). Local. */
base_status nn_network_gradient_export(nn_network *network, const float *gradient, nn_weights *weights);

/** Look for a value that is not finite in the weights and the velocity, and in a gradient buffer where
 * `gradient` is not NULL; its tensor is named. A pass over memory: for moments of doubt, and before weights
 * are kept. Local. BASE_ERR_NUMERIC. */
base_status nn_network_check(const nn_network *network, const float *gradient);

/** A number that is the same where weights, statistics and velocity have the same bits. Local. */
uint64_t nn_network_fingerprint(const nn_network *network);

/** One line a primitive, "layer1.0.conv1 forward jit:avx512_core", for the round file's /plan. The text
 * lives as long as the network. */
const char *nn_network_plan(const nn_network *network);

/** From now on add the time of every step's parts to `profile` (NULL: stop). Local. */
void nn_network_measure(nn_network *network, nn_profile *profile);

/** The limit of a step, after a first one: each kernel of the plan run alone, `repeats` times, the medians
 * added up. Overwrites activations, not weights. Local. BASE_ERR_LIBRARY, BASE_ERR_MEMORY, BASE_ERR_INTERNAL
 * (no step yet). */
base_status nn_network_limit(nn_network *network, int repeats, nn_profile *limit);

#endif
