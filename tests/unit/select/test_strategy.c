#include "base_random.h"
#include "select_strategy.h"
#include <check.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define MOST_SCORES  64
#define MOST_CLASSES 8
#define RANDOM_CASES 1000000

/* ---- a plain reference: look for the best record left, again and again ---- */

static bool goes_before(float a, int64_t a_sample, float b, int64_t b_sample)
{
    if (isnan(a) && !isnan(b))
        return false;
    if (!isnan(a) && isnan(b))
        return true;
    if (!isnan(a) && a != b)
        return a < b;
    return a_sample < b_sample;
}

/* What each strategy that ranks by a record's figures is defined to rank by, smaller first. */
static float plain_value(const select_options *options, const store_score *score)
{
    float heat = options->prefer == BASE_PREFER_HIGH ? 1 - score->cam_activation : score->cam_activation;

    switch ((int)options->strategy) {
    case BASE_STRATEGY_LEAST_CONFIDENCE:
        return score->confidence;
    case BASE_STRATEGY_MARGIN:
        return score->margin;
    case BASE_STRATEGY_ENTROPY:
        return -score->entropy;
    case BASE_STRATEGY_CAM:
        return options->prefer == BASE_PREFER_HIGH ? -score->cam_activation : score->cam_activation;
    case BASE_STRATEGY_CAM_MARGIN:
        return score->margin * heat;
    case BASE_STRATEGY_CAM_CONSISTENCY:
        return score->cam_agreement;
    case BASE_STRATEGY_CAM_OVERLAP:
        return -score->cam_overlap;
    default: /* random, power_margin: draws have tests of their own */
        return select_value(options, score);
    }
}

/* Index of the best record that is open, not taken, and (with quotas) within its class's quota; -1 if none.
 */
static int best_left(const select_options *options, const store_score *scores, size_t count,
                     const int64_t *quota, const uint8_t *closed, const int *taken)
{
    int best = -1;

    for (size_t i = 0; i < count; i++) {
        if (taken[i] || closed[scores[i].predicted] || (quota && quota[scores[i].predicted] <= 0))
            continue;
        if (best < 0 || goes_before(plain_value(options, &scores[i]), scores[i].sample,
                                    plain_value(options, &scores[best]), scores[best].sample))
            best = (int)i;
    }
    return best;
}

static size_t reference_choose(const select_options *options, const store_score *scores, size_t count,
                               const int64_t *quota, const uint8_t *closed, size_t classes, size_t budget,
                               store_query *chosen)
{
    int taken[MOST_SCORES] = {0}, marked[MOST_SCORES] = {0};
    int64_t left[MOST_CLASSES];
    size_t done = 0, written = 0;
    int i;

    if (quota)
        memcpy(left, quota, classes * sizeof *left);
    while (quota && done < budget && (i = best_left(options, scores, count, left, closed, taken)) >= 0) {
        taken[i] = 1 + STORE_QUERY_QUOTA;
        left[scores[i].predicted]--;
        done++;
    }
    while (done < budget && (i = best_left(options, scores, count, NULL, closed, taken)) >= 0) {
        taken[i] = 1 + (quota ? STORE_QUERY_FILL : STORE_QUERY_STRATEGY);
        done++;
    }
    for (size_t k = 0; k < count; k++)
        marked[k] = !taken[k]; /* walk the taken ones in order */
    while ((i = best_left(options, scores, count, NULL, closed, marked)) >= 0) {
        marked[i] = 1;
        chosen[written] = (store_query){scores[i].sample,    scores[i].predicted,
                                        (int32_t)written,    plain_value(options, &scores[i]),
                                        STORE_LABEL_UNKNOWN, (uint8_t)(taken[i] - 1)};
        written++;
    }
    return written;
}

static bool same_query(const store_query *a, const store_query *b)
{
    bool same_score = a->score == b->score || (isnan(a->score) && isnan(b->score));

    return a->sample == b->sample && a->predicted == b->predicted && a->rank == b->rank && same_score &&
           a->answer == b->answer && a->reason == b->reason;
}

/* ---- random cases ---- */

