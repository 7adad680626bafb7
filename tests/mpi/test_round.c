/* Rounds on 1, 2, 3 and 4 ranks inside one job: the same bits, interrupted or not, and blind to pool labels.
 */
#include "base_progress.h"
#include "base_random.h"
#include "base_signal.h"
#include "mpi_check.h"
#include "round_folder.h"
#include "round_run.h"
#include "store_diff.h"
#include "store_training.h"
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SIZE    16
#define CLASSES 4
#define SAMPLES 320

static char folder[] = "/tmp/camal-test-round-XXXXXX"; /* rank 0 names it, all use it */

static double rounds_took; /* seconds of the rounds of the first run on this rank */

/* What happens to a run, zero for nothing. */
typedef struct trouble {
    double signal_after; /* seconds from the first round's start to SIGUSR1 */
    int signalled;       /* the rank that it comes to */
    int wrong;           /* 1: the last rank begins with other weights; 2: all begin with one that is NaN */
    const char *checkpoint; /* run.checkpoint, or another setting */
} trouble;

/* A disc whose brightness and place say its class, on noise; the mask is the disc. */
static void draw_sample(int64_t sample, int32_t label, uint8_t *image, uint8_t *mask)
{
    base_random random = base_random_at(5, BASE_RANDOM_TEST, 0, 0, (uint64_t)sample);
    int cx = 4 + 8 * (label & 1), cy = 4 + 8 * (label >> 1), x, y, c;

    memset(mask, 0, SIZE * SIZE / 8);
    for (y = 0; y < SIZE; y++) {
        for (x = 0; x < SIZE; x++) {
            int inside = (x - cx) * (x - cx) + (y - cy) * (y - cy) < 10;

            if (inside)
                mask[(y * SIZE + x) / 8] = (uint8_t)(mask[(y * SIZE + x) / 8] | 1 << (7 - x % 8));
            for (c = 0; c < 3; c++)
                image[3 * (y * SIZE + x) + c] =
                    (uint8_t)(base_random_below(&random, 120) + (inside ? 60 : 0));
        }
    }
}

/* Swap labels and masks between samples of the pool, or leave them. */
static int64_t source_of(int64_t sample, const uint8_t *pool_state)
{
    int64_t other;

    if (!pool_state || pool_state[sample] != STORE_POOL_UNLABELLED)
        return sample;
    for (other = sample + 1; other != sample; other++) {
        other %= SAMPLES;
        if (pool_state[other] == STORE_POOL_UNLABELLED)
            return other;
    }
    return sample;
}

/* Write a data set; with pool_state its pool has foreign labels and masks. Rank 0. */
static base_status write_dataset(const char *path, const uint8_t *pool_state)
{
    size_t chunk = store_chunk_samples(SIZE), chunks = (SAMPLES + chunk - 1) / chunk, c;
    uint8_t *images = calloc(chunk, SIZE * SIZE * 3), *masks = calloc(chunk, SIZE * SIZE / 8);
    uint8_t *ignored = malloc(SIZE * SIZE * 3);
    store_dataset_writer *writer = NULL;
    store_table table;
    int64_t i;
    base_status status = store_table_create(SAMPLES, CLASSES, SAMPLES, &table);

    table.size = SIZE;
    for (i = 0; i < 3; i++) {
        table.mean[i] = 0.25f;
        table.std[i] = 0.15f;
    }
    for (i = 0; i < SAMPLES; i++) {
        table.label[i] = (int32_t)(source_of(i, pool_state) % CLASSES);
        table.split[i] = (uint8_t)(i / CLASSES % 10 < 7   ? STORE_SPLIT_TRAIN
                                   : i / CLASSES % 10 < 9 ? STORE_SPLIT_VALIDATION
                                                          : STORE_SPLIT_TEST);
        table.image_id[i] = table.annotation_id[i] = table.group[i] = i;
        table.bbox[4 * i + 2] = table.bbox[4 * i + 3] = SIZE;
        table.image_info[i] = (store_image_info){i, strdup("a.jpg"), SIZE, SIZE};
    }
    for (i = 0; i < CLASSES; i++)
        table.class_info[i] = (store_class_info){"a", "b", i};
    for (i = 0; i < CLASSES; i++)
        table.class_info[i].name[0] = (char)('a' + i);
    if (status == BASE_OK)
        status = store_dataset_begin(path, SAMPLES, SIZE, &writer);
    for (c = 0; status == BASE_OK && c < chunks; c++) {
        store_packed packed;
        size_t k;

        memset(images, 0, chunk * SIZE * SIZE * 3);
        memset(masks, 0, chunk * SIZE * SIZE / 8);
        for (k = 0; k < chunk && c * chunk + k < SAMPLES; k++) {
            int64_t sample = (int64_t)(c * chunk + k), source = source_of(sample, pool_state);

            draw_sample(source, (int32_t)(source % CLASSES), ignored, masks + k * SIZE * SIZE / 8);
            draw_sample(sample, (int32_t)(sample % CLASSES), images + k * SIZE * SIZE * 3,
                        pool_state ? (uint8_t[SIZE * SIZE / 8]){0} : masks + k * SIZE * SIZE / 8);
        }
        status = store_pack(images, masks, SIZE, &packed);
        if (status == BASE_OK)
            status = store_dataset_append(writer, &packed);
        store_packed_clear(&packed);
    }
    if (status == BASE_OK)
        status = store_dataset_commit(&writer, &table);
    store_table_destroy(&table);
    free(images);
    free(masks);
    free(ignored);
    return status;
}

