#include "nn_loss.h"
#include "nn_replica.h"
#include "nn_taps.h"
#include "nn_test.h"
#include <math.h>
#include <string.h>

START_TEST(load_and_save_give_the_same_bits)
{
    nn_test used = nn_test_set_up(BASE_NETWORK_RESNET18, BASE_STEM_SMALL, 16, 15, 2, 1);
    nn_weights velocity, saved, saved_velocity;

    ck_assert_int_eq(nn_weights_create(&used.graph, &velocity), BASE_OK);
    ck_assert_int_eq(nn_weights_create(&used.graph, &saved), BASE_OK);
    ck_assert_int_eq(nn_weights_create(&used.graph, &saved_velocity), BASE_OK);
    nn_test_fill(used.weights.data, used.weights.count, 11);
    nn_test_fill(velocity.data, velocity.trained, 12);
    ck_assert_int_eq(nn_network_load(used.network, &used.weights, &velocity), BASE_OK);
    ck_assert_int_eq(nn_network_save(used.network, &saved, &saved_velocity), BASE_OK);
    ck_assert_mem_eq(saved.data, used.weights.data, saved.count * sizeof *saved.data);
    ck_assert_mem_eq(saved_velocity.data, velocity.data, saved.trained * sizeof *saved.data);
    /* no velocity means none */
    ck_assert_int_eq(nn_network_load(used.network, &used.weights, NULL), BASE_OK);
    ck_assert_int_eq(nn_network_save(used.network, &saved, &saved_velocity), BASE_OK);
    memset(velocity.data, 0, velocity.count * sizeof *velocity.data);
    ck_assert_mem_eq(saved_velocity.data, velocity.data, saved.trained * sizeof *saved.data);
    nn_weights_destroy(&velocity);
    nn_weights_destroy(&saved);
    nn_weights_destroy(&saved_velocity);
    nn_test_tear_down(&used);
}
END_TEST

/* Mean loss in f64 at these weights. */
static double loss_at(nn_test *used, const nn_weights *weights)
{
    float scratch[64 * 16];
    int32_t correct;

    ck_assert_int_eq(nn_network_load(used->network, weights, NULL), BASE_OK);
    nn_test_gradient(used);
    return nn_loss_softmax(nn_network_logits(used->network), used->labels, NULL, used->active, 0.05f,
                           used->batch, used->graph.classes, scratch, &correct) /
           used->batch;
}

static const struct {
    base_network network;
    base_stem stem;
    int32_t size;
} nets[] = {{BASE_NETWORK_RESNET8, BASE_STEM_SMALL, 24},
            {BASE_NETWORK_RESNET18, BASE_STEM_SMALL, 16},
            {BASE_NETWORK_RESNET18, BASE_STEM_IMAGENET, 48}};

/* Along each tensor's gradient the loss rises as the gradient says. */
START_TEST(gradients_are_the_slopes_of_the_loss)
{
    nn_test used = nn_test_set_up(nets[_i].network, nets[_i].stem, nets[_i].size, 6, 16, 1);
    nn_weights gradient, moved;
    int32_t t;
    size_t i;

    ck_assert_int_eq(nn_weights_create(&used.graph, &gradient), BASE_OK);
    ck_assert_int_eq(nn_weights_create(&used.graph, &moved), BASE_OK);
    used.active[5] = 0;
    for (t = 0; t < used.batch; t++)
        used.labels[t] %= 5;
    nn_test_gradient(&used);
    ck_assert_int_eq(nn_network_gradient_export(used.network, used.gradient, &gradient), BASE_OK);
    for (t = 0; used.weights.tensor[t].offset<used.weights.trained; t += used.weights.tensors> 60 ? 11 : 3) {
        const nn_tensor *tensor = &used.weights.tensor[t];
        double norm = 0, step, up, down;

        for (i = tensor->offset; i < tensor->offset + tensor->count; i++)
            norm += (double)gradient.data[i] * (double)gradient.data[i];
        norm = sqrt(norm);
        step = 1e-3 / norm; /* the loss moves by about 1e-3 */
        memcpy(moved.data, used.weights.data, moved.count * sizeof *moved.data);
        for (i = tensor->offset; i < tensor->offset + tensor->count; i++)
            moved.data[i] = (float)(used.weights.data[i] + step * gradient.data[i] / norm);
        up = loss_at(&used, &moved);
        for (i = tensor->offset; i < tensor->offset + tensor->count; i++)
            moved.data[i] = (float)(used.weights.data[i] - step * gradient.data[i] / norm);
        down = loss_at(&used, &moved);
        ck_assert_msg(fabs((up - down) / (2 * step) / norm - 1) < 0.02, "%s: slope %g, gradient %g",
                      tensor->name, (up - down) / (2 * step), norm);
    }
    nn_weights_destroy(&gradient);
    nn_weights_destroy(&moved);
    nn_test_tear_down(&used);
}
END_TEST

