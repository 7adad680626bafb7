#include "base_random.h"
#include "unit_test.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Known answers of the Random123 library (kat_vectors, philox4x32-10). */
static const struct {
    uint32_t counter[4], key[2], expected[4];
} known[] = {
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
     {0xffffffff, 0xffffffff},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

START_TEST(philox_gives_the_known_answers)
{
    uint32_t out[4];
    int i;

    base_random_philox(known[_i].counter, known[_i].key, out);
    for (i = 0; i < 4; i++)
        ck_assert_uint_eq(out[i], known[_i].expected[i]);
}
END_TEST

START_TEST(same_tuple_gives_same_numbers)
{
    base_random a = base_random_at(5, BASE_RANDOM_TEST, 3, 2, 1), b;
    int i;

    for (i = 0; i < 3; i++)
        base_random_u32(&a);
    a = base_random_at(5, BASE_RANDOM_TEST, 3, 2, 1);
    b = base_random_at(5, BASE_RANDOM_TEST, 3, 2, 1);
    for (i = 0; i < 100; i++)
        ck_assert_uint_eq(base_random_u32(&a), base_random_u32(&b));
}
END_TEST

/* Each element of the tuple reaches the numbers, at both ends of its range. */
START_TEST(every_element_of_the_tuple_matters)
{
    base_random at[] = {
        base_random_at(0, BASE_RANDOM_TEST, 0, 0, 0),
        base_random_at(1, BASE_RANDOM_TEST, 0, 0, 0),
        base_random_at((uint64_t)1 << 63, BASE_RANDOM_TEST, 0, 0, 0),
        base_random_at(0, BASE_RANDOM_SPLIT, 0, 0, 0),
        base_random_at(0, BASE_RANDOM_TEST, 1, 0, 0),
        base_random_at(0, BASE_RANDOM_TEST, (1 << 16) - 1, 0, 0),
        base_random_at(0, BASE_RANDOM_TEST, 0, 1, 0),
        base_random_at(0, BASE_RANDOM_TEST, 0, (1 << 24) - 1, 0),
        base_random_at(0, BASE_RANDOM_TEST, 0, 0, 1),
        base_random_at(0, BASE_RANDOM_TEST, 0, 0, (uint64_t)1 << 32),
        base_random_at(0, BASE_RANDOM_TEST, 0, 0, ((uint64_t)1 << 48) - 1),
    };
    uint32_t first[sizeof at / sizeof *at];
    size_t count = sizeof at / sizeof *at, i, j;

    for (i = 0; i < count; i++)
        first[i] = base_random_u32(&at[i]);
    for (i = 0; i < count; i++)
        for (j = 0; j < i; j++)
            ck_assert_msg(first[i] != first[j], "tuples %zu and %zu give the same number", i, j);
}
END_TEST

START_TEST(unit_is_uniform_in_zero_to_one)
{
    base_random random = base_random_at(7, BASE_RANDOM_TEST, 0, 0, 0);
    double sum = 0, squares = 0;
    int count = 200000, i;

    for (i = 0; i < count; i++) {
        double value = base_random_unit(&random);

        ck_assert(value >= 0 && value < 1);
        sum += value;
        squares += value * value;
    }
    ck_assert_double_eq_tol(sum / count, 1 / 2., 0.003);
    ck_assert_double_eq_tol(squares / count, 1 / 3., 0.003);
}
END_TEST

START_TEST(units_of_many_items_are_those_of_each)
{
    enum { ITEMS = 1003 };
    static int64_t items[ITEMS];
    static double unit[ITEMS];
    size_t i;

    for (i = 0; i < ITEMS; i++)
        items[i] = (int64_t)(i * i * i % 4 == 0 ? i : ((uint64_t)i * 0x9E3779B97F4A7C15u) >> 16);
    base_random_units(0xfedcba9876543210u, BASE_RANDOM_SELECT, 65535, 0xffffff, items, ITEMS, unit);
    for (i = 0; i < ITEMS; i++) {
        base_random random =
            base_random_at(0xfedcba9876543210u, BASE_RANDOM_SELECT, 65535, 0xffffff, (uint64_t)items[i]);

        ck_assert_double_eq(unit[i], base_random_unit(&random));
    }
}
END_TEST

START_TEST(below_reaches_every_value_equally_often)
{
    base_random random = base_random_at(8, BASE_RANDOM_TEST, 0, 0, 0);
    int seen[7] = {0}, i;

    for (i = 0; i < 70000; i++) {
        uint64_t value = base_random_below(&random, 7);

        ck_assert_uint_lt(value, 7);
        seen[value]++;
    }
    for (i = 0; i < 7; i++)
        ck_assert_msg(abs(seen[i] - 10000) < 500, "%d: %d of 70000", i, seen[i]);
    for (i = 0; i < 100; i++)
        ck_assert_uint_eq(base_random_below(&random, 1), 0);
    for (i = 0; i < 100; i++)
        ck_assert_uint_lt(base_random_below(&random, ((uint64_t)1 << 63) + 1), ((uint64_t)1 << 63) + 1);
}
END_TEST

START_TEST(normal_has_mean_zero_and_variance_one)
{
    base_random random = base_random_at(9, BASE_RANDOM_TEST, 0, 0, 0);
    double sum = 0, squares = 0;
    int count = 200000, beyond = 0, i;

    for (i = 0; i < count; i++) {
        double value = base_random_normal(&random);

        ck_assert(isfinite(value));
        sum += value;
        squares += value * value;
        beyond += fabs(value) > 1.959964;
    }
    ck_assert_double_eq_tol(sum / count, 0, 0.01);
    ck_assert_double_eq_tol(squares / count, 1, 0.015);
    ck_assert_double_eq_tol((double)beyond / count, 0.05, 0.003);
}
END_TEST

/* Moments of Beta(a, a): mean 1/2, variance 1 / (4 (2a + 1)); the arcsine law at a = 1/2. */
START_TEST(beta_has_its_mean_variance_and_law)
{
    static const double alphas[] = {0.01, 0.2, 0.5, 1};
    int count = 100000, k, i;

    for (k = 0; k < 4; k++) {
        base_random random = base_random_at(9, BASE_RANDOM_TEST, 0, 1, (uint64_t)k);
        double sum = 0, squares = 0;
        int below = 0;

        for (i = 0; i < count; i++) {
            double value = base_random_beta(&random, alphas[k]);

            ck_assert(value >= 0 && value <= 1);
            sum += value;
            squares += (value - 0.5) * (value - 0.5);
            below += value < 0.1;
        }
        ck_assert_double_eq_tol(sum / count, 0.5, 0.005);
        ck_assert_double_eq_tol(squares / count, 1 / (4 * (2 * alphas[k] + 1)), 0.002);
        if (alphas[k] == 0.5)
            ck_assert_double_eq_tol((double)below / count, 2 / M_PI * asin(sqrt(0.1)), 0.004);
    }
}
END_TEST

START_TEST(shuffle_is_a_permutation_that_the_tuple_decides)
{
    base_random random = base_random_at(10, BASE_RANDOM_TEST, 0, 0, 0);
    int64_t items[50], again[50];
    int seen[50] = {0}, moved = 0, i;

    for (i = 0; i < 50; i++)
        items[i] = again[i] = i;
    base_random_shuffle(&random, items, 50);
    random = base_random_at(10, BASE_RANDOM_TEST, 0, 0, 0);
    base_random_shuffle(&random, again, 50);
    ck_assert_int_eq(memcmp(items, again, sizeof items), 0);
    for (i = 0; i < 50; i++) {
        seen[items[i]]++;
        moved += items[i] != i;
    }
    for (i = 0; i < 50; i++)
        ck_assert_int_eq(seen[i], 1);
    ck_assert_int_gt(moved, 30);
    base_random_shuffle(&random, items, 0);
    base_random_shuffle(&random, items, 1);
    ck_assert_int_eq(memcmp(items, again, sizeof items), 0);
}
END_TEST

/* Three items have six orders; each must come about equally often. */
START_TEST(shuffle_reaches_every_order_equally_often)
{
    int seen[27] = {0}, orders = 0, i;

    for (i = 0; i < 12000; i++) {
        base_random random = base_random_at(11, BASE_RANDOM_TEST, 0, 0, (uint64_t)i);
        int64_t items[] = {0, 1, 2};

        base_random_shuffle(&random, items, 3);
        seen[9 * items[0] + 3 * items[1] + items[2]]++;
    }
    for (i = 0; i < 27; i++) {
        orders += seen[i] > 0;
        ck_assert(seen[i] == 0 || abs(seen[i] - 2000) < 200);
    }
    ck_assert_int_eq(orders, 6);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("base_random");
    TCase *tests = tcase_create("base_random");

    suite_add_tcase(suite, tests);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, philox_gives_the_known_answers, 0, sizeof known / sizeof *known);
    tcase_add_test(tests, same_tuple_gives_same_numbers);
    tcase_add_test(tests, every_element_of_the_tuple_matters);
    tcase_add_test(tests, unit_is_uniform_in_zero_to_one);
    tcase_add_test(tests, units_of_many_items_are_those_of_each);
    tcase_add_test(tests, below_reaches_every_value_equally_often);
    tcase_add_test(tests, normal_has_mean_zero_and_variance_one);
    tcase_add_test(tests, beta_has_its_mean_variance_and_law);
    tcase_add_test(tests, shuffle_is_a_permutation_that_the_tuple_decides);
    tcase_add_test(tests, shuffle_reaches_every_order_equally_often);
    return unit_test_run(suite);
}