static base_status configure(base_config *config, const char *dataset, const char *run, int32_t rounds)
{
    char line[PATH_MAX + 32];
    static const char *const settings[] = {
        "data.budget=24",        "data.initial=0.3",      "train.epochs=3",
        "train.batch=32",        "train.microbatch=8",    "train.patience=2",
        "select.quota=cam_need", "exclude.min_classes=2", "train.augment=[mirror, shift, light]",
        "train.mixup=0.2",       "train.in_mask=0.3",     "train.augment_copies=[object, erase]"};
    base_status status = base_config_defaults(config);
    size_t i;

    for (i = 0; status == BASE_OK && i < sizeof settings / sizeof *settings; i++)
        status = base_config_set(config, settings[i]);
    snprintf(line, sizeof line, "data.dataset=%s/%s", folder, dataset);
    if (status == BASE_OK)
        status = base_config_set(config, line);
    snprintf(line, sizeof line, "run.folder=%s/%s", folder, run);
    if (status == BASE_OK)
        status = base_config_set(config, line);
    snprintf(line, sizeof line, "run.rounds=%d", rounds);
    if (status == BASE_OK)
        status = base_config_set(config, line);
    return status == BASE_OK ? base_config_check(config) : status;
}

/* L0 as another run had it, instead of the one drawn by this data set's labels. */
static void take_initial(round_state *state, const store_round *other)
{
    size_t i;

    for (i = 0; i < SAMPLES; i++) {
        int initial = other->pool_round[i] == 0;

        if (state->pool_state[i] == STORE_POOL_OUTSIDE)
            continue;
        state->pool_state[i] = initial ? STORE_POOL_LABELLED : STORE_POOL_UNLABELLED;
        state->pool_round[i] = initial ? 0 : -1;
        state->pool_copies[i] = initial;
        state->pool_label[i] = initial ? other->pool_label[i] : STORE_LABEL_UNKNOWN;
    }
}

/* Do what a mishap does to the weights that a round begins with. */
static void spoil(round_state *state, const comm_world *part, const trouble *mishap)
{
    if (mishap->wrong == 1 && part->rank == part->size - 1)
        state->weights.data[7] += 0x1p-10f;
    if (mishap->wrong == 2)
        state->weights.data[7] = NAN;
}

/* What camal-learn does after the command line, on the first `ranks` ranks, for at most `rounds` more rounds.
 */
