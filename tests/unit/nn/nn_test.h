/** What the tests of nn share: a network, its weights, a micro-batch. */
#ifndef NN_TEST_H
#define NN_TEST_H

#include "base_random.h"
#include "nn_network.h"
#include "unit_test.h"
#include <stdlib.h>

/** A replica with initial weights and a micro-batch of random images. */
typedef struct nn_test {
    nn_engine *engine;
    nn_graph graph;
    int32_t batch;
    nn_weights weights;
    nn_network *network;
    float *images;
    int32_t *labels;
    uint8_t *active;
    float *gradient;
} nn_test;

static inline void nn_test_fill(float *values, size_t count, uint64_t seed)
{
    base_random random = base_random_at(seed, BASE_RANDOM_TEST, 0, 0, 0);
    size_t i;

    for (i = 0; i < count; i++)
        values[i] = (float)(2 * base_random_unit(&random) - 1);
}

static inline nn_test nn_test_set_up(base_network name, base_stem stem, int32_t size, int32_t classes,
                                     int32_t batch, int threads)
{
    nn_test made;
    size_t pixels = (size_t)batch * 3 * (size_t)size * (size_t)size;
    int32_t i;

    made.batch = batch;
    ck_assert_int_eq(nn_engine_create(threads, &made.engine), BASE_OK);
    ck_assert_int_eq(nn_models_describe(name, stem, size, classes, &made.graph), BASE_OK);
    ck_assert_int_eq(nn_weights_create(&made.graph, &made.weights), BASE_OK);
    nn_weights_initialise(&made.weights, 7);
    ck_assert_int_eq(nn_network_create(made.engine, &made.graph, batch, NULL, &made.network), BASE_OK);
    ck_assert_int_eq(nn_network_load(made.network, &made.weights, NULL), BASE_OK);
    made.images = malloc(pixels * sizeof *made.images);
    made.labels = malloc((size_t)batch * sizeof *made.labels);
    made.active = malloc((size_t)classes);
    made.gradient = aligned_alloc(64, nn_network_gradient_count(made.network) * sizeof *made.gradient);
    ck_assert(made.images != NULL && made.labels != NULL && made.active != NULL && made.gradient != NULL);
    nn_test_fill(made.images, pixels, 3);
    for (i = 0; i < batch; i++)
        made.labels[i] = i % classes;
    for (i = 0; i < classes; i++)
        made.active[i] = 1;
    return made;
}

static inline void nn_test_tear_down(nn_test *used)
{
    free(used->gradient);
    free(used->active);
    free(used->labels);
    free(used->images);
    nn_network_destroy(&used->network);
    nn_weights_destroy(&used->weights);
    nn_engine_destroy(&used->engine);
}

static inline void nn_test_gradient(nn_test *used)
{
    ck_assert_int_eq(nn_network_gradient(used->network, used->images, used->labels, NULL, NULL, used->active,
                                         0.05f, used->gradient, NULL),
                     BASE_OK);
}

/** Run one suite; the exit code of main(). */
static inline int nn_test_main(const char *name, void (*add)(TCase *))
{
    Suite *suite = suite_create(name);
    TCase *tests = tcase_create(name);

    tcase_set_timeout(tests, 240);
    add(tests);
    suite_add_tcase(suite, tests);
    return unit_test_run(suite);
}

#endif
