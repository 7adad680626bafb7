/** Statistics of a study against values computed by other means (Python: itertools.product for all resamples,
 * statistics.NormalDist), and figures of runs with known numbers. */
#include "study_compare.h"
#include <check.h>
#include <math.h>
#include <stdlib.h>

#define CLASSES 3

static study_interval interval_of(const double *values, const size_t *sizes, size_t strata)
{
    study_interval made;

    ck_assert_int_eq(study_interval_of(values, sizes, strata, &made), BASE_OK);
    return made;
}

START_TEST(normal_quantiles_are_right)
{
    static const double known[][2] = {{1e-6, -4.753424308822899},
                                      {0.01, -2.3263478740408408},
                                      {0.025, -1.9599639845400538},
                                      {0.3, -0.5244005127080407},
                                      {0.5, 0},
                                      {0.9, 1.2815515655446008},
                                      {0.9999, 3.7190164854557084}};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        ck_assert_double_eq_tol(study_normal_quantile(known[i][0]), known[i][1], 1e-9);
}
END_TEST

START_TEST(bootstrap_of_few_values_is_exact)
{
    static const struct {
        size_t count;
        double value[6], mean, low, high;
    } known[] = {{5, {0.012, 0.034, -0.005, 0.021, 0.04}, 0.0204, 0.0052, 0.0332},
                 {3, {1, 2, 6}, 3, 1.3333333333333333, 5.6411085696200445},
                 {6, {0.3, -0.1, 0.25, 0.2, 0.15, 0.9}, 0.2833333333333333, 0.1, 0.6166666666666667},
                 {2, {1, 2}, 1.5, 1.0375, 1.9625}};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        study_interval made = interval_of(known[i].value, &known[i].count, 1);

        ck_assert_uint_eq(made.count, known[i].count);
        ck_assert_double_eq_tol(made.mean, known[i].mean, 1e-12);
        ck_assert_double_eq_tol(made.low, known[i].low, 1e-9);
        ck_assert_double_eq_tol(made.high, known[i].high, 1e-9);
    }
}
END_TEST

START_TEST(bootstrap_by_chance_is_near_and_the_same_each_time)
{
    /* Python, 300,000 resamples: 0.0722 to 0.3889. */
    static const double value[] = {0.1, 0.4, -0.2, 0.3, 0.5, 0.35, 0.2, -0.05, 0.6};
    size_t count = 9;
    study_interval made = interval_of(value, &count, 1), again = interval_of(value, &count, 1);

    ck_assert_double_eq_tol(made.low, 0.0722, 0.006);
    ck_assert_double_eq_tol(made.high, 0.3889, 0.006);
    ck_assert(made.low == again.low && made.high == again.high);
}
END_TEST

START_TEST(strata_are_drawn_within_each_and_count_the_same)
{
    /* All 27 x 256 resamples in Python: 0.7917 to 3.6250. Welch: error 0.889757 with 3.39 degrees of freedom,
     * taken as 3: t = 3.1824. */
    static const double value[] = {1, 2, 6, NAN, NAN, 0, -1, 3, 2};
    static const size_t sizes[] = {4, 1, 4};
    study_interval made = interval_of(value, sizes, 3);

    ck_assert_uint_eq(made.count, 7);
    ck_assert_uint_eq(made.fewest, 3);
    ck_assert_double_eq_tol(made.mean, 2, 1e-12);
    ck_assert_double_eq_tol(made.low, 0.7917, 0.05);
    ck_assert_double_eq_tol(made.high, 3.6250, 0.05);
    ck_assert_double_eq_tol(made.t_low, 2 - 3.1824 * 0.8897565210026093, 1e-4);
    ck_assert_double_eq_tol(made.t_high, 2 + 3.1824 * 0.8897565210026093, 1e-4);
}
END_TEST

