#include "oracle.h"
#include "oracle_fixture.h"
#include "unit_test.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CLASSES 4

static const size_t sizes[CLASSES] = {100, 40, 11, 1}; /* of train: 80, 32, 9, 1 */
static const size_t train_sizes[CLASSES] = {80, 32, 9, 1};
static char folder[256];
static store_dataset *dataset;
static const store_table *table;
static oracle *truth;

static void setup(void)
{
    fixture_folder(folder, sizeof folder);
    dataset = fixture_dataset(folder, sizes, CLASSES);
    table = store_dataset_table(dataset);
    ck_assert_int_eq(oracle_create(BASE_ORACLE_TRUTH, dataset, folder, &truth), BASE_OK);
}

static void teardown(void)
{
    oracle_destroy(&truth);
    ck_assert_ptr_null(truth);
    store_dataset_close(&dataset);
    fixture_remove(folder);
}

/* Draw, check order and split, and count by class. */
static size_t draw(double share, uint64_t seed, int64_t **samples, size_t by_class[CLASSES])
{
    size_t count, i;

    ck_assert_int_eq(oracle_draw_initial(truth, share, seed, samples, &count), BASE_OK);
    memset(by_class, 0, CLASSES * sizeof *by_class);
    for (i = 0; i < count; i++) {
        ck_assert(i == 0 || (*samples)[i - 1] < (*samples)[i]);
        ck_assert_int_eq(table->split[(*samples)[i]], STORE_SPLIT_TRAIN);
        by_class[table->label[(*samples)[i]]]++;
    }
    return count;
}

START_TEST(initial_set_is_stratified_by_largest_remainder)
{
    size_t by_class[CLASSES];
    int64_t *samples;

    /* A quarter of 122 is 30.5, so 31: 20, 8, 2 of 2.25, and the one that the last class gets for its 0.25.
     */
    ck_assert_uint_eq(draw(0.25, 1, &samples, by_class), 31);
    ck_assert_uint_eq(by_class[0], 20);
    ck_assert_uint_eq(by_class[1], 8);
    ck_assert_uint_eq(by_class[2], 2);
    ck_assert_uint_eq(by_class[3], 1);
    free(samples);
}
END_TEST

START_TEST(initial_set_has_at_least_one_of_each_class)
{
    size_t by_class[CLASSES];
    int64_t *samples;

    ck_assert_uint_eq(draw(0, 1, &samples, by_class), CLASSES);
    for (size_t c = 0; c < CLASSES; c++)
        ck_assert_uint_eq(by_class[c], 1);
    free(samples);
}
END_TEST

START_TEST(whole_train_split_can_be_the_initial_set)
{
    size_t by_class[CLASSES];
    int64_t *samples;

    ck_assert_uint_eq(draw(1, 1, &samples, by_class), 122);
    for (size_t c = 0; c < CLASSES; c++)
        ck_assert_uint_eq(by_class[c], train_sizes[c]);
    free(samples);
}
END_TEST

START_TEST(every_share_is_within_one_of_exact)
{
    for (int percent = 1; percent <= 100; percent++) {
        double share = percent / 100.0, exact;
        size_t by_class[CLASSES], total, lifted = 0;
        int64_t *samples;

        total = draw(share, 3, &samples, by_class);
        for (size_t c = 0; c < CLASSES; c++) {
            exact = share * (double)train_sizes[c];
            lifted += exact < 1;
            ck_assert(fabs((double)by_class[c] - exact) <= 1);
        }
        ck_assert_uint_ge(total, (size_t)llround(share * 122));
        ck_assert_uint_le(total, (size_t)llround(share * 122) + lifted);
        free(samples);
    }
}
END_TEST

START_TEST(initial_set_is_a_function_of_the_seed)
{
    size_t by_class[CLASSES], count;
    int64_t *one, *again, *other;

    count = draw(0.25, 1, &one, by_class);
    ck_assert_uint_eq(draw(0.25, 1, &again, by_class), count);
    ck_assert_uint_eq(draw(0.25, 2, &other, by_class), count);
    ck_assert_mem_eq(one, again, count * sizeof *one);
    ck_assert_mem_ne(one, other, count * sizeof *one);
    free(one);
    free(again);
    free(other);
}
END_TEST

START_TEST(draws_favour_no_place_in_the_data_set)
{
    int early = 0, all = 0;

    for (uint64_t seed = 0; seed < 200; seed++) {
        int64_t *samples;
        size_t count;

        ck_assert_int_eq(oracle_draw_initial(truth, 0.25, seed, &samples, &count), BASE_OK);
        for (size_t i = 0; i < count; i++) {
            if (table->label[samples[i]] != 0)
                continue;
            all++;
            early += samples[i] < samples[count - 1] / 2;
        }
        free(samples);
    }
    ck_assert_int_eq(all, 200 * 20);
    ck_assert_int_gt(early, all / 4);
    ck_assert_int_lt(early, all / 2);
}
END_TEST

START_TEST(share_out_of_range_is_refused)
{
    int64_t *samples = NULL;
    size_t count = 77;

    ck_assert_int_eq(oracle_draw_initial(truth, 1.5, 1, &samples, &count), BASE_ERR_USAGE);
    ck_assert_int_eq(oracle_draw_initial(truth, -0.1, 1, &samples, &count), BASE_ERR_USAGE);
    ck_assert_int_eq(oracle_draw_initial(truth, NAN, 1, &samples, &count), BASE_ERR_USAGE);
    ck_assert_ptr_null(samples);
    ck_assert_uint_eq(count, 77);
}
END_TEST