START_TEST(same_steps_give_same_bits)
{
    nn_weights first, second;
    int run, step;

    for (run = 0; run < 2; run++) {
        nn_test used = nn_test_set_up(nets[_i].network, nets[_i].stem, nets[_i].size, 6, 8, 2);
        nn_weights *kept = run == 0 ? &first : &second;

        memset(used.gradient, 0xff, nn_network_gradient_count(used.network) * sizeof *used.gradient);
        for (step = 0; step < 3; step++) {
            nn_test_gradient(&used);
            ck_assert_int_eq(nn_network_update(used.network, used.gradient, 1, 0.05, 0.9, 5e-4, NULL),
                             BASE_OK);
        }
        ck_assert_int_eq(nn_weights_create(&used.graph, kept), BASE_OK);
        ck_assert_int_eq(nn_network_save(used.network, kept, NULL), BASE_OK);
        nn_test_tear_down(&used);
    }
    ck_assert_mem_eq(first.data, second.data, first.count * sizeof *first.data);
    nn_weights_destroy(&first);
    nn_weights_destroy(&second);
}
END_TEST

START_TEST(every_float_of_the_gradient_is_written)
{
    nn_test used = nn_test_set_up(nets[_i].network, nets[_i].stem, nets[_i].size, 7, 4, 1);
    size_t count = nn_network_gradient_count(used.network), unwritten = 0, i;
    float *other = aligned_alloc(64, count * sizeof *other);

    memset(used.gradient, 0xff, count * sizeof *used.gradient); /* not a number */
    nn_test_gradient(&used);
    memcpy(other, used.gradient, count * sizeof *other);
    memset(used.gradient, 0, count * sizeof *used.gradient);
    nn_test_gradient(&used);
    for (i = 0; i < count; i++) /* asserting costs a system call */
        unwritten += isfinite(other[i]) ? 0 : 1;
    ck_assert_uint_eq(unwritten, 0);
    ck_assert_mem_eq(other, used.gradient, count * sizeof *other);
    free(other);
    nn_test_tear_down(&used);
}
END_TEST

/* Two micro-batches: the mean of gradients, losses and statistics. */
START_TEST(update_takes_the_mean_over_microbatches)
{
    nn_test used = nn_test_set_up(BASE_NETWORK_RESNET8, BASE_STEM_SMALL, 32, 6, 4, 1);
    size_t count = nn_network_gradient_count(used.network), i;
    float *sum = aligned_alloc(64, count * sizeof *sum);
    nn_outcome once, twice;
    nn_weights one, two;

    ck_assert_int_eq(nn_weights_create(&used.graph, &one), BASE_OK);
    ck_assert_int_eq(nn_weights_create(&used.graph, &two), BASE_OK);
    nn_test_gradient(&used);
    for (i = 0; i < count; i++)
        sum[i] = used.gradient[i] + used.gradient[i];
    ck_assert_int_eq(nn_network_update(used.network, used.gradient, 1, 0.1, 0.9, 5e-4, &once), BASE_OK);
    ck_assert_int_eq(nn_network_save(used.network, &one, NULL), BASE_OK);
    ck_assert_int_eq(nn_network_load(used.network, &used.weights, NULL), BASE_OK);
    ck_assert_int_eq(nn_network_update(used.network, sum, 2, 0.1, 0.9, 5e-4, &twice), BASE_OK);
    ck_assert_int_eq(nn_network_save(used.network, &two, NULL), BASE_OK);
    ck_assert_mem_eq(one.data, two.data, one.count * sizeof *one.data);
    ck_assert(once.loss == twice.loss && once.correct == twice.correct);
    ck_assert(once.loss > 0 && once.correct >= 0 && once.correct <= 1);
    nn_weights_destroy(&one);
    nn_weights_destroy(&two);
    free(sum);
    nn_test_tear_down(&used);
}
END_TEST

