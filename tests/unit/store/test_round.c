/** Round files: the way to the disk and back, the newest, and damage. */
#include "base_file.h"
#include "store_fixture.h"
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[PATH_MAX];

static void setup(void)
{
    fixture_folder_make(folder);
}

static void teardown(void)
{
    fixture_folder_remove(folder);
}

static void commit(int32_t index, char path[PATH_MAX])
{
    store_round round;

    fixture_round(index, &round);
    ck_assert_int_eq(store_round_commit(folder, &round), BASE_OK);
    ck_assert_int_eq(store_round_path(folder, index, path, PATH_MAX), BASE_OK);
    store_round_destroy(&round);
}

static void write_bytes(const char *path, const char *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

START_TEST(round_comes_back_equal_in_every_field)
{
    store_round written, read;
    char path[PATH_MAX];

    fixture_round(3, &written);
    ck_assert_int_eq(store_round_commit(folder, &written), BASE_OK);
    ck_assert_int_eq(store_round_path(folder, 3, path, sizeof path), BASE_OK);
    ck_assert_str_eq(strrchr(path, '/'), "/round-003.h5");
    ck_assert_int_eq(store_round_read(path, &read), BASE_OK);
    fixture_round_compare(&written, &read);
    store_round_destroy(&read);
    store_round_destroy(&written);
}
END_TEST

START_TEST(round_that_does_not_know_its_networks_input_is_read)
{
    store_round written, read;
    char path[PATH_MAX];

    fixture_round(3, &written);
    written.size = 0;
    memset(written.mean, 0, sizeof written.mean);
    memset(written.std, 0, sizeof written.std);
    ck_assert_int_eq(store_round_commit(folder, &written), BASE_OK);
    ck_assert_int_eq(store_round_path(folder, 3, path, sizeof path), BASE_OK);
    ck_assert_int_eq(store_round_read(path, &read), BASE_OK);
    fixture_round_compare(&written, &read);
    store_round_destroy(&read);
    store_round_destroy(&written);
}
END_TEST

START_TEST(answers_of_people_come_back_with_who_and_when)
{
    store_round written, read;
    char path[PATH_MAX];

    fixture_round(0, &written);
    written.answers = 2;
    written.answer = calloc(2, sizeof *written.answer);
    ck_assert_ptr_nonnull(written.answer);
    written.answer[0] = (store_answer){3, written.pool_label[3], "ann@example.org", "2026-11-25T09:30:00Z"};
    written.answer[1] = (store_answer){20, STORE_LABEL_CANT_TELL, "J\xc3\xb6rg", "2026-11-25T09:31:07.25Z"};
    ck_assert_int_eq(store_round_commit(folder, &written), BASE_OK);
    ck_assert_int_eq(store_round_path(folder, 0, path, sizeof path), BASE_OK);
    ck_assert_int_eq(store_round_read(path, &read), BASE_OK);
    fixture_round_compare(&written, &read);
    ck_assert_uint_eq(read.answers, 2);
    ck_assert_mem_eq(read.answer, written.answer, 2 * sizeof *read.answer);
    store_round_destroy(&read);
    store_round_destroy(&written);
}
END_TEST

START_TEST(round_without_records_comes_back)
{
    store_round written, read;
    char path[PATH_MAX];

    fixture_round(0, &written);
    written.scores = written.queries = written.evaluations = written.epochs = 0;
    written.model_tensors = written.optimizer_tensors = 0;
    written.best_epoch = -1;
    memset(written.validation_confusion, 0, sizeof(int64_t) * FIXTURE_CLASSES * FIXTURE_CLASSES);
    memset(written.test_confusion, 0, sizeof(int64_t) * FIXTURE_CLASSES * FIXTURE_CLASSES);
    written.pool_state[10] = written.pool_state[12] = STORE_POOL_UNLABELLED;
    written.pool_label[10] = written.pool_label[12] = STORE_LABEL_UNKNOWN;
    written.pool_round[10] = written.pool_round[12] = -1;
    written.pool_copies[10] = written.pool_copies[12] = 0;
    for (int i = 0; i < FIXTURE_CLASSES; i++) {
        store_class *c = &written.class_state[i];

        c->quota = c->pool_predicted = c->validation_count = c->test_count = 0;
    }
    ck_assert_int_eq(store_round_commit(folder, &written), BASE_OK);
    ck_assert_int_eq(store_round_path(folder, 0, path, sizeof path), BASE_OK);
    ck_assert_int_eq(store_round_read(path, &read), BASE_OK);
    fixture_round_compare(&written, &read);
    written.model_tensors = 5; /* the fixture's, to be freed */
    written.optimizer_tensors = 4;
    store_round_destroy(&read);
    store_round_destroy(&written);
}
END_TEST

START_TEST(same_round_gives_same_bytes)
{
    char first[BASE_DIGEST_TEXT], second[BASE_DIGEST_TEXT], path[PATH_MAX];

    commit(1, path);
    ck_assert_int_eq(base_file_digest(path, first), BASE_OK);
    ck_assert_int_eq(unlink(path), 0);
    mallopt(M_PERTURB, 0x5a); /* memory that nobody wrote must not reach the file */
    commit(1, path);
    ck_assert_int_eq(base_file_digest(path, second), BASE_OK);
    ck_assert_str_eq(first, second);
}
END_TEST

START_TEST(committing_leaves_no_temporary_file)
{
    char path[PATH_MAX], temporary[PATH_MAX];

    commit(1, path);
    fixture_path(folder, "round-001.h5.tmp", temporary);
    ck_assert(base_file_exists(path));
    ck_assert(!base_file_exists(temporary));
}
END_TEST

START_TEST(failed_commit_leaves_nothing_behind)
{
    char blocker[PATH_MAX], temporary[PATH_MAX];
    store_round round;

    fixture_path(folder, "round-001.h5", blocker);
    ck_assert_int_eq(base_file_make_folder(blocker), BASE_OK); /* a folder cannot be renamed over */
    fixture_round(1, &round);
    ck_assert_int_eq(store_round_commit(folder, &round), BASE_ERR_IO);
    fixture_path(folder, "round-001.h5.tmp", temporary);
    ck_assert(!base_file_exists(temporary));
    ck_assert_int_eq(store_round_commit("/nonexistent", &round), BASE_ERR_IO);
    store_round_destroy(&round);
}
END_TEST

/* A disk that is full after so many bytes, which is where writing, flushing or closing meets it. */
START_TEST(full_disk_is_an_error_that_leaves_nothing_behind)
{
    const struct rlimit full = {(rlim_t)_i * 10000, RLIM_INFINITY},
                        free_again = {RLIM_INFINITY, RLIM_INFINITY};
    char path[PATH_MAX], temporary[PATH_MAX];
    store_round round;

    fixture_round(1, &round);
    fixture_path(folder, "round-001.h5", path);
    fixture_path(folder, "round-001.h5.tmp", temporary);
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &full), 0);
    ck_assert_int_eq(store_round_commit(folder, &round), BASE_ERR_IO);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &free_again), 0);
    ck_assert(!base_file_exists(path));
    ck_assert(!base_file_exists(temporary));
    store_round_destroy(&round);
}
END_TEST

