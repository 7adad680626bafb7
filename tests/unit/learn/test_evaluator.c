#include "learn_evaluator.h"
#include "unit_test.h"
#include <math.h>
#include <stdlib.h>

#define V STORE_SPLIT_VALIDATION
#define T STORE_SPLIT_TEST

/* Class 0: two of three right; class 1: one of one; class 2: excluded, wrong; one test record in between. */
static const store_evaluation records[] = {
    {.label = 0, .predicted = 0, .confidence = 0.9f, .loss = 0.1f, .energy = 0.5f, .split = V},
    {.label = 0, .predicted = 0, .confidence = 0.8f, .loss = 0.2f, .energy = 0.3f, .split = V},
    {.label = 0, .predicted = 1, .confidence = 0.6f, .loss = 1.0f, .energy = 0.1f, .split = V},
    {.label = 1, .predicted = 1, .confidence = 0.7f, .loss = 0.3f, .energy = 0.8f, .split = V},
    {.label = 2, .predicted = 1, .confidence = 0.5f, .loss = 0.0f, .energy = 0.2f, .split = V},
    {.label = 0, .predicted = 1, .confidence = 1.0f, .loss = 9.0f, .energy = 0.0f, .split = T},
};
static const size_t count = sizeof records / sizeof *records;
static const uint8_t active[4] = {1, 1, 0, 1};

START_TEST(recall_energy_and_confusion_by_class)
{
    int64_t confusion[16];
    float recall[4], energy[4];
    learn_evaluation found = learn_evaluate(records, count, V, active, 4, confusion, recall, energy);

    ck_assert_float_eq_tol(recall[0], 2.0f / 3, 1e-6f);
    ck_assert_float_eq(recall[1], 1);
    ck_assert_float_eq(recall[2], 0);
    ck_assert_float_eq(recall[3], -1);
    ck_assert_float_eq_tol(energy[0], 0.3f, 1e-6f);
    ck_assert_float_eq(energy[3], -1);
    ck_assert_int_eq(confusion[0], 2);
    ck_assert_int_eq(confusion[1], 1);
    ck_assert_int_eq(confusion[2 * 4 + 1], 1);
    ck_assert_int_eq(confusion[0] + confusion[1] + confusion[5] + confusion[9], 5);
    ck_assert_double_eq_tol(found.accuracy, (2.0 / 3 + 1) / 2, 1e-6);
}
END_TEST

START_TEST(excluded_classes_count_as_errors_where_asked)
{
    learn_evaluation found = learn_evaluate(records, count, V, active, 4, NULL, NULL, NULL);

    ck_assert_double_eq_tol(found.kept_accuracy, 3.0 / 4, 1e-9);
    ck_assert_double_eq_tol(found.all_accuracy, 3.0 / 5, 1e-9);
    ck_assert_double_eq_tol(found.loss, (0.1 + 0.2 + 1.0 + 0.3) / 4, 1e-6);
}
END_TEST

START_TEST(calibration_error_is_the_weighted_gap)
{
    learn_evaluation found = learn_evaluate(records, count, V, active, 4, NULL, NULL, NULL);

    /* each record in its own bin: gaps 0.1, 0.2, 0.6, 0.3 over four samples */
    ck_assert_double_eq_tol(found.calibration, (0.1 + 0.2 + 0.6 + 0.3) / 4, 1e-6);
}
END_TEST

START_TEST(nothing_measured_is_not_a_number)
{
    static const uint8_t only_last[4] = {0, 0, 0, 1};
    learn_evaluation found = learn_evaluate(records, count, V, only_last, 4, NULL, NULL, NULL);

    ck_assert(isnan(found.accuracy));
    ck_assert_double_eq(found.all_accuracy, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("learn_evaluator");
    TCase *tcase = tcase_create("all");

    tcase_add_test(tcase, recall_energy_and_confusion_by_class);
    tcase_add_test(tcase, excluded_classes_count_as_errors_where_asked);
    tcase_add_test(tcase, calibration_error_is_the_weighted_gap);
    tcase_add_test(tcase, nothing_measured_is_not_a_number);
    suite_add_tcase(suite, tcase);
    return unit_test_run(suite);
}
