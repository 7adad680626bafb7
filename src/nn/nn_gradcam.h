/** Scoring replica: inference with folded batch norm, and Grad-CAM heat maps.
 *
 * Heat map of class c at a layer A of K' channels and Z positions (Selvaraju et al., arXiv 1610.02391):
 * alpha_k = (1/Z) sum over positions of dY^c/dA_k on the logit Y^c; L = ReLU(sum_k alpha_k A_k).
 * Where A feeds the global pool and the linear head, alpha_k = w_ck / Z exactly and no backward pass is run.
 */
#ifndef NN_GRADCAM_H
#define NN_GRADCAM_H

#include "base_status.h"
#include "nn_engine.h"
#include "nn_models.h"
#include "nn_plan.h"
#include "nn_profile.h"
#include "nn_weights.h"
#include <stdbool.h>
#include <stdint.h>

#define NN_GRADCAM_BATCH 32 /* samples a forward pass where samples are scored: part of the bits */

typedef struct nn_gradcam nn_gradcam;

/** Build for batches of exactly `batch` samples, heat maps at `layer` ("last" or a name of the graph), by a
 * plan (NULL: the default one).
 *
 * Local. BASE_ERR_USAGE (no such layer), BASE_ERR_LIBRARY, BASE_ERR_MEMORY.
 */
base_status nn_gradcam_create(nn_engine *engine, const nn_graph *graph, int32_t batch, const char *layer,
                              const nn_plan *plan, nn_gradcam **gradcam);

/** NULL-safe; nulls the pointer. */
void nn_gradcam_destroy(nn_gradcam **gradcam);

/** Fold batch norm into the convolutions and take the weights over. Local. BASE_ERR_LIBRARY, BASE_ERR_MEMORY;
 * BASE_ERR_NUMERIC (a weight is not finite; a ReLU would hide it). */
base_status nn_gradcam_load(nn_gradcam *gradcam, const nn_weights *weights);

/** Logits of a batch. Local. BASE_ERR_LIBRARY, BASE_ERR_NUMERIC (a logit is not finite).
 * @param images  [B,3,S,S] f32, normalised, NCHW
 * @param logits  [B,K] out
 */
base_status nn_gradcam_run(nn_gradcam *gradcam, const float *images, float *logits);

/** Height and width of the maps. */
void nn_gradcam_map_size(const nn_gradcam *gradcam, int32_t *height, int32_t *width);

/** Raw heat maps L of the last batch run, one class a sample, not normalised.
 *
 * Local. BASE_ERR_LIBRARY.
 * @param classes  [B] class of each sample's map
 * @param maps     [B,h,w] out
 */
base_status nn_gradcam_maps(nn_gradcam *gradcam, const int32_t *classes, float *maps);

/** The same always by the backward pass; what nn_gradcam_maps() uses for inner layers. */
base_status nn_gradcam_maps_backward(nn_gradcam *gradcam, const int32_t *classes, float *maps);

/** Floats of a feature vector: of nn_gradcam_features(), or of nn_gradcam_heated() if `heated`. */
size_t nn_gradcam_width(const nn_gradcam *gradcam, bool heated);

/** What the linear head saw of the last batch run. Local. @param features  [B,width] out */
void nn_gradcam_features(const nn_gradcam *gradcam, float *features);

/** The heat-map layer's activations of the last batch run, averaged over the positions with these maps as
 * weights: h = sum_z L(z) A(z) / sum_z L(z), the plain mean where L is all zero. Local.
 * @param maps      [B,h,w] of nn_gradcam_maps()
 * @param features  [B,width] out */
void nn_gradcam_heated(const nn_gradcam *gradcam, const float *maps, float *features);

/** True if the layer's maps come in closed form. */
bool nn_gradcam_is_closed_form(const nn_gradcam *gradcam);

/** One line a primitive, as nn_network_plan(). */
const char *nn_gradcam_plan(const nn_gradcam *gradcam);

/** As nn_network_measure() and nn_network_limit(). */
void nn_gradcam_measure(nn_gradcam *gradcam, nn_profile *profile);
base_status nn_gradcam_limit(nn_gradcam *gradcam, int repeats, nn_profile *limit);

#endif
