/** Heat maps by the model of a round, for the tools: serial, no MPI.
 *
 * Pixels are normalised as in training, the network is the scorer's with folded norms, the layer is cam.layer
 * of the round's configuration. The round's own kernels are used where this machine has them: the maps then
 * have the bits of the scored ones; else oneDNN's first choice in f32, equal within rounding.
 *
 * Only pixels are read here, never labels or masks.
 */
#ifndef CAMAL_MAPS_H
#define CAMAL_MAPS_H

#include "base_status.h"
#include "store_dataset.h"
#include "store_round.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CAMAL_MAPS_PREDICTED (-1) /* in place of a class: the predicted one */

typedef struct camal_maps camal_maps;

/** What the model says of a sample. */
typedef struct camal_map {
    int64_t sample;
    int32_t class_index; /* the class that the map is of */
    int32_t predicted;   /* likeliest class among those that the model was trained on */
    float confidence;    /* probability of the predicted class */
    float probability;   /* of the map's class; 0 if the model was not trained on it */
    float largest, sum;  /* of the raw map; both 0: the map is empty */
} camal_map;

/** Build the round's network and load its weights.
 *
 * The round may be gone when this has returned; the data set must stay. Local. BASE_ERR_INPUT (another data
 * set than the round's, a tensor does not fit; named), BASE_ERR_LIBRARY, BASE_ERR_MEMORY, BASE_ERR_NUMERIC.
 * @param path     what messages call the round
 * @param dataset  the one that the round was made from
 * @param threads  0: as the run, at most the processors there are
 * @param direct   true: not the round's kernels */
base_status camal_maps_open(const store_round *round, const char *path, store_dataset *dataset, int threads,
                            bool direct, camal_maps **maps);

/** NULL-safe; nulls the pointer. The data set stays open. */
void camal_maps_close(camal_maps **maps);

/** Height and width of the maps, in positions of the layer. Local. */
void camal_maps_size(const camal_maps *maps, int32_t *height, int32_t *width);

/** True if the kernels are the round's own. Local. */
bool camal_maps_are_of_round(const camal_maps *maps);

/** Compute maps of samples in any order, in batches.
 *
 * Local. BASE_ERR_USAGE (a sample or class out of range, named), BASE_ERR_IO, BASE_ERR_LIBRARY,
 * BASE_ERR_NUMERIC.
 * @param samples        [count] rows of the data set
 * @param classes        [count] class of each map or CAMAL_MAPS_PREDICTED; NULL: all predicted
 * @param records        [count] out
 * @param heat           [count,h,w] out, raw maps L >= 0
 * @param probabilities  [count,K] out, softmax over the classes trained on; may be NULL
 * @param images         [count,S,S,3] out, the pixels as they are in the file; may be NULL */
base_status camal_maps_compute(camal_maps *maps, const int64_t *samples, const int32_t *classes, size_t count,
                               camal_map *records, float *heat, float *probabilities, uint8_t *images);

#endif
