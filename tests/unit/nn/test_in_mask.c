#include "nn_bf16.h"
#include "nn_replica.h"
#include "nn_test.h"
#include <math.h>
#include <string.h>

enum { BATCH = 3, CHANNELS = 32, POSITIONS = 6, CLASSES = 4, VALUES = BATCH * CHANNELS * POSITIONS };

static const int32_t labels[BATCH] = {2, 0, 3};
static const uint8_t known[BATCH] = {1, 1, 0};
static const float whole[POSITIONS] = {3, 2, 1, 4, 2.5f, 1.5f};
static float values[VALUES], head[CLASSES * CHANNELS], inside[BATCH * POSITIONS];

static const struct {
    nn_dtype dtype;
    int64_t block;
    bool last; /* channels last */
} forms[] = {{NN_DTYPE_F32, 1, false},
             {NN_DTYPE_F32, 16, false},
             {NN_DTYPE_F32, 1, true},
             {NN_DTYPE_BF16, 16, false},
             {NN_DTYPE_BF16, 1, true}};

static nn_in_mask_array look(int form, const void *data)
{
    nn_in_mask_array made = {.dtype = forms[form].dtype};

    made.view = (nn_view){.data = data,
                          .batch = BATCH,
                          .channels = CHANNELS,
                          .positions = POSITIONS,
                          .block = forms[form].block,
                          .sample_stride = (int64_t)CHANNELS * POSITIONS,
                          .block_stride = forms[form].last ? 1 : forms[form].block * POSITIONS,
                          .position_stride = forms[form].last ? CHANNELS : forms[form].block};
    return made;
}

static size_t place_in(int form, size_t n, size_t c, size_t p)
{
    nn_view v = look(form, NULL).view;

    return n * (size_t)v.sample_stride + c / (size_t)v.block * (size_t)v.block_stride + c % (size_t)v.block +
           p * (size_t)v.position_stride;
}

static void setup(void)
{
    size_t i;

    nn_test_fill(values, VALUES, 21);
    nn_test_fill(head, CLASSES * CHANNELS, 22);
    for (i = 0; i < VALUES; i++) /* behind a ReLU, and the same in bf16 */
        values[i] = nn_bf16_value(nn_bf16_round(values[i] > 0 ? values[i] : 0));
    for (i = 0; i < BATCH * POSITIONS; i++)
        inside[i] = (float)(i * 5 % 7) / 7 * whole[i % POSITIONS];
}

/* As defined, in f64; sum over the samples. @param a  [B,C,H*W] */
static double defined_loss(const double *a, double weight)
{
    double loss = 0;
    size_t n, p, c;

    for (n = 0; n < BATCH; n++) {
        double within = 0, all = 0;

        for (p = 0; p < POSITIONS; p++) {
            double heat = 0;

            for (c = 0; c < CHANNELS; c++)
                heat +=
                    (double)head[(size_t)labels[n] * CHANNELS + c] * a[(n * CHANNELS + c) * POSITIONS + p];
            within += fmax(heat, 0) * (double)inside[n * POSITIONS + p];
            all += (fmax(heat, 0) + NN_IN_MASK_FLOOR) * (double)whole[p];
        }
        loss += known[n] ? weight * (1 - within / all) : 0;
    }
    return loss;
}

/* Gradients by every activation, in every layout, are the slopes of the definition; what was in the gradient
 * stays in it. */
START_TEST(loss_and_gradient_are_those_of_the_definition)
{
    const nn_in_mask masks = {inside, whole, known, 0.7f};
    uint32_t data[VALUES] = {0}, gradient[VALUES] = {0}; /* of either type */
    nn_in_mask_array from = look(_i, (float *)(void *)data), to = look(_i, (float *)(void *)gradient);
    bool half = forms[_i].dtype == NN_DTYPE_BF16;
    uint16_t *halves = (uint16_t *)data, *half_gradient = (uint16_t *)gradient;
    float *floats = (float *)(void *)data, *float_gradient = (float *)(void *)gradient;
    float slope[BATCH * POSITIONS];
    double a[VALUES], loss;
    size_t n, c, p, pulled = 0;

    for (n = 0; n < BATCH; n++)
        for (c = 0; c < CHANNELS; c++)
            for (p = 0; p < POSITIONS; p++) {
                size_t at = (n * CHANNELS + c) * POSITIONS + p, place = place_in(_i, n, c, p);

                a[at] = (double)values[at];
                if (half) {
                    halves[place] = nn_bf16_round(values[at]);
                    half_gradient[place] = nn_bf16_round(0.25f);
                } else {
                    floats[place] = values[at];
                    float_gradient[place] = 0.25f;
                }
            }
    loss = nn_in_mask_loss(&from, head, labels, &masks, slope);
    ck_assert_double_eq_tol(loss, defined_loss(a, (double)masks.weight), 1e-6);
    nn_in_mask_spread(&to, head, labels, slope);
    for (n = 0; n < BATCH; n++)
        for (c = 0; c < CHANNELS; c++)
            for (p = 0; p < POSITIONS; p++) {
                size_t at = (n * CHANNELS + c) * POSITIONS + p, place = place_in(_i, n, c, p);
                double kept = a[at], up, down, slope_here;
                float found = half ? nn_bf16_value(half_gradient[place]) : float_gradient[place];

                a[at] = kept + 1e-5;
                up = defined_loss(a, (double)masks.weight);
                a[at] = kept - 1e-5;
                down = defined_loss(a, (double)masks.weight);
                a[at] = kept;
                slope_here = (up - down) / 2e-5 / BATCH;
                pulled += fabs(slope_here) > 1e-3;
                ck_assert_double_eq_tol((double)found, 0.25 + slope_here, half ? 2e-3 : 1e-6);
            }
    ck_assert_uint_gt(pulled, VALUES / 10);
}
END_TEST