static base_status run_with(int ranks, const char *dataset, const char *name, int32_t last, int32_t rounds,
                            const store_round *initial, const trouble *mishap)
{
    static const struct itimerspec never;
    comm_world part = {0}; /* the ranks that run */
    int inside = world.rank < ranks;
    base_status status = BASE_OK;

    MPI_Comm_split(world.comm, inside, world.rank, &part.comm);
    MPI_Comm_rank(part.comm, &part.rank);
    MPI_Comm_size(part.comm, &part.size);
    if (inside) {
        base_config config;
        round_state state = {0};
        round_job job = {0};

        timer_t timer;
        double start;

        status = configure(&config, dataset, name, last);
        if (status == BASE_OK && mishap->checkpoint)
            status = base_config_set(&config, mishap->checkpoint);
        if (status == BASE_OK)
            status = base_signal_catch(config.run.signals);
        if (status == BASE_OK && part.rank == 0)
            status = base_file_make_folder(config.run.folder);
        status = comm_agree(&part, status);
        if (status == BASE_OK)
            status = round_job_open(&part, &config, &job);
        if (status == BASE_OK)
            status = round_state_create(job.table, &job.graph, &state);
        if (status == BASE_OK)
            status = round_folder_resume(&job, &state);
        if (status == BASE_OK && initial)
            take_initial(&state, initial);
        spoil(&state, &part, mishap);
        timer_create(CLOCK_MONOTONIC,
                     &(struct sigevent){.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1}, &timer);
        if (part.rank == mishap->signalled)
            timer_settime(timer, 0,
                          &(struct itimerspec){.it_value.tv_nsec = (long)(mishap->signal_after * 1e9)}, NULL);
        start = base_progress_clock();
        while (status == BASE_OK && state.next <= last && rounds-- > 0)
            status = round_run(&job, &state);
        if (rounds_took == 0)
            rounds_took = base_progress_clock() - start;
        timer_settime(timer, 0, &never, NULL);
        timer_delete(timer);
        round_state_destroy(&state);
        round_job_close(&job);
        base_config_clear(&config);
    }
    MPI_Comm_free(&part.comm);
    return comm_agree(&world, status);
}

static base_status run(int ranks, const char *dataset, const char *name, int32_t last, int32_t rounds,
                       const store_round *initial)
{
    return run_with(ranks, dataset, name, last, rounds, initial, &(trouble){0});
}

/* Arrays that differ in a round of two runs; 0 on ranks other than 0. */
static size_t differences(const char *a, const char *b, int32_t index)
{
    char path[PATH_MAX];
    store_round one, two;
    size_t found = 1000;

    if (world.rank != 0)
        return 0;
    snprintf(path, sizeof path, "%s/%s/round-%03d.h5", folder, a, index);
    if (store_round_read(path, &one) != BASE_OK)
        return found;
    snprintf(path, sizeof path, "%s/%s/round-%03d.h5", folder, b, index);
    if (store_round_read(path, &two) == BASE_OK) {
        found = store_diff_rounds(&one, &two, b, stdout);
        store_round_destroy(&two);
    }
    store_round_destroy(&one);
    return found;
}

/* One result for all ranks, so that a failed check ends every rank. */
static size_t total(size_t mine)
{
    unsigned long long local = mine, sum = 0;

    MPI_Allreduce(&local, &sum, 1, MPI_UNSIGNED_LONG_LONG, MPI_SUM, MPI_COMM_WORLD);
    return (size_t)sum;
}

START_TEST(any_number_of_ranks_gives_the_same_bits)
{
    static const int ranks[] = {2, 3, 4};
    int32_t index;
    size_t i;

    ck_assert_int_eq(run(1, "true.h5", "one", 2, 3, NULL), BASE_OK);
    for (i = 0; i < 3; i++) {
        char name[16];

        snprintf(name, sizeof name, "ranks-%d", ranks[i]);
        ck_assert_int_eq(run(ranks[i], "true.h5", name, 2, 3, NULL), BASE_OK);
        for (index = 0; index <= 2; index++)
            ck_assert_uint_eq(total(differences("one", name, index)), 0);
    }
}
END_TEST

START_TEST(a_run_ended_and_started_again_gives_the_same_bits)
{
    int32_t index;

    ck_assert_int_eq(run(4, "true.h5", "ended", 2, 1, NULL), BASE_OK);
    ck_assert_int_eq(run(2, "true.h5", "ended", 2, 1, NULL), BASE_OK);
    ck_assert_int_eq(run(1, "true.h5", "ended", 2, 1, NULL), BASE_OK);
    for (index = 0; index <= 2; index++)
        ck_assert_uint_eq(total(differences("one", "ended", index)), 0);
}
END_TEST

/* Cut the newest checkpoint of a run in half; 1 if there is one. Rank 0. */
static size_t damage_newest(const char *name)
{
    char run_folder[PATH_MAX], path[PATH_MAX];
    store_training newest;
    struct stat info;
    int file = -1;

    snprintf(run_folder, sizeof run_folder, "%s/%s", folder, name);
    if (world.rank != 0)
        return 0;
    store_training_newest(run_folder, &newest, &file);
    if (file < 0)
        return 0;
    store_training_destroy(&newest);
    return store_training_path(run_folder, file, path, sizeof path) == BASE_OK && stat(path, &info) == 0 &&
           truncate(path, info.st_size / 2) == 0;
}

/* Signals come at moments spread over the run and to one rank or another; each time another number of ranks
 * goes on, once with a damaged newest checkpoint. */
