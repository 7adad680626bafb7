#include "nn_gradcam.h"
#include "nn_test.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BATCH = 4, CLASSES = 6, SIZE = 48 };

/* A scorer with weights whose norms do something. */
typedef struct scorer {
    nn_engine *engine;
    nn_graph graph;
    nn_weights weights;
    nn_gradcam *gradcam;
    float images[BATCH * 3 * SIZE * SIZE];
} scorer;

static void set_up(scorer *made, base_network network, base_stem stem, const char *layer)
{
    int32_t t;
    size_t i;

    ck_assert_int_eq(nn_engine_create(2, &made->engine), BASE_OK);
    ck_assert_int_eq(nn_models_describe(network, stem, SIZE, CLASSES, &made->graph), BASE_OK);
    ck_assert_int_eq(nn_weights_create(&made->graph, &made->weights), BASE_OK);
    nn_weights_initialise(&made->weights, 3);
    for (t = 0; t < made->weights.tensors; t++) {
        const nn_tensor *tensor = &made->weights.tensor[t];
        float *data = made->weights.data + tensor->offset;

        if (tensor->rank != 1)
            continue;
        for (i = 0; i < tensor->count; i++)
            data[i] += 0.05f * (float)(i % 7);
    }
    ck_assert_int_eq(nn_gradcam_create(made->engine, &made->graph, BATCH, layer, NULL, &made->gradcam),
                     BASE_OK);
    ck_assert_int_eq(nn_gradcam_load(made->gradcam, &made->weights), BASE_OK);
    nn_test_fill(made->images, sizeof made->images / sizeof *made->images, 5);
}

static void tear_down(scorer *used)
{
    nn_gradcam_destroy(&used->gradcam);
    ck_assert_ptr_null(used->gradcam);
    nn_gradcam_destroy(&used->gradcam);
    nn_weights_destroy(&used->weights);
    nn_engine_destroy(&used->engine);
}

static void run(scorer *used, float *logits, float *maps)
{
    static const int32_t classes[BATCH] = {0, 3, 5, 3};

    ck_assert_int_eq(nn_gradcam_run(used->gradcam, used->images, logits), BASE_OK);
    ck_assert_int_eq(nn_gradcam_maps(used->gradcam, classes, maps), BASE_OK);
}

static const struct {
    base_network network;
    base_stem stem;
} nets[] = {{BASE_NETWORK_RESNET8, BASE_STEM_SMALL},
            {BASE_NETWORK_RESNET18, BASE_STEM_SMALL},
            {BASE_NETWORK_RESNET18, BASE_STEM_IMAGENET}};

START_TEST(closed_form_equals_the_backward_pass)
{
    static const int32_t classes[BATCH] = {0, 3, 5, 3};
    static scorer used;
    float logits[BATCH * CLASSES], maps[BATCH * SIZE * SIZE], other[BATCH * SIZE * SIZE];
    double difference = 0, norm = 0;
    int32_t height, width, i;

    set_up(&used, nets[_i].network, nets[_i].stem, "last");
    ck_assert(nn_gradcam_is_closed_form(used.gradcam));
    run(&used, logits, maps);
    ck_assert_int_eq(nn_gradcam_maps_backward(used.gradcam, classes, other), BASE_OK);
    nn_gradcam_map_size(used.gradcam, &height, &width);
    for (i = 0; i < BATCH * height * width; i++) {
        ck_assert(maps[i] >= 0);
        difference += pow((double)maps[i] - (double)other[i], 2);
        norm += pow((double)other[i], 2);
    }
    ck_assert_double_gt(norm, 0);
    ck_assert_double_lt(sqrt(difference / norm), 1e-6);
    tear_down(&used);
}
END_TEST

/* A replica that computes in bf16 keeps an f32 copy of the heat-map layer, which its backward pass must
 * spare. */
START_TEST(bf16_maps_are_nearly_those_of_f32)
{
    static const char *const layers[] = {"layer1.0", "layer2.0", "last"};
    static const int32_t classes[BATCH] = {0, 3, 5, 3};
    static scorer used;
    float logits[BATCH * CLASSES], maps[BATCH * SIZE * SIZE], other[BATCH * SIZE * SIZE];
    double difference = 0, norm = 0;
    int32_t height, width, i;
    nn_plan plan;

    if (!nn_engine_has_bf16()) {
        printf("skipped: this CPU has no bf16 arithmetic\n");
        return;
    }
    set_up(&used, nets[0].network, nets[0].stem, layers[_i]);
    run(&used, logits, maps);
    nn_gradcam_map_size(used.gradcam, &height, &width);
    nn_gradcam_destroy(&used.gradcam);
    nn_plan_uniform((nn_form){NN_DTYPE_BF16, NN_LAYOUT_BLOCKED}, &plan);
    ck_assert_int_eq(nn_gradcam_create(used.engine, &used.graph, BATCH, layers[_i], &plan, &used.gradcam),
                     BASE_OK);
    ck_assert_int_eq(nn_gradcam_load(used.gradcam, &used.weights), BASE_OK);
    ck_assert_int_eq(nn_gradcam_run(used.gradcam, used.images, logits), BASE_OK);
    ck_assert_int_eq(nn_gradcam_maps_backward(used.gradcam, classes, other), BASE_OK);
    ck_assert_int_eq(nn_gradcam_maps_backward(used.gradcam, classes, other), BASE_OK);
    for (i = 0; i < BATCH * height * width; i++) {
        difference += pow((double)maps[i] - (double)other[i], 2);
        norm += pow((double)maps[i], 2);
    }
    printf("bf16: maps at %s deviate by %.4f\n", layers[_i], sqrt(difference / norm));
    ck_assert_double_lt(sqrt(difference / norm), 0.1);
    tear_down(&used);
}
END_TEST

