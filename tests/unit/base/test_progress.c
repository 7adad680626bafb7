#include "base_log.h"
#include "base_progress.h"
#include "capture.h"
#include "unit_test.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>

static capture captured; /* tests run in processes of their own */

static void no_launcher(void)
{
    unsetenv("OMPI_COMM_WORLD_RANK");
    unsetenv("PMIX_RANK");
    unsetenv("CAMAL_PROGRESS");
    unsetenv("CAMAL_QUIET");
}

START_TEST(a_log_gets_a_line_now_and_then_and_one_at_the_end)
{
    base_progress progress;
    const char *said;
    size_t i;

    no_launcher();
    capture_begin(&captured);
    progress = base_progress_start("round 2 training", "steps", 1000);
    for (i = 1; i <= 100; i++)
        base_progress_update(&progress, i, NULL);
    /* As if time had passed: of 52 minutes the last 4 without a line, then the last 6. */
    progress.started -= 3100;
    progress.last_shown -= 290;
    base_progress_update(&progress, 499, NULL);
    progress.last_shown -= 20;
    base_progress_update(&progress, 500, "loss 0.42");
    base_progress_update(&progress, 501, "loss 0.41");
    base_progress_update(&progress, 1000, NULL);
    base_progress_end(&progress, "accuracy 0.86");
    said = capture_end(&captured);
    ck_assert_int_eq(capture_lines(said), 2);
    ck_assert_ptr_nonnull(
        strstr(said, "test_base_progress: round 2 training: 500/1000 steps (50 %), 0.161/s, 51:40 min left, "
                     "loss 0.42\n"));
    ck_assert_ptr_nonnull(strstr(said,
                                 "test_base_progress: round 2 training: 1000 steps in 51:40 min (0.323/s), "
                                 "accuracy 0.86\n"));
    ck_assert_ptr_null(strchr(said, '\r'));
    ck_assert_ptr_null(strchr(said, '\033'));
}
END_TEST

START_TEST(times_and_unknown_totals_are_readable)
{
    base_progress progress;
    const char *said;

    no_launcher();
    capture_begin(&captured);
    progress = base_progress_start("ingest", "images", 0);
    progress.started -= 3725;
    progress.last_shown -= 3725;
    base_progress_update(&progress, 7450, NULL);
    base_progress_end(&progress, NULL);
    progress = base_progress_start("ingest", "images", 0);
    progress.started -= 185;
    base_progress_end(&progress, NULL);
    said = capture_end(&captured);
    ck_assert_ptr_nonnull(strstr(said, "ingest: 7450 images, 2/s\n"));
    ck_assert_ptr_nonnull(strstr(said, "ingest: 7450 images in 1:02:05 h (2/s)\n"));
    ck_assert_ptr_nonnull(strstr(said, "ingest: 0 images in 3:05 min (0/s)\n"));
}
END_TEST

START_TEST(other_ranks_are_silent)
{
    base_progress progress;

    no_launcher();
    setenv("OMPI_COMM_WORLD_RANK", "1", 1);
    capture_begin(&captured);
    progress = base_progress_start("ingest", "images", 10);
    progress.last_shown -= 100;
    base_progress_update(&progress, 5, NULL);
    base_progress_end(&progress, NULL);
    ck_assert_str_eq(capture_end(&captured), "");
}
END_TEST

START_TEST(quiet_means_silent)
{
    base_progress progress;

    no_launcher();
    setenv("CAMAL_QUIET", "1", 1);
    capture_begin(&captured);
    progress = base_progress_start("ingest", "images", 10);
    progress.last_shown -= 1000;
    base_progress_update(&progress, 5, NULL);
    base_progress_end(&progress, NULL);
    ck_assert_str_eq(capture_end(&captured), "");
}
END_TEST