START_TEST(a_run_interrupted_at_any_step_and_gone_on_elsewhere_gives_the_same_bits)
{
    static const int ranks[] = {4, 1, 2, 3};
    base_status status = BASE_INTERRUPTED;
    char name[] = "interrupted", path[PATH_MAX];
    size_t interruptions = 0, damaged = 0;
    int32_t index;
    int i;

    for (i = 0; i < 8 && status == BASE_INTERRUPTED; i++) {
        base_random random = base_random_at(11, BASE_RANDOM_TEST, 0, 0, (uint64_t)i);
        trouble mishap = {.signal_after = rounds_took * (0.03 + 0.12 * base_random_unit(&random)),
                          .signalled = i % 2 ? ranks[i % 4] - 1 : 0,
                          .checkpoint = i % 3 ? "run.checkpoint=0.001" : NULL};

        if (i % 2 && ranks[i % 4] == 3)
            mishap.signalled = 1; /* of three ranks two train */
        if (i == 7)
            mishap.signal_after = 0;
        status = run_with(ranks[i % 4], "true.h5", name, 2, 3, NULL, &mishap);
        interruptions += status == BASE_INTERRUPTED;
        if (interruptions > 1 && damaged == 0)
            damaged = total(damage_newest(name));
    }
    ck_assert_int_eq(status, BASE_OK);
    ck_assert_uint_ge(interruptions, 2);
    ck_assert_uint_eq(damaged, 1);
    for (index = 0; index <= 2; index++)
        ck_assert_uint_eq(total(differences("one", name, index)), 0);
    for (i = 0; i < STORE_TRAINING_FILES; i++) { /* gone with the last round's commit */
        snprintf(path, sizeof path, "%s/%s/training-%c.h5", folder, name, 'a' + i);
        ck_assert(!base_file_exists(path));
    }
}
END_TEST

START_TEST(a_rank_with_other_weights_is_found_out)
{
    static const trouble mishap = {.wrong = 1, .checkpoint = "run.verify=3"};
    char path[PATH_MAX];

    ck_assert_int_eq(run_with(2, "true.h5", "wrong", 2, 1, NULL, &mishap), BASE_ERR_INTERNAL);
    ck_assert_int_eq(run_with(4, "true.h5", "wrong", 2, 1, NULL, &mishap), BASE_ERR_INTERNAL);
    snprintf(path, sizeof path, "%s/wrong/round-000.h5", folder);
    ck_assert(!base_file_exists(path));
}
END_TEST

START_TEST(what_is_not_finite_is_kept_nowhere)
{
    static const trouble mishap = {.wrong = 2, .checkpoint = "run.checkpoint=0.00001"};
    char path[PATH_MAX];

    ck_assert_int_eq(run_with(2, "true.h5", "infinite", 2, 1, NULL, &mishap), BASE_ERR_NUMERIC);
    snprintf(path, sizeof path, "%s/infinite/round-000.h5", folder);
    ck_assert(!base_file_exists(path));
    snprintf(path, sizeof path, "%s/infinite/training-a.h5", folder);
    ck_assert(!base_file_exists(path));
}
END_TEST

/* L0 is drawn by true labels, which the scrambled data set does not have: it is taken from the first run. */
START_TEST(choices_do_not_see_labels_and_masks_of_the_pool)
{
    char path[PATH_MAX];
    store_round first, second;
    size_t i, wrong = 0, answers = 0;

    snprintf(path, sizeof path, "%s/one/round-000.h5", folder);
    ck_assert_int_eq(store_round_read(path, &first), BASE_OK);
    if (world.rank == 0) {
        uint8_t *pool = malloc(SAMPLES);

        for (i = 0; i < SAMPLES; i++) /* as the pool was before round 0's answers */
            pool[i] = first.pool_round[i] > 0 ? STORE_POOL_UNLABELLED : first.pool_state[i];
        snprintf(path, sizeof path, "%s/scrambled.h5", folder);
        wrong = write_dataset(path, pool) != BASE_OK;
        free(pool);
    }
    ck_assert_uint_eq(total(wrong), 0);
    ck_assert_int_eq(run(2, "scrambled.h5", "scrambled", 2, 1, &first), BASE_OK);
    snprintf(path, sizeof path, "%s/scrambled/round-000.h5", folder);
    ck_assert_int_eq(store_round_read(path, &second), BASE_OK);
    ck_assert_uint_eq(first.queries, 24);
    ck_assert_uint_eq(second.queries, first.queries);
    for (i = 0; i < SAMPLES; i++)
        wrong += (first.pool_round[i] == 0) != (second.pool_round[i] == 0);
    ck_assert_uint_eq(wrong, 0);
    for (i = 0; i < first.queries; i++) {
        wrong +=
            first.query[i].sample != second.query[i].sample || first.query[i].score != second.query[i].score;
        answers += first.query[i].answer != second.query[i].answer;
    }
    ck_assert_uint_eq(wrong, 0);
    ck_assert_uint_gt(answers, 12); /* the labels were indeed others */
    store_round_destroy(&first);
    store_round_destroy(&second);
}
END_TEST

