#include "nn_models.h"
#include "nn_test.h"
#include <string.h>

static nn_graph describe(base_network network, base_stem stem, int32_t size)
{
    nn_graph graph;

    ck_assert_int_eq(nn_models_describe(network, stem, size, 15, &graph), BASE_OK);
    return graph;
}

static void check_layer(const nn_graph *graph, const char *layer, int32_t channels, int32_t size)
{
    int32_t i = nn_models_find_layer(graph, layer);

    ck_assert_msg(i >= 0, "no layer %s", layer);
    ck_assert_int_eq(graph->nodes[i].channels, channels);
    ck_assert_int_eq(graph->nodes[i].height, size);
    ck_assert_int_eq(graph->nodes[i].width, size);
}

START_TEST(resnet8_halves_at_stem_and_at_later_stages)
{
    nn_graph graph = describe(BASE_NETWORK_RESNET8, BASE_STEM_SMALL, 64);

    check_layer(&graph, "relu", 32, 32);
    check_layer(&graph, "layer1.0", 32, 32);
    check_layer(&graph, "layer2.0", 64, 16);
    check_layer(&graph, "layer3.0", 128, 8);
    check_layer(&graph, "last", 128, 8);
    ck_assert_int_eq(graph.nodes[graph.count - 1].channels, 15);
}
END_TEST

START_TEST(resnet18_stems_differ_fourfold)
{
    nn_graph small = describe(BASE_NETWORK_RESNET18, BASE_STEM_SMALL, 64);
    nn_graph imagenet = describe(BASE_NETWORK_RESNET18, BASE_STEM_IMAGENET, 64);

    check_layer(&small, "relu", 64, 64);
    check_layer(&small, "layer1.1", 64, 64);
    check_layer(&small, "last", 512, 8);
    check_layer(&imagenet, "relu", 64, 32);
    check_layer(&imagenet, "layer1.0", 64, 16);
    check_layer(&imagenet, "layer4.1", 512, 2);
}
END_TEST

START_TEST(odd_sizes_round_up)
{
    nn_graph graph = describe(BASE_NETWORK_RESNET8, BASE_STEM_SMALL, 17);

    check_layer(&graph, "relu", 32, 9);
    check_layer(&graph, "last", 128, 3);
}
END_TEST

START_TEST(inputs_come_before_their_readers)
{
    nn_graph graph = describe(BASE_NETWORK_RESNET18, BASE_STEM_IMAGENET, 64);
    int32_t i;

    for (i = 1; i < graph.count; i++) {
        ck_assert_int_ge(graph.nodes[i].input, 0);
        ck_assert_int_lt(graph.nodes[i].input, i);
        ck_assert_int_lt(graph.nodes[i].other, i);
        ck_assert((graph.nodes[i].op == NN_OP_ADD) == (graph.nodes[i].other >= 0));
    }
}
END_TEST

/* size or classes just outside of the range */
static const struct {
    base_network network;
    base_stem stem;
    int32_t size, classes;
} refused[] = {
    {BASE_NETWORK_RESNET8, BASE_STEM_SMALL, 15, 10},    {BASE_NETWORK_RESNET8, BASE_STEM_SMALL, 0, 10},
    {BASE_NETWORK_RESNET8, BASE_STEM_SMALL, -64, 10},   {BASE_NETWORK_RESNET8, BASE_STEM_SMALL, 1025, 10},
    {BASE_NETWORK_RESNET18, BASE_STEM_SMALL, 15, 10},   {BASE_NETWORK_RESNET18, BASE_STEM_IMAGENET, 31, 10},
    {BASE_NETWORK_RESNET18, BASE_STEM_IMAGENET, 64, 1}, {BASE_NETWORK_RESNET8, BASE_STEM_SMALL, 64, 4097},
};

START_TEST(sizes_out_of_range_are_usage_errors)
{
    nn_graph graph;

    memset(&graph, 0x5a, sizeof graph);
    ck_assert_int_eq(nn_models_describe(refused[_i].network, refused[_i].stem, refused[_i].size,
                                        refused[_i].classes, &graph),
                     BASE_ERR_USAGE);
    ck_assert_int_eq(graph.count, 0x5a5a5a5a); /* untouched */
}
END_TEST

START_TEST(unknown_layer_is_minus_one)
{
    nn_graph graph = describe(BASE_NETWORK_RESNET8, BASE_STEM_SMALL, 64);

    ck_assert_int_eq(nn_models_find_layer(&graph, "layer4.0"), -1);
    ck_assert_int_eq(nn_models_find_layer(&graph, ""), -1);
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_test(tests, resnet8_halves_at_stem_and_at_later_stages);
    tcase_add_test(tests, resnet18_stems_differ_fourfold);
    tcase_add_test(tests, odd_sizes_round_up);
    tcase_add_test(tests, inputs_come_before_their_readers);
    tcase_add_loop_test(tests, sizes_out_of_range_are_usage_errors, 0, sizeof refused / sizeof *refused);
    tcase_add_test(tests, unknown_layer_is_minus_one);
}

int main(void)
{
    return nn_test_main("nn_models", add);
}
