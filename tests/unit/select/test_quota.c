#include "base_random.h"
#include "select_quota.h"
#include "unit_test.h"
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define MOST_CLASSES 8
#define RANDOM_CASES 1000000

static int64_t cap_of(double cap, int64_t predicted)
{
    int64_t most = (int64_t)floor(cap * (double)predicted);

    if (predicted <= 0)
        return 0;
    return most < 1 ? 1 : most;
}

/* ---- a plain reference: one unit at a time to the class with the largest claim left, turn by turn ---- */

static void reference_quota(base_quota rule, double cap, const double *need, const int64_t *predicted,
                            const uint8_t *closed, size_t classes, int64_t budget, int64_t *quota)
{
    int settled[MOST_CLASSES];
    int64_t left = budget, share[MOST_CLASSES];
    double weight[MOST_CLASSES], sum;
    size_t c, open = 0;
    int over;

    for (c = 0; c < classes; c++) {
        quota[c] = 0;
        settled[c] = closed[c] || predicted[c] <= 0;
        weight[c] = rule == BASE_QUOTA_BALANCED ? 1 : need[c];
        weight[c] *= rule == BASE_QUOTA_CAM_NEED ? (double)predicted[c] : 1;
        open += !settled[c];
    }
    do {
        int used[MOST_CLASSES] = {0};
        int64_t rest = left;

        over = 0;
        sum = 0;
        for (c = 0; c < classes; c++)
            sum += settled[c] ? 0 : weight[c];
        for (c = 0; c < classes; c++) {
            if (settled[c])
                continue;
            share[c] = (int64_t)floor(sum > 0 ? (double)left * weight[c] / sum : (double)left / (double)open);
            rest -= share[c];
        }
        while (open > 0 && rest-- > 0) { /* the rest, one by one, to the largest remainder not used yet */
            size_t best = classes;
            double best_part = -1;

            for (c = 0; c < classes; c++) {
                double exact = sum > 0 ? (double)left * weight[c] / sum : (double)left / (double)open;

                if (settled[c] || used[c] || exact - floor(exact) <= best_part)
                    continue;
                best = c;
                best_part = exact - floor(exact);
            }
            if (best == classes)
                ck_abort_msg("more rest than classes");
            used[best] = 1;
            share[best]++;
        }
        for (c = 0; c < classes; c++) {
            if (settled[c] || share[c] <= cap_of(cap, predicted[c]))
                continue;
            quota[c] = cap_of(cap, predicted[c]);
            settled[c] = 1;
            over = 1;
        }
        for (left = budget, open = 0, c = 0; c < classes; c++) {
            left -= quota[c];
            open += !settled[c];
        }
    } while (over && open > 0 && left > 0);
    for (c = 0; c < classes; c++)
        if (!settled[c])
            quota[c] = left > 0 ? share[c] : 0;
}

typedef struct problem {
    base_quota rule;
    double cap, need[MOST_CLASSES];
    int64_t predicted[MOST_CLASSES], budget;
    uint8_t closed[MOST_CLASSES];
    size_t classes;
} problem;

static problem random_problem(uint64_t number)
{
    base_random random = base_random_at(21, BASE_RANDOM_TEST, 0, 0, number);
    problem p;

    p.rule = (base_quota)(BASE_QUOTA_BALANCED + base_random_below(&random, 3));
    p.cap = (double)base_random_below(&random, 11) / 10;
    p.classes = 1 + (size_t)base_random_below(&random, MOST_CLASSES);
    p.budget = (int64_t)base_random_below(&random, 300);
    for (size_t c = 0; c < p.classes; c++) {
        p.need[c] = (double)base_random_below(&random, 9) / 8;
        p.predicted[c] =
            (int64_t)base_random_below(&random, 3) ? (int64_t)base_random_below(&random, 200) : 0;
        p.closed[c] = base_random_below(&random, 5) == 0;
    }
    return p;
}

/* Asserting costs a system call: in the loops below only a failure is asserted. */
static void solve(const problem *p, int64_t *quota)
{
    ck_assert_int_eq(
        select_quota(p->rule, p->cap, p->need, p->predicted, p->closed, p->classes, p->budget, quota),
        BASE_OK);
}

START_TEST(shares_what_a_plain_reference_shares)
{
    int64_t quota[MOST_CLASSES], expected[MOST_CLASSES];

    for (uint64_t n = 0; n < 100000; n++) {
        problem p = random_problem(n);

        solve(&p, quota);
        reference_quota(p.rule, p.cap, p.need, p.predicted, p.closed, p.classes, p.budget, expected);
        for (size_t c = 0; c < p.classes; c++)
            if (quota[c] != expected[c])
                ck_abort_msg("case %zu class %zu: %ld, expected %ld", (size_t)n, c, (long)quota[c],
                             (long)expected[c]);
    }
}
END_TEST