/* What a sample gets depends on the sample alone, at inner layers too. */
START_TEST(neighbours_in_the_batch_change_nothing)
{
    static scorer used;
    float logits[BATCH * CLASSES], maps[BATCH * SIZE * SIZE], logits2[BATCH * CLASSES],
        maps2[BATCH * SIZE * SIZE];
    size_t each = 3 * SIZE * SIZE;
    int32_t height, width, cells;

    set_up(&used, nets[_i].network, nets[_i].stem, "layer2.0");
    ck_assert(!nn_gradcam_is_closed_form(used.gradcam));
    nn_gradcam_map_size(used.gradcam, &height, &width);
    cells = height * width;
    run(&used, logits, maps);
    memcpy(used.images + 3 * each, used.images + each,
           each * sizeof *used.images); /* both asked for class 3 */
    memset(used.images, 0, each * sizeof *used.images);
    run(&used, logits2, maps2);
    ck_assert_mem_eq(logits + CLASSES, logits2 + CLASSES, CLASSES * sizeof *logits);
    ck_assert_mem_eq(logits + CLASSES, logits2 + 3 * CLASSES, CLASSES * sizeof *logits);
    ck_assert_mem_eq(maps + cells, maps2 + cells, (size_t)cells * sizeof *maps);
    ck_assert_mem_eq(maps + cells, maps2 + 3 * cells, (size_t)cells * sizeof *maps);
    ck_assert_mem_ne(logits, logits2, CLASSES * sizeof *logits);
    tear_down(&used);
}
END_TEST

/* The logits do not depend on which layer the maps are of, though buffers are shared otherwise. */
START_TEST(heat_map_layer_does_not_touch_the_logits)
{
    static const char *const layers[] = {"last", "relu", "layer1.0", "layer3.0"};
    float logits[4][BATCH * CLASSES], maps[BATCH * SIZE * SIZE];
    int i;

    for (i = 0; i < 4; i++) {
        static scorer used;

        set_up(&used, nets[_i].network, nets[_i].stem, layers[i]);
        run(&used, logits[i], maps);
        run(&used, logits[i], maps);
        ck_assert_mem_eq(logits[i], logits[0], sizeof logits[0]);
        tear_down(&used);
    }
}
END_TEST

/* Pooled features are what the head makes the logits of; */
START_TEST(pooled_features_are_what_the_head_sees)
{
    static scorer used;
    static float logits[BATCH * CLASSES], maps[BATCH * SIZE * SIZE], features[BATCH * 512];
    const float *weights, *bias;
    size_t width, b, c, k;

    set_up(&used, nets[_i].network, nets[_i].stem, "last");
    run(&used, logits, maps);
    width = nn_gradcam_width(used.gradcam, false);
    ck_assert_uint_le(width, 512);
    nn_gradcam_features(used.gradcam, features);
    weights = used.weights.data + nn_weights_find(&used.weights, "fc.weight")->offset;
    bias = used.weights.data + nn_weights_find(&used.weights, "fc.bias")->offset;
    for (b = 0; b < BATCH; b++)
        for (c = 0; c < CLASSES; c++) {
            double logit = (double)bias[c];

            for (k = 0; k < width; k++)
                logit += (double)weights[c * width + k] * (double)features[b * width + k];
            ck_assert_double_eq_tol(logit, (double)logits[b * CLASSES + c], 1e-4 * (1 + fabs(logit)));
        }
    tear_down(&used);
}
END_TEST

/* At the last layer, plain means are the pooled features; and the mean weighted by a map is the mean over the
 * positions of the map there times the activations there, which a map of one hot position shows. */
