#include "store_check.h"
#include "store_fixture.h"
#include "store_training.h"
#include "unit_test.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[PATH_MAX];

static void set_up(void)
{
    fixture_folder_make(folder);
}

static void tear_down(void)
{
    fixture_folder_remove(folder);
}

/* Take tensors and epochs from a round; `best` as well where asked. */
static void fixture_training(int64_t sequence, bool best, store_training *training)
{
    store_round round, other;
    size_t i;

    fixture_round(2, &round);
    fixture_round(3, &other);
    *training = (store_training){.sequence = sequence,
                                 .round = 2,
                                 .step = 1000,
                                 .ranks = 2,
                                 .threads = 1,
                                 .version = "0.1.0",
                                 .best_epoch = best ? 0 : -1,
                                 .best_accuracy = NAN,
                                 .best_loss = 0.5,
                                 .running_loss = 12.5,
                                 .running_correct = 3.25,
                                 .running_rate = 0.01f};
    memset(training->config_digest, 'c', BASE_DIGEST_TEXT - 1);
    memset(training->dataset_digest, 'd', BASE_DIGEST_TEXT - 1);
    memset(training->parent_digest, 'e', BASE_DIGEST_TEXT - 1);
    memset(training->start_digest, best ? 'f' : 0, BASE_DIGEST_TEXT - 1);
    training->config = strdup("run: {seed: 1}\n");
    training->plan = strdup("conv1 forward jit\n");
    training->model = round.model;
    training->model_tensors = round.model_tensors;
    training->optimizer = round.optimizer;
    training->optimizer_tensors = round.optimizer_tensors;
    if (best) {
        training->best_model = other.model;
        training->best_model_tensors = other.model_tensors;
        training->best_optimizer = other.optimizer;
        training->best_optimizer_tensors = other.optimizer_tensors;
        other.model = other.optimizer = NULL;
        other.model_tensors = other.optimizer_tensors = 0;
    }
    round.model = round.optimizer = NULL;
    round.model_tensors = round.optimizer_tensors = 0;
    training->epochs = 2;
    training->epoch = calloc(2, sizeof *training->epoch);
    for (i = 0; i < 2; i++)
        training->epoch[i] = (store_epoch){(int32_t)i, 400 * (int64_t)(i + 1), 0.1f, 1.5f, 0.5f, NAN, NAN};
    store_round_destroy(&round);
    store_round_destroy(&other);
}

/* Write one and forget it. */
static void write_training(int file, int64_t sequence, bool best)
{
    store_training training;

    fixture_training(sequence, best, &training);
    ck_assert_int_eq(store_training_commit(folder, file, &training), BASE_OK);
    store_training_destroy(&training);
}

static size_t differing_tensors(const store_tensor *a, const store_tensor *b, int32_t count)
{
    size_t differing = 0;
    int32_t i;

    for (i = 0; i < count; i++)
        differing += strcmp(a[i].name, b[i].name) != 0 ||
                     memcmp(a[i].data, b[i].data, store_tensor_count(&a[i]) * sizeof(float)) != 0;
    return differing;
}

START_TEST(what_is_read_is_what_was_written)
{
    bool best = _i;
    store_training written, read;
    char path[PATH_MAX];
    size_t problems = 9;

    fixture_training(7, best, &written);
    ck_assert_int_eq(store_training_commit(folder, 1, &written), BASE_OK);
    ck_assert_int_eq(store_training_path(folder, 1, path, sizeof path), BASE_OK);
    ck_assert_int_eq(store_training_read(path, &read), BASE_OK);
    ck_assert(read.sequence == 7 && read.round == 2 && read.step == 1000 && read.finished == 0);
    ck_assert(read.ranks == 2 && read.threads == 1 && read.best_epoch == written.best_epoch);
    ck_assert(isnan(read.best_accuracy) && read.best_loss == 0.5 && read.running_loss == 12.5);
    ck_assert(read.running_correct == 3.25 && read.running_rate == 0.01f && read.epochs == 2);
    ck_assert_str_eq(read.config, written.config);
    ck_assert_str_eq(read.plan, written.plan);
    ck_assert_str_eq(read.config_digest, written.config_digest);
    ck_assert_str_eq(read.parent_digest, written.parent_digest);
    ck_assert_str_eq(read.start_digest, written.start_digest);
    ck_assert_int_eq(read.model_tensors, 5);
    ck_assert_int_eq(read.best_optimizer_tensors, best ? 4 : 0);
    ck_assert_uint_eq(differing_tensors(read.model, written.model, 5), 0);
    ck_assert_uint_eq(differing_tensors(read.optimizer, written.optimizer, 4), 0);
    ck_assert_uint_eq(differing_tensors(read.best_model, written.best_model, best ? 5 : 0), 0);
    ck_assert(read.epoch[1].epoch == 1 && read.epoch[1].steps == 800 && isnan(read.epoch[1].validation_loss));
    ck_assert_int_eq(store_check_file(path, STORE_SCHEMAS, &problems), BASE_OK);
    ck_assert_uint_eq(problems, 0);
    store_training_destroy(&written);
    store_training_destroy(&read);
}
END_TEST