static const char *const strategies[] = {
    "random",          "least_confidence", "margin", "entropy", "cam_margin", "power_margin", "cam_overlap",
    "cam_consistency", "class_balanced",   "bald",   "coreset", "badge",      "cam_badge",    "typiclust"};

/* One rank on the true data, three on those whose pool has foreign labels and masks (of the test above). */
START_TEST(every_strategy_chooses_alike_on_any_ranks_and_blindly)
{
    char path[PATH_MAX], setting[64], one[48], other[48];
    trouble choice = {.checkpoint = setting};
    store_round first, second;
    size_t i, wrong = 0;

    snprintf(path, sizeof path, "%s/one/round-000.h5", folder);
    ck_assert_int_eq(store_round_read(path, &first), BASE_OK);
    snprintf(setting, sizeof setting, "select.strategy=%s", strategies[_i]);
    snprintf(one, sizeof one, "true-%s", strategies[_i]);
    snprintf(other, sizeof other, "scrambled-%s", strategies[_i]);
    ck_assert_int_eq(run_with(1, "true.h5", one, 2, 1, NULL, &choice), BASE_OK);
    ck_assert_int_eq(run_with(3, "scrambled.h5", other, 2, 1, &first, &choice), BASE_OK);
    store_round_destroy(&first);
    snprintf(path, sizeof path, "%s/%s/round-000.h5", folder, one);
    ck_assert_int_eq(store_round_read(path, &first), BASE_OK);
    snprintf(path, sizeof path, "%s/%s/round-000.h5", folder, other);
    ck_assert_int_eq(store_round_read(path, &second), BASE_OK);
    ck_assert_uint_eq(first.queries, 24);
    ck_assert_uint_eq(second.queries, 24);
    for (i = 0; i < first.queries; i++)
        wrong += first.query[i].sample != second.query[i].sample ||
                 first.query[i].score != second.query[i].score ||
                 first.query[i].reason != second.query[i].reason;
    ck_assert_uint_eq(wrong, 0);
    store_round_destroy(&first);
    store_round_destroy(&second);
}
END_TEST

static void begin(void)
{
    int rank = world.rank, made = 1;
    char path[PATH_MAX];

    if (rank == 0) {
        made = mkdtemp(folder) != NULL;
        snprintf(path, sizeof path, "%s/true.h5", folder);
        made = made && write_dataset(path, NULL) == BASE_OK;
    }
    MPI_Bcast(&made, 1, MPI_INT, 0, MPI_COMM_WORLD);
    MPI_Bcast(folder, sizeof folder, MPI_CHAR, 0, MPI_COMM_WORLD);
    ck_assert_int_eq(made, 1);
}

static void end(void)
{
    char command[PATH_MAX];

    MPI_Barrier(MPI_COMM_WORLD);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    if (world.rank == 0 && system(command) != 0)
        fprintf(stderr, "%s is left behind\n", folder);
}

int main(int argc, char **argv)
{
    Suite *suite = suite_create("round");
    TCase *tests = tcase_create("round");

    suite_add_tcase(suite, tests);
    tcase_set_timeout(tests, 0);
    tcase_add_unchecked_fixture(tests, begin, end);
    tcase_add_test(tests, any_number_of_ranks_gives_the_same_bits);
    tcase_add_test(tests, a_run_ended_and_started_again_gives_the_same_bits);
    tcase_add_test(tests, a_run_interrupted_at_any_step_and_gone_on_elsewhere_gives_the_same_bits);
    tcase_add_test(tests, a_rank_with_other_weights_is_found_out);
    tcase_add_test(tests, what_is_not_finite_is_kept_nowhere);
    tcase_add_test(tests, choices_do_not_see_labels_and_masks_of_the_pool);
    tcase_add_loop_test(tests, every_strategy_chooses_alike_on_any_ranks_and_blindly, 0,
                        sizeof strategies / sizeof *strategies);
    return mpi_check_main(argc, argv, suite);
}
