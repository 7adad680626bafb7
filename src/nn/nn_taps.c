#include "nn_taps.h"
#include "nn_check.h"

bool nn_taps_fit(const nn_node *node, const nn_node *input)
{
    return node->stride == 1 && node->kernel == 3 && node->padding == 1 && node->height == input->height &&
           node->width == input->width && node->height > 1 && node->width > 1 &&
           node->height * node->width <= NN_TAPS_POSITIONS_MAX;
}

base_status nn_taps_weights(const nn_taps *taps, dnnl_memory_desc_t *desc)
{
    dnnl_dims_t dims = {taps->outputs, taps->inputs, taps->kernel, taps->kernel};

    return nn_check(dnnl_memory_desc_init_by_tag(desc, 4, dims, dnnl_f32, dnnl_hwio), "layout");
}

base_status nn_taps_activation(const nn_taps *taps, int64_t channels, dnnl_memory_desc_t *desc)
{
    int64_t row = taps->width * taps->batch;
    dnnl_dims_t dims = {taps->batch, channels, taps->height, taps->width};
    dnnl_dims_t batch_last = {1, taps->height * row, row, taps->batch};

    if (taps->pass == NN_PASS_BACKWARD_DATA)
        return nn_check(dnnl_memory_desc_init_by_strides(desc, 4, dims, dnnl_f32, batch_last), "layout");
    return nn_check(dnnl_memory_desc_init_by_tag(desc, 4, dims, dnnl_f32, dnnl_nhwc), "layout");
}

/* The product of one tap for `positions` positions, from input position `from` to output position `to` on;
 * all of them at once, or one. The first product of a sum overwrites. */
static base_status multiply(const nn_taps *taps, int64_t positions, int64_t from, int64_t to, bool first,
                            float *source, float *target, float *matrix)
{
    int64_t inputs = taps->inputs, outputs = taps->outputs, map = taps->height * taps->width;
    int64_t rows = positions * taps->batch, step = positions == 1 ? map : 1;
    float *x = source + from * inputs, *y = target + to * outputs, keep = first ? 0 : 1;
    dnnl_status_t status;

    switch (taps->pass) {
    case NN_PASS_FORWARD:
        status = dnnl_sgemm('N', 'N', rows, outputs, inputs, 1, x, step * inputs, matrix, outputs, keep, y,
                            step * outputs);
        break;
    case NN_PASS_BACKWARD_DATA:
        status = dnnl_sgemm('N', 'N', inputs, rows, outputs, 1, matrix, outputs, target + to * taps->batch,
                            map * taps->batch, keep, source + from * taps->batch, map * taps->batch);
        break;
    default:
        status = dnnl_sgemm('T', 'N', inputs, outputs, rows, 1, x, step * inputs, y, step * outputs, keep,
                            matrix, outputs);
    }
    return nn_check(status, "a product of a convolution's tap");
}

/* One tap that shifts by (down, right): every pair of positions that it joins. */
static base_status run_tap(const nn_taps *taps, int64_t down, int64_t right, float *source, float *target,
                           float *matrix)
{
    int64_t y, x;
    bool first = taps->pass == NN_PASS_BACKWARD_WEIGHTS;
    base_status status = BASE_OK;

    for (y = 0; y < taps->height && status == BASE_OK; y++)
        for (x = 0; x < taps->width && status == BASE_OK; x++) {
            int64_t from_y = y + down, from_x = x + right;

            if (from_y < 0 || from_y >= taps->height || from_x < 0 || from_x >= taps->width)
                continue;
            status = multiply(taps, 1, from_y * taps->width + from_x, y * taps->width + x, first, source,
                              target, matrix);
            first = false;
        }
    return status;
}

base_status nn_taps_run(const nn_taps *taps, float *source, float *target, float *weights)
{
    int64_t kernel = taps->kernel, half = kernel / 2, tap;
    size_t matrix = (size_t)(taps->inputs * taps->outputs);
    int64_t positions = taps->height * taps->width, centre = half * kernel + half;
    base_status status;

    /* The tap that shifts nothing joins every position with itself: one product, which begins the sums. */
    status = multiply(taps, positions, 0, 0, true, source, target, weights + (size_t)centre * matrix);
    for (tap = 0; tap < kernel * kernel && status == BASE_OK; tap++)
        if (tap != centre)
            status = run_tap(taps, tap / kernel - half, tap % kernel - half, source, target,
                             weights + (size_t)tap * matrix);
    return status;
}
