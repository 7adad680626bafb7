/** What a file says about itself: every broken rule is found, and once. */
#include "../base/capture.h"
#include "store_check.h"
#include "store_fixture.h"
#include <hdf5.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- rounds: one fault each ---- */

typedef void fault(store_round *r);

static void negative_index(store_round *r)
{
    r->index = -1;
    r->parent_digest[0] = 0;
}

static void no_version(store_round *r)
{
    r->version[0] = 0;
}

static void no_dataset_digest(store_round *r)
{
    r->dataset_digest[5] = 'x';
}

static void half_a_start_digest(store_round *r)
{
    r->start_digest[5] = 0;
}

static void no_parent(store_round *r)
{
    r->parent_digest[0] = 0;
}

static void no_ranks(store_round *r)
{
    r->ranks = 0;
}

static void no_deviation(store_round *r)
{
    r->std[1] = 0;
}

static void negative_size(store_round *r)
{
    r->size = -16;
}

static void no_config(store_round *r)
{
    r->config[0] = 0;
}

static void no_plan(store_round *r)
{
    free(r->plan);
    r->plan = NULL;
}

static void weight_not_a_number(store_round *r)
{
    r->model[2].data[7] = NAN;
}

static void tensor_twice(store_round *r)
{
    strcpy(r->optimizer[1].name, r->optimizer[0].name);
}

static void epochs_out_of_order(store_round *r)
{
    r->epoch[3].epoch = 2;
}

static void best_epoch_that_never_was(store_round *r)
{
    r->best_epoch = 4;
}

static void score_not_finite(store_round *r)
{
    r->score[4].cam_area = INFINITY;
}

static void train_loss_not_finite(store_round *r)
{
    r->epoch[1].train_loss = NAN;
}

static void unknown_state(store_round *r)
{
    r->pool_state[0] = 3;
}

static void label_without_class(store_round *r)
{
    r->pool_label[3] = FIXTURE_CLASSES;
}

static void labelled_without_label(store_round *r)
{
    r->pool_label[3] = STORE_LABEL_UNKNOWN;
}

static void unlabelled_with_label(store_round *r)
{
    r->pool_label[20] = 1;
}

static void labelled_in_the_future(store_round *r)
{
    r->pool_round[3] = r->index + 2;
}

static void score_of_no_sample(store_round *r)
{
    r->score[17].sample = 40;
}

static void score_of_negative_sample(store_round *r)
{
    r->score[0].sample = -1;
}

static void scores_out_of_order(store_round *r)
{
    r->score[5].sample = r->score[4].sample;
}

static void score_of_a_labelled_sample(store_round *r)
{
    r->score[0].sample = 9;
}

static void score_outside_the_pool(store_round *r)
{
    r->score[17].sample = 30;
}

static void score_of_no_class(store_round *r)
{
    r->score[6].second = -1;
}

static void query_twice(store_round *r)
{
    r->query[1] = r->query[0];
    r->query[1].rank = 1;
}

static void query_of_no_sample(store_round *r)
{
    r->query[1].sample = 1000;
}

static void query_out_of_rank(store_round *r)
{
    r->query[1].rank = 2;
}

static void query_of_no_class(store_round *r)
{
    r->query[1].answer = FIXTURE_CLASSES;
}

static void state_of_no_kind(store_round *r)
{
    r->pool_state[20] = STORE_POOL_ASIDE + 1;
}

static void score_of_a_sample_set_aside(store_round *r)
{
    r->pool_state[20] = STORE_POOL_ASIDE;
}

/* Someone could not tell what sample 20 is. */
static void give_answer(store_round *r)
{
    r->answer = calloc(2, sizeof *r->answer);
    ck_assert_ptr_nonnull(r->answer);
    r->answers = 1;
    r->answer[0] = (store_answer){20, STORE_LABEL_CANT_TELL, "ann", "2026-11-25T09:30:00Z"};
}

static void answer_for_no_sample(store_round *r)
{
    give_answer(r);
    r->answer[0].sample = -1;
}

static void answers_for_one_sample(store_round *r)
{
    give_answer(r);
    r->answer[1] = r->answer[0];
    r->answers = 2;
}

static void answer_of_no_class(store_round *r)
{
    give_answer(r);
    r->answer[0].answer = STORE_LABEL_UNKNOWN;
}

static void answer_by_nobody(store_round *r)
{
    give_answer(r);
    r->answer[0].annotator[0] = 0;
}

static void answer_at_no_time(store_round *r)
{
    give_answer(r);
    r->answer[0].answered_at[0] = 0;
}

static void answer_that_was_not_learnt(store_round *r)
{
    give_answer(r);
    r->answer[0].answer = 1;
}