START_TEST(masked_class_learns_nothing)
{
    nn_test used = nn_test_set_up(BASE_NETWORK_RESNET8, BASE_STEM_SMALL, 32, 6, 4, 1);
    const nn_tensor *head = nn_weights_find(&used.weights, "fc.weight");
    const nn_tensor *bias = nn_weights_find(&used.weights, "fc.bias");
    nn_weights gradient;
    size_t i;

    used.active[4] = 0;
    ck_assert_int_eq(nn_weights_create(&used.graph, &gradient), BASE_OK);
    nn_test_gradient(&used);
    ck_assert_int_eq(nn_network_gradient_export(used.network, used.gradient, &gradient), BASE_OK);
    for (i = 0; i < 128; i++)
        ck_assert(gradient.data[head->offset + 4 * 128 + i] == 0);
    ck_assert(gradient.data[bias->offset + 4] == 0);
    ck_assert(gradient.data[bias->offset + 3] != 0);
    nn_weights_destroy(&gradient);
    nn_test_tear_down(&used);
}
END_TEST

START_TEST(labels_of_no_active_class_are_refused)
{
    nn_test used = nn_test_set_up(BASE_NETWORK_RESNET8, BASE_STEM_SMALL, 32, 6, 4, 1);
    static const int32_t bad[] = {-1, 6, 3};
    int i;

    used.active[3] = 0;
    for (i = 0; i < 3; i++) {
        used.labels[3] = bad[i];
        ck_assert_int_eq(nn_network_gradient(used.network, used.images, used.labels, NULL, NULL, used.active,
                                             0, used.gradient, NULL),
                         BASE_ERR_INTERNAL);
    }
    nn_test_tear_down(&used);
}
END_TEST

START_TEST(infinite_loss_is_a_numeric_error_and_changes_no_weight)
{
    nn_test used = nn_test_set_up(BASE_NETWORK_RESNET8, BASE_STEM_SMALL, 32, 6, 4, 1);
    size_t count = nn_network_gradient_count(used.network), i;
    nn_weights saved;

    used.images[5] = INFINITY;
    ck_assert_int_eq(nn_network_gradient(used.network, used.images, used.labels, NULL, NULL, used.active, 0,
                                         used.gradient, NULL),
                     BASE_ERR_NUMERIC);
    for (i = 0; i < count; i++)
        used.gradient[i] = NAN;
    ck_assert_int_eq(nn_network_update(used.network, used.gradient, 1, 0.1, 0.9, 0, NULL), BASE_ERR_NUMERIC);
    ck_assert_int_eq(nn_weights_create(&used.graph, &saved), BASE_OK);
    ck_assert_int_eq(nn_network_save(used.network, &saved, NULL), BASE_OK);
    ck_assert_mem_eq(saved.data, used.weights.data, saved.count * sizeof *saved.data);
    nn_weights_destroy(&saved);
    nn_test_tear_down(&used);
}
END_TEST

START_TEST(too_few_values_for_a_norm_are_a_usage_error)
{
    nn_engine *engine;
    nn_graph graph;
    nn_network *network = NULL;

    ck_assert_int_eq(nn_engine_create(1, &engine), BASE_OK);
    ck_assert_int_eq(nn_models_describe(BASE_NETWORK_RESNET18, BASE_STEM_IMAGENET, 32, 5, &graph), BASE_OK);
    ck_assert_int_eq(nn_network_create(engine, &graph, 1, NULL, &network), BASE_ERR_USAGE);
    ck_assert_int_eq(nn_network_create(engine, &graph, 0, NULL, &network), BASE_ERR_USAGE);
    ck_assert_ptr_null(network);
    ck_assert_int_eq(nn_network_create(engine, &graph, 2, NULL, &network), BASE_OK);
    nn_network_destroy(&network);
    ck_assert_ptr_null(network);
    nn_network_destroy(&network);
    nn_engine_destroy(&engine);
}
END_TEST