START_TEST(verdict_needs_both_intervals_and_three_seeds)
{
    static const double clear[] = {1, 1.1, 0.9}, equal[] = {2, 2, 2}, wide[] = {0.1, 0.2, 2.0, 0.1, 0.05};
    static const size_t sizes[] = {1, 2, 3, 5};
    study_interval made = interval_of(clear, &sizes[2], 1);

    ck_assert_str_eq(study_judge(&made), "better");
    made = interval_of(clear, &sizes[1], 1);
    ck_assert_str_eq(study_judge(&made), "too few seeds");
    made = interval_of(clear, &sizes[0], 1);
    ck_assert(isnan(made.low) && isnan(made.t_low));
    ck_assert_str_eq(study_judge(&made), "too few seeds");
    made = interval_of(equal, &sizes[2], 1);
    ck_assert(made.low == 2 && made.high == 2 && made.t_low == 2);
    made = interval_of(wide, &sizes[3], 1); /* all above 0, so the bootstrap's is; Student's is not */
    ck_assert_double_gt(made.low, 0);
    ck_assert_double_lt(made.t_low, 0);
    ck_assert_str_eq(study_judge(&made), "not distinguishable");
}
END_TEST

/* ---- curves ---- */

START_TEST(area_is_the_mean_over_labels)
{
    static const double labels[] = {100, 200, 400}, accuracy[] = {0.5, 0.7, 0.8};
    study_curve curve = {3, labels, accuracy};

    /* (100 * 0.6 + 200 * 0.75) / 300 */
    ck_assert_double_eq_tol(study_curve_area(&curve, 100, 400), 0.7, 1e-12);
    /* 150..300: 0.6, 0.7, 0.75: (50 * 0.65 + 100 * 0.725) / 150 */
    ck_assert_double_eq_tol(study_curve_area(&curve, 150, 300), 0.7, 1e-12);
    ck_assert_double_eq_tol(study_curve_area(&curve, 210, 220), 0.7075, 1e-12);
    ck_assert(isnan(study_curve_area(&curve, 50, 300)));
    ck_assert(isnan(study_curve_area(&curve, 200, 200)));
}
END_TEST

START_TEST(labels_are_saved_at_the_highest_accuracy_that_both_reach)
{
    static const double labels[] = {100, 200, 300}, slow[] = {0.5, 0.6, 0.7}, fast[] = {0.5, 0.8, 0.75},
                        dip[] = {0.6, 0.5, 0.7};
    study_curve a = {3, labels, fast}, b = {3, labels, slow}, c = {3, labels, dip};

    /* 0.7 is reached at 100 + 100 * 0.2 / 0.3 = 166.67 labels against 300. */
    ck_assert_double_eq_tol(study_curve_saved(&a, &b), 1 - 166.6666666667 / 300, 1e-9);
    ck_assert_double_eq_tol(study_curve_saved(&b, &a), 1 - 300 / 166.6666666667, 1e-9);
    ck_assert_double_eq_tol(study_curve_saved(&a, &a), 0, 1e-12);
    /* From the running maximum 0.6 at 200 labels to 0.7 at 300. */
    ck_assert_double_eq_tol(study_curve_labels(&c, 0.65), 250, 1e-9);
    ck_assert_double_eq_tol(study_curve_labels(&c, 0.6), 100, 1e-9);
    ck_assert(isnan(study_curve_labels(&c, 0.71)));
}
END_TEST

/* ---- figures ---- */

static int64_t counts[CLASSES] = {10, 20, 10};
static const study_data data = {.classes = CLASSES, .validation = counts, .test = counts};

/* A run of two rounds of 10 and 20 labels; class 2 is in the given state at its end. */
static study_result run_of(const int64_t first[CLASSES], const int64_t last[CLASSES], study_state state)
{
    study_result run;

    ck_assert_int_eq(study_result_create(CLASSES, 2, &run), BASE_OK);
    for (size_t c = 0; c < CLASSES; c++) {
        run.round[0].test[c] = run.round[0].validation[c] = first[c];
        run.round[1].test[c] = run.round[1].validation[c] = last[c];
        run.cam[c] = 0.1 * (double)(c + 1);
    }
    run.cam[0] = NAN;
    run.round[0].labels = 10;
    run.round[1].labels = 20;
    run.round[1].calibration = 0.25;
    run.round[1].state[2] = (uint8_t)state;
    run.known = true;
    return run;
}