/* Few distinct values, so that ties are common; now and then one that is not finite. */
static float random_score(base_random *random)
{
    uint64_t pick = base_random_below(random, 20);

    if (pick == 0)
        return NAN;
    if (pick == 1)
        return INFINITY;
    if (pick == 2)
        return -INFINITY;
    return (float)base_random_below(random, 6) / 5;
}

static store_score random_record(base_random *random, int64_t sample, size_t classes)
{
    store_score score;

    memset(&score, 0, sizeof score);
    score.sample = sample;
    score.predicted = (int32_t)base_random_below(random, classes);
    score.confidence = random_score(random);
    score.margin = random_score(random);
    score.entropy = random_score(random);
    score.cam_activation = random_score(random);
    score.cam_agreement = random_score(random);
    score.cam_overlap = random_score(random);
    return score;
}

typedef struct problem {
    select_options options;
    store_score scores[MOST_SCORES];
    int64_t quota[MOST_CLASSES];
    uint8_t closed[MOST_CLASSES];
    size_t count, classes, budget;
    bool quotas;
} problem;

static const base_strategy ranking[] = {BASE_STRATEGY_RANDOM,
                                        BASE_STRATEGY_LEAST_CONFIDENCE,
                                        BASE_STRATEGY_MARGIN,
                                        BASE_STRATEGY_ENTROPY,
                                        BASE_STRATEGY_CAM,
                                        BASE_STRATEGY_CAM_MARGIN,
                                        BASE_STRATEGY_CAM_CONSISTENCY,
                                        BASE_STRATEGY_CAM_OVERLAP,
                                        BASE_STRATEGY_POWER_MARGIN};

/* At most `most` records. */
static problem random_problem(uint64_t number, size_t most)
{
    base_random random = base_random_at(11, BASE_RANDOM_TEST, 0, 0, number);
    int64_t ids[MOST_SCORES];
    problem p;

    p.options.strategy = ranking[base_random_below(&random, sizeof ranking / sizeof *ranking)];
    p.options.prefer = (base_prefer)base_random_below(&random, 2);
    p.options.values = NULL;
    p.options.seed = number;
    p.options.round = (int32_t)base_random_below(&random, 6);
    p.count = (size_t)base_random_below(&random, most + 1);
    p.classes = 1 + (size_t)base_random_below(&random, MOST_CLASSES);
    p.budget = (size_t)base_random_below(&random, most + 1);
    p.quotas = base_random_below(&random, 2) == 1;
    for (size_t c = 0; c < p.classes; c++) {
        p.quota[c] = (int64_t)base_random_below(&random, 12);
        p.closed[c] = base_random_below(&random, 4) == 0;
    }
    for (size_t i = 0; i < p.count; i++)
        ids[i] = (int64_t)i * 7 + 3;
    base_random_shuffle(&random, ids, p.count);
    for (size_t i = 0; i < p.count; i++)
        p.scores[i] = random_record(&random, ids[i], p.classes);
    return p;
}

/* Asserting costs a system call: in the loops below only a failure is asserted. */
static size_t solve(const problem *p, store_query *chosen)
{
    size_t total = SIZE_MAX;

    if (select_choose(&p->options, p->scores, p->count, p->quotas ? p->quota : NULL, p->closed, p->classes,
                      p->budget, chosen, &total) != BASE_OK)
        ck_abort_msg("choosing failed");
    return total;
}

static bool same_queries(const store_query *a, size_t a_count, const store_query *b, size_t b_count)
{
    if (a_count != b_count)
        return false;
    for (size_t i = 0; i < a_count; i++)
        if (!same_query(&a[i], &b[i]))
            return false;
    return true;
}

START_TEST(chooses_what_a_plain_search_chooses)
{
    store_query chosen[MOST_SCORES], expected[MOST_SCORES];

    for (uint64_t n = 0; n < 100000; n++) {
        problem p = random_problem(n, MOST_SCORES);
        size_t total = solve(&p, chosen);
        size_t wanted = reference_choose(&p.options, p.scores, p.count, p.quotas ? p.quota : NULL, p.closed,
                                         p.classes, p.budget, expected);

        if (!same_queries(chosen, total, expected, wanted))
            ck_abort_msg("case %zu", (size_t)n);
    }
}
END_TEST