/* A table of another network cannot be loaded. */
START_TEST(foreign_weights_are_refused)
{
    nn_test used = nn_test_set_up(BASE_NETWORK_RESNET8, BASE_STEM_SMALL, 32, 6, 4, 1);
    nn_graph other;
    nn_weights foreign;

    ck_assert_int_eq(nn_models_describe(BASE_NETWORK_RESNET8, BASE_STEM_SMALL, 32, 7, &other), BASE_OK);
    ck_assert_int_eq(nn_weights_create(&other, &foreign), BASE_OK);
    ck_assert_int_eq(nn_network_load(used.network, &foreign, NULL), BASE_ERR_INTERNAL);
    nn_weights_destroy(&foreign);
    nn_test_tear_down(&used);
}
END_TEST

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

/* Relative distance of a plan's gradient from the default plan's, 2 if this CPU has no kernels for it. */
static double plan_distance(nn_test *used, const nn_plan *plan)
{
    nn_weights standard, other;
    nn_network *planned;
    double found;

    if (nn_network_create(used->engine, &used->graph, used->batch, plan, &planned) != BASE_OK)
        return 2;
    ck_assert_int_eq(nn_weights_create(&used->graph, &standard), BASE_OK);
    ck_assert_int_eq(nn_weights_create(&used->graph, &other), BASE_OK);
    nn_test_gradient(used);
    ck_assert_int_eq(nn_network_gradient_export(used->network, used->gradient, &standard), BASE_OK);
    ck_assert_int_eq(nn_network_load(planned, &used->weights, NULL), BASE_OK);
    ck_assert_uint_eq(nn_network_gradient_count(planned), nn_network_gradient_count(used->network));
    ck_assert_int_eq(nn_network_gradient(planned, used->images, used->labels, NULL, NULL, used->active, 0.05f,
                                         used->gradient, NULL),
                     BASE_OK);
    ck_assert_int_eq(nn_network_gradient_export(planned, used->gradient, &other), BASE_OK);
    found = distance(other.data, standard.data, standard.trained);
    nn_weights_destroy(&standard);
    nn_weights_destroy(&other);
    nn_network_destroy(&planned);
    return found;
}

/* Another plan is another route to the same answer. */
START_TEST(winograd_plan_gives_the_same_gradient)
{
    nn_test used = nn_test_set_up(BASE_NETWORK_RESNET8, BASE_STEM_SMALL, 64, 6, 8, 1);
    nn_plan plan;
    int32_t i;
    int pass;

    nn_plan_default(&plan);
    for (i = 0; i < used.graph.count; i++)
        if (strcmp(used.graph.nodes[i].name, "layer3.0.conv2") == 0)
            for (pass = 0; pass < NN_PASSES; pass++)
                plan.choice[i][pass].algorithm = NN_ALGORITHM_WINOGRAD;
    if (!nn_engine_is_wide())
        printf("skipped: oneDNN has no Winograd kernels for this CPU\n");
    else
        ck_assert_double_lt(plan_distance(&used, &plan), 1e-2);
    nn_test_tear_down(&used);
}
END_TEST

/* Small maps by one product a tap, in each pass alone and in all. */
START_TEST(taps_plan_gives_the_same_gradient)
{
    nn_test used = nn_test_set_up(nets[_i].network, nets[_i].stem, nets[_i].size, 6, 8, 2);
    int only;

    for (only = 0; only <= NN_PASSES; only++) {
        nn_plan plan;
        int32_t i;
        int pass, fit = 0;

        nn_plan_default(&plan);
        for (i = 0; i < used.graph.count; i++) {
            const nn_node *node = &used.graph.nodes[i];

            if (node->op != NN_OP_CONVOLUTION || !nn_taps_fit(node, &used.graph.nodes[node->input]))
                continue;
            fit++;
            for (pass = 0; pass < NN_PASSES; pass++)
                if (only == pass || only == NN_PASSES)
                    plan.choice[i][pass] = (nn_choice){{NN_DTYPE_F32, NN_LAYOUT_NHWC}, NN_ALGORITHM_TAPS, 0};
        }
        ck_assert_int_gt(fit, 0);
        ck_assert_double_lt(plan_distance(&used, &plan), 1e-4);
    }
    nn_test_tear_down(&used);
}
END_TEST