static double figure_of(const study_result *run, const study_result *kept, study_figure figure)
{
    double value;

    ck_assert_int_eq(study_figure_of(&data, run, &(study_keepers){kept, run}, figure, &value), BASE_OK);
    return value;
}

START_TEST(excluded_classes_are_errors_and_paused_ones_are_not)
{
    static const int64_t first[] = {5, 10, 4}, last[] = {10, 19, 6};
    study_result run = run_of(first, last, STUDY_EXCLUDED), paused = run_of(first, last, STUDY_PAUSED),
                 whole = run_of(first, last, STUDY_KEPT), another = run_of(first, last, STUDY_KEPT);

    ck_assert_double_eq_tol(figure_of(&run, &run, STUDY_TEST_KEPT), 0.975, 1e-12);
    ck_assert_double_eq_tol(figure_of(&run, &run, STUDY_TEST_ALL), 1.95 / 3, 1e-12);
    ck_assert_double_eq_tol(figure_of(&run, &run, STUDY_SAMPLES_ALL), 29.0 / 40, 1e-12);
    ck_assert_double_eq_tol(figure_of(&paused, &paused, STUDY_TEST_KEPT), 0.975, 1e-12);
    ck_assert_double_eq_tol(figure_of(&paused, &paused, STUDY_TEST_ALL), 2.55 / 3, 1e-12);
    ck_assert_double_eq_tol(figure_of(&whole, &run, STUDY_TEST_KEPT), 0.975, 1e-12);
    /* Where each excludes another class, only the first is kept by both. */
    another.round[1].state[1] = STUDY_EXCLUDED;
    ck_assert_double_eq_tol(figure_of(&run, &another, STUDY_TEST_KEPT), 1, 1e-12);
    ck_assert_double_eq_tol(figure_of(&another, &run, STUDY_TEST_KEPT), 1, 1e-12);
    ck_assert_double_eq_tol(figure_of(&another, &run, STUDY_AREA_KEPT), 0.75, 1e-12);
    ck_assert_double_eq(figure_of(&run, &run, STUDY_CLASSES_KEPT), 2);
    ck_assert_double_eq(figure_of(&run, &run, STUDY_TEST_99_KEPT), 1);
    ck_assert_double_eq(figure_of(&run, &run, STUDY_BEST_95_ALL), 2);
    ck_assert_double_eq(figure_of(&run, &run, STUDY_LABELS), 20);
    ck_assert_double_eq(figure_of(&run, &run, STUDY_CALIBRATION), 0.25);
    ck_assert_double_eq_tol(figure_of(&run, &run, STUDY_CAM_KEPT), 0.2, 1e-12); /* class 0 has none */
    ck_assert_double_eq_tol(figure_of(&whole, &whole, STUDY_CAM_ALL), 0.25, 1e-12);
    /* 0.4667 and 0.65 at both ends; of the two classes 0.5 and 0.975 */
    ck_assert_double_eq_tol(figure_of(&run, &run, STUDY_AREA_ALL), (1.4 / 3 + 0.65) / 2, 1e-12);
    ck_assert_double_eq_tol(figure_of(&run, &run, STUDY_AREA_KEPT), 0.7375, 1e-12);
    study_result_clear(&run);
    study_result_clear(&paused);
    study_result_clear(&whole);
    study_result_clear(&another);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("study");
    TCase *tests = tcase_create("study");
    SRunner *runner;
    int failed;

    tcase_add_test(tests, normal_quantiles_are_right);
    tcase_add_test(tests, bootstrap_of_few_values_is_exact);
    tcase_add_test(tests, bootstrap_by_chance_is_near_and_the_same_each_time);
    tcase_add_test(tests, strata_are_drawn_within_each_and_count_the_same);
    tcase_add_test(tests, verdict_needs_both_intervals_and_three_seeds);
    tcase_add_test(tests, area_is_the_mean_over_labels);
    tcase_add_test(tests, labels_are_saved_at_the_highest_accuracy_that_both_reach);
    tcase_add_test(tests, excluded_classes_are_errors_and_paused_ones_are_not);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
