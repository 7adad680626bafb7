/* Makes the seeds that are HDF5 files, as small as camal's own writers make them.
 *
 * usage: fuzz_make_seeds FOLDER      writes FOLDER/{dataset,round,training}/seed.h5
 */
#include "../unit/store/store_fixture.h"
#include "base_file.h"
#include "store_training.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *folder;

static void make_round(void)
{
    char path[PATH_MAX], seed[PATH_MAX];
    store_round round;

    fixture_round(0, &round);
    ck_assert_int_eq(store_round_commit(folder, &round), BASE_OK);
    fixture_path(folder, "round-000.h5", path);
    fixture_path(folder, "round/seed.h5", seed);
    ck_assert_int_eq(base_file_rename(path, seed), BASE_OK);
    store_round_destroy(&round);
}

static void make_training(void)
{
    char path[PATH_MAX], seed[PATH_MAX];
    store_training training = {
        .sequence = 1, .round = 0, .step = 4, .ranks = 2, .threads = 1, .version = "0.1.0"};
    store_epoch epoch = {.steps = 4, .rate = 0.1f};
    store_round round;

    fixture_round(0, &round);
    memset(training.config_digest, 'c', BASE_DIGEST_TEXT - 1);
    memset(training.dataset_digest, 'd', BASE_DIGEST_TEXT - 1);
    training.config = round.config;
    training.plan = round.plan;
    training.model = training.best_model = round.model;
    training.model_tensors = training.best_model_tensors = round.model_tensors;
    training.optimizer = training.best_optimizer = round.optimizer;
    training.optimizer_tensors = training.best_optimizer_tensors = round.optimizer_tensors;
    training.epochs = 1;
    training.epoch = &epoch;
    ck_assert_int_eq(store_training_commit(folder, 0, &training), BASE_OK);
    fixture_path(folder, "training-a.h5", path);
    fixture_path(folder, "training/seed.h5", seed);
    ck_assert_int_eq(base_file_rename(path, seed), BASE_OK);
    store_round_destroy(&round); /* the checkpoint has only borrowed */
}

START_TEST(seeds) /* the fixtures are made for tests and need one around them */
{
    char path[PATH_MAX];

    fixture_path(folder, "dataset/seed.h5", path);
    fixture_dataset_write(path, 12, 4);
    make_round();
    make_training();
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("seeds");
    TCase *tests = tcase_create("seeds");
    SRunner *runner;
    int failed;

    if (argc != 2) {
        fputs("usage: fuzz_make_seeds FOLDER\n", stderr);
        return 2;
    }
    folder = argv[1];
    tcase_add_test(tests, seeds);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
