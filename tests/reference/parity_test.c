/* nn against PyTorch f32: logits, loss, every gradient, running statistics, ten steps, heat maps, rates.
 *
 *     parity_test [FOLDER]    folder of parity_make.py's files; the committed ones by default
 */
#include "nn_gradcam.h"
#include "nn_network.h"
#include "nn_optimizer.h"
#include "parity_fixture.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEPS    10
#define RATE     0.001
#define WARMUP   0.3
#define MOMENTUM 0.9
#define DECAY    5e-4

#define TENSOR_TOLERANCE 1e-4 /* ||a - b|| / ||b|| */
#define STEP_TOLERANCE   1e-3
#define FORM_TOLERANCE   1e-6 /* closed form against backward pass */

static const char *const cases[] = {"resnet8", "resnet8_masked", "resnet18_small", "resnet18_imagenet"};
#define CASES ((int)(sizeof cases / sizeof *cases))

/* What a test works with. */
typedef struct bench {
    parity_fixture fixture;
    nn_graph graph;
    nn_engine *engine;
    nn_weights weights;
    float *images;
    int32_t *labels;
} bench;

static bench set_up(const char *name)
{
    bench made;
    size_t pixels;

    memset(&made, 0, sizeof made);
    made.fixture = parity_fixture_read(name);
    ck_assert_int_eq(nn_models_describe(made.fixture.network, made.fixture.stem, made.fixture.size,
                                        made.fixture.classes, &made.graph),
                     BASE_OK);
    ck_assert_int_eq(nn_engine_create(1, &made.engine), BASE_OK);
    ck_assert_int_eq(nn_weights_create(&made.graph, &made.weights), BASE_OK);
    parity_fixture_weights(&made.fixture, &made.weights);
    pixels = (size_t)made.fixture.batch * 3 * (size_t)made.fixture.size * (size_t)made.fixture.size;
    made.images = malloc(pixels * sizeof *made.images);
    made.labels = malloc((size_t)made.fixture.batch * sizeof *made.labels);
    ck_assert(made.images != NULL && made.labels != NULL);
    parity_fixture_batch(&made.fixture, 0, made.images, made.labels);
    return made;
}

static void tear_down(bench *used)
{
    free(used->labels);
    free(used->images);
    nn_weights_destroy(&used->weights);
    nn_engine_destroy(&used->engine);
    parity_fixture_free(&used->fixture);
}

/* Worst deviation of the tensors that have a record with this prefix. */
static double compare_tensors(const bench *used, const nn_weights *weights, const char *prefix, int first,
                              int end, const char *case_name)
{
    double worst = 0;
    int t;

    for (t = first; t < end; t++) {
        const nn_tensor *tensor = &weights->tensor[t];
        char name[PARITY_NAME_MAX + 16];
        double distance;

        snprintf(name, sizeof name, "%s%s", prefix, tensor->name);
        distance = parity_fixture_digest_distance(&used->fixture, parity_fixture_find(&used->fixture, name),
                                                  weights->data + tensor->offset, tensor->count, t);
        ck_assert_msg(distance < TENSOR_TOLERANCE, "%s: %s deviates by %g", case_name, name, distance);
        worst = fmax(worst, distance);
    }
    return worst;
}

static int count_trained(const nn_weights *weights)
{
    int t = 0;

    while (t < weights->tensors && weights->tensor[t].offset < weights->trained)
        t++;
    return t;
}