static void doubt_about_what_was_learnt(store_round *r)
{
    give_answer(r);
    r->answer[0].sample = 3;
}

static void answer_unlike_the_label(store_round *r)
{
    r->query[1].answer = 1;
}

static void waiting_but_labelled(store_round *r)
{
    r->query[1].answer = STORE_LABEL_UNKNOWN;
}

static void label_without_query(store_round *r)
{
    r->queries = 2;
    r->query[0] = r->query[1];
    r->query[0].rank = 0;
    r->query[1] = r->query[2];
    r->query[1].rank = 1;
}

static void evaluation_of_a_pool_sample(store_round *r)
{
    r->evaluation[0].sample = 20;
}

static void evaluation_of_no_class(store_round *r)
{
    r->evaluation[5].label = -1;
}

static void evaluation_of_train_split(store_round *r)
{
    r->evaluation[5].split = STORE_SPLIT_TRAIN;
}

static void class_without_name(store_round *r)
{
    r->class_name[2][0] = 0;
}

static void class_name_without_end(store_round *r)
{
    memset(r->class_name[2], 'a', sizeof r->class_name[2]);
}

static void unknown_status(store_round *r)
{
    r->class_state[0].status = STORE_CLASS_STATUSES;
}

static void decided_in_the_future(store_round *r)
{
    r->class_state[3].decided_round = r->index + 1;
}

static void labelled_miscounted(store_round *r)
{
    r->class_state[1].labelled--;
}

static void added_miscounted(store_round *r)
{
    r->class_state[1].added++;
}

static void pool_miscounted(store_round *r)
{
    r->class_state[1].pool_predicted++;
}

static void test_miscounted(store_round *r)
{
    r->class_state[1].test_count++;
}

static void quota_overdrawn(store_round *r)
{
    r->class_state[2].quota = 0;
}

static void quota_beyond_the_pool(store_round *r)
{
    r->class_state[2].quota = 6;
}

static void quotas_beyond_the_queries(store_round *r)
{
    r->class_state[1].quota = 2;
}

static void confusion_miscounted(store_round *r)
{
    r->validation_confusion[5]++;
}

static void class_score_not_finite(store_round *r)
{
    r->class_state[1].cam_score = NAN;
}

static fault *const faults[] = {
    negative_index,
    no_version,
    no_dataset_digest,
    half_a_start_digest,
    no_parent,
    no_ranks,
    no_deviation,
    negative_size,
    no_config,
    no_plan,
    weight_not_a_number,
    tensor_twice,
    epochs_out_of_order,
    best_epoch_that_never_was,
    score_not_finite,
    train_loss_not_finite,
    unknown_state,
    label_without_class,
    labelled_without_label,
    unlabelled_with_label,
    labelled_in_the_future,
    score_of_no_sample,
    score_of_negative_sample,
    scores_out_of_order,
    score_of_a_labelled_sample,
    score_outside_the_pool,
    score_of_no_class,
    query_twice,
    query_of_no_sample,
    query_out_of_rank,
    query_of_no_class,
    answer_unlike_the_label,
    state_of_no_kind,
    score_of_a_sample_set_aside,
    answer_for_no_sample,
    answers_for_one_sample,
    answer_of_no_class,
    answer_by_nobody,
    answer_at_no_time,
    answer_that_was_not_learnt,
    doubt_about_what_was_learnt,
    waiting_but_labelled,
    label_without_query,
    evaluation_of_a_pool_sample,
    evaluation_of_no_class,
    evaluation_of_train_split,
    class_without_name,
    class_name_without_end,
    unknown_status,
    decided_in_the_future,
    labelled_miscounted,
    added_miscounted,
    pool_miscounted,
    test_miscounted,
    quota_overdrawn,
    quota_beyond_the_pool,
    quotas_beyond_the_queries,
    confusion_miscounted,
    class_score_not_finite,
};

START_TEST(sound_rounds_have_no_problems)
{
    store_round round;
    size_t problems = 9;

    fixture_round(_i, &round);
    ck_assert_int_eq(store_check_round(&round, "round", &problems), BASE_OK);
    ck_assert_uint_eq(problems, 0);
    store_round_destroy(&round);
}
END_TEST

START_TEST(each_fault_of_a_round_is_found)
{
    store_round round;
    size_t problems = 0;

    fixture_round(2, &round);
    faults[_i](&round);
    ck_assert_int_eq(store_check_round(&round, "round", &problems), BASE_ERR_INPUT);
    ck_assert_uint_ge(problems, 1);
    store_round_destroy(&round);
}
END_TEST

START_TEST(round_of_nothing_is_refused)
{
    store_round round = {0};

    ck_assert_int_eq(store_check_round(&round, "round", NULL), BASE_ERR_INPUT);
}
END_TEST

/* ---- whole files ---- */