START_TEST(order_of_the_input_does_not_matter)
{
    store_query chosen[MOST_SCORES], again[MOST_SCORES];

    for (uint64_t n = 0; n < 100000; n++) {
        base_random random = base_random_at(12, BASE_RANDOM_TEST, 0, 0, n);
        problem p = random_problem(n, MOST_SCORES);
        size_t total = solve(&p, chosen);

        for (size_t i = p.count; i > 1; i--) {
            size_t j = (size_t)base_random_below(&random, i);
            store_score kept = p.scores[i - 1];

            p.scores[i - 1] = p.scores[j];
            p.scores[j] = kept;
        }
        if (!same_queries(again, solve(&p, again), chosen, total))
            ck_abort_msg("case %zu", (size_t)n);
    }
}
END_TEST

/* As many as the open classes and the budget allow, none closed, in order, within the quotas. */
static bool is_sound(const problem *p, const store_query *chosen, size_t total)
{
    int64_t within[MOST_CLASSES] = {0};
    size_t open = 0;
    bool good;

    for (size_t i = 0; i < p->count; i++)
        open += !p->closed[p->scores[i].predicted];
    good = total == (open < p->budget ? open : p->budget);
    for (size_t i = 0; i < total; i++) {
        good = good && !p->closed[chosen[i].predicted] && chosen[i].rank == (int32_t)i &&
               chosen[i].answer == STORE_LABEL_UNKNOWN &&
               (chosen[i].reason == STORE_QUERY_STRATEGY) == !p->quotas;
        good = good && (i == 0 || goes_before(chosen[i - 1].score, chosen[i - 1].sample, chosen[i].score,
                                              chosen[i].sample));
        within[chosen[i].predicted] += chosen[i].reason == STORE_QUERY_QUOTA;
    }
    for (size_t c = 0; p->quotas && c < p->classes; c++)
        good = good && within[c] <= p->quota[c];
    return good;
}

START_TEST(invariants_hold_in_a_million_random_cases)
{
    store_query chosen[MOST_SCORES];

    for (uint64_t n = 0; n < RANDOM_CASES; n++) {
        problem p = random_problem(1000000 + n, 8);

        if (!is_sound(&p, chosen, solve(&p, chosen)))
            ck_abort_msg("case %zu", (size_t)n);
    }
}
END_TEST

/* ---- known cases ---- */

static store_score record(int64_t sample, int32_t predicted, float margin, float activation)
{
    store_score score;

    memset(&score, 0, sizeof score);
    score.sample = sample;
    score.predicted = predicted;
    score.margin = margin;
    score.cam_activation = activation;
    return score;
}

START_TEST(each_strategy_ranks_by_its_score)
{
    store_score score = record(5, 0, 0.5f, 0.25f);
    select_options options = {BASE_STRATEGY_LEAST_CONFIDENCE, BASE_PREFER_LOW, 1, 0, NULL};

    score.confidence = 0.75f;
    score.entropy = 1.5f;
    ck_assert_float_eq(select_value(&options, &score), 0.75f);
    options.strategy = BASE_STRATEGY_MARGIN;
    ck_assert_float_eq(select_value(&options, &score), 0.5f);
    options.strategy = BASE_STRATEGY_ENTROPY;
    ck_assert_float_eq(select_value(&options, &score), -1.5f);
    options.strategy = BASE_STRATEGY_CAM;
    ck_assert_float_eq(select_value(&options, &score), 0.25f);
    options.strategy = BASE_STRATEGY_CAM_MARGIN;
    ck_assert_float_eq(select_value(&options, &score), 0.125f);
    options.prefer = BASE_PREFER_HIGH;
    ck_assert_float_eq(select_value(&options, &score), 0.375f);
    options.strategy = BASE_STRATEGY_CAM;
    ck_assert_float_eq(select_value(&options, &score), -0.25f);
}
END_TEST

START_TEST(random_depends_on_seed_round_and_sample_only)
{
    select_options options = {BASE_STRATEGY_RANDOM, BASE_PREFER_LOW, 1, 0, NULL};
    store_score a = record(5, 0, 0.5f, 0.5f), b = record(5, 1, 0.1f, 0.9f), c = record(6, 0, 0.5f, 0.5f);
    float value = select_value(&options, &a);

    ck_assert_float_eq(value, select_value(&options, &b));
    ck_assert_float_ne(value, select_value(&options, &c));
    options.round = 1;
    ck_assert_float_ne(value, select_value(&options, &a));
    options.round = 0;
    options.seed = 2;
    ck_assert_float_ne(value, select_value(&options, &a));
}
END_TEST