START_TEST(first_step_matches_pytorch)
{
    bench used = set_up(cases[_i]);
    nn_network *network;
    nn_weights result;
    nn_outcome outcome;
    float *gradient;
    double logits, loss, worst_gradient, worst_statistic;
    int trained = count_trained(&used.weights);

    ck_assert_int_eq(nn_network_create(used.engine, &used.graph, used.fixture.batch, NULL, &network),
                     BASE_OK);
    ck_assert_int_eq(nn_network_load(network, &used.weights, NULL), BASE_OK);
    ck_assert_int_eq(nn_weights_create(&used.graph, &result), BASE_OK);
    gradient = aligned_alloc(64, nn_network_gradient_count(network) * sizeof *gradient);
    ck_assert_int_eq(nn_network_gradient(network, used.images, used.labels, NULL, NULL, used.fixture.active,
                                         used.fixture.smoothing, gradient, NULL),
                     BASE_OK);
    logits =
        parity_fixture_distance(parity_fixture_find(&used.fixture, "logits"), nn_network_logits(network));
    ck_assert_msg(logits < TENSOR_TOLERANCE, "%s: logits deviate by %g", cases[_i], logits);
    ck_assert_int_eq(nn_network_gradient_export(network, gradient, &result), BASE_OK);
    worst_gradient = compare_tensors(&used, &result, "gradient:", 0, trained, cases[_i]);
    ck_assert_int_eq(nn_network_update(network, gradient, 1, 0, MOMENTUM, DECAY, &outcome), BASE_OK);
    loss = fabs(outcome.loss / parity_fixture_find(&used.fixture, "loss")->values[0] - 1);
    ck_assert_msg(loss < TENSOR_TOLERANCE, "%s: loss deviates by %g", cases[_i], loss);
    ck_assert_int_eq(nn_network_save(network, &result, NULL), BASE_OK);
    worst_statistic = compare_tensors(&used, &result, "running:", trained, result.tensors, cases[_i]);
    printf("%s: logits %.1e, loss %.1e, worst gradient %.1e, worst running statistic %.1e\n", cases[_i],
           logits, loss, worst_gradient, worst_statistic);
    free(gradient);
    nn_weights_destroy(&result);
    nn_network_destroy(&network);
    tear_down(&used);
}
END_TEST

START_TEST(ten_steps_match_pytorch)
{
    bench used = set_up(cases[_i]);
    const parity_record *losses = parity_fixture_find(&used.fixture, "losses");
    nn_network *network;
    float *gradient;
    double worst = 0;
    int step;

    ck_assert_uint_eq(losses->count, STEPS);
    ck_assert_int_eq(nn_network_create(used.engine, &used.graph, used.fixture.batch, NULL, &network),
                     BASE_OK);
    ck_assert_int_eq(nn_network_load(network, &used.weights, NULL), BASE_OK);
    gradient = aligned_alloc(64, nn_network_gradient_count(network) * sizeof *gradient);
    for (step = 0; step < STEPS; step++) {
        double rate = nn_optimizer_rate(BASE_SCHEDULE_ONE_CYCLE, RATE, WARMUP, step, STEPS), distance;
        nn_outcome outcome;

        parity_fixture_batch(&used.fixture, step, used.images, used.labels);
        ck_assert_int_eq(nn_network_gradient(network, used.images, used.labels, NULL, NULL,
                                             used.fixture.active, used.fixture.smoothing, gradient, NULL),
                         BASE_OK);
        ck_assert_int_eq(nn_network_update(network, gradient, 1, rate, MOMENTUM, DECAY, &outcome), BASE_OK);
        distance = fabs(outcome.loss / losses->values[step] - 1);
        ck_assert_msg(distance < STEP_TOLERANCE, "%s: loss %g of step %d deviates by %g", cases[_i],
                      outcome.loss, step, distance);
        worst = fmax(worst, distance);
    }
    printf("%s: losses of ten steps %.1e\n", cases[_i], worst);
    free(gradient);
    nn_network_destroy(&network);
    tear_down(&used);
}
END_TEST

static double form_distance(const float *a, const float *b, size_t count)
{
    double difference = 0, norm = 0;
    size_t i;

    for (i = 0; i < count; i++) {
        difference += pow((double)a[i] - (double)b[i], 2);
        norm += pow((double)b[i], 2);
    }
    return sqrt(difference / norm);
}