static char folder[PATH_MAX], path[PATH_MAX];

static void setup(void)
{
    fixture_folder_make(folder);
}

static void teardown(void)
{
    fixture_folder_remove(folder);
}

static void expect(base_status status, size_t expected)
{
    size_t problems = 99;

    ck_assert_int_eq(store_check_file(path, STORE_SCHEMAS, &problems), status);
    ck_assert_uint_eq(problems, expected);
    ck_assert_int_eq(store_check_file(path, STORE_SCHEMAS, NULL), status);
}

/* Overwrite the first element of an array through HDF5, checksums and all. */
static void poke(const char *object, hid_t type, const void *value)
{
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT), dataset = H5Dopen2(file, object, H5P_DEFAULT);
    hid_t space = H5Dget_space(dataset), memory;
    hsize_t at[4] = {0}, one = 1;

    memory = H5Screate_simple(1, &one, NULL);
    ck_assert_int_ge(H5Sselect_elements(space, H5S_SELECT_SET, 1, at), 0);
    ck_assert_int_ge(H5Dwrite(dataset, type, memory, space, H5P_DEFAULT, value), 0);
    H5Sclose(memory);
    H5Sclose(space);
    H5Dclose(dataset);
    ck_assert_int_ge(H5Fclose(file), 0);
}

START_TEST(sound_files_pass)
{
    store_round round;

    fixture_path(folder, "dataset.h5", path);
    fixture_dataset_write(path, 100, 64);
    expect(BASE_OK, 0);
    fixture_round(0, &round);
    ck_assert_int_eq(store_round_commit(folder, &round), BASE_OK);
    ck_assert_int_eq(store_round_path(folder, 0, path, sizeof path), BASE_OK);
    expect(BASE_OK, 0);
    store_round_destroy(&round);
}
END_TEST

START_TEST(contents_unlike_the_digest_are_found)
{
    static const uint8_t pixel = 77;
    static const int32_t label = 2;

    fixture_path(folder, "dataset.h5", path);
    fixture_dataset_write(path, 100, 64);
    poke("/samples/image", H5T_NATIVE_UINT8, &pixel);
    expect(BASE_ERR_INPUT, 1);
    fixture_dataset_write(path, 100, 64);
    poke("/samples/label", H5T_NATIVE_INT32, &label);
    expect(BASE_ERR_INPUT, 1);
}
END_TEST

/* Validation that has pictures of a group which is trained on. */
START_TEST(groups_in_two_splits_are_found)
{
    static const int64_t group = 1; /* sample 3's */
    static capture captured;
    const char *said;

    fixture_path(folder, "dataset.h5", path);
    fixture_dataset_write(path, 100, 64);
    poke("/samples/group", H5T_NATIVE_INT64, &group);
    capture_begin(&captured);
    expect(BASE_ERR_INPUT, 1);
    said = capture_end(&captured);
    ck_assert_msg(strstr(said, "samples 0 and 3 of group 1 are in splits 0 and 1") != NULL, "said %s", said);
}
END_TEST

START_TEST(contradictions_of_a_round_file_are_found_and_counted)
{
    static const int64_t sample = 12;
    static const int32_t best = 9;
    store_round round;

    fixture_round(0, &round);
    ck_assert_int_eq(store_round_commit(folder, &round), BASE_OK);
    ck_assert_int_eq(store_round_path(folder, 0, path, sizeof path), BASE_OK);
    poke("/queries/sample", H5T_NATIVE_INT64, &(int64_t){14});
    expect(BASE_ERR_INPUT, 1);
    poke("/queries/sample", H5T_NATIVE_INT64, &sample);
    expect(BASE_OK, 0);
    poke("/metrics/epoch/epoch", H5T_NATIVE_INT32, &best);
    poke("/classes/labelled", H5T_NATIVE_INT64, &sample);
    expect(BASE_ERR_INPUT, 2);
    store_round_destroy(&round);
}
END_TEST

START_TEST(unreadable_files_are_problems)
{
    fixture_path(folder, "absent.h5", path);
    expect(BASE_ERR_NOT_FOUND, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("check");
    TCase *tests = tcase_create("check");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, sound_rounds_have_no_problems, 0, 3);
    tcase_add_loop_test(tests, each_fault_of_a_round_is_found, 0, sizeof faults / sizeof *faults);
    tcase_add_test(tests, round_of_nothing_is_refused);
    tcase_add_test(tests, sound_files_pass);
    tcase_add_test(tests, contents_unlike_the_digest_are_found);
    tcase_add_test(tests, groups_in_two_splits_are_found);
    tcase_add_test(tests, contradictions_of_a_round_file_are_found_and_counted);
    tcase_add_test(tests, unreadable_files_are_problems);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
