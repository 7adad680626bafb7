#include "base_nearest.h"
#include "base_options.h"
#include "capture.h"
#include "unit_test.h"
#include <stdlib.h>

static capture captured; /* tests run in processes of their own */

static const struct option known[] = {{"out", required_argument, NULL, 'o'},
                                      {"dataset", required_argument, NULL, 'd'},
                                      {"dtype", required_argument, NULL, 'y'},
                                      {"quiet", no_argument, NULL, 'q'},
                                      {NULL, 0, NULL, 0}};

START_TEST(nearest_is_few_edits_or_another_form)
{
    static const char *const names[] = {"out", "dataset", "threads", "rate"};

    ck_assert_uint_eq(base_nearest_distance("train", "trian"), 1);
    ck_assert_uint_eq(base_nearest_distance("rate", "ratee"), 1);
    ck_assert_uint_eq(base_nearest_distance("", "abc"), 3);
    ck_assert_uint_eq(base_nearest_distance("kitten", "sitting"), 3);
    ck_assert_str_eq(base_nearest("datset", names, 4), "dataset");
    ck_assert_str_eq(base_nearest("thraeds", names, 4), "threads");
    ck_assert_str_eq(base_nearest("output", names, 4), "out");
    ck_assert_str_eq(base_nearest("data", names, 4), "dataset");
    ck_assert_ptr_null(base_nearest("xy", names, 4));
    ck_assert_ptr_null(base_nearest("frobnicate", names, 4));
    ck_assert_ptr_null(base_nearest("", names, 4));
}
END_TEST

static const struct {
    const char *letters, *argument, *said; /* said NULL: taken */
} lines[] = {
    {"o:q", "--out=a", NULL},
    {"o:q", "-oa", NULL},
    {"o:q", "-q", NULL},
    {"o:q", "--data=a", NULL},
    {"o:q", "--output", "unrecognized option '--output'; did you mean --out?; see test_base_options --help"},
    {"o:q", "--datasett=a", "unrecognized option '--datasett'; did you mean --dataset?"},
    {"o:q", "--versoin", "did you mean --version?"},
    {"o:q", "--zebra", "unrecognized option '--zebra'; see test_base_options --help"},
    {"o:q", "--d=a", "option '--d' may mean several"},
    {"o:q", "--out", "option '--out' needs a value"},
    {"o:q", "-o", "option '--out' needs a value"},
    {"o:q", "--out=", "option '--out' needs a value, its own is empty"},
    {"o:q", "--quiet=1", "option '--quiet' takes no value"},
    {"", "-x", "unrecognized option '-x'"},
    {"", "-q", "unrecognized option '-q'"},
};

START_TEST(faults_of_options_are_named)
{
    char program[] = "program", argument[32];
    char *argv[] = {program, argument, NULL};
    const char *said;
    int code;

    unsetenv("OMPI_COMM_WORLD_RANK");
    unsetenv("CAMAL_PROGRESS");
    snprintf(argument, sizeof argument, "%s", lines[_i].argument);
    capture_begin(&captured);
    optind = 1;
    code = base_options_next(2, argv, lines[_i].letters, known);
    said = capture_end(&captured);
    ck_assert_msg((code == '?') == (lines[_i].said != NULL), "%s: %c %s", argument, code, said);
    ck_assert_msg(!lines[_i].said || strstr(said, lines[_i].said), "%s: %s", argument, said);
    ck_assert_int_eq(capture_lines(said), lines[_i].said != NULL);
}
END_TEST

START_TEST(one_rank_complains_for_all)
{
    setenv("OMPI_COMM_WORLD_RANK", "1", 1);
    capture_begin(&captured);
    ck_assert_int_eq(base_options_refuse("no"), BASE_ERR_USAGE);
    ck_assert_str_eq(capture_end(&captured), "");
}
END_TEST

START_TEST(values_are_read_whole_and_in_range)
{
    static const char *const names[] = {"text", "json"};
    const char *said;
    uint64_t whole = 7;
    size_t choice = 7;
    double real = 7;

    unsetenv("OMPI_COMM_WORLD_RANK");
    ck_assert_int_eq(base_options_whole("--seed", "18446744073709551615", 0, UINT64_MAX, &whole), BASE_OK);
    ck_assert_uint_eq(whole, UINT64_MAX);
    ck_assert_int_eq(base_options_real("--context", "1.5", 1, 10, &real), BASE_OK);
    ck_assert_double_eq(real, 1.5);
    ck_assert_int_eq(base_options_choice("--format", "json", names, 2, &choice), BASE_OK);
    ck_assert_uint_eq(choice, 1);
    capture_begin(&captured);
    ck_assert_int_eq(base_options_whole("--seed", "18446744073709551616", 0, UINT64_MAX, &whole),
                     BASE_ERR_USAGE);
    ck_assert_int_eq(base_options_whole("--top", "-1", 1, 10, &whole), BASE_ERR_USAGE);
    ck_assert_int_eq(base_options_whole("--top", "2x", 1, 10, &whole), BASE_ERR_USAGE);
    ck_assert_int_eq(base_options_whole("--top", "", 0, 10, &whole), BASE_ERR_USAGE);
    ck_assert_int_eq(base_options_real("--context", "nan", 1, 10, &real), BASE_ERR_USAGE);
    ck_assert_int_eq(base_options_real("--context", "11", 1, 10, &real), BASE_ERR_USAGE);
    ck_assert_int_eq(base_options_choice("--format", "jsn", names, 2, &choice), BASE_ERR_USAGE);
    said = capture_end(&captured);
    ck_assert_int_eq(capture_lines(said), 7);
    ck_assert_ptr_nonnull(strstr(said, "--top -1: allowed are whole numbers from 1 to 10; see"));
    ck_assert_ptr_nonnull(strstr(said, "--context 11: allowed are numbers from 1 to 10; see"));
    ck_assert_ptr_nonnull(strstr(said, "--format jsn: allowed are text, json; did you mean json?; see"));
    ck_assert(whole == UINT64_MAX && real == 1.5 && choice == 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("base_options");
    TCase *tests = tcase_create("base_options");

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, nearest_is_few_edits_or_another_form);
    tcase_add_loop_test(tests, faults_of_options_are_named, 0, sizeof lines / sizeof *lines);
    tcase_add_test(tests, one_rank_complains_for_all);
    tcase_add_test(tests, values_are_read_whole_and_in_range);
    return unit_test_run(suite);
}
