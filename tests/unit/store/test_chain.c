/* Rounds that follow each other. */
#include "store_check.h"
#include "store_fixture.h"
#include "unit_test.h"
#include <stdlib.h>
#include <string.h>

static store_round parent, child;

static void give_label(store_round *round, size_t sample, int32_t label, int32_t from)
{
    round->pool_state[sample] = STORE_POOL_LABELLED;
    round->pool_label[sample] = label;
    round->pool_round[sample] = from;
    round->pool_copies[sample] = 2;
}

/* Round 3 after round 2: asks for 20, 21 and 22, of which 22 waits; 14, for which round 2 asked, has come. */
static void set_up(void)
{
    size_t n;

    fixture_round(2, &parent);
    fixture_round(3, &child);
    n = parent.samples;
    memcpy(child.pool_state, parent.pool_state, n);
    memcpy(child.pool_label, parent.pool_label, n * sizeof *parent.pool_label);
    memcpy(child.pool_round, parent.pool_round, n * sizeof *parent.pool_round);
    memcpy(child.pool_copies, parent.pool_copies, n * sizeof *parent.pool_copies);
    child.query[0] = (store_query){.sample = 20, .answer = 1};
    child.query[1] = (store_query){.sample = 21, .answer = 2};
    child.query[2] = (store_query){.sample = 22, .answer = STORE_LABEL_UNKNOWN};
    give_label(&child, 14, 3, 3);
    give_label(&child, 20, 1, 4);
    give_label(&child, 21, 2, 4);
}

static void tear_down(void)
{
    store_round_destroy(&parent);
    store_round_destroy(&child);
}

START_TEST(a_round_that_follows_passes)
{
    size_t problems = 9;

    ck_assert_int_eq(store_check_link(&parent, &child, "child", &problems), BASE_OK);
    ck_assert_uint_eq(problems, 0);
}
END_TEST

START_TEST(a_sample_asked_for_may_be_set_aside)
{
    size_t problems = 9;

    child.pool_state[14] = STORE_POOL_ASIDE;
    child.pool_label[14] = child.pool_round[14] = -1;
    child.pool_copies[14] = 0;
    ck_assert_int_eq(store_check_link(&parent, &child, "child", &problems), BASE_OK);
    ck_assert_uint_eq(problems, 0);
}
END_TEST

static void skipped_round(void)
{
    child.index = 4;
    child.pool_round[14]++;
    child.pool_round[20]++;
    child.pool_round[21]++;
}

static void other_dataset(void)
{
    child.dataset_digest[0] = child.dataset_digest[0] == '0' ? '1' : '0';
}

static void other_class(void)
{
    child.class_name[1][0] = 'x';
}

static void lost_label(void)
{
    child.pool_state[5] = STORE_POOL_UNLABELLED;
}

static void changed_label(void)
{
    child.pool_label[5] = (child.pool_label[5] + 1) % FIXTURE_CLASSES;
}

static void sample_from_outside(void)
{
    child.pool_state[39] = STORE_POOL_UNLABELLED;
}

static void label_nobody_asked_for(void)
{
    give_label(&child, 25, 1, 3);
}

static void late_answer_as_if_of_this_round(void)
{
    child.pool_round[14] = 4;
}

static void set_aside_without_having_been_asked_for(void)
{
    child.pool_state[25] = STORE_POOL_ASIDE;
}

static void taken_back_from_aside(void)
{
    parent.pool_state[25] = STORE_POOL_ASIDE;
}

static void fewer_samples(void)
{
    child.samples--;
}

static void (*const faults[])(void) = {skipped_round,
                                       other_dataset,
                                       other_class,
                                       lost_label,
                                       changed_label,
                                       sample_from_outside,
                                       label_nobody_asked_for,
                                       late_answer_as_if_of_this_round,
                                       set_aside_without_having_been_asked_for,
                                       taken_back_from_aside,
                                       fewer_samples};

START_TEST(each_break_of_the_chain_is_found)
{
    size_t problems = 0;

    faults[_i]();
    ck_assert_int_eq(store_check_link(&parent, &child, "child", &problems), BASE_ERR_INPUT);
    ck_assert_uint_eq(problems, 1);
}
END_TEST

/* The parent's bytes count, whatever it says. */
START_TEST(parent_that_is_not_the_one_named_is_found)
{
    char folder[PATH_MAX], path[PATH_MAX];
    size_t problems = 0;

    fixture_folder_make(folder);
    ck_assert_int_eq(store_round_commit(folder, &parent), BASE_OK);
    ck_assert_int_eq(store_round_path(folder, 2, path, sizeof path), BASE_OK);
    ck_assert_int_eq(store_check_parent(&child, path, "child", &problems), BASE_ERR_INPUT);
    ck_assert_uint_eq(problems, 1);
    ck_assert_int_eq(base_file_digest(path, child.parent_digest), BASE_OK);
    ck_assert_int_eq(store_check_parent(&child, path, "child", &problems), BASE_OK);
    ck_assert_uint_eq(problems, 0);
    lost_label();
    ck_assert_int_eq(store_check_parent(&child, path, "child", &problems), BASE_ERR_INPUT);
    fixture_flip(path, 5000, 3);
    ck_assert_int_eq(store_check_parent(&child, path, "child", &problems), BASE_ERR_INPUT);
    fixture_folder_remove(folder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("chain");
    TCase *tests = tcase_create("chain");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_round_that_follows_passes);
    tcase_add_test(tests, a_sample_asked_for_may_be_set_aside);
    tcase_add_loop_test(tests, each_break_of_the_chain_is_found, 0, sizeof faults / sizeof *faults);
    tcase_add_test(tests, parent_that_is_not_the_one_named_is_found);
    suite_add_tcase(suite, tests);
    return unit_test_run(suite);
}