/* Maps at one layer, both ways, and the logits of a folded network. */
static void check_layer(const bench *used, const char *case_name, const char *layer)
{
    int32_t batch = used->fixture.batch, classes = used->fixture.classes, height, width, b;
    float *logits = malloc((size_t)(batch * classes) * sizeof *logits), *maps, *other;
    int32_t *asked = malloc((size_t)batch * sizeof *asked);
    char name[PARITY_NAME_MAX];
    const parity_record *record;
    nn_gradcam *gradcam;
    double distance, map_distance, forms;

    snprintf(name, sizeof name, "map:%s", layer);
    record = parity_fixture_find(&used->fixture, name);
    for (b = 0; b < batch; b++)
        asked[b] = (b * 7 + 3) % classes;
    ck_assert_int_eq(nn_gradcam_create(used->engine, &used->graph, batch, layer, NULL, &gradcam), BASE_OK);
    ck_assert_int_eq(nn_gradcam_load(gradcam, &used->weights), BASE_OK);
    ck_assert_int_eq(nn_gradcam_run(gradcam, used->images, logits), BASE_OK);
    distance = parity_fixture_distance(parity_fixture_find(&used->fixture, "scoring_logits"), logits);
    ck_assert_msg(distance < TENSOR_TOLERANCE, "%s: scoring logits deviate by %g", case_name, distance);
    nn_gradcam_map_size(gradcam, &height, &width);
    ck_assert_uint_eq(record->count, (size_t)(batch * height * width));
    maps = malloc(record->count * sizeof *maps);
    other = malloc(record->count * sizeof *other);
    ck_assert_int_eq(nn_gradcam_maps(gradcam, asked, maps), BASE_OK);
    ck_assert_int_eq(nn_gradcam_maps_backward(gradcam, asked, other), BASE_OK);
    map_distance = parity_fixture_distance(record, maps);
    ck_assert_msg(map_distance < TENSOR_TOLERANCE, "%s: maps at %s deviate by %g", case_name, layer,
                  map_distance);
    forms = form_distance(maps, other, record->count);
    ck_assert_msg(forms < FORM_TOLERANCE, "%s: forms at %s differ by %g", case_name, layer, forms);
    printf("%s: scoring logits %.1e, maps at %s %.1e, %s %.1e\n", case_name, distance, layer, map_distance,
           nn_gradcam_is_closed_form(gradcam) ? "closed form against backward pass" : "second run", forms);
    nn_gradcam_destroy(&gradcam);
    free(other);
    free(maps);
    free(asked);
    free(logits);
}

START_TEST(heat_maps_match_pytorch)
{
    bench used = set_up(cases[_i]);
    int i;

    for (i = 0; i < used.fixture.count; i++)
        if (strncmp(used.fixture.record[i].name, "map:", 4) == 0)
            check_layer(&used, cases[_i], used.fixture.record[i].name + 4);
    tear_down(&used);
}
END_TEST

START_TEST(rates_match_pytorch)
{
    parity_fixture fixture = parity_fixture_read("rates");
    int i;

    for (i = 0; i < fixture.count; i++) {
        const parity_record *record = &fixture.record[i];
        bool cosine = strncmp(record->name, "cosine", 6) == 0;
        double warmup = atof(strrchr(record->name, ':') + 1);
        size_t step;

        for (step = 0; step < record->count; step++) {
            double rate = nn_optimizer_rate(cosine ? BASE_SCHEDULE_COSINE : BASE_SCHEDULE_ONE_CYCLE, 0.1,
                                            warmup, (int64_t)step, (int64_t)record->count);

            ck_assert_msg(fabs(rate - record->values[step]) < 1e-9, "%s step %zu: %.12g, PyTorch %.12g",
                          record->name, step, rate, record->values[step]);
        }
    }
    ck_assert_int_gt(fixture.count, 6);
    parity_fixture_free(&fixture);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("parity");
    TCase *parity = tcase_create("parity");

    tcase_set_timeout(parity, 120);
    tcase_add_loop_test(parity, first_step_matches_pytorch, 0, CASES);
    tcase_add_loop_test(parity, ten_steps_match_pytorch, 0, CASES);
    tcase_add_loop_test(parity, heat_maps_match_pytorch, 0, CASES);
    tcase_add_test(parity, rates_match_pytorch);
    suite_add_tcase(suite, parity);
    return parity_fixture_run(argc, argv, suite);
}
