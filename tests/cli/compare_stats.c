#include "camal_compare_stats.h"
#include "unit_test.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CLASSES 3

START_TEST(interval_is_that_of_the_paired_t_test)
{
    /* Differences 1, 2, 3: mean 2, deviation 1; t(2) = 4.3027, so 2 -+ 4.3027 / sqrt(3). */
    double standard[] = {10, 20, 30}, proposed[] = {11, 22, 33};
    compare_stat stat = compare_stat_of(standard, proposed, 3);

    ck_assert_double_eq_tol(stat.standard, 20, 1e-12);
    ck_assert_double_eq_tol(stat.proposed, 22, 1e-12);
    ck_assert_double_eq_tol(stat.difference, 2, 1e-12);
    ck_assert_double_eq_tol(stat.low, -0.484163, 1e-5);
    ck_assert_double_eq_tol(stat.high, 4.484163, 1e-5);
    ck_assert_str_eq(compare_judge(&stat), "not distinguishable");
}
END_TEST

START_TEST(one_pair_has_no_interval)
{
    double standard[] = {0.5}, proposed[] = {0.75};
    compare_stat stat = compare_stat_of(standard, proposed, 1);

    ck_assert_double_eq_tol(stat.difference, 0.25, 1e-12);
    ck_assert(isnan(stat.low) && isnan(stat.high));
    ck_assert_str_eq(compare_judge(&stat), "no interval");
}
END_TEST

START_TEST(pairs_with_a_missing_figure_are_left_out)
{
    double standard[] = {1, NAN, 3, 7}, proposed[] = {2, 5, 4, NAN};
    compare_stat stat = compare_stat_of(standard, proposed, 4);

    ck_assert_uint_eq(stat.pairs, 2);
    ck_assert_double_eq_tol(stat.standard, 2, 1e-12);
    ck_assert_double_eq_tol(stat.proposed, 3, 1e-12);
    ck_assert_double_eq_tol(stat.low, 1, 1e-12); /* both differ by 1 */
    ck_assert_double_eq_tol(stat.high, 1, 1e-12);
    stat = compare_stat_of(standard + 1, proposed + 1, 1);
    ck_assert_uint_eq(stat.pairs, 0);
    ck_assert(isnan(stat.difference));
}
END_TEST

START_TEST(judgement_follows_the_interval)
{
    compare_stat stat = {0, 0, 0.2, 0.1, 0.3, 5};

    ck_assert_str_eq(compare_judge(&stat), "better");
    stat.low = 0;
    ck_assert_str_eq(compare_judge(&stat), "not distinguishable");
    stat.low = -0.5;
    stat.high = -0.1;
    ck_assert_str_eq(compare_judge(&stat), "worse");
}
END_TEST

START_TEST(quantiles_of_students_t_are_right)
{
    /* Values of R's qt(0.975, n). */
    static const struct {
        size_t freedom;
        double value;
    } known[] = {{1, 12.706205}, {2, 4.302653},  {5, 2.570582},  {10, 2.228139},  {29, 2.045230},
                 {30, 2.042272}, {31, 2.039513}, {50, 2.008559}, {100, 1.983972}, {1000, 1.962339}};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        ck_assert_double_eq_tol(compare_student(known[i].freedom), known[i].value, 1e-4);
    for (size_t n = 2; n < 200; n++)
        ck_assert_double_lt(compare_student(n), compare_student(n - 1));
    ck_assert(isnan(compare_student(0)));
}
END_TEST

/* ---- figures over classes ---- */

static compare_class a_class(double best, double test, bool excluded)
{
    return (compare_class){{10, 5, best, best, test, 0.5}, excluded};
}

START_TEST(kept_classes_are_those_of_the_proposed_run_and_excluded_ones_are_errors)
{
    compare_class standard[CLASSES] = {a_class(0.9, 0.8, false), a_class(0.99, 0.6, false),
                                       a_class(0.95, 0.4, false)};
    compare_class proposed[CLASSES] = {a_class(0.99, 0.9, false), a_class(0.95, 0.8, false),
                                       a_class(1, 0, true)};
    compare_run runs[2] = {{.classes = CLASSES, .class = standard, .all_samples = 0.6},
                           {.classes = CLASSES, .class = proposed, .all_samples = 0.5}};
    compare_arms arms = {.pairs = 1, .standard = &runs[0], .proposed = &runs[1]};
    compare_result result;
    char text[1024];

    ck_assert_int_eq(compare_result_of(&arms, &result), BASE_OK);
    ck_assert_double_eq(result.total[COMPARE_LABELS].standard, 45);
    ck_assert_double_eq(result.total[COMPARE_CLASSES_KEPT].standard, 3);
    ck_assert_double_eq(result.total[COMPARE_CLASSES_KEPT].proposed, 2);
    ck_assert_double_eq(result.total[COMPARE_BEST_99_KEPT].standard, 1);
    ck_assert_double_eq(result.total[COMPARE_BEST_99_KEPT].proposed, 1);
    ck_assert_double_eq(result.total[COMPARE_BEST_95_KEPT].standard, 1);
    ck_assert_double_eq(result.total[COMPARE_BEST_95_KEPT].proposed, 2);
    ck_assert_double_eq(result.total[COMPARE_BEST_95_ALL].standard, 2);
    ck_assert_double_eq(result.total[COMPARE_BEST_95_ALL].proposed, 2); /* the excluded one does not count */
    ck_assert_double_eq_tol(result.total[COMPARE_TEST_KEPT].standard, 0.7, 1e-12);
    ck_assert_double_eq_tol(result.total[COMPARE_TEST_KEPT].proposed, 0.85, 1e-12);
    ck_assert_double_eq_tol(result.total[COMPARE_TEST_ALL].standard, 0.6, 1e-12);
    ck_assert_double_eq_tol(result.total[COMPARE_TEST_ALL].proposed, 1.7 / 3, 1e-12);
    ck_assert(!compare_result_excluded(&result, 1) && compare_result_excluded(&result, 2));
    compare_verdict(&result, text, sizeof text);
    ck_assert_ptr_nonnull(strstr(text, "one seed: no interval"));
    ck_assert_ptr_nonnull(strstr(text, "kept classes +15.00 points"));
    ck_assert_ptr_nonnull(strstr(text, "excluded ones as errors -3.33 points"));
    ck_assert_ptr_nonnull(strstr(text, "with as many labels"));
    compare_result_clear(&result);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("compare_stats");
    TCase *tests = tcase_create("stats");

    tcase_add_test(tests, interval_is_that_of_the_paired_t_test);
    tcase_add_test(tests, one_pair_has_no_interval);
    tcase_add_test(tests, pairs_with_a_missing_figure_are_left_out);
    tcase_add_test(tests, judgement_follows_the_interval);
    tcase_add_test(tests, quantiles_of_students_t_are_right);
    tcase_add_test(tests, kept_classes_are_those_of_the_proposed_run_and_excluded_ones_are_errors);
    suite_add_tcase(suite, tests);
    return unit_test_run(suite);
}
