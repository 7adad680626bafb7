#include "../base/capture.h"
#include "nn_test.h"
#include <math.h>
#include <string.h>

static capture captured;

START_TEST(tensor_that_is_not_finite_is_named)
{
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    nn_test used = nn_test_set_up(BASE_NETWORK_RESNET8, BASE_STEM_SMALL, 16, 5, 2, 1);
    const nn_tensor *tensor = nn_weights_find(&used.weights, "layer2.0.bn1.weight");
    nn_weights velocity;
    const char *text;

    ck_assert_ptr_nonnull(tensor);
    nn_test_gradient(&used);
    ck_assert_int_eq(nn_network_check(used.network, used.gradient), BASE_OK);
    used.weights.data[tensor->offset + 3] = bad[_i];
    ck_assert_int_eq(nn_network_load(used.network, &used.weights, NULL), BASE_OK);
    capture_begin(&captured);
    ck_assert_int_eq(nn_network_check(used.network, NULL), BASE_ERR_NUMERIC);
    text = capture_end(&captured);
    ck_assert_ptr_nonnull(strstr(text, "1 of "));
    ck_assert_ptr_nonnull(strstr(text, "weights of layer2.0.bn1.weight"));

    used.weights.data[tensor->offset + 3] = 1;
    ck_assert_int_eq(nn_weights_create(&used.graph, &velocity), BASE_OK);
    velocity.data[tensor->offset] = bad[_i];
    ck_assert_int_eq(nn_network_load(used.network, &used.weights, &velocity), BASE_OK);
    capture_begin(&captured);
    ck_assert_int_eq(nn_network_check(used.network, NULL), BASE_ERR_NUMERIC);
    ck_assert_ptr_nonnull(strstr(capture_end(&captured), "velocity of layer2.0.bn1.weight"));
    nn_weights_destroy(&velocity);
    nn_test_tear_down(&used);
}
END_TEST

/* A gradient that is not finite although the loss is. */
START_TEST(gradient_that_is_not_finite_is_named)
{
    nn_test used = nn_test_set_up(BASE_NETWORK_RESNET8, BASE_STEM_SMALL, 16, 5, 2, 1);

    nn_test_gradient(&used);
    used.gradient[0] = NAN;
    capture_begin(&captured);
    ck_assert_int_eq(nn_network_check(used.network, used.gradient), BASE_ERR_NUMERIC);
    ck_assert_ptr_nonnull(strstr(capture_end(&captured), "gradient of conv1.weight"));
    nn_test_tear_down(&used);
}
END_TEST

START_TEST(fingerprint_tells_one_bit_of_weights_and_of_velocity)
{
    nn_test used = nn_test_set_up(BASE_NETWORK_RESNET8, BASE_STEM_SMALL, 16, 5, 2, 1);
    uint64_t plain = nn_network_fingerprint(used.network);
    nn_weights velocity;

    ck_assert_int_eq(nn_weights_create(&used.graph, &velocity), BASE_OK);
    ck_assert_int_eq(nn_network_load(used.network, &used.weights, &velocity), BASE_OK);
    ck_assert(nn_network_fingerprint(used.network) == plain);
    velocity.data[9] = 0x1p-149f;
    ck_assert_int_eq(nn_network_load(used.network, &used.weights, &velocity), BASE_OK);
    ck_assert(nn_network_fingerprint(used.network) != plain);
    used.weights.data[9] = nextafterf(used.weights.data[9], 2);
    ck_assert_int_eq(nn_network_load(used.network, &used.weights, NULL), BASE_OK);
    ck_assert(nn_network_fingerprint(used.network) != plain);
    nn_weights_destroy(&velocity);
    nn_test_tear_down(&used);
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_loop_test(tests, tensor_that_is_not_finite_is_named, 0, 3);
    tcase_add_test(tests, gradient_that_is_not_finite_is_named);
    tcase_add_test(tests, fingerprint_tells_one_bit_of_weights_and_of_velocity);
}

int main(void)
{
    return nn_test_main("nn_guard", add);
}