START_TEST(contradicting_round_is_not_committed)
{
    char path[PATH_MAX];
    store_round round;

    fixture_round(1, &round);
    round.class_state[1].labelled++;
    ck_assert_int_eq(store_round_commit(folder, &round), BASE_ERR_INTERNAL);
    fixture_path(folder, "round-001.h5", path);
    ck_assert(!base_file_exists(path));
    store_round_destroy(&round);
}
END_TEST

static void expect_newest(const char *of, int32_t expected)
{
    int32_t newest = -2;

    ck_assert_int_eq(store_round_newest(of, &newest), BASE_OK);
    ck_assert_int_eq(newest, expected);
}

START_TEST(newest_is_the_largest_number)
{
    char path[PATH_MAX];

    expect_newest(folder, -1);
    expect_newest("/nonexistent", -1);
    commit(0, path);
    commit(2, path);
    commit(11, path);
    fixture_path(folder, "round-012.h5.tmp", path);
    write_bytes(path, "half", 4);
    fixture_path(folder, "round-13.h5", path); /* no name that camal gives */
    write_bytes(path, "", 0);
    expect_newest(folder, 11);
}
END_TEST

START_TEST(newest_skips_damaged_rounds)
{
    char path[PATH_MAX], *bytes;
    size_t size;

    commit(0, path);
    commit(2, path);
    commit(1, path);
    ck_assert_int_eq(base_file_read(path, &bytes, &size), BASE_OK);
    fixture_path(folder, "round-003.h5", path); /* whole, but another round */
    write_bytes(path, bytes, size);
    fixture_path(folder, "round-002.h5", path); /* cut off */
    write_bytes(path, bytes, size / 2);
    free(bytes);
    expect_newest(folder, 1);
}
END_TEST

/* A round that cannot be looked at now is not a damaged one. */
START_TEST(newest_is_not_guessed_where_the_system_fails)
{
    char path[PATH_MAX];
    int32_t newest = -2;

    commit(0, path);
    ck_assert_int_eq(store_round_newest(path, &newest), BASE_ERR_IO); /* no folder */
    fixture_path(folder, "round-001.h5", path);
    ck_assert_int_eq(symlink("round-001.h5", path), 0); /* too many levels of symbolic links */
    ck_assert_int_eq(store_round_newest(folder, &newest), BASE_ERR_IO);
    ck_assert_int_eq(newest, -2);
    ck_assert_int_eq(unlink(path), 0);
    expect_newest(folder, 0);
}
END_TEST

