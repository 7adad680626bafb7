/* BALD against a plain implementation: f64, one feature after the other, no tiles. */
#include "base_random.h"
#include "select_dropout.h"
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CLASSES = 7, WIDTH = 75, SAMPLES = 50, SEED = 4, ROUND = 2 };

static float weights[CLASSES][WIDTH], bias[CLASSES], feature[SAMPLES][WIDTH];

static void begin(void)
{
    base_random random = base_random_at(8, BASE_RANDOM_TEST, 0, 0, 0);
    int i, c, k;

    for (c = 0; c < CLASSES; c++)
        for (bias[c] = (float)base_random_normal(&random), k = 0; k < WIDTH; k++)
            weights[c][k] = (float)(0.4 * base_random_normal(&random));
    for (i = 0; i < SAMPLES; i++)
        for (k = 0; k < WIDTH; k++)
            feature[i][k] = (float)fmax(0, base_random_normal(&random));
}

static double plain_entropy(const double *p)
{
    double sum = 0;
    int c;

    for (c = 0; c < CLASSES; c++)
        sum -= p[c] > 0 ? p[c] * log(p[c]) : 0;
    return sum;
}

/* Entropy of the mean answer less the mean entropy of the answers. */
static double plain_information(int i, const uint8_t *active)
{
    double mean[CLASSES] = {0}, inner = 0;
    int pass, c, k;

    for (pass = 0; pass < SELECT_DROPOUT_PASSES; pass++) {
        base_random random = base_random_at(SEED, BASE_RANDOM_SELECT, ROUND, (uint32_t)pass, (uint64_t)i);
        double p[CLASSES] = {0}, sum = 0;
        uint32_t word[(WIDTH + 31) / 32];

        for (k = 0; k < (WIDTH + 31) / 32; k++)
            word[k] = base_random_u32(&random);
        for (c = 0; c < CLASSES; c++) {
            double logit = (double)bias[c];

            for (k = 0; k < WIDTH; k++)
                if ((word[k / 32] >> (k % 32)) % 2)
                    logit += 2 * (double)feature[i][k] * (double)weights[c][k];
            p[c] = active[c] ? exp(logit) : 0;
            sum += p[c];
        }
        for (c = 0; c < CLASSES; c++) {
            p[c] /= sum;
            mean[c] += p[c] / SELECT_DROPOUT_PASSES;
        }
        inner += plain_entropy(p) / SELECT_DROPOUT_PASSES;
    }
    return plain_entropy(mean) - inner;
}

static double information(int i, const uint8_t *active)
{
    const select_head head = {CLASSES, WIDTH, weights[0], bias, active};
    void *room = malloc(select_dropout_room(CLASSES, WIDTH));
    double value = select_dropout_information(&head, feature[i], SEED, ROUND, i, room);

    free(room);
    return value;
}

START_TEST(information_is_that_of_a_plain_implementation)
{
    static const uint8_t active[][CLASSES] = {{1, 1, 1, 1, 1, 1, 1}, {1, 0, 1, 1, 0, 0, 1}};
    double least = INFINITY, most = 0;
    int i, a;

    for (a = 0; a < 2; a++)
        for (i = 0; i < SAMPLES; i++) {
            double value = information(i, active[a]);

            ck_assert_double_eq_tol(value, plain_information(i, active[a]), 2e-6);
            least = fmin(least, value);
            most = fmax(most, value);
        }
    ck_assert_double_gt(most, 2 * least); /* the samples do differ */
}
END_TEST

START_TEST(a_class_alone_leaves_nothing_to_learn)
{
    static const uint8_t active[CLASSES] = {0, 0, 0, 1, 0, 0, 0};

    ck_assert_double_eq(information(3, active), 0);
}
END_TEST

/* Without features all passes say the same. */
START_TEST(no_features_no_disagreement)
{
    static const uint8_t active[CLASSES] = {1, 1, 1, 1, 1, 1, 1};

    memset(feature[0], 0, sizeof feature[0]);
    ck_assert_double_eq_tol(information(0, active), 0, 1e-15);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("select_dropout");
    TCase *tests = tcase_create("dropout");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tests, begin, NULL);
    tcase_add_test(tests, information_is_that_of_a_plain_implementation);
    tcase_add_test(tests, a_class_alone_leaves_nothing_to_learn);
    tcase_add_test(tests, no_features_no_disagreement);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