START_TEST(heated_features_are_means_weighted_by_the_map)
{
    static scorer used;
    static float logits[BATCH * CLASSES], maps[BATCH * SIZE * SIZE], pooled[BATCH * 512], heated[BATCH * 512];
    static float one[BATCH * SIZE * SIZE];
    static double sum[BATCH * 512], mean[BATCH * 512];
    size_t width, positions, count, z, i, b;
    int32_t height, across;

    set_up(&used, nets[_i].network, nets[_i].stem, "last");
    run(&used, logits, maps);
    nn_gradcam_map_size(used.gradcam, &height, &across);
    width = nn_gradcam_width(used.gradcam, true);
    positions = (size_t)(height * across);
    count = BATCH * width;
    nn_gradcam_features(used.gradcam, pooled);
    memset(one, 0, sizeof one);
    nn_gradcam_heated(used.gradcam, one, heated); /* a map that is all zero weighs all alike */
    for (i = 0; i < count; i++)
        ck_assert_float_eq_tol(heated[i], pooled[i], 1e-5f * (1 + fabsf(pooled[i])));
    memset(sum, 0, sizeof sum);
    memset(mean, 0, sizeof mean);
    for (z = 0; z < positions; z++) {
        memset(one, 0, sizeof one);
        for (b = 0; b < BATCH; b++)
            one[b * positions + z] = 0.3f;
        nn_gradcam_heated(used.gradcam, one, heated);
        for (i = 0; i < count; i++) {
            mean[i] += (double)heated[i] / (double)positions;
            sum[i] += (double)heated[i] * (double)maps[i / width * positions + z];
        }
    }
    nn_gradcam_heated(used.gradcam, maps, heated);
    for (i = 0; i < count; i++) {
        double heat = 0;

        for (z = 0; z < positions; z++)
            heat += (double)maps[i / width * positions + z];
        ck_assert_double_eq_tol(mean[i], (double)pooled[i], 1e-5 * (1 + mean[i]));
        ck_assert_double_eq_tol((double)heated[i], heat > 0 ? sum[i] / heat : mean[i], 1e-5 * (1 + mean[i]));
    }
    tear_down(&used);
}
END_TEST

START_TEST(bad_requests_are_refused)
{
    static scorer used;
    static const int32_t bad[2][BATCH] = {{0, 1, 2, CLASSES}, {0, -1, 2, 3}};
    float logits[BATCH * CLASSES], maps[BATCH * SIZE * SIZE];
    nn_gradcam *none = NULL;
    float *head;
    int i;

    set_up(&used, BASE_NETWORK_RESNET8, BASE_STEM_SMALL, "last");
    ck_assert_int_eq(nn_gradcam_create(used.engine, &used.graph, BATCH, "layer9", NULL, &none),
                     BASE_ERR_USAGE);
    ck_assert_int_eq(nn_gradcam_create(used.engine, &used.graph, 0, "last", NULL, &none), BASE_ERR_USAGE);
    ck_assert_ptr_null(none);
    run(&used, logits, maps);
    ck_assert_int_eq(nn_gradcam_maps(used.gradcam, bad[0], maps), BASE_ERR_INTERNAL);
    ck_assert_int_eq(nn_gradcam_maps_backward(used.gradcam, bad[1], maps), BASE_ERR_INTERNAL);
    head = used.weights.data + nn_weights_find(&used.weights, "fc.weight")->offset;
    for (i = 0; i < 128; i++)
        head[i] = 3e38f;
    ck_assert_int_eq(nn_gradcam_load(used.gradcam, &used.weights), BASE_OK);
    ck_assert_int_eq(nn_gradcam_run(used.gradcam, used.images, logits), BASE_ERR_NUMERIC);
    used.weights.data[nn_weights_find(&used.weights, "layer1.0.conv1.weight")->offset + 2] = NAN;
    ck_assert_int_eq(nn_gradcam_load(used.gradcam, &used.weights), BASE_ERR_NUMERIC);
    tear_down(&used);
}
END_TEST

START_TEST(no_pass_falls_to_reference_code)
{
    static const int32_t sizes[] = {17, 32, 48, 50, 64, 96};
    nn_engine *engine;
    int n, s;

    ck_assert_int_eq(nn_engine_create(1, &engine), BASE_OK);
    for (n = 0; n < 3; n++)
        for (s = 0; s < 6; s++) {
            nn_graph graph;
            nn_gradcam *gradcam;

            if (nets[n].stem == BASE_STEM_IMAGENET && sizes[s] < 32)
                continue;
            ck_assert_int_eq(nn_models_describe(nets[n].network, nets[n].stem, sizes[s], 15, &graph),
                             BASE_OK);
            ck_assert_int_eq(nn_gradcam_create(engine, &graph, 2, "relu", NULL, &gradcam), BASE_OK);
            ck_assert_ptr_null(strstr(nn_gradcam_plan(gradcam), "ref"));
            ck_assert_ptr_nonnull(strstr(nn_gradcam_plan(gradcam), "layer1.0.conv1 backward_data "));
            nn_gradcam_destroy(&gradcam);
        }
    nn_engine_destroy(&engine);
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_loop_test(tests, bf16_maps_are_nearly_those_of_f32, 0, 3);
    tcase_add_loop_test(tests, closed_form_equals_the_backward_pass, 0, 3);
    tcase_add_loop_test(tests, neighbours_in_the_batch_change_nothing, 0, 3);
    tcase_add_loop_test(tests, heat_map_layer_does_not_touch_the_logits, 0, 3);
    tcase_add_loop_test(tests, pooled_features_are_what_the_head_sees, 0, 3);
    tcase_add_loop_test(tests, heated_features_are_means_weighted_by_the_map, 0, 3);
    tcase_add_test(tests, bad_requests_are_refused);
    tcase_add_test(tests, no_pass_falls_to_reference_code);
}

int main(void)
{
    return nn_test_main("nn_gradcam", add);
}
