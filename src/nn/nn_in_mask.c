#include "nn_in_mask.h"
#include "nn_bf16.h"
#include <stddef.h>

static size_t place_of(const nn_view *view, int64_t n, int64_t c, int64_t p)
{
    return (size_t)(n * view->sample_stride + c / view->block * view->block_stride + c % view->block +
                    p * view->position_stride);
}

static float value_at(const nn_in_mask_array *array, size_t place)
{
    if (array->dtype == NN_DTYPE_BF16)
        return nn_bf16_value(((const uint16_t *)(const void *)array->view.data)[place]);
    return array->view.data[place];
}

static void add_at(const nn_in_mask_array *array, size_t place, float more)
{
    float *data = (float *)(uintptr_t)array->view.data; /* a view is for reading but here */
    uint16_t *halves = (uint16_t *)(void *)data;

    if (array->dtype == NN_DTYPE_BF16)
        halves[place] = nn_bf16_round(nn_bf16_value(halves[place]) + more);
    else
        data[place] += more;
}

/* The heat of one position before ReLU. @param head  [C] of the class */
static float heat_at(const nn_in_mask_array *array, const float *head, int64_t n, int64_t p)
{
    double heat = 0;
    int64_t c;

    for (c = 0; c < array->view.channels; c++)
        heat += (double)head[c] * (double)value_at(array, place_of(&array->view, n, c, p));
    return (float)heat;
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
    int64_t n, p, c;

#pragma omp parallel for collapse(2) private(c) schedule(static)
    for (n = 0; n < view->batch; n++)
        for (p = 0; p < view->positions; p++) {
            float own = slope[n * view->positions + p];

            for (c = 0; own != 0 && c < view->channels; c++)
                add_at(gradient, place_of(view, n, c, p), own * head[labels[n] * view->channels + c]);
        }
}
