#include "store_check.h"
#include "store_fixture.h"
#include "store_scores.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROWS 20

static char folder[PATH_MAX], path[PATH_MAX];

static void set_up(void)
{
    fixture_folder_make(folder);
    fixture_path(folder, "scores.h5", path);
}

static void tear_down(void)
{
    fixture_folder_remove(folder);
}

/* Sound scores of every second of 40 samples in four classes, the second of which is not active. */
static void fixture_scores(store_scores *scores)
{
    size_t i;

    ck_assert_int_eq(store_scores_create(FIXTURE_CLASSES, ROWS, scores), BASE_OK);
    strcpy(scores->version, "0.1.0");
    strcpy(scores->network, "resnet8");
    strcpy(scores->layer, "layer2.0");
    memset(scores->round_digest, 'a', BASE_DIGEST_TEXT - 1);
    memset(scores->trained_digest, 'b', BASE_DIGEST_TEXT - 1);
    memset(scores->dataset_digest, 'c', BASE_DIGEST_TEXT - 1);
    scores->round = 3;
    scores->threshold = 0.25;
    scores->size = 64;
    scores->samples = 40;
    scores->config = strdup("run: {seed: 1}\n");
    scores->plan = strdup("scoring batch 32 threads 1 f32 blocked\n");
    for (i = 0; i < 3; i++) {
        scores->mean[i] = 0.4f + 0.01f * (float)i;
        scores->std[i] = 0.2f;
    }
    for (i = 0; i < FIXTURE_CLASSES; i++) {
        snprintf(scores->class_name[i], sizeof scores->class_name[i], "class-%zu", i);
        scores->class_active[i] = i != 1;
    }
    for (i = 0; i < ROWS; i++)
        scores->score[i] = (store_score){.sample = 2 * (int64_t)i,
                                         .predicted = i % 2 ? 0 : 2,
                                         .second = 3,
                                         .confidence = 0.5f + 0.01f * (float)i,
                                         .margin = 0.125f,
                                         .entropy = 1.5f,
                                         .cam_sum = 10 + (float)i,
                                         .cam_activation = 0.75f,
                                         .cam_area = 0.3f,
                                         .cam_entropy = 0.9f,
                                         .cam_overlap = 0.2f,
                                         .cam_agreement = 0.8f,
                                         .cam_empty = i == 7};
}

static size_t differing_rows(const store_scores *a, const store_scores *b)
{
    size_t i, differing = 0;

    for (i = 0; i < ROWS; i++) {
        const store_score *p = &a->score[i], *q = &b->score[i];

        differing += p->sample != q->sample || p->predicted != q->predicted || p->second != q->second ||
                     memcmp(&p->confidence, &q->confidence, 9 * sizeof p->confidence) != 0 ||
                     p->cam_empty != q->cam_empty;
    }
    return differing;
}

START_TEST(what_is_read_is_what_was_written)
{
    store_scores written, read;
    size_t problems = 9;
    char temporary[PATH_MAX + 8];

    fixture_scores(&written);
    ck_assert_int_eq(store_scores_commit(path, &written), BASE_OK);
    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    ck_assert(access(temporary, F_OK) != 0);
    ck_assert_int_eq(store_scores_read(path, &read), BASE_OK);
    ck_assert(read.classes == FIXTURE_CLASSES && read.scores == ROWS && read.round == 3);
    ck_assert(read.size == 64 && read.samples == 40 && read.threshold == 0.25);
    ck_assert(memcmp(read.mean, written.mean, sizeof read.mean) == 0 && read.std[2] == written.std[2]);
    ck_assert_str_eq(read.version, written.version);
    ck_assert_str_eq(read.network, written.network);
    ck_assert_str_eq(read.layer, written.layer);
    ck_assert_str_eq(read.round_digest, written.round_digest);
    ck_assert_str_eq(read.trained_digest, written.trained_digest);
    ck_assert_str_eq(read.dataset_digest, written.dataset_digest);
    ck_assert_str_eq(read.config, written.config);
    ck_assert_str_eq(read.plan, written.plan);
    ck_assert_str_eq(read.class_name[3], "class-3");
    ck_assert(memcmp(read.class_active, written.class_active, FIXTURE_CLASSES) == 0);
    ck_assert_uint_eq(differing_rows(&read, &written), 0);
    ck_assert_int_eq(store_check_file(path, STORE_SCHEMAS, &problems), BASE_OK);
    ck_assert_uint_eq(problems, 0);
    store_scores_destroy(&written);
    store_scores_destroy(&read);
}
END_TEST