START_TEST(nhwc_plan_gives_the_same_gradient)
{
    nn_test used = nn_test_set_up(nets[_i].network, nets[_i].stem, nets[_i].size, 6, 8, 1);
    nn_plan plan;

    nn_plan_uniform((nn_form){NN_DTYPE_F32, NN_LAYOUT_NHWC}, &plan);
    ck_assert_double_lt(plan_distance(&used, &plan), 1e-4);
    nn_test_tear_down(&used);
}
END_TEST

/* bf16 keeps 8 bits of a number: the gradient's direction is that of f32. */
START_TEST(bf16_plan_gives_nearly_the_same_gradient)
{
    nn_test used = nn_test_set_up(nets[_i].network, nets[_i].stem, nets[_i].size, 6, 16, 1);
    nn_plan plan;
    double uniform, mixed;
    int32_t i;

    nn_plan_uniform((nn_form){NN_DTYPE_BF16, NN_LAYOUT_BLOCKED}, &plan);
    if (!nn_engine_has_bf16()) {
        printf("skipped: this CPU has no bf16 arithmetic\n");
        nn_test_tear_down(&used);
        return;
    }
    uniform = plan_distance(&used, &plan);
    for (i = 0; i < used.graph.count; i++) /* f32 islands, and another layout */
        plan.choice[i][i % NN_PASSES].form = (nn_form){NN_DTYPE_F32, (nn_layout)(i % 2)};
    mixed = plan_distance(&used, &plan);
    printf("bf16: relative distance of the gradient %.4f, with f32 passes %.4f\n", uniform, mixed);
    ck_assert_double_gt(uniform, 1e-4);
    ck_assert_double_lt(uniform, 0.5);
    ck_assert_double_lt(mixed, 0.5);
    nn_test_tear_down(&used);
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
            nn_network *network;

            if (nets[n].stem == BASE_STEM_IMAGENET && sizes[s] < 32)
                continue;
            ck_assert_int_eq(nn_models_describe(nets[n].network, nets[n].stem, sizes[s], 15, &graph),
                             BASE_OK);
            ck_assert_int_eq(nn_network_create(engine, &graph, 2, NULL, &network), BASE_OK);
            ck_assert_ptr_null(strstr(nn_network_plan(network), "ref"));
            ck_assert_ptr_nonnull(strstr(nn_network_plan(network), "conv1 backward_weights "));
            nn_network_destroy(&network);
        }
    nn_engine_destroy(&engine);
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_test(tests, load_and_save_give_the_same_bits);
    tcase_add_loop_test(tests, gradients_are_the_slopes_of_the_loss, 0, 3);
    tcase_add_loop_test(tests, same_steps_give_same_bits, 0, 3);
    tcase_add_loop_test(tests, every_float_of_the_gradient_is_written, 0, 3);
    tcase_add_test(tests, update_takes_the_mean_over_microbatches);
    tcase_add_test(tests, masked_class_learns_nothing);
    tcase_add_test(tests, labels_of_no_active_class_are_refused);
    tcase_add_test(tests, infinite_loss_is_a_numeric_error_and_changes_no_weight);
    tcase_add_test(tests, too_few_values_for_a_norm_are_a_usage_error);
    tcase_add_test(tests, foreign_weights_are_refused);
    tcase_add_test(tests, winograd_plan_gives_the_same_gradient);
    tcase_add_loop_test(tests, taps_plan_gives_the_same_gradient, 2, 3);
    tcase_add_loop_test(tests, nhwc_plan_gives_the_same_gradient, 0, 1);
    tcase_add_loop_test(tests, bf16_plan_gives_nearly_the_same_gradient, 0, 1);
    tcase_add_test(tests, no_pass_falls_to_reference_code);
}

int main(void)
{
    return nn_test_main("nn_network", add);
}
