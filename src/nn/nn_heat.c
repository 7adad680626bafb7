#include "nn_heat.h"
#include "base_log.h"

base_status nn_heat_view(const dnnl_memory_desc_t *desc, const float *data, nn_view *view)
{
    const dnnl_blocking_desc_t *form = &desc->format_desc.blocking;
    nn_view made = {.data = data,
                    .batch = desc->dims[0],
                    .channels = desc->dims[1],
                    .positions = desc->dims[2] * desc->dims[3],
                    .block = form->inner_nblks == 1 ? form->inner_blks[0] : 1,
                    .sample_stride = form->strides[0],
                    .block_stride = form->strides[1],
                    .position_stride = form->strides[3]};
    bool known = desc->format_kind == dnnl_blocked && desc->ndims == 4 && form->inner_nblks <= 1 &&
                 (form->inner_nblks == 0 || form->inner_idxs[0] == 1) && made.channels % made.block == 0 &&
                 form->strides[2] == desc->dims[3] * form->strides[3];

    if (!known) {
        base_log_error("nn: activations of %d dimensions in an unknown layout", desc->ndims);
        return BASE_ERR_INTERNAL;
    }
    *view = made;
    return BASE_OK;
}

void nn_heat_mean(const nn_view *view, float *alpha)
{
    int64_t n, c, p;

#pragma omp parallel for collapse(2) private(p) schedule(static)
    for (n = 0; n < view->batch; n++)
        for (c = 0; c < view->channels; c++) {
            const float *from =
                view->data + n * view->sample_stride + c / view->block * view->block_stride + c % view->block;
            double sum = 0;

            for (p = 0; p < view->positions; p++)
                sum += from[p * view->position_stride];
            alpha[n * view->channels + c] = (float)(sum / (double)view->positions);
        }
}

void nn_heat_features(const nn_view *view, const float *maps, float *features)
{
    int64_t n, c, p;

#pragma omp parallel for collapse(2) private(p) schedule(static)
    for (n = 0; n < view->batch; n++)
        for (c = 0; c < view->channels; c++) {
            const float *from =
                view->data + n * view->sample_stride + c / view->block * view->block_stride + c % view->block;
            const float *map = maps + n * view->positions;
            double sum = 0, weighted = 0, heat = 0;

            for (p = 0; p < view->positions; p++) {
                double value = (double)from[p * view->position_stride];

                sum += value;
                weighted += (double)map[p] * value;
                heat += (double)map[p];
            }
            features[n * view->channels + c] =
                (float)(heat > 0 ? weighted / heat : sum / (double)view->positions);
        }
}

/* One position of one sample. */
static float heat_at(const nn_view *view, const float *from, const float *alpha)
{
    int64_t b, k;
    double sum = 0;

    for (b = 0; b < view->channels / view->block; b++)
        for (k = 0; k < view->block; k++)
            sum += (double)alpha[b * view->block + k] * (double)from[b * view->block_stride + k];
    return sum > 0 ? (float)sum : 0;
}

void nn_heat_maps(const nn_view *view, const float *alpha, float *maps)
{
    int64_t n, p;

#pragma omp parallel for collapse(2) schedule(static)
    for (n = 0; n < view->batch; n++)
        for (p = 0; p < view->positions; p++)
            maps[n * view->positions + p] =
                heat_at(view, view->data + n * view->sample_stride + p * view->position_stride,
                        alpha + n * view->channels);
}
