/** store_make_files FOLDER: the fixture's data set and round, for tests by other programs. */
#include "store_fixture.h"
#include <stdio.h>

static const char *folder;

START_TEST(files_are_written)
{
    char path[PATH_MAX];
    store_round round;

    fixture_path(folder, "dataset.h5", path);
    fixture_dataset_write(path, 200, 64);
    fixture_round(1, &round);
    ck_assert_int_eq(store_round_commit(folder, &round), BASE_OK);
    store_round_destroy(&round);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("files");
    TCase *tests = tcase_create("files");
    SRunner *runner = srunner_create(suite);
    int failed;

    if (argc != 2) {
        fprintf(stderr, "usage: store_make_files FOLDER\n");
        return 2;
    }
    folder = argv[1];
    tcase_add_test(tests, files_are_written);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_SILENT);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
