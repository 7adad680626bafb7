#include "base_random.h"
#include "select_stop.h"
#include <check.h>
#include <math.h>
#include <stdlib.h>

#define PLACES  60
#define CLASSES 3

/* ---- agreement ---- */

/* Kappa by the table of both lists, as textbooks have it. */
static double kappa_by_table(const int32_t *before, const int32_t *now, size_t count)
{
    double table[CLASSES][CLASSES] = {{0}}, total = 0, same = 0, chance = 0;
    int i, j, k;
    size_t n;

    for (n = 0; n < count; n++)
        if (before[n] >= 0 && now[n] >= 0) {
            table[before[n]][now[n]]++;
            total++;
        }
    for (i = 0; i < CLASSES; i++) {
        double row = 0, column = 0;

        for (j = 0; j < CLASSES; j++)
            row += table[i][j];
        for (k = 0; k < CLASSES; k++)
            column += table[k][i];
        same += table[i][i];
        chance += row * column / total;
    }
    return (same - chance) / (total - chance);
}

static double agreement(const int32_t *before, const int32_t *now, size_t count, size_t *common)
{
    double kappa;

    ck_assert_int_eq(select_agreement(before, now, count, CLASSES, &kappa, common), BASE_OK);
    return kappa;
}

START_TEST(kappa_is_that_of_the_table)
{
    for (uint64_t n = 0; n < 20000; n++) {
        base_random random = base_random_at(41, BASE_RANDOM_TEST, 0, 0, n);
        int32_t before[PLACES], now[PLACES];
        size_t common, both = 0, equal = 0, i;
        double kappa;

        for (i = 0; i < PLACES; i++) {
            before[i] = (int32_t)base_random_below(&random, CLASSES + 1) - 1;
            now[i] = base_random_below(&random, 3) ? before[i]
                                                   : (int32_t)base_random_below(&random, CLASSES + 1) - 1;
            both += before[i] >= 0 && now[i] >= 0;
            equal += before[i] >= 0 && before[i] == now[i];
        }
        kappa = agreement(before, now, PLACES, &common);
        ck_assert_uint_eq(common, both);
        ck_assert_double_eq_tol(kappa, equal == both ? 1 : kappa_by_table(before, now, PLACES), 1e-12);
    }
}
END_TEST

START_TEST(kappa_of_known_tables)
{
    int32_t before[50], now[50], other[50];
    size_t common, i;

    for (i = 0; i < 50; i++) { /* 20 and 15 of 50 agree, 5 and 10 do not: 0.7 against 0.5 by chance */
        before[i] = i < 25 ? 0 : 1;
        now[i] = i < 20 || (i >= 25 && i < 35) ? 0 : 1;
        other[i] = -1;
    }
    ck_assert_double_eq_tol(agreement(before, now, 50, &common), 0.4, 1e-12);
    ck_assert_double_eq(agreement(before, before, 50, &common), 1);
    ck_assert_double_eq(agreement(before, before, 20, &common), 1); /* one class only */
    ck_assert(isnan(agreement(before, other, 50, &common)));
    ck_assert_uint_eq(common, 0);
    ck_assert(isnan(agreement(before, now, 0, &common)));
}
END_TEST

/* ---- rules ---- */

/* After how many rounds a rule first says stop; -1 if never. */
static int first_stop(const select_stop_options *options, size_t rounds, const float (*accuracy)[2],
                      const double *kappa, const store_class *decided)
{
    select_history history = {0};
    const uint8_t trained[2] = {1, 1};
    int found = -1;
    size_t r;

    for (r = 0; r < rounds && found < 0; r++) {
        store_class state[2] = {{.validation_accuracy = accuracy[r][0]},
                                {.validation_accuracy = accuracy[r][1]}};

        ck_assert_int_eq(select_history_add(&history, state, trained, 2, kappa[r]), BASE_OK);
        if (select_stop(options, &history, decided))
            found = (int)r;
    }
    select_history_destroy(&history);
    return found;
}

static const store_class both_active[2] = {{0}};
static const float climbing[6][2] = {{0.5f, 0.5f}, {0.6f, 0.6f},   {0.7f, 0.7f},
                                     {0.7f, 0.7f}, {0.71f, 0.69f}, {0.7f, 0.7f}};
static const double settling[6] = {NAN, 0.98, 0.99, 0.99, 0.991, 0.99};