START_TEST(random_values_are_uniform)
{
    select_options options = {BASE_STRATEGY_RANDOM, BASE_PREFER_LOW, 1, 0, NULL};
    int bins[10] = {0};

    for (int64_t i = 0; i < 100000; i++) {
        store_score score = record(i, 0, 0, 0);
        float value = select_value(&options, &score);

        if (!(value >= 0 && value < 1))
            ck_abort_msg("sample %d", (int)i);
        bins[(int)(value * 10)]++;
    }
    for (int i = 0; i < 10; i++)
        ck_assert_int_le(abs(bins[i] - 10000), 400); /* four standard deviations */
}
END_TEST

/* Plain: minus the sum of the logarithm of what margin leaves and of Gumbel noise by the usual formula. */
START_TEST(power_margin_is_power_of_the_margin_with_gumbel_noise)
{
    for (int64_t i = 0; i < 1000; i++) {
        select_options options = {BASE_STRATEGY_POWER_MARGIN, BASE_PREFER_LOW, 77, 4, NULL};
        store_score score = record(i, 0, (float)i / 1001, 0);
        base_random random = base_random_at(77, BASE_RANDOM_SELECT, 4, 0, (uint64_t)i);
        double gumbel = -log(-log(1 - base_random_unit(&random)));

        ck_assert_float_eq_tol(select_value(&options, &score),
                               (float)-(log(1 - (double)score.margin) + gumbel), 1e-5f);
    }
}
END_TEST

/* The first of a draw without replacement comes with a probability in proportion to 1 - margin. */
START_TEST(power_margin_draws_in_proportion_to_what_the_margin_leaves)
{
    enum { DRAWS = 40000 };
    const store_score scores[] = {record(0, 0, 0.5f, 0), record(1, 0, 0.75f, 0), record(2, 0, 0.75f, 0),
                                  record(3, 0, 1, 0)};
    static const int expected[] = {DRAWS / 2, DRAWS / 4, DRAWS / 4, 0};
    uint8_t closed[] = {0};
    int first[4] = {0}, i;

    for (i = 0; i < DRAWS; i++) {
        select_options options = {BASE_STRATEGY_POWER_MARGIN, BASE_PREFER_LOW, (uint64_t)i, 0, NULL};
        store_query chosen[1];
        size_t total;

        if (select_choose(&options, scores, 4, NULL, closed, 1, 1, chosen, &total) != BASE_OK || total != 1)
            ck_abort_msg("choosing failed");
        first[chosen[0].sample]++;
    }
    for (i = 0; i < 4; i++)
        ck_assert_int_le(abs(first[i] - expected[i]), 400); /* four standard deviations */
    ck_assert_int_eq(first[3], 0);
}
END_TEST

START_TEST(quota_first_then_the_best_of_the_rest)
{
    select_options options = {BASE_STRATEGY_MARGIN, BASE_PREFER_LOW, 1, 0, NULL};
    store_score scores[] = {record(0, 0, 0.1f, 0), record(1, 0, 0.2f, 0), record(2, 0, 0.3f, 0),
                            record(3, 1, 0.9f, 0), record(4, 2, 0.0f, 0)};
    int64_t quota[] = {1, 1, 5};
    uint8_t closed[] = {0, 0, 1};
    store_query chosen[4];
    size_t total;

    ck_assert_int_eq(select_choose(&options, scores, 5, quota, closed, 3, 3, chosen, &total), BASE_OK);
    ck_assert_uint_eq(total, 3);
    ck_assert_int_eq(chosen[0].sample, 0);
    ck_assert_int_eq(chosen[0].reason, STORE_QUERY_QUOTA);
    ck_assert_int_eq(chosen[1].sample, 1);
    ck_assert_int_eq(chosen[1].reason, STORE_QUERY_FILL);
    ck_assert_int_eq(chosen[2].sample, 3);
    ck_assert_int_eq(chosen[2].reason, STORE_QUERY_QUOTA);
}
END_TEST

