/** How the unit tests end. */
#ifndef UNIT_TEST_H
#define UNIT_TEST_H

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>

/** Run the suite, and free it; the exit code of main(): failure too if there was nothing to run. */
static inline int unit_test_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    bool passed;

    srunner_run_all(runner, CK_NORMAL);
    passed = srunner_ntests_run(runner) > 0 && srunner_ntests_failed(runner) == 0;
    srunner_free(runner);
    return passed ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