START_TEST(sums_and_caps_hold_in_a_million_random_cases)
{
    int64_t quota[MOST_CLASSES];

    for (uint64_t n = 0; n < RANDOM_CASES; n++) {
        problem p = random_problem(5000000 + n);
        int64_t sum = 0, most = 0;
        bool good = true;

        solve(&p, quota);
        for (size_t c = 0; c < p.classes; c++) {
            int64_t cap = p.closed[c] ? 0 : cap_of(p.cap, p.predicted[c]);

            good = good && quota[c] >= 0 && quota[c] <= cap;
            sum += quota[c];
            most += cap;
        }
        if (!good || sum != (p.budget < most ? p.budget : most))
            ck_abort_msg("case %zu: a quota or the sum out of bounds", (size_t)n);
    }
}
END_TEST

/* Table 1 of the paper: count, labels added, accuracy before. */
static const int64_t table1_count[] = {122, 136, 212, 352, 504, 444, 264, 562};
static const int64_t table1_added[] = {11, 18, 56, 126, 202, 172, 107, 231};
static const double table1_accuracy[] = {.9506, .9512, .9486, .9444, .9286, .9143, .8212, .8951};

START_TEST(need_by_heat_map_has_the_shape_of_table_1)
{
    uint8_t closed[8] = {0};
    int64_t quota[8], budget = 0, sum = 0;
    double need[8], share[8];
    size_t c, d;

    for (c = 0; c < 8; c++) {
        budget += table1_added[c];
        need[c] = 1 - table1_accuracy[c];
    }
    ck_assert_int_eq(select_quota(BASE_QUOTA_CAM_NEED, 0.41, need, table1_count, closed, 8, budget, quota),
                     BASE_OK);
    for (c = 0; c < 8; c++) {
        sum += quota[c];
        share[c] = (double)quota[c] / (double)table1_count[c];
    }
    ck_assert_int_eq(sum, budget);
    for (c = 0; c < 8; c++)
        for (d = 0; d < 8; d++)
            ck_assert(need[c] >= need[d] || share[c] <= share[d] + 0.01); /* 0.01: whole samples */
    ck_assert_int_eq(quota[6], 108); /* 82 % accurate: the cap, 41 % of 264 (the paper: 107) */
    ck_assert_int_eq(quota[7], 230); /* 90 % accurate: the cap, 41 % of 562 (the paper: 231) */
    ck_assert_double_lt(share[0], 0.26);
    ck_assert_double_lt(share[1], 0.26);
}
END_TEST

START_TEST(heat_map_scores_reproduce_table_1_within_two_labels)
{
    /* What the paper's s_c must have been for need_c to be in proportion to its shares. */
    uint8_t closed[8] = {0};
    int64_t quota[8], budget = 0;
    double need[8];
    size_t c;

    for (c = 0; c < 8; c++) {
        double share = (double)table1_added[c] / (double)table1_count[c];
        double activation = (1 - share) / table1_accuracy[c];

        ck_assert(activation > 0 && activation <= 1);
        need[c] = 1 - table1_accuracy[c] * activation;
        budget += table1_added[c];
    }
    ck_assert_int_eq(select_quota(BASE_QUOTA_CAM_NEED, 0.41, need, table1_count, closed, 8, budget, quota),
                     BASE_OK);
    for (c = 0; c < 8; c++)
        ck_assert_int_le(llabs(quota[c] - table1_added[c]), 2);
}
END_TEST

START_TEST(need_is_what_is_missing)
{
    ck_assert_double_eq_tol(select_need(BASE_QUOTA_RECALL_NEED, 0.75f, 0.5f), 0.25, 1e-9);
    ck_assert_double_eq_tol(select_need(BASE_QUOTA_CAM_NEED, 0.75f, 0.5f), 0.625, 1e-9);
    ck_assert_double_eq_tol(select_need(BASE_QUOTA_NONE, 0.75f, 0.5f), 0.625, 1e-9);
    ck_assert_double_eq(select_need(BASE_QUOTA_RECALL_NEED, -1, 0.5f), 1);
    ck_assert_double_eq(select_need(BASE_QUOTA_CAM_NEED, NAN, 0.5f), 1);
}
END_TEST

START_TEST(recall_need_is_shared_however_many_are_predicted)
{
    double need[] = {0.5, 0.25, 0};
    int64_t predicted[] = {20, 200, 200}, quota[3];
    uint8_t closed[] = {0, 0, 0};

    ck_assert_int_eq(select_quota(BASE_QUOTA_RECALL_NEED, 1, need, predicted, closed, 3, 12, quota), BASE_OK);
    ck_assert_int_eq(quota[0], 8);
    ck_assert_int_eq(quota[1], 4);
    ck_assert_int_eq(quota[2], 0);
}
END_TEST