START_TEST(closed_classes_are_not_queried_even_if_the_budget_is_left)
{
    select_options options = {BASE_STRATEGY_MARGIN, BASE_PREFER_LOW, 1, 0, NULL};
    store_score scores[] = {record(0, 0, 0.1f, 0), record(1, 1, 0.2f, 0), record(2, 1, 0.3f, 0)};
    uint8_t closed[] = {0, 1};
    store_query chosen[3];
    size_t total;

    ck_assert_int_eq(select_choose(&options, scores, 3, NULL, closed, 2, 3, chosen, &total), BASE_OK);
    ck_assert_uint_eq(total, 1);
    ck_assert_int_eq(chosen[0].sample, 0);
}
END_TEST

START_TEST(values_that_are_not_numbers_come_last_by_sample)
{
    select_options options = {BASE_STRATEGY_MARGIN, BASE_PREFER_LOW, 1, 0, NULL};
    store_score scores[] = {record(9, 0, NAN, 0), record(3, 0, INFINITY, 0), record(8, 0, NAN, 0),
                            record(5, 0, 0.5f, 0), record(4, 0, -INFINITY, 0)};
    static const int64_t expected[] = {4, 5, 3, 8, 9};
    uint8_t closed[] = {0};
    store_query chosen[5];
    size_t total;

    ck_assert_int_eq(select_choose(&options, scores, 5, NULL, closed, 1, 5, chosen, &total), BASE_OK);
    for (size_t i = 0; i < 5; i++)
        ck_assert_int_eq(chosen[i].sample, expected[i]);
}
END_TEST

START_TEST(class_out_of_range_is_bad_input)
{
    select_options options = {BASE_STRATEGY_MARGIN, BASE_PREFER_LOW, 1, 0, NULL};
    uint8_t closed[] = {0, 0};
    store_query chosen[1];
    size_t total = 77;

    for (int32_t bad = -1; bad <= 2; bad += 3) {
        store_score score = record(1, bad, 0.5f, 0);

        ck_assert_int_eq(select_choose(&options, &score, 1, NULL, closed, 2, 1, chosen, &total),
                         BASE_ERR_INPUT);
        ck_assert_uint_eq(total, 77);
    }
}
END_TEST

START_TEST(nothing_to_choose_is_no_error)
{
    select_options options = {BASE_STRATEGY_CAM, BASE_PREFER_LOW, 1, 0, NULL};
    store_score score = record(1, 0, 0.5f, 0);
    uint8_t closed[] = {0};
    store_query chosen[1];
    size_t total = 77;

    ck_assert_int_eq(select_choose(&options, NULL, 0, NULL, closed, 1, 1, chosen, &total), BASE_OK);
    ck_assert_uint_eq(total, 0);
    total = 77;
    ck_assert_int_eq(select_choose(&options, &score, 1, NULL, closed, 1, 0, chosen, &total), BASE_OK);
    ck_assert_uint_eq(total, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("select_strategy");
    TCase *known = tcase_create("known"), *random = tcase_create("random");
    SRunner *runner;
    int failed;

    tcase_add_test(known, each_strategy_ranks_by_its_score);
    tcase_add_test(known, random_depends_on_seed_round_and_sample_only);
    tcase_add_test(known, random_values_are_uniform);
    tcase_add_test(known, power_margin_is_power_of_the_margin_with_gumbel_noise);
    tcase_add_test(known, power_margin_draws_in_proportion_to_what_the_margin_leaves);
    tcase_add_test(known, quota_first_then_the_best_of_the_rest);
    tcase_add_test(known, closed_classes_are_not_queried_even_if_the_budget_is_left);
    tcase_add_test(known, values_that_are_not_numbers_come_last_by_sample);
    tcase_add_test(known, class_out_of_range_is_bad_input);
    tcase_add_test(known, nothing_to_choose_is_no_error);
    tcase_add_test(random, chooses_what_a_plain_search_chooses);
    tcase_add_test(random, order_of_the_input_does_not_matter);
    tcase_add_test(random, invariants_hold_in_a_million_random_cases);
    tcase_set_timeout(random, 240);
    suite_add_tcase(suite, known);
    suite_add_tcase(suite, random);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