/* What a terminal of that many columns on standard error is sent by one update and the end. */
static void on_terminal(unsigned short columns, char *text, size_t size)
{
    struct winsize window = {.ws_row = 24, .ws_col = columns};
    int outer = posix_openpt(O_RDWR | O_NOCTTY), inner, kept = dup(STDERR_FILENO);
    base_progress progress;
    size_t used = 0;
    ssize_t got;

    ck_assert_int_ge(outer, 0);
    ck_assert_int_eq(grantpt(outer), 0);
    ck_assert_int_eq(unlockpt(outer), 0);
    inner = open(ptsname(outer), O_RDWR | O_NOCTTY);
    ck_assert_int_ge(inner, 0);
    ck_assert_int_eq(ioctl(inner, TIOCSWINSZ, &window), 0);
    dup2(inner, STDERR_FILENO);
    progress = base_progress_start("ingest", "images", 10);
    progress.started -= 100;
    progress.last_shown -= 1;
    base_progress_update(&progress, 5, NULL);
    base_progress_update(&progress, 6, NULL); /* at once: not shown */
    base_progress_end(&progress, NULL);
    dup2(kept, STDERR_FILENO);
    close(inner);
    while (used < size - 1 && (got = read(outer, text + used, size - 1 - used)) > 0) /* fails at the end */
        used += (size_t)got;
    text[used] = 0;
    close(outer);
    close(kept);
}

START_TEST(a_terminal_gets_a_bar)
{
    char text[4096];

    no_launcher();
    setenv("TERM", "xterm", 1);
    unsetenv("NO_COLOR");
    on_terminal(64, text, sizeof text);
    ck_assert_ptr_nonnull(strstr(text, "\r\033[K"));
    ck_assert_ptr_nonnull(strstr(text,
                                 "ingest [\033[32m######\033[0m......] 5/10 images (50 %), 0.05/s, 1:40 "
                                 "min left"));
    ck_assert_ptr_null(strstr(text, "6/10"));
    ck_assert_ptr_nonnull(strstr(text, "ingest: 6 images in 1:40 min"));
    setenv("NO_COLOR", "1", 1);
    on_terminal(64, text, sizeof text);
    ck_assert_ptr_nonnull(strstr(text, "ingest [######......] 5/10 images"));
    on_terminal(400, text, sizeof text); /* no wider than is of use */
    ck_assert_ptr_nonnull(strstr(text, "[####################....................] 5/10"));
    on_terminal(21, text, sizeof text); /* the figures alone, cut */
    ck_assert_ptr_nonnull(strstr(text, "\r\033[Kingest 5/10 images (\r"));
    setenv("TERM", "dumb", 1);
    on_terminal(64, text, sizeof text);
    ck_assert_ptr_null(strchr(text, '\033'));
    setenv("CAMAL_PROGRESS", "bar", 1);
    on_terminal(64, text, sizeof text);
    ck_assert_ptr_nonnull(strstr(text, "[######......]"));
    setenv("TERM", "xterm", 1);
    setenv("CAMAL_PROGRESS", "lines", 1);
    on_terminal(64, text, sizeof text);
    ck_assert_ptr_null(strchr(text, '\033'));
}
END_TEST

START_TEST(a_message_does_not_stand_behind_a_bar)
{
    const char *said;

    no_launcher();
    setenv("CAMAL_PROGRESS", "bar", 1);
    capture_begin(&captured);
    base_log_warn("a message");
    said = capture_end(&captured);
    ck_assert_str_eq(said, "\r\033[Ktest_base_progress: warning: a message\n");
}
END_TEST

START_TEST(clock_goes_forward)
{
    double before = base_progress_clock();

    usleep(2000);
    ck_assert_double_gt(base_progress_clock(), before + 0.001);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("base_progress");
    TCase *tests = tcase_create("base_progress");

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, a_log_gets_a_line_now_and_then_and_one_at_the_end);
    tcase_add_test(tests, times_and_unknown_totals_are_readable);
    tcase_add_test(tests, other_ranks_are_silent);
    tcase_add_test(tests, quiet_means_silent);
    tcase_add_test(tests, a_terminal_gets_a_bar);
    tcase_add_test(tests, a_message_does_not_stand_behind_a_bar);
    tcase_add_test(tests, clock_goes_forward);
    return unit_test_run(suite);
}