START_TEST(a_map_without_heat_is_not_pulled_at)
{
    const nn_in_mask masks = {inside, whole, known, 1};
    nn_in_mask_array from = look(0, values);
    float slope[BATCH * POSITIONS];
    size_t i;

    memset(values, 0, sizeof values);
    ck_assert_double_eq_tol(nn_in_mask_loss(&from, head, labels, &masks, slope), 2,
                            1e-9); /* E = 0, two known */
    for (i = 0; i < BATCH * POSITIONS; i++)
        ck_assert_float_eq(slope[i], 0);
}
END_TEST

/* ---- in a network ---- */

static float net_inside[16 * 4], net_whole[4] = {1, 2, 1, 1};
static uint8_t net_known[16];

static double network_loss(nn_test *used, const nn_in_mask *masks)
{
    ck_assert_int_eq(nn_network_gradient(used->network, used->images, used->labels, NULL, masks, used->active,
                                         0.05f, used->gradient, NULL),
                     BASE_OK);
    return (double)used->gradient[used->network->parameters.loss] / used->batch;
}

static double loss_at(nn_test *used, const nn_in_mask *masks, const nn_weights *weights)
{
    ck_assert_int_eq(nn_network_load(used->network, weights, NULL), BASE_OK);
    return network_loss(used, masks);
}

static nn_in_mask network_masks(float weight)
{
    size_t i;

    for (i = 0; i < sizeof net_inside / sizeof *net_inside; i++)
        net_inside[i] = (float)(i * 3 % 5) / 5 * net_whole[i % 4];
    for (i = 0; i < sizeof net_known; i++)
        net_known[i] = i % 5 != 0;
    return (nn_in_mask){net_inside, net_whole, net_known, weight};
}

/* Along the gradient of each tensor but the head's, which counts as constant, the loss rises as it says. */
START_TEST(gradients_of_a_network_are_the_slopes_of_the_loss)
{
    nn_test used = nn_test_set_up(BASE_NETWORK_RESNET8, BASE_STEM_SMALL, 16, 6, 16, 1);
    const nn_in_mask masks = network_masks(3);
    nn_weights gradient, moved;
    int32_t t, height, width;
    size_t i;

    nn_network_map_size(used.network, &height, &width);
    ck_assert_int_eq(height * width, 4);
    ck_assert_int_eq(nn_weights_create(&used.graph, &gradient), BASE_OK);
    ck_assert_int_eq(nn_weights_create(&used.graph, &moved), BASE_OK);
    network_loss(&used, &masks);
    ck_assert_int_eq(nn_network_gradient_export(used.network, used.gradient, &gradient), BASE_OK);
    for (t = 0; used.weights.tensor[t].offset < used.weights.trained; t++) {
        const nn_tensor *tensor = &used.weights.tensor[t];
        double norm = 0, step, rise[2];
        int way;

        if (tensor->kind == NN_TENSOR_LINEAR || tensor->kind == NN_TENSOR_BIAS)
            continue;
        for (i = tensor->offset; i < tensor->offset + tensor->count; i++)
            norm += (double)gradient.data[i] * (double)gradient.data[i];
        norm = sqrt(norm);
        step = 1e-3 / norm;
        for (way = 0; way < 2; way++) {
            memcpy(moved.data, used.weights.data, moved.count * sizeof *moved.data);
            for (i = tensor->offset; i < tensor->offset + tensor->count; i++)
                moved.data[i] = (float)((double)used.weights.data[i] +
                                        (way ? step : -step) * (double)gradient.data[i] / norm);
            rise[way] = loss_at(&used, &masks, &moved);
        }
        ck_assert_msg(fabs((rise[1] - rise[0]) / (2 * step) / norm - 1) < 0.03, "%s: slope %g, gradient %g",
                      tensor->name, (rise[1] - rise[0]) / (2 * step), norm);
    }
    nn_weights_destroy(&gradient);
    nn_weights_destroy(&moved);
    nn_test_tear_down(&used);
}
END_TEST

/* Masks of no weight change nothing, and what one step leaves does not reach the next. */
START_TEST(a_step_without_masks_is_as_if_there_were_none)
{
    nn_test used = nn_test_set_up(BASE_NETWORK_RESNET8, BASE_STEM_SMALL, 16, 6, 16, 2);
    const nn_in_mask masks = network_masks(1), none = network_masks(0);
    size_t bytes = nn_network_gradient_count(used.network) * sizeof(float);
    float *plain = malloc(bytes), *masked = malloc(bytes);

    ck_assert(plain != NULL && masked != NULL);
    network_loss(&used, NULL);
    memcpy(plain, used.gradient, bytes);
    network_loss(&used, &masks);
    memcpy(masked, used.gradient, bytes);
    ck_assert_int_ne(memcmp(plain, masked, bytes), 0);
    network_loss(&used, NULL);
    ck_assert_mem_eq(used.gradient, plain, bytes);
    network_loss(&used, &none);
    ck_assert_mem_eq(used.gradient, plain, bytes);
    network_loss(&used, &masks);
    ck_assert_mem_eq(used.gradient, masked, bytes);
    free(plain);
    free(masked);
    nn_test_tear_down(&used);
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_loop_test(tests, loss_and_gradient_are_those_of_the_definition, 0,
                        (int)(sizeof forms / sizeof *forms));
    tcase_add_test(tests, a_map_without_heat_is_not_pulled_at);
    tcase_add_test(tests, gradients_of_a_network_are_the_slopes_of_the_loss);
    tcase_add_test(tests, a_step_without_masks_is_as_if_there_were_none);
}

int main(void)
{
    return nn_test_main("nn_in_mask", add);
}
