/* The search of a plan: what it finds can be built, uses no reference code and computes the same. */
#include "../base/capture.h"
#include "nn_gradcam.h"
#include "nn_layers.h"
#include "nn_test.h"
#include "nn_tune.h"
#include <math.h>
#include <string.h>

enum { BATCH = 4, SIZE = 32, CLASSES = 6, SKIPS_MAX = 32 };

static capture captured;

static nn_test set_up(void)
{
    return nn_test_set_up(BASE_NETWORK_RESNET8, BASE_STEM_SMALL, SIZE, CLASSES, BATCH, 1);
}

static double distance(const float *a, const float *b, size_t count)
{
    double difference = 0, norm = 0;
    size_t i;

    for (i = 0; i < count; i++) {
        difference += pow((double)a[i] - (double)b[i], 2);
        norm += pow((double)b[i], 2);
    }
    return sqrt(difference / norm);
}

/* The gradient of a replica by this plan, in the layout of files. */
static void gradient_of(nn_test *used, const nn_plan *plan, nn_weights *gradient)
{
    nn_network_destroy(&used->network);
    ck_assert_int_eq(nn_network_create(used->engine, &used->graph, BATCH, plan, &used->network), BASE_OK);
    ck_assert_int_eq(nn_network_load(used->network, &used->weights, NULL), BASE_OK);
    free(used->gradient);
    used->gradient = aligned_alloc(64, nn_network_gradient_count(used->network) * sizeof *used->gradient);
    ck_assert_ptr_nonnull(used->gradient);
    nn_test_gradient(used);
    ck_assert_int_eq(nn_weights_create(&used->graph, gradient), BASE_OK);
    ck_assert_int_eq(nn_network_gradient_export(used->network, used->gradient, gradient), BASE_OK);
}

static void check_report(const nn_tuning *tuning, int convolutions)
{
    ck_assert_int_ge(tuning->kernels, convolutions);
    ck_assert(isfinite(tuning->before) && isfinite(tuning->after));
    ck_assert(tuning->after > 0 && tuning->after <= tuning->before && tuning->search > 0);
}

/* @param bound  relative distance of the gradient from the default plan's */
static void check_training(nn_dtype dtype, double bound)
{
    nn_test used = set_up();
    nn_weights standard, tuned;
    nn_tuning tuning;
    double found;
    nn_plan plan;

    ck_assert_int_eq(nn_tune(used.engine, &used.graph, BATCH, NN_USE_TRAINING, dtype, &plan, &tuning),
                     BASE_OK);
    ck_assert(plan.form.dtype == dtype);
    check_report(&tuning, 9 * 3 - 1);
    gradient_of(&used, NULL, &standard);
    gradient_of(&used, &plan, &tuned);
    ck_assert_ptr_null(strstr(nn_network_plan(used.network), "ref"));
    found = distance(tuned.data, standard.data, standard.trained);
    printf("%s: %d kernels in %.2f s, distance of the gradient %.1e\n",
           dtype == NN_DTYPE_F32 ? "f32" : "bf16", tuning.kernels, tuning.search, found);
    ck_assert_double_lt(found, bound);
    nn_weights_destroy(&standard);
    nn_weights_destroy(&tuned);
    nn_test_tear_down(&used);
}

START_TEST(a_plan_found_for_training_computes_the_same_gradient)
{
    check_training(NN_DTYPE_F32, 1e-2); /* a ReLU's input may change its sign */
}
END_TEST

START_TEST(a_bf16_plan_is_found_or_refused_where_the_cpu_has_none)
{
    nn_test used = set_up();
    nn_plan plan;
    base_status status;

    if (nn_engine_has_bf16()) {
        check_training(NN_DTYPE_BF16, 0.5);
    } else {
        capture_begin(&captured);
        status = nn_tune(used.engine, &used.graph, BATCH, NN_USE_TRAINING, NN_DTYPE_BF16, &plan, NULL);
        ck_assert_ptr_nonnull(strstr(capture_end(&captured), "bf16"));
        ck_assert_int_eq(status, BASE_ERR_USAGE);
    }
    nn_test_tear_down(&used);
}
END_TEST

/* Logits and maps by the plan. */
static void score(const nn_test *used, const nn_plan *plan, float *logits, float *maps)
{
    static const int32_t classes[BATCH] = {0, 3, 5, 3};
    nn_gradcam *gradcam;

    ck_assert_int_eq(nn_gradcam_create(used->engine, &used->graph, BATCH, "last", plan, &gradcam), BASE_OK);
    ck_assert_ptr_null(strstr(nn_gradcam_plan(gradcam), "ref"));
    ck_assert_int_eq(nn_gradcam_load(gradcam, &used->weights), BASE_OK);
    ck_assert_int_eq(nn_gradcam_run(gradcam, used->images, logits), BASE_OK);
    ck_assert_int_eq(nn_gradcam_maps(gradcam, classes, maps), BASE_OK);
    nn_gradcam_destroy(&gradcam);
}

