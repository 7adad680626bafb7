/** What the strategies that look at more than score records know of the samples of one rank. */
#ifndef SELECT_POINTS_H
#define SELECT_POINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Samples in any order, on any rank: no choice depends on where a sample lies. */
typedef struct select_points {
    size_t count;
    size_t width;   /* of a feature vector, 0: none are there */
    size_t outputs; /* of an output vector, 0: none are there */
    int64_t *sample;
    int32_t *predicted;
    float *value;   /* [count] what the strategy makes of the score record (select_value()) */
    uint8_t *taken; /* [count] 1: labelled or chosen already */
    float *output;  /* [count, outputs] softmax, or the gradient of the loss by the logits */
    float *feature; /* [count, width] */
} select_points;

/** The best sample of a rank at one turn. */
typedef struct select_pick {
    bool found;
    double value; /* larger is better, ties by sample */
    int64_t sample;
    int32_t predicted;
    size_t at; /* place within the points */
} select_pick;

/** Whether a sample of this value comes before the best so far. Local. */
static inline bool select_pick_before(double value, int64_t sample, const select_pick *best)
{
    return !best->found || value > best->value || (value == best->value && sample < best->sample);
}

/** Let the sample at `i` be the best so far if it is. Local. */
static inline void select_pick_offer(const select_points *points, size_t i, double value, select_pick *best)
{
    if (select_pick_before(value, points->sample[i], best))
        *best = (select_pick){true, value, points->sample[i], points->predicted[i], i};
}

#endif