/* ---- contents that contradict themselves ---- */

static void row_out_of_order(store_scores *s)
{
    s->score[5].sample = s->score[4].sample;
}

static void row_beyond_the_end(store_scores *s)
{
    s->score[ROWS - 1].sample = 40;
}

static void class_not_active(store_scores *s)
{
    s->score[3].predicted = 1;
}

static void second_no_class(store_scores *s)
{
    s->score[3].second = FIXTURE_CLASSES;
}

static void margin_not_finite(store_scores *s)
{
    s->score[ROWS - 1].margin = NAN;
}

static void empty_neither(store_scores *s)
{
    s->score[0].cam_empty = 2;
}

static void no_active_class(store_scores *s)
{
    memset(s->class_active, 0, FIXTURE_CLASSES);
}

static void class_without_name(store_scores *s)
{
    s->class_name[2][0] = 0;
}

static void no_digest(store_scores *s)
{
    s->round_digest[3] = 'x';
}

static void threshold_of_none(store_scores *s)
{
    s->threshold = 0;
}

static void deviation_of_none(store_scores *s)
{
    s->std[1] = 0;
}

static void more_rows_than_samples(store_scores *s)
{
    s->samples = ROWS - 1;
}

static void no_plan(store_scores *s)
{
    s->plan[0] = 0;
}

static void (*const contradictions[])(store_scores *) = {row_out_of_order,
                                                         row_beyond_the_end,
                                                         class_not_active,
                                                         second_no_class,
                                                         margin_not_finite,
                                                         empty_neither,
                                                         no_active_class,
                                                         class_without_name,
                                                         no_digest,
                                                         threshold_of_none,
                                                         deviation_of_none,
                                                         more_rows_than_samples,
                                                         no_plan};

START_TEST(contradictions_are_counted_and_not_written)
{
    store_scores scores;
    size_t problems = 9;

    fixture_scores(&scores);
    ck_assert_int_eq(store_check_scores(&scores, "scores", &problems), BASE_OK);
    ck_assert_uint_eq(problems, 0);
    contradictions[_i](&scores);
    ck_assert_int_eq(store_check_scores(&scores, "scores", &problems), BASE_ERR_INPUT);
    ck_assert_uint_eq(problems, 1);
    ck_assert_int_eq(store_scores_commit(path, &scores), BASE_ERR_INTERNAL);
    ck_assert(access(path, F_OK) != 0);
    store_scores_destroy(&scores);
}
END_TEST

/* ---- files ---- */

START_TEST(damaged_bits_of_contents_are_found)
{
    store_scores scores, read;
    size_t silent = 0, tried = 0;
    struct stat info;
    off_t at;

    fixture_scores(&scores);
    ck_assert_int_eq(store_scores_commit(path, &scores), BASE_OK);
    ck_assert_int_eq(stat(path, &info), 0);
    for (at = 0; at < info.st_size; at += 401) {
        fixture_flip(path, (size_t)at, (int)(at % 8));
        if (store_scores_read(path, &read) == BASE_OK) {
            silent += differing_rows(&read, &scores) > 0 || read.round != scores.round;
            store_scores_destroy(&read);
        }
        fixture_flip(path, (size_t)at, (int)(at % 8)); /* and back */
        tried++;
    }
    ck_assert_uint_gt(tried, 10);
    ck_assert_uint_eq(silent, 0);
    store_scores_destroy(&scores);
}
END_TEST

START_TEST(other_kinds_and_missing_folders_are_refused)
{
    store_scores scores, read;
    char other[PATH_MAX];

    fixture_scores(&scores);
    fixture_path(folder, "dataset.h5", other);
    fixture_dataset_write(other, 20, 16);
    ck_assert_int_eq(store_scores_read(other, &read), BASE_ERR_INPUT);
    fixture_path(folder, "nowhere/scores.h5", other);
    ck_assert_int_eq(store_scores_commit(other, &scores), BASE_ERR_IO);
    ck_assert_int_eq(store_scores_read(other, &read), BASE_ERR_NOT_FOUND);
    store_scores_destroy(&scores);
    store_scores_destroy(&scores);
    store_scores_destroy(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scores");
    TCase *tests = tcase_create("scores");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, what_is_read_is_what_was_written);
    tcase_add_loop_test(tests, contradictions_are_counted_and_not_written, 0,
                        (int)(sizeof contradictions / sizeof *contradictions));
    tcase_add_test(tests, damaged_bits_of_contents_are_found);
    tcase_add_test(tests, other_kinds_and_missing_folders_are_refused);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