START_TEST(a_plan_found_for_scoring_computes_the_same_logits_and_maps)
{
    nn_test used = set_up();
    float logits[2][BATCH * CLASSES], maps[2][BATCH * SIZE * SIZE];
    const nn_node *last = &used.graph.nodes[used.graph.last];
    nn_tuning tuning;
    nn_plan plan;

    ck_assert_int_eq(nn_tune(used.engine, &used.graph, BATCH, NN_USE_SCORING, NN_DTYPE_F32, &plan, &tuning),
                     BASE_OK);
    check_report(&tuning, 9);
    score(&used, NULL, logits[0], maps[0]);
    score(&used, &plan, logits[1], maps[1]);
    ck_assert_double_lt(distance(logits[1], logits[0], BATCH * CLASSES), 1e-4);
    ck_assert_double_lt(distance(maps[1], maps[0], (size_t)(BATCH * last->height * last->width)), 1e-4);
    nn_test_tear_down(&used);
}
END_TEST

/* What a search tries for one pass of a convolution, in turn; false after the last. */
static bool next_choice(nn_choice *choice, bool exists)
{
    int number;

    if (exists && ++choice->skip < SKIPS_MAX)
        return true;
    number = 1 + (int)choice->form.dtype * 4 + (int)choice->form.layout * 2 + (int)choice->algorithm;
    *choice = (nn_choice){.form = {(nn_dtype)(number / 4), (nn_layout)(number / 2 % 2)},
                          .algorithm = (nn_algorithm)(number % 2)};
    return number < (nn_engine_has_bf16() ? 8 : 4);
}

/* Build one pass as a search does; BASE_ERR_LIBRARY where oneDNN has no such kernel. */
static base_status try_pass(nn_test *used, int32_t node, nn_pass pass, nn_choice choice)
{
    const nn_purpose purpose = {.training = true, .backward_data = used->graph.nodes[node].input > 0};
    const nn_choice first = {.form = choice.form};
    nn_layer layer;
    base_status status = BASE_OK;

    memset(&layer, 0, sizeof layer);
    if (pass != NN_PASS_FORWARD)
        status =
            nn_layers_try(used->engine, &used->graph, node, BATCH, purpose, NN_PASS_FORWARD, first, &layer);
    if (status == BASE_OK)
        status = nn_layers_try(used->engine, &used->graph, node, BATCH, purpose, pass, choice, &layer);
    nn_layers_destroy(&layer);
    return status;
}

/* A replica of default choices but for one; a kernel that a search may choose must fit between any
 * neighbours. */
static bool builds(nn_test *used, int32_t node, nn_pass pass, nn_choice choice)
{
    nn_network *network = NULL;
    nn_plan plan;
    base_status status;

    nn_plan_default(&plan);
    plan.choice[node][pass] = choice;
    status = nn_network_create(used->engine, &used->graph, BATCH, &plan, &network);
    if (status == BASE_OK)
        status = nn_network_load(network, &used->weights, NULL);
    nn_network_destroy(&network);
    return status == BASE_OK;
}

/* The stem, a layer that the search measures, and a shortcut: every kernel of every pass. */
START_TEST(every_kernel_that_a_search_tries_can_stand_in_a_plan)
{
    static const char *const names[] = {"conv1", "layer2.0.conv2", "layer3.0.downsample.0"};
    nn_test used = set_up();
    int tried = 0, built = 0, errors = 0;
    int32_t node = 0, pass;

    while (strcmp(used.graph.nodes[node].name, names[_i]) != 0)
        node++;
    for (pass = 0; pass < NN_PASSES; pass++) {
        nn_choice choice = {.skip = 0};
        bool exists;

        if (pass == NN_PASS_BACKWARD_DATA && used.graph.nodes[node].input == 0)
            continue;
        do {
            base_status status = try_pass(&used, node, (nn_pass)pass, choice);

            exists = status == BASE_OK;
            errors += status != BASE_OK && status != BASE_ERR_LIBRARY;
            if (exists)
                tried++;
            if (exists && builds(&used, node, (nn_pass)pass, choice))
                built++;
        } while (next_choice(&choice, exists));
    }
    printf("%s: %d kernels\n", names[_i], tried);
    ck_assert_int_eq(errors, 0);
    ck_assert_int_ge(tried, 4); /* two layouts at least, forward and backward */
    ck_assert_int_eq(built, tried);
    nn_test_tear_down(&used);
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_test(tests, a_plan_found_for_training_computes_the_same_gradient);
    tcase_add_test(tests, a_bf16_plan_is_found_or_refused_where_the_cpu_has_none);
    tcase_add_test(tests, a_plan_found_for_scoring_computes_the_same_logits_and_maps);
    tcase_add_loop_test(tests, every_kernel_that_a_search_tries_can_stand_in_a_plan, 0, 3);
}

int main(void)
{
    return nn_test_main("nn_tune", add);
}