START_TEST(the_newer_one_is_used_and_a_damaged_one_is_not)
{
    store_training found;
    char path[PATH_MAX];
    struct stat info;
    int file = 5;

    store_training_newest(folder, &found, &file);
    ck_assert_int_eq(file, -1);
    write_training(0, 4, true);
    write_training(1, 3, true);
    store_training_newest(folder, &found, &file);
    ck_assert_int_eq(file, 0);
    ck_assert_int_eq(found.sequence, 4);
    store_training_destroy(&found);
    ck_assert_int_eq(store_training_path(folder, 0, path, sizeof path), BASE_OK);
    ck_assert_int_eq(stat(path, &info), 0);
    ck_assert_int_eq(truncate(path, info.st_size / 2), 0);
    store_training_newest(folder, &found, &file);
    ck_assert_int_eq(file, 1);
    ck_assert_int_eq(found.sequence, 3);
    store_training_destroy(&found);
    ck_assert_int_eq(store_training_remove(folder), BASE_OK);
    store_training_newest(folder, &found, &file);
    ck_assert_int_eq(file, -1);
    ck_assert(!base_file_exists(path));
}
END_TEST

/* Every 97th byte: detected, or harmless because the contents are the same. */
START_TEST(flipped_bits_are_detected)
{
    store_training written, read;
    struct stat info;
    char path[PATH_MAX];
    size_t at, wrong = 0, detected = 0;

    fixture_training(1, false, &written);
    ck_assert_int_eq(store_training_commit(folder, 0, &written), BASE_OK);
    ck_assert_int_eq(store_training_path(folder, 0, path, sizeof path), BASE_OK);
    ck_assert_int_eq(stat(path, &info), 0);
    for (at = 0; at < (size_t)info.st_size; at += 97) {
        fixture_flip(path, at, (int)(at % 8));
        if (store_training_read(path, &read) == BASE_OK) {
            wrong += read.step != written.step || read.running_loss != written.running_loss ||
                     differing_tensors(read.model, written.model, 5) > 0 ||
                     differing_tensors(read.optimizer, written.optimizer, 4) > 0;
            store_training_destroy(&read);
        } else {
            detected++;
        }
        fixture_flip(path, at, (int)(at % 8));
    }
    ck_assert_uint_eq(wrong, 0);
    ck_assert_uint_gt(detected, 10);
    store_training_destroy(&written);
}
END_TEST

static void no_sequence(store_training *t)
{
    t->sequence = 0;
}

static void infinite_velocity(store_training *t)
{
    t->optimizer[1].data[3] = INFINITY;
}

static void epochs_beyond_the_step(store_training *t)
{
    t->step = 799;
}

static void best_epoch_that_is_not_done(store_training *t)
{
    t->best_epoch = 2;
}

static void best_weights_without_a_best_epoch(store_training *t)
{
    t->best_epoch = -1;
}

static void infinite_loss(store_training *t)
{
    t->running_loss = INFINITY;
}

static void parent_of_the_first_round(store_training *t)
{
    t->round = 0;
}

static void (*const faults[])(store_training *) = {no_sequence,
                                                   infinite_velocity,
                                                   epochs_beyond_the_step,
                                                   best_epoch_that_is_not_done,
                                                   best_weights_without_a_best_epoch,
                                                   infinite_loss,
                                                   parent_of_the_first_round};

START_TEST(contradictions_are_found)
{
    store_training training;
    size_t problems = 0;

    fixture_training(1, true, &training);
    ck_assert_int_eq(store_check_training(&training, "made", &problems), BASE_OK);
    ck_assert_uint_eq(problems, 0);
    faults[_i](&training);
    ck_assert_int_eq(store_check_training(&training, "made", &problems), BASE_ERR_INPUT);
    ck_assert_uint_eq(problems, 1);
    store_training_destroy(&training);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("training");
    TCase *tests = tcase_create("training");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, what_is_read_is_what_was_written, 0, 2);
    tcase_add_test(tests, the_newer_one_is_used_and_a_damaged_one_is_not);
    tcase_add_test(tests, flipped_bits_are_detected);
    tcase_add_loop_test(tests, contradictions_are_found, 0, sizeof faults / sizeof *faults);
    suite_add_tcase(suite, tests);
    return unit_test_run(suite);
}