START_TEST(initial_labels_are_the_true_ones)
{
    size_t by_class[CLASSES], count;
    int64_t *samples;
    int32_t *labels;

    count = draw(0.25, 1, &samples, by_class);
    labels = malloc(count * sizeof *labels);
    ck_assert_ptr_nonnull(labels);
    ck_assert_int_eq(oracle_initial(truth, samples, count, labels), BASE_OK);
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(labels[i], table->label[samples[i]]);
    free(labels);
    free(samples);
}
END_TEST

/* The first sample of the validation split. */
static int64_t validation_sample(void)
{
    for (size_t i = 0; i < table->samples; i++)
        if (table->split[i] == STORE_SPLIT_VALIDATION)
            return (int64_t)i;
    ck_abort_msg("the fixture has no validation sample");
}

START_TEST(only_train_samples_have_labels_to_give)
{
    int64_t wrong[3] = {-1, (int64_t)table->samples, validation_sample()};
    int32_t label;

    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(oracle_initial(truth, &wrong[i], 1, &label), BASE_ERR_INPUT);
}
END_TEST

START_TEST(pictures_without_a_label_are_never_drawn_and_cannot_be_answered)
{
    int32_t *labels = ((store_table *)(uintptr_t)table)->label, label;
    size_t count, i, drawn_unknown = 0, unknown = 0;
    int64_t *samples, first = -1;

    for (i = 0; i < table->samples; i += 3)
        if (table->split[i] == STORE_SPLIT_TRAIN) {
            labels[i] = STORE_LABEL_UNKNOWN;
            first = first < 0 ? (int64_t)i : first;
            unknown++;
        }
    ck_assert_uint_gt(unknown, 0);
    ck_assert_int_eq(oracle_draw_initial(truth, 1, 1, &samples, &count), BASE_OK);
    for (i = 0; i < count; i++)
        drawn_unknown += table->label[samples[i]] == STORE_LABEL_UNKNOWN;
    ck_assert_uint_eq(drawn_unknown, 0);
    ck_assert_uint_eq(count, 80 + 32 + 9 + 1 - unknown);
    free(samples);
    ck_assert_int_eq(oracle_initial(truth, &first, 1, &label), BASE_ERR_INPUT);
}
END_TEST

static const oracle_round round_0 = {0}; /* the truth needs no measurements */

START_TEST(queries_are_answered_with_the_truth)
{
    store_query queries[2] = {{0, 3, 0, 0.5f, STORE_LABEL_UNKNOWN, STORE_QUERY_STRATEGY},
                              {1, 3, 1, 0.6f, STORE_LABEL_UNKNOWN, STORE_QUERY_STRATEGY}};

    ck_assert_int_eq(oracle_ask(truth, &round_0, queries, 2), BASE_OK);
    ck_assert_int_eq(queries[0].answer, table->label[0]);
    ck_assert_int_eq(queries[1].answer, table->label[1]);
    ck_assert_int_ne(queries[0].answer, queries[1].answer);
}
END_TEST

START_TEST(a_wrong_query_leaves_all_unanswered)
{
    store_query queries[2] = {{0, 3, 0, 0.5f, STORE_LABEL_UNKNOWN, STORE_QUERY_STRATEGY},
                              {validation_sample(), 3, 1, 0.6f, STORE_LABEL_UNKNOWN, STORE_QUERY_STRATEGY}};

    ck_assert_int_eq(oracle_ask(truth, &round_0, queries, 2), BASE_ERR_INPUT);
    ck_assert_int_eq(queries[0].answer, STORE_LABEL_UNKNOWN);
    ck_assert_int_eq(queries[1].answer, STORE_LABEL_UNKNOWN);
}
END_TEST

START_TEST(no_queries_are_answered_at_once)
{
    ck_assert_int_eq(oracle_ask(truth, &round_0, NULL, 0), BASE_OK);
}
END_TEST

START_TEST(queries_that_waited_for_people_are_answered_with_the_truth)
{
    store_query queries[2] = {{0, 3, 0, 0.5f, STORE_LABEL_UNKNOWN, STORE_QUERY_STRATEGY},
                              {1, 3, 1, 0.6f, STORE_LABEL_UNKNOWN, STORE_QUERY_STRATEGY}};
    store_answer *answers;
    size_t answered = 9;

    ck_assert_int_eq(oracle_collect(truth, &round_0, queries, 2, &answers, &answered), BASE_OK);
    ck_assert_int_eq(queries[0].answer, table->label[0]);
    ck_assert_int_eq(queries[1].answer, table->label[1]);
    ck_assert_ptr_null(answers);
    ck_assert_uint_eq(answered, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("oracle_truth");
    TCase *tests = tcase_create("truth");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, initial_set_is_stratified_by_largest_remainder);
    tcase_add_test(tests, initial_set_has_at_least_one_of_each_class);
    tcase_add_test(tests, whole_train_split_can_be_the_initial_set);
    tcase_add_test(tests, every_share_is_within_one_of_exact);
    tcase_add_test(tests, initial_set_is_a_function_of_the_seed);
    tcase_add_test(tests, draws_favour_no_place_in_the_data_set);
    tcase_add_test(tests, share_out_of_range_is_refused);
    tcase_add_test(tests, initial_labels_are_the_true_ones);
    tcase_add_test(tests, only_train_samples_have_labels_to_give);
    tcase_add_test(tests, pictures_without_a_label_are_never_drawn_and_cannot_be_answered);
    tcase_add_test(tests, queries_are_answered_with_the_truth);
    tcase_add_test(tests, a_wrong_query_leaves_all_unanswered);
    tcase_add_test(tests, no_queries_are_answered_at_once);
    tcase_add_test(tests, queries_that_waited_for_people_are_answered_with_the_truth);
    suite_add_tcase(suite, tests);
    return unit_test_run(suite);
}
