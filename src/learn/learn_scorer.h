/** Scoring in parallel: records of pool samples, and of validation and test samples whose masks are known.
 *
 * Batches have a fixed size and are padded at the end; a record depends on its sample and the weights alone.
 */
#ifndef LEARN_SCORER_H
#define LEARN_SCORER_H

#include "base_shard.h"
#include "base_status.h"
#include "comm_world.h"
#include "learn_data.h"
#include "nn_gradcam.h"
#include "store_records.h"

typedef struct learn_scorer learn_scorer;

/** Make a scorer for a graph. `layer` and `threshold` are the configuration's cam section. Local.
 * BASE_ERR_USAGE, BASE_ERR_LIBRARY, BASE_ERR_MEMORY. */
base_status learn_scorer_create(nn_engine *engine, const nn_graph *graph, const store_table *table,
                                const char *layer, double threshold, learn_scorer **scorer);

/** NULL-safe; nulls the pointer. */
void learn_scorer_destroy(learn_scorer **scorer);

/** Use these weights and these active classes from now on. Local. BASE_ERR_LIBRARY.
 * @param active [K] copied */
base_status learn_scorer_load(learn_scorer *scorer, const nn_weights *weights, const uint8_t *active);

/** This rank's share of `count` samples in order: whole batches, so that a batch holds the same samples on
 * any number of ranks. Local. */
base_shard learn_scorer_share(const comm_world *world, size_t count);

/** Score the pool: every rank whole batches of neighbours, records gathered to rank 0 in order of sample.
 *
 * Collective. BASE_ERR_IO, BASE_ERR_LIBRARY, BASE_ERR_MEMORY, BASE_ERR_NUMERIC, agreed. Masks and labels are
 * not read.
 * @param state    [samples] store_pool_state: unlabelled samples are scored
 * @param scores   out, on rank 0 malloc'ed, elsewhere NULL
 */
base_status learn_scorer_pool(learn_scorer *scorer, const comm_world *world, store_dataset *dataset,
                              const uint8_t *state, store_score **scores, size_t *count);

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
