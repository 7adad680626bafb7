/** Scoring a batch: records of pool samples, and of validation and test samples whose masks are known.
 *
 * Batches have a fixed size and are padded at the end; a record depends on its sample and the weights alone,
 * on no number of ranks or threads. The pool is driven by learn_pool.
 */
#ifndef LEARN_SCORER_H
#define LEARN_SCORER_H

#include "base_shard.h"
#include "base_status.h"
#include "comm_world.h"
#include "learn_data.h"
#include "nn_gradcam.h"
#include "store_records.h"

#define LEARN_SCORER_BATCH NN_GRADCAM_BATCH

typedef struct learn_scorer learn_scorer;

/** Make a scorer for a graph by a plan (NULL: the default one). `layer` and `threshold` are the
 * configuration's cam section. Local. BASE_ERR_USAGE, BASE_ERR_LIBRARY, BASE_ERR_MEMORY. */
base_status learn_scorer_create(nn_engine *engine, const nn_graph *graph, const nn_plan *plan,
                                const store_table *table, const char *layer, double threshold,
                                learn_scorer **scorer);

/** NULL-safe; nulls the pointer. */
void learn_scorer_destroy(learn_scorer **scorer);

/** Use these weights and these active classes from now on. Local. BASE_ERR_LIBRARY.
 * @param active [K] copied */
base_status learn_scorer_load(learn_scorer *scorer, const nn_weights *weights, const uint8_t *active);

/** This rank's share of `count` samples in order: whole batches, so that a batch holds the same samples on
 * any number of ranks. Local. */
base_shard learn_scorer_share(const comm_world *world, size_t count);

/** Bytes of one image, [S,S,3] u8. */
size_t learn_scorer_image_bytes(const learn_scorer *scorer);

/** Feature vectors of pool samples. */
typedef enum learn_feature {
    LEARN_FEATURE_NONE,
    LEARN_FEATURE_POOLED, /* what the linear head sees */
    LEARN_FEATURE_HEATED  /* the heat-map layer's activations weighted by the predicted class's map */
} learn_feature;

/** Have features of the batches from now on, or none any more. Local. BASE_ERR_MEMORY. */
base_status learn_scorer_want(learn_scorer *scorer, learn_feature feature);

/** Floats of a feature vector of this kind. */
size_t learn_scorer_width(const learn_scorer *scorer, learn_feature feature);

/** Of the last batch of pool samples: features [count, width] if they are wanted, else NULL, and softmax
 * [count, classes], 0 for classes that are not active. Valid until the next batch. */
const float *learn_scorer_features(const learn_scorer *scorer);
const double *learn_scorer_softmax(const learn_scorer *scorer);

/** Score a batch of pool samples. Local. BASE_ERR_LIBRARY, BASE_ERR_NUMERIC.
 * @param images   [count,S,S,3]
 * @param samples  [count] their numbers   @param count 1 to LEARN_SCORER_BATCH
 * @param scores   [count] out, every field set */
base_status learn_scorer_batch(learn_scorer *scorer, const uint8_t *images, const int64_t *samples,
                               size_t count, store_score *scores);

/** Height and width of a heat map. Local. */
void learn_scorer_map_size(const learn_scorer *scorer, int32_t *height, int32_t *width);

/** Raw heat maps of samples, each for a class of its own. Local. BASE_ERR_LIBRARY, BASE_ERR_NUMERIC.
 * @param images   [count,S,S,3]
 * @param classes  [count]
 * @param maps     [count,h,w] out */
base_status learn_scorer_maps(learn_scorer *scorer, const uint8_t *images, const int32_t *classes,
                              size_t count, float *maps);

/** Evaluate this rank's samples, with heat maps against masks. Gathered to rank 0 in order of sample.
 *
 * Collective; errors as above, agreed.
 * @param data     this rank's share as learn_scorer_share() cuts it; with masks if maps are wanted
 * @param with_maps  0: energy, attention_iou, hit and cam_empty stay 0 (validation during training) */
base_status learn_scorer_evaluate(learn_scorer *scorer, const comm_world *world, const store_table *table,
                                  const learn_data *data, int with_maps, store_evaluation **records,
                                  size_t *count);

/** One line a primitive (nn_gradcam_plan()). */
const char *learn_scorer_plan(const learn_scorer *scorer);

#endif
