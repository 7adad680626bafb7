#include "nn_test.h"
#include "nn_weights.h"
#include <math.h>
#include <string.h>

static nn_weights create(base_network network, uint64_t seed)
{
    nn_graph graph;
    nn_weights weights;

    ck_assert_int_eq(nn_models_describe(network, BASE_STEM_IMAGENET, 64, 15, &graph), BASE_OK);
    ck_assert_int_eq(nn_weights_create(&graph, &weights), BASE_OK);
    nn_weights_initialise(&weights, seed);
    return weights;
}

START_TEST(resnet18_has_torchvisions_tensors)
{
    nn_weights weights = create(BASE_NETWORK_RESNET18, 1);
    const nn_tensor *tensor = nn_weights_find(&weights, "layer2.0.downsample.0.weight");

    /* torchvision: 11,689,512 parameters with 1000 classes, 513 of them a class; 20 norms, 4,800 channels */
    ck_assert_uint_eq(weights.trained, 11689512 - 513 * 985);
    ck_assert_uint_eq(weights.count - weights.trained, 2 * 4800);
    ck_assert_int_eq(weights.tensors, 62 + 40);
    ck_assert_ptr_nonnull(tensor);
    ck_assert_int_eq(tensor->rank, 4);
    ck_assert_int_eq((int)tensor->dims[0], 128);
    ck_assert_int_eq((int)tensor->dims[1], 64);
    ck_assert_int_eq((int)tensor->dims[2], 1);
    ck_assert_ptr_nonnull(nn_weights_find(&weights, "layer4.1.bn2.running_var"));
    ck_assert_ptr_nonnull(nn_weights_find(&weights, "fc.bias"));
    ck_assert_ptr_null(nn_weights_find(&weights, "layer1.0.downsample.0.weight"));
    nn_weights_destroy(&weights);
}
END_TEST

START_TEST(trained_tensors_come_first_and_leave_no_gap)
{
    nn_weights weights = create(BASE_NETWORK_RESNET8, 1);
    size_t offset = 0;
    int32_t t;

    for (t = 0; t < weights.tensors; t++) {
        bool statistic = strstr(weights.tensor[t].name, "running") != NULL;

        ck_assert_uint_eq(weights.tensor[t].offset, offset);
        ck_assert(statistic == (offset >= weights.trained));
        offset += weights.tensor[t].count;
    }
    ck_assert_uint_eq(offset, weights.count);
    nn_weights_destroy(&weights);
}
END_TEST

/* Mean and deviation of a tensor's values. */
static void moments(const nn_weights *weights, const nn_tensor *tensor, double *mean, double *deviation)
{
    double sum = 0, squares = 0;
    size_t i;

    for (i = 0; i < tensor->count; i++) {
        double value = weights->data[tensor->offset + i];

        sum += value;
        squares += value * value;
    }
    *mean = sum / (double)tensor->count;
    *deviation = sqrt(squares / (double)tensor->count - *mean * *mean);
}

START_TEST(initial_values_have_torchvisions_moments)
{
    nn_weights weights = create(BASE_NETWORK_RESNET18, 5);
    int32_t t;

    for (t = 0; t < weights.tensors; t++) {
        const nn_tensor *tensor = &weights.tensor[t];
        double mean, deviation, expected = 0, centre = 0, margin = 5 / sqrt((double)tensor->count);

        if (tensor->kind == NN_TENSOR_CONVOLUTION)
            expected = sqrt(2.0 / (double)(tensor->dims[0] * tensor->dims[2] * tensor->dims[3]));
        if (tensor->kind == NN_TENSOR_LINEAR || tensor->kind == NN_TENSOR_BIAS)
            expected = 1 / sqrt(512 * 3.0); /* uniform in [-1/sqrt(512), 1/sqrt(512)) */
        if (tensor->kind == NN_TENSOR_NORM_SCALE || tensor->kind == NN_TENSOR_NORM_VAR)
            centre = 1;
        moments(&weights, tensor, &mean, &deviation);
        ck_assert_msg(fabs(mean - centre) <= margin * expected, "%s: mean %g", tensor->name, mean);
        ck_assert_msg(fabs(deviation - expected) <= margin * expected, "%s: deviation %g, expected %g",
                      tensor->name, deviation, expected);
    }
    nn_weights_destroy(&weights);
}
END_TEST

START_TEST(same_seed_gives_same_bits_and_another_does_not)
{
    nn_weights one = create(BASE_NETWORK_RESNET8, 5), again = create(BASE_NETWORK_RESNET8, 5),
               other = create(BASE_NETWORK_RESNET8, 6);
    const nn_tensor *first = nn_weights_find(&one, "layer1.0.conv1.weight"),
                    *second = nn_weights_find(&one, "layer1.0.conv2.weight");

    ck_assert_mem_eq(one.data, again.data, one.count * sizeof *one.data);
    ck_assert_mem_ne(one.data, other.data, 64 * sizeof *one.data);
    /* tensors of one shape are not copies of each other */
    ck_assert_mem_ne(one.data + first->offset, one.data + second->offset, 64 * sizeof *one.data);
    nn_weights_destroy(&one);
    nn_weights_destroy(&again);
    nn_weights_destroy(&other);
}
END_TEST

START_TEST(decay_spares_norms_and_biases)
{
    ck_assert(nn_weights_decays(NN_TENSOR_CONVOLUTION));
    ck_assert(nn_weights_decays(NN_TENSOR_LINEAR));
    ck_assert(!nn_weights_decays(NN_TENSOR_BIAS));
    ck_assert(!nn_weights_decays(NN_TENSOR_NORM_SCALE));
    ck_assert(!nn_weights_decays(NN_TENSOR_NORM_SHIFT));
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_test(tests, resnet18_has_torchvisions_tensors);
    tcase_add_test(tests, trained_tensors_come_first_and_leave_no_gap);
    tcase_add_test(tests, initial_values_have_torchvisions_moments);
    tcase_add_test(tests, same_seed_gives_same_bits_and_another_does_not);
    tcase_add_test(tests, decay_spares_norms_and_biases);
}

int main(void)
{
    return nn_test_main("nn_weights", add);
}
