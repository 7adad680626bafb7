#include "nn_in_mask.h"
#include "nn_bf16.h"
#include <stddef.h>

/* Where the first channel of a block is, at one position of one sample. */
static size_t place_of(const nn_view *view, int64_t n, int64_t p, int64_t b)
{
    return (size_t)(n * view->sample_stride + p * view->position_stride + b * view->block_stride);
}

/* The heat of one position before ReLU. @param head  [C] of the class */
static float heat_at(const nn_in_mask_array *array, const float *head, int64_t n, int64_t p)
{
    const nn_view *view = &array->view;
    const uint16_t *halves = (const void *)view->data;
    double heat = 0;
    int64_t b, k;

    for (b = 0; b < view->channels / view->block; b++) {
        size_t place = place_of(view, n, p, b);

        for (k = 0; k < view->block; k++, place++)
            heat += (double)*head++ * (double)(array->dtype == NN_DTYPE_BF16 ? nn_bf16_value(halves[place])
                                                                             : view->data[place]);
    }
    return (float)heat;
}

/* Add to the gradient at one position what its heat's slope makes of the head. */
static void spread_at(const nn_in_mask_array *array, const float *head, float slope, int64_t n, int64_t p)
{
    const nn_view *view = &array->view;
    float *data = (float *)(uintptr_t)view->data; /* a view is for reading but here */
    uint16_t *halves = (uint16_t *)(void *)data;
    int64_t b, k;

    for (b = 0; b < view->channels / view->block; b++) {
        size_t place = place_of(view, n, p, b);

        for (k = 0; k < view->block; k++, place++, head++)
            if (array->dtype == NN_DTYPE_BF16)
                halves[place] = nn_bf16_round(nn_bf16_value(halves[place]) + slope * *head);
            else
                data[place] += slope * *head;
    }
}

/* 1 - E of one map, which becomes its gradient. */
static double map_loss(const float *inside, const float *whole, int64_t positions, double scale, float *map)
{
    double within = 0, all = 0, energy;
    int64_t p;

    for (p = 0; p < positions; p++) {
        within += map[p] > 0 ? (double)map[p] * (double)inside[p] : 0;
        all += (map[p] > 0 ? (double)map[p] + NN_IN_MASK_FLOOR : NN_IN_MASK_FLOOR) * (double)whole[p];
    }
    energy = within / all;
    for (p = 0; p < positions; p++)
        map[p] = map[p] > 0 ? (float)(scale * (energy * (double)whole[p] - (double)inside[p]) / all) : 0;
    return 1 - energy;
}

double nn_in_mask_loss(const nn_in_mask_array *activations, const float *head, const int32_t *labels,
                       const nn_in_mask *masks, float *slope)
{
    const nn_view *view = &activations->view;
    double weight = (double)masks->weight, sum = 0;
    int64_t n, p;

#pragma omp parallel for collapse(2) schedule(static)
    for (n = 0; n < view->batch; n++)
        for (p = 0; p < view->positions; p++)
            slope[n * view->positions + p] =
                masks->known[n] ? heat_at(activations, head + labels[n] * view->channels, n, p) : 0;
    for (n = 0; n < view->batch; n++) {
        double loss = map_loss(masks->inside + n * view->positions, masks->whole, view->positions,
                               weight / (double)view->batch, slope + n * view->positions);

        sum += masks->known[n] ? weight * loss : 0;
    }
    return sum;
}

void nn_in_mask_spread(const nn_in_mask_array *gradient, const float *head, const int32_t *labels,
                       const float *slope)
{
    const nn_view *view = &gradient->view;
    int64_t n, p;

#pragma omp parallel for collapse(2) schedule(static)
    for (n = 0; n < view->batch; n++)
        for (p = 0; p < view->positions; p++)
            if (slope[n * view->positions + p] != 0)
                spread_at(gradient, head + labels[n] * view->channels, slope[n * view->positions + p], n, p);
}