START_TEST(plateau_is_of_the_kept_classes_over_its_rounds)
{
    static const float one_rises[4][2] = {{0.5f, 0.5f}, {0.6f, 0.5f}, {0.7f, 0.5f}, {0.8f, 0.5f}};
    select_stop_options options = {BASE_STOP_PLATEAU, 2, 0.005, 0.99};
    store_class first_paused[2] = {{.status = STORE_CLASS_PAUSED}, {0}};

    ck_assert_int_eq(first_stop(&options, 6, climbing, settling, both_active), 4);
    options.rounds = 1;
    ck_assert_int_eq(first_stop(&options, 6, climbing, settling, both_active), 3);
    options.rounds = 6;
    ck_assert_int_eq(first_stop(&options, 6, climbing, settling, both_active), -1);
    options.rounds = 2;
    ck_assert_int_eq(first_stop(&options, 4, one_rises, settling, both_active), -1);
    ck_assert_int_eq(first_stop(&options, 4, one_rises, settling, first_paused), 2);
    options.rise = 0.1; /* of the mean, in two rounds: exactly reached, to the rounding of floats */
    ck_assert_int_eq(first_stop(&options, 4, one_rises, settling, both_active), -1);
}
END_TEST

START_TEST(agreement_is_the_mean_over_its_rounds)
{
    select_stop_options options = {BASE_STOP_AGREEMENT, 3, 0.005, 0.99};

    ck_assert_int_eq(first_stop(&options, 6, climbing, settling, both_active), 4);
    options.rounds = 1;
    ck_assert_int_eq(first_stop(&options, 6, climbing, settling, both_active), 2);
    options.rounds = 6; /* round 0 has none */
    ck_assert_int_eq(first_stop(&options, 6, climbing, settling, both_active), -1);
}
END_TEST

START_TEST(budget_never_stops)
{
    select_stop_options options = {BASE_STOP_BUDGET, 1, 1, -1};

    ck_assert_int_eq(first_stop(&options, 6, climbing, settling, both_active), -1);
}
END_TEST

START_TEST(reasons_are_told)
{
    select_stop_options options = {BASE_STOP_AGREEMENT, 1, 0.005, 0.99};
    float accuracy[4] = {0.5f, 0.5f, 0.5f, 0.502f};
    int64_t labelled[4] = {0};
    double kappa[2] = {NAN, 0.9931};
    select_history history = {2, 2, accuracy, labelled, kappa};
    char text[160];

    select_stop_reason(&options, &history, both_active, text, sizeof text);
    ck_assert_str_eq(text, "agreement: mean kappa 0.9931 in the last 1 round, at or above 0.9900");
    options.rule = BASE_STOP_PLATEAU;
    select_stop_reason(&options, &history, both_active, text, sizeof text);
    ck_assert_str_eq(text,
                     "plateau: mean validation accuracy +0.0010 in the last 1 round, less than +0.0050");
}
END_TEST

/* ---- history ---- */

START_TEST(history_leaves_out_what_was_not_trained)
{
    select_history history = {0};
    store_class state[2] = {{.validation_accuracy = 0.4f, .labelled = 3}, {.validation_accuracy = 0.8f}};
    uint8_t trained[2] = {0, 1};

    ck_assert_int_eq(select_history_add(&history, state, trained, 2, NAN), BASE_OK);
    trained[0] = 1;
    ck_assert_int_eq(select_history_add(&history, state, trained, 2, 0.5), BASE_OK);
    ck_assert_float_eq(select_history_accuracy(&history, 1, 0), -1);
    ck_assert_float_eq(select_history_accuracy(&history, 0, 0), 0.4f);
    ck_assert_float_eq(select_history_accuracy(&history, 2, 0), -1);
    ck_assert_double_eq_tol(select_history_mean(&history, 0, state), 0.6, 1e-7);
    ck_assert_double_eq_tol(select_history_mean(&history, 1, state), 0.8, 1e-7);
    ck_assert(isnan(select_history_mean(&history, 2, state)));
    state[1].status = STORE_CLASS_EXCLUDED;
    ck_assert(isnan(select_history_mean(&history, 1, state)));
    select_history_destroy(&history);
    ck_assert_uint_eq(history.rounds, 0);
    select_history_destroy(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("select_stop");
    TCase *tests = tcase_create("all");
    SRunner *runner;
    int failed;

    tcase_add_test(tests, kappa_is_that_of_the_table);
    tcase_add_test(tests, kappa_of_known_tables);
    tcase_add_test(tests, plateau_is_of_the_kept_classes_over_its_rounds);
    tcase_add_test(tests, agreement_is_the_mean_over_its_rounds);
    tcase_add_test(tests, budget_never_stops);
    tcase_add_test(tests, reasons_are_told);
    tcase_add_test(tests, history_leaves_out_what_was_not_trained);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