START_TEST(truncated_rounds_are_refused)
{
    char path[PATH_MAX], *bytes;
    size_t size, i;
    store_round round;

    commit(1, path);
    ck_assert_int_eq(base_file_read(path, &bytes, &size), BASE_OK);
    for (i = 0; i < 20; i++) {
        base_status status;

        write_bytes(path, bytes, size * i / 20);
        status = store_round_read(path, &round);
        ck_assert_msg(status == BASE_ERR_INPUT, "status %d at %zu/20", status, i);
    }
    free(bytes);
}
END_TEST

/* Each flip is found or changes nothing: free space between objects is nobody's. */
START_TEST(flipped_bits_are_found_or_harmless)
{
    size_t at, found = 0, harmless = 0;
    char path[PATH_MAX];
    store_round original;
    struct stat info;

    fixture_round(1, &original);
    commit(1, path);
    ck_assert_int_eq(stat(path, &info), 0);
    for (at = 0; at < (size_t)info.st_size; at += 97) {
        store_round round;

        fixture_flip(path, at, (int)(at % 8));
        if (store_round_read(path, &round) == BASE_OK) {
            fixture_round_compare(&original, &round);
            store_round_destroy(&round);
            harmless++;
        } else {
            found++;
        }
        fixture_flip(path, at, (int)(at % 8));
    }
    printf("bit flips: %zu found, %zu harmless\n", found, harmless);
    ck_assert_uint_gt(found, 100);
    store_round_destroy(&original);
}
END_TEST

START_TEST(other_files_are_refused)
{
    char path[PATH_MAX];
    store_round round;

    fixture_path(folder, "absent.h5", path);
    ck_assert_int_eq(store_round_read(path, &round), BASE_ERR_NOT_FOUND);
    ck_assert_int_eq(store_round_read(folder, &round), BASE_ERR_INPUT);
    write_bytes(path, "no HDF5", 7);
    ck_assert_int_eq(store_round_read(path, &round), BASE_ERR_INPUT);
    fixture_dataset_write(path, 10, 8);
    ck_assert_int_eq(store_round_read(path, &round), BASE_ERR_INPUT);
}
END_TEST

START_TEST(tensors_of_impossible_shape_are_refused)
{
    const store_tensor bad[] = {{.name = "rank", .rank = 5, .dims = {1, 1, 1, 1}},
                                {.name = "rank", .rank = 0},
                                {.name = "zero", .rank = 2, .dims = {3, 0}},
                                {.name = "negative", .rank = 1, .dims = {-3}},
                                {.name = "huge", .rank = 4, .dims = {1 << 30, 1 << 30, 1 << 30, 1}},
                                {.name = "a/b", .rank = 1, .dims = {1}},
                                {.name = "", .rank = 1, .dims = {1}}};
    store_tensor *list = NULL;
    size_t i;

    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_int_eq(store_tensor_list_create(&bad[i], 1, &list), BASE_ERR_INTERNAL);
        ck_assert_ptr_null(list);
    }
}
END_TEST

START_TEST(destroying_nothing_is_fine)
{
    store_tensor *list = NULL;
    store_round round = {0};

    store_round_destroy(NULL);
    store_round_destroy(&round);
    store_tensor_list_destroy(NULL, 3);
    store_tensor_list_destroy(&list, 3);
    ck_assert_ptr_null(store_tensor_find(NULL, 0, "fc.bias"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("round");
    TCase *tests = tcase_create("round");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, round_comes_back_equal_in_every_field);
    tcase_add_test(tests, round_that_does_not_know_its_networks_input_is_read);
    tcase_add_test(tests, answers_of_people_come_back_with_who_and_when);
    tcase_add_test(tests, round_without_records_comes_back);
    tcase_add_test(tests, same_round_gives_same_bytes);
    tcase_add_test(tests, committing_leaves_no_temporary_file);
    tcase_add_test(tests, failed_commit_leaves_nothing_behind);
    tcase_add_loop_test(tests, full_disk_is_an_error_that_leaves_nothing_behind, 0, 4);
    tcase_add_test(tests, contradicting_round_is_not_committed);
    tcase_add_test(tests, newest_is_the_largest_number);
    tcase_add_test(tests, newest_skips_damaged_rounds);
    tcase_add_test(tests, newest_is_not_guessed_where_the_system_fails);
    tcase_add_test(tests, truncated_rounds_are_refused);
    tcase_add_test(tests, flipped_bits_are_found_or_harmless);
    tcase_add_test(tests, other_files_are_refused);
    tcase_add_test(tests, tensors_of_impossible_shape_are_refused);
    tcase_add_test(tests, destroying_nothing_is_fine);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