START_TEST(largest_remainder_breaks_ties_by_class_number)
{
    double need[] = {1, 1, 1};
    int64_t predicted[] = {10, 10, 10}, quota[3];
    uint8_t closed[] = {0, 0, 0};

    ck_assert_int_eq(select_quota(BASE_QUOTA_CAM_NEED, 1, need, predicted, closed, 3, 8, quota), BASE_OK);
    ck_assert_int_eq(quota[0], 3);
    ck_assert_int_eq(quota[1], 3);
    ck_assert_int_eq(quota[2], 2);
}
END_TEST

START_TEST(what_a_cap_cuts_off_goes_to_the_others)
{
    double need[] = {1, 0.1, 0.1};
    int64_t predicted[] = {10, 100, 100}, quota[3];
    uint8_t closed[] = {0, 0, 0};

    ck_assert_int_eq(select_quota(BASE_QUOTA_BALANCED, 0.5, need, predicted, closed, 3, 45, quota), BASE_OK);
    ck_assert_int_eq(quota[0], 5);
    ck_assert_int_eq(quota[1], 20);
    ck_assert_int_eq(quota[2], 20);
}
END_TEST

START_TEST(needs_that_are_unknown_or_out_of_range_are_clamped)
{
    double need[] = {NAN, 1, 7, -3};
    int64_t predicted[] = {10, 10, 10, 10}, quota[4];
    uint8_t closed[] = {0, 0, 0, 0};

    ck_assert_int_eq(select_quota(BASE_QUOTA_CAM_NEED, 1, need, predicted, closed, 4, 9, quota), BASE_OK);
    ck_assert_int_eq(quota[0], 3);
    ck_assert_int_eq(quota[1], 3);
    ck_assert_int_eq(quota[2], 3);
    ck_assert_int_eq(quota[3], 0);
}
END_TEST

START_TEST(classes_without_need_share_equally_what_the_others_cannot_take)
{
    double need[] = {1, 0, 0};
    int64_t predicted[] = {4, 100, 100}, quota[3];
    uint8_t closed[] = {0, 0, 0};

    ck_assert_int_eq(select_quota(BASE_QUOTA_CAM_NEED, 0.5, need, predicted, closed, 3, 12, quota), BASE_OK);
    ck_assert_int_eq(quota[0], 2);
    ck_assert_int_eq(quota[1], 5);
    ck_assert_int_eq(quota[2], 5);
}
END_TEST

START_TEST(a_small_class_gets_one_despite_a_small_cap)
{
    double need[] = {1};
    int64_t predicted[] = {2}, quota[1];
    uint8_t closed[] = {0};

    ck_assert_int_eq(select_quota(BASE_QUOTA_CAM_NEED, 0.1, need, predicted, closed, 1, 5, quota), BASE_OK);
    ck_assert_int_eq(quota[0], 1);
}
END_TEST

START_TEST(no_quota_grants_open_classes_all_they_have)
{
    double need[] = {1, 1};
    int64_t predicted[] = {7, 9}, quota[2];
    uint8_t closed[] = {0, 1};

    ck_assert_int_eq(select_quota(BASE_QUOTA_NONE, 0.1, need, predicted, closed, 2, 3, quota), BASE_OK);
    ck_assert_int_eq(quota[0], 7);
    ck_assert_int_eq(quota[1], 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("select_quota");
    TCase *known = tcase_create("known"), *random = tcase_create("random");

    tcase_add_test(known, need_by_heat_map_has_the_shape_of_table_1);
    tcase_add_test(known, heat_map_scores_reproduce_table_1_within_two_labels);
    tcase_add_test(known, need_is_what_is_missing);
    tcase_add_test(known, recall_need_is_shared_however_many_are_predicted);
    tcase_add_test(known, largest_remainder_breaks_ties_by_class_number);
    tcase_add_test(known, what_a_cap_cuts_off_goes_to_the_others);
    tcase_add_test(known, needs_that_are_unknown_or_out_of_range_are_clamped);
    tcase_add_test(known, classes_without_need_share_equally_what_the_others_cannot_take);
    tcase_add_test(known, a_small_class_gets_one_despite_a_small_cap);
    tcase_add_test(known, no_quota_grants_open_classes_all_they_have);
    tcase_add_test(random, shares_what_a_plain_reference_shares);
    tcase_add_test(random, sums_and_caps_hold_in_a_million_random_cases);
    tcase_set_timeout(random, 240);
    suite_add_tcase(suite, known);
    suite_add_tcase(suite, random);
    return unit_test_run(suite);
}
