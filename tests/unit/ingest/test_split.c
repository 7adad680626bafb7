/* Groups and splits. */
#include "base_random.h"
#include "ingest_split.h"
#include "unit_test.h"
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define NONE SIZE_MAX

START_TEST(samples_that_share_any_key_are_one_group)
{
    /* image, file, group key: 0-1 by image, 1-3 by file, 3-5 by key; 2-4 by key; 6 alone */
    static const size_t keys[7][3] = {{1, 10, NONE}, {1, 11, NONE}, {2, 12, 7},   {3, 11, 8},
                                      {4, 13, 7},    {5, 14, 8},    {6, 15, NONE}};
    static const int64_t expected[7] = {0, 0, 1, 0, 1, 0, 2};
    int64_t group[7];
    size_t groups, i;

    ck_assert_int_eq(ingest_split_groups(7, 3, &keys[0][0], group, &groups), BASE_OK);
    ck_assert_uint_eq(groups, 3);
    for (i = 0; i < 7; i++)
        ck_assert_int_eq((int)group[i], (int)expected[i]);
    ck_assert_int_eq(ingest_split_groups(0, 3, &keys[0][0], group, &groups), BASE_OK);
    ck_assert_uint_eq(groups, 0);
}
END_TEST

#define SAMPLES 4000
#define CLASSES 15
#define GROUPS  1500

typedef struct problem {
    int32_t label[SAMPLES];
    int64_t group[SAMPLES];
    uint8_t split[SAMPLES];
} problem;

/* Imbalanced classes; groups of mixed sizes, most with one class, some with several. */
static problem *make_problem(uint64_t seed)
{
    base_random random = base_random_at(seed, BASE_RANDOM_TEST, 0, 0, 0);
    problem *p = malloc(sizeof *p);
    size_t i;

    ck_assert_ptr_nonnull(p);
    for (i = 0; i < SAMPLES; i++) {
        double skew = base_random_unit(&random);

        p->group[i] = (int64_t)base_random_below(&random, GROUPS);
        p->label[i] = base_random_below(&random, 3) ? (int32_t)(p->group[i] * p->group[i] % CLASSES)
                                                    : (int32_t)(skew * skew * CLASSES);
    }
    return p;
}

static void solve(problem *p, uint64_t seed)
{
    static const uint32_t parts[3] = {7, 2, 1};

    ck_assert_int_eq(ingest_split_assign(SAMPLES, CLASSES, GROUPS, p->label, p->group, parts, seed, p->split),
                     BASE_OK);
}

START_TEST(no_group_straddles_and_every_class_has_its_shares)
{
    static const double wanted[3] = {0.7, 0.2, 0.1};
    size_t count[CLASSES][3] = {{0}}, i, c, s;
    problem *p = make_problem((uint64_t)_i);
    uint8_t of_group[GROUPS];

    solve(p, 1);
    memset(of_group, 255, sizeof of_group);
    for (i = 0; i < SAMPLES; i++) {
        ck_assert_uint_lt(p->split[i], 3);
        if (of_group[p->group[i]] == 255)
            of_group[p->group[i]] = p->split[i];
        ck_assert_uint_eq(of_group[p->group[i]], p->split[i]);
        count[p->label[i]][p->split[i]]++;
    }
    for (c = 0; c < CLASSES; c++)
        for (s = 0; s < 3; s++) {
            double total = (double)(count[c][0] + count[c][1] + count[c][2]);

            if (total > 0)
                ck_assert_msg(fabs((double)count[c][s] - wanted[s] * total) <= 1.5 + 0.01 * total,
                              "class %zu, split %zu: %zu of %g", c, s, count[c][s], total);
        }
    free(p);
}
END_TEST

START_TEST(the_split_is_a_function_of_the_seed)
{
    problem *a = make_problem(1), *b = make_problem(1);

    solve(a, 5);
    solve(b, 5);
    ck_assert_mem_eq(a->split, b->split, SAMPLES);
    solve(b, 6);
    ck_assert(memcmp(a->split, b->split, SAMPLES) != 0);
    free(a);
    free(b);
}
END_TEST

START_TEST(a_class_of_few_groups_reaches_every_split)
{
    /* class 0: many samples; class 1: three groups of unequal size; class 2: one group */
    static const uint32_t parts[3] = {7, 2, 1};
    int32_t label[120];
    int64_t group[120];
    uint8_t split[120];
    bool seen[3] = {false};
    size_t i;

    for (i = 0; i < 120; i++) {
        label[i] = i < 100 ? 0 : i < 116 ? 1 : 2;
        group[i] = i < 100 ? (int64_t)i / 2 : i < 110 ? 50 : i < 114 ? 51 : i < 116 ? 52 : 53;
    }
    ck_assert_int_eq(ingest_split_assign(120, 3, 54, label, group, parts, 1, split), BASE_OK);
    for (i = 100; i < 116; i++)
        seen[split[i]] = true;
    ck_assert(seen[0] && seen[1] && seen[2]);
    ck_assert_uint_eq(split[100], 0); /* the largest trains */
    ck_assert_uint_eq(split[116], 0); /* and so does an only group */
}
END_TEST

START_TEST(a_part_of_zero_gets_nothing)
{
    static const uint32_t parts[3] = {8, 2, 0};
    problem *p = make_problem(3);
    size_t i;

    ck_assert_int_eq(ingest_split_assign(SAMPLES, CLASSES, GROUPS, p->label, p->group, parts, 1, p->split),
                     BASE_OK);
    for (i = 0; i < SAMPLES; i++)
        ck_assert_uint_ne(p->split[i], 2);
    free(p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ingest_split");
    TCase *tests = tcase_create("split");

    tcase_add_test(tests, samples_that_share_any_key_are_one_group);
    tcase_add_loop_test(tests, no_group_straddles_and_every_class_has_its_shares, 0, 5);
    tcase_add_test(tests, the_split_is_a_function_of_the_seed);
    tcase_add_test(tests, a_class_of_few_groups_reaches_every_split);
    tcase_add_test(tests, a_part_of_zero_gets_nothing);
    suite_add_tcase(suite, tests);
    return unit_test_run(suite);
}
