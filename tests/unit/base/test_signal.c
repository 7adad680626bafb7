#include "base_config.h"
#include "base_cpu.h"
#include "base_signal.h"
#include "unit_test.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* To the process, as SLURM and shells send them, and until the thread that listens has had it. */
static bool send(int number)
{
    int i;

    if (kill(getpid(), number) != 0)
        return false;
    for (i = 0; i < 5000 && !base_signal_caught(); i++)
        usleep(1000);
    return base_signal_caught();
}

START_TEST(caught_signals_are_noted_and_do_not_end_the_program)
{
    static const int numbers[] = {SIGUSR1, SIGTERM};
    int i;

    for (i = 0; i < 2; i++) {
        ck_assert_int_eq(base_signal_catch(BASE_SIGNAL_USR1 | BASE_SIGNAL_TERM), BASE_OK);
        ck_assert(!base_signal_caught());
        ck_assert(send(numbers[i]));
        ck_assert(send(numbers[i])); /* again is no different */
    }
    ck_assert_int_eq(base_signal_catch(BASE_SIGNAL_USR1), BASE_OK);
    ck_assert(!base_signal_caught());
}
END_TEST

START_TEST(other_signals_end_the_program_as_ever)
{
    ck_assert_int_eq(base_signal_catch(BASE_SIGNAL_USR1), BASE_OK);
    raise(SIGTERM);
}
END_TEST

START_TEST(processor_has_a_name_and_a_list)
{
    char text[256], small[8];

    base_cpu_text(text, sizeof text);
    ck_assert_ptr_nonnull(strchr(text, '('));
    ck_assert_int_eq(text[strlen(text) - 1], ')');
    base_cpu_text(small, sizeof small);
    ck_assert_uint_eq(strlen(small), sizeof small - 1);
    ck_assert_int_eq(strncmp(text, small, sizeof small - 1), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("signal");
    TCase *tests = tcase_create("signal");

    tcase_add_test(tests, caught_signals_are_noted_and_do_not_end_the_program);
    tcase_add_test_raise_signal(tests, other_signals_end_the_program_as_ever, SIGTERM);
    tcase_add_test(tests, processor_has_a_name_and_a_list);
    suite_add_tcase(suite, tests);
    return unit_test_run(suite);
}
