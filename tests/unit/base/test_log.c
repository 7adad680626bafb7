#include "base_log.h"
#include "base_status.h"
#include "capture.h"
#include "unit_test.h"
#include <errno.h>
#include <stdlib.h>

static capture captured; /* tests run in processes of their own */

static void no_launcher(void)
{
    unsetenv("OMPI_COMM_WORLD_RANK");
    unsetenv("PMIX_RANK");
}

START_TEST(rank_zero_says_everything)
{
    no_launcher();
    capture_begin(&captured);
    base_log_info("one %d", 1);
    base_log_warn("two");
    errno = ENOSPC;
    base_log_error("three: %m");
    ck_assert_str_eq(capture_end(&captured), "test_base_log: one 1\n"
                                             "test_base_log: warning: two\n"
                                             "test_base_log: error: three: No space left on device\n");
    ck_assert_int_eq(base_log_rank(), 0);
}
END_TEST

START_TEST(other_ranks_say_errors_only_and_name_themselves)
{
    no_launcher();
    setenv("OMPI_COMM_WORLD_RANK", "3", 1);
    capture_begin(&captured);
    base_log_info("one");
    base_log_warn("two");
    base_log_error("three");
    ck_assert_str_eq(capture_end(&captured), "test_base_log[3]: error: three\n");
    ck_assert_int_eq(base_log_rank(), 3);
    no_launcher();
    setenv("PMIX_RANK", "2", 1);
    ck_assert_int_eq(base_log_rank(), 2);
    setenv("PMIX_RANK", "two", 1);
    ck_assert_int_eq(base_log_rank(), 0);
}
END_TEST

START_TEST(long_message_is_cut_and_stays_one_line)
{
    static char text[10000];
    const char *said;

    no_launcher();
    memset(text, 'x', sizeof text - 1);
    errno = EDOM;
    capture_begin(&captured);
    base_log_error("%s", text);
    said = capture_end(&captured);
    ck_assert_int_eq(errno, EDOM);
    ck_assert_int_eq(capture_lines(said), 1);
    ck_assert_uint_gt(strlen(said), 1000);
    ck_assert_uint_le(strlen(said), 2048);
    ck_assert_int_eq(said[strlen(said) - 1], '\n');
}
END_TEST

START_TEST(statuses_have_texts_and_exit_codes)
{
    ck_assert_int_eq(base_status_exit_code(BASE_OK), 0);
    ck_assert_int_eq(base_status_exit_code(BASE_ERR_IO), 1);
    ck_assert_int_eq(base_status_exit_code(BASE_ERR_USAGE), 2);
    ck_assert_int_eq(base_status_exit_code(BASE_ERR_NOT_FOUND), 2);
    ck_assert_int_eq(base_status_exit_code(BASE_WAITING), 3);
    ck_assert_int_eq(base_status_exit_code(BASE_INTERRUPTED), 75);
    ck_assert_int_eq(base_status_exit_code((base_status)1000), 1);
    ck_assert_str_eq(base_status_text(BASE_WAITING), "waiting for labels");
    ck_assert_str_eq(base_status_text((base_status)1000), "unknown status");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("base_log");
    TCase *tests = tcase_create("base_log");

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, rank_zero_says_everything);
    tcase_add_test(tests, other_ranks_say_errors_only_and_name_themselves);
    tcase_add_test(tests, long_message_is_cut_and_stays_one_line);
    tcase_add_test(tests, statuses_have_texts_and_exit_codes);
    return unit_test_run(suite);
}
