#include "learn_augment.h"
#include "learn_prefetch.h"
#include "unit_test.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define S       8
#define SAMPLES 20
#define BATCH   8
#define MICRO   2
#define FLOATS  ((size_t)MICRO * 3 * S * S)
#define EPOCHS  3

static store_table table = {.size = S, .mean = {0.4f, 0.5f, 0.6f}, .std = {0.2f, 0.25f, 0.3f}};
static uint8_t image[SAMPLES * S * S * 3], active[2] = {1, 1};
static int64_t sample[SAMPLES];
static int32_t label[SAMPLES], copies[SAMPLES];
static learn_data labelled = {.count = SAMPLES, .size = S, .sample = sample, .image = image};
static base_config config;
static int32_t others[EPOCHS * 5 * 4 * MICRO];
static float shares[EPOCHS * 5 * 4 * MICRO];

static void set_up(void)
{
    size_t i;

    ck_assert_int_eq(base_config_defaults(&config), BASE_OK);
    config.train.batch = BATCH;
    config.train.microbatch = MICRO;
    for (i = 0; i < sizeof image; i++)
        image[i] = (uint8_t)(i * 37 % 251);
    for (i = 0; i < SAMPLES; i++) {
        sample[i] = (int64_t)(3 * i);
        label[i] = (int32_t)(i % 2);
        copies[i] = 1;
    }
}

static void tear_down(void)
{
    base_config_clear(&config);
}

/* Everything of a round for micro-batches [first, first + count) from step `begin` on; to be freed. */
static float *collect(int32_t first, int32_t count, int64_t begin, size_t *batches, int32_t *labels)
{
    learn_sampler sampler;
    learn_prefetch *prefetch = NULL;
    learn_source source = {.config = &config,
                           .table = &table,
                           .round = 2,
                           .labelled = &labelled,
                           .labels = label,
                           .first = first,
                           .count = count,
                           .begin = begin,
                           .sampler = &sampler};
    size_t i;
    float *all;

    ck_assert_int_eq(
        learn_sampler_create(sample, label, copies, SAMPLES, active, 2, BATCH, config.run.seed, 2, &sampler),
        BASE_OK);
    source.end = EPOCHS * learn_sampler_steps(&sampler);
    *batches = (size_t)((source.end - begin) * count);
    all = malloc(*batches * FLOATS * sizeof *all);
    ck_assert_ptr_nonnull(all);
    ck_assert_int_eq(learn_prefetch_create(&source, &prefetch), BASE_OK);
    for (i = 0; i < *batches; i++) {
        learn_batch given;

        if (i % 5 == 0) /* let the thread run ahead as far as it may */
            nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
        given = learn_prefetch_next(prefetch);
        memcpy(all + i * FLOATS, given.input, FLOATS * sizeof *all);
        memcpy(labels + i * MICRO, given.labels, MICRO * sizeof *labels);
        ck_assert((given.mix != NULL) == (config.train.mixup > 0));
        if (!given.mix)
            continue;
        memcpy(others + i * MICRO, given.mix->other, MICRO * sizeof *others);
        memcpy(shares + i * MICRO, given.mix->share, MICRO * sizeof *shares);
    }
    learn_prefetch_destroy(&prefetch);
    ck_assert_ptr_null(prefetch);
    learn_sampler_destroy(&sampler);
    return all;
}

START_TEST(micro_batches_are_those_of_the_sampler_and_the_augmentation)
{
    int32_t labels[EPOCHS * 3 * 4 * MICRO];
    int64_t order[24];
    learn_sampler sampler;
    size_t batches, draw, wrong = 0, one = 3 * S * S, epoch;
    float *all = collect(0, 4, 0, &batches, labels), expected[3 * S * S];

    ck_assert_uint_eq(batches, EPOCHS * 3 * 4);
    ck_assert_int_eq(
        learn_sampler_create(sample, label, copies, SAMPLES, active, 2, BATCH, config.run.seed, 2, &sampler),
        BASE_OK);
    for (epoch = 0; epoch < EPOCHS; epoch++) {
        learn_sampler_epoch(&sampler, (uint32_t)epoch, order);
        for (draw = 0; draw < 24; draw++) {
            base_random random =
                base_random_at(config.run.seed, BASE_RANDOM_AUGMENT, 2, (uint32_t)epoch, draw);
            size_t place = (size_t)order[draw] / 3;

            learn_augment(config.train.augment, &random, &table, image + place * one, NULL, expected, NULL);
            wrong += memcmp(expected, all + (epoch * 24 + draw) * one, sizeof expected) != 0;
            wrong += labels[epoch * 24 + draw] != label[place];
        }
    }
    ck_assert_uint_eq(wrong, 0);
    learn_sampler_destroy(&sampler);
    free(all);
}
END_TEST

/* A batch's masks: where each draw's object is after its augmentation, in parts of the map's positions. */
START_TEST(masks_go_with_their_samples)
{
    static uint8_t object[SAMPLES * S * ((S + 7) / 8)], known[SAMPLES];
    const learn_guide guide = {
        .labelled = &labelled, .labels = label, .table = &table, .object = object, .known = known};
    size_t row = (S + 7) / 8, one = S * row, i, b, unknown = 0;
    learn_source source = {.config = &config,
                           .table = &table,
                           .round = 2,
                           .labelled = &labelled,
                           .labels = label,
                           .guide = &guide,
                           .height = 2,
                           .width = 2,
                           .count = BATCH / MICRO};
    learn_sampler sampler;
    learn_prefetch *prefetch = NULL;
    learn_enlargement e;
    int64_t order[24];
    float whole[4], inside[4];

    for (i = 0; i < SAMPLES; i++) {
        known[i] = i != 2;
        memset(object + i * one + row * (i % S), 0xf0, row); /* part of a row of pixels */
    }
    config.train.in_mask = 0.5;
    ck_assert_int_eq(
        learn_sampler_create(sample, label, copies, SAMPLES, active, 2, BATCH, config.run.seed, 2, &sampler),
        BASE_OK);
    source.sampler = &sampler;
    source.end = learn_sampler_steps(&sampler);
    learn_sampler_epoch(&sampler, 0, order);
    ck_assert_int_eq(learn_enlargement_create(2, 2, S, &e), BASE_OK);
    learn_enlargement_parts(&e, NULL, whole);
    ck_assert_int_eq(learn_prefetch_create(&source, &prefetch), BASE_OK);
    for (i = 0; i < sampler.draws; i += MICRO) {
        learn_batch given = learn_prefetch_next(prefetch);

        ck_assert_ptr_nonnull(given.masks);
        ck_assert_float_eq(given.masks->weight, 0.5f);
        ck_assert_mem_eq(given.masks->whole, whole, sizeof whole);
        for (b = 0; b < MICRO; b++) {
            base_random random = base_random_at(config.run.seed, BASE_RANDOM_AUGMENT, 2, 0, i + b);
            size_t place = (size_t)(order[i + b] & ~LEARN_SAMPLER_COPY) / 3;
            uint8_t moved[S * S];
            float input[3 * S * S];

            ck_assert_uint_eq(given.masks->known[b], known[place]);
            unknown += !known[place];
            if (!known[place])
                continue;
            learn_augment(config.train.augment, &random, &table, image + place * 3 * S * S,
                          object + place * one, input, moved);
            learn_enlargement_parts(&e, moved, inside);
            ck_assert_mem_eq(given.masks->inside + 4 * b, inside, sizeof inside);
        }
    }
    ck_assert_uint_gt(unknown, 0);
    learn_prefetch_destroy(&prefetch);
    learn_enlargement_destroy(&e);
    learn_sampler_destroy(&sampler);
}
END_TEST

/* Mixed inputs and shares follow from those that are not mixed; what is mixed is of the pair's two labels. */
START_TEST(pairs_of_a_micro_batch_are_mixed)
{
    int32_t labels[EPOCHS * 3 * 4 * MICRO], mixed_labels[EPOCHS * 3 * 4 * MICRO];
    size_t batches, i, k, wrong = 0, unequal = 0;
    float *plain = collect(0, 4, 0, &batches, labels), *mixed;

    config.train.mixup = 0.4;
    mixed = collect(0, 4, 0, &batches, mixed_labels);
    ck_assert_mem_eq(labels, mixed_labels, sizeof labels);
    for (i = 0; i < batches; i++) {
        size_t epoch = i / 12, draw = (i - 12 * epoch) * MICRO;
        base_random random =
            base_random_at(config.run.seed, BASE_RANDOM_MIXUP, 2, (uint32_t)epoch, (uint64_t)draw);
        double drawn = base_random_beta(&random, 0.4), part = fmax(drawn, 1 - drawn);
        const float *a = plain + i * FLOATS, *b = a + FLOATS / 2, *m = mixed + i * FLOATS;

        for (k = 0; k < FLOATS / 2; k++) {
            wrong += fabs(m[k] - (part * a[k] + (1 - part) * b[k])) > 1e-5;
            wrong += fabs(m[k + FLOATS / 2] - (part * b[k] + (1 - part) * a[k])) > 1e-5;
        }
        wrong += fabs(shares[i * MICRO] - part) > 1e-6 || shares[i * MICRO + 1] != shares[i * MICRO];
        wrong += others[i * MICRO] != labels[i * MICRO + 1] || others[i * MICRO + 1] != labels[i * MICRO];
        unequal += labels[i * MICRO] != labels[i * MICRO + 1];
    }
    ck_assert_uint_eq(wrong, 0);
    ck_assert_uint_gt(unequal, 5);
    free(plain);
    free(mixed);
}
END_TEST

/* Every sample has two entries: half of the draws are copies, and only they are changed by the copies' list.
 */
START_TEST(copies_have_a_list_of_their_own)
{
    int32_t labels[EPOCHS * 5 * 4 * MICRO];
    int64_t order[40];
    learn_sampler sampler;
    size_t batches, i, wrong = 0, marked = 0, one = 3 * S * S;
    float *all, expected[3 * S * S];

    for (i = 0; i < SAMPLES; i++)
        copies[i] = 2;
    config.train.augment = 0;
    config.train.augment_copies = BASE_AUGMENT_SHIFT;
    all = collect(0, 4, 0, &batches, labels);
    ck_assert_int_eq(
        learn_sampler_create(sample, label, copies, SAMPLES, active, 2, BATCH, config.run.seed, 2, &sampler),
        BASE_OK);
    ck_assert_uint_eq(sampler.draws, 40);
    learn_sampler_epoch(&sampler, 0, order);
    for (i = 0; i < 40; i++) {
        base_random random = base_random_at(config.run.seed, BASE_RANDOM_AUGMENT, 2, 0, i);
        int copy = (order[i] & LEARN_SAMPLER_COPY) != 0;

        learn_augment(copy ? BASE_AUGMENT_SHIFT : 0, &random, &table,
                      image + (size_t)(order[i] & ~LEARN_SAMPLER_COPY) / 3 * one, NULL, expected, NULL);
        wrong += memcmp(expected, all + i * one, sizeof expected) != 0;
        marked += (size_t)copy;
    }
    ck_assert_uint_eq(marked, 20);
    ck_assert_uint_eq(wrong, 0);
    learn_sampler_destroy(&sampler);
    free(all);
}
END_TEST

START_TEST(a_rank_or_a_later_start_sees_its_part_of_the_same_stream)
{
    int32_t labels[EPOCHS * 3 * 4 * MICRO], part_labels[EPOCHS * 3 * 4 * MICRO];
    size_t batches, parts, i, wrong = 0;
    float *all = collect(0, 4, 0, &batches, labels), *part = collect(1, 2, 5, &parts, part_labels);

    ck_assert_uint_eq(parts, 4 * 2);
    for (i = 0; i < parts; i++) {
        size_t whole = (5 + i / 2) * 4 + 1 + i % 2;

        wrong += memcmp(part + i * FLOATS, all + whole * FLOATS, FLOATS * sizeof *all) != 0;
        wrong += memcmp(part_labels + i * MICRO, labels + whole * MICRO, MICRO * sizeof *labels) != 0;
    }
    ck_assert_uint_eq(wrong, 0);
    free(all);
    free(part);
}
END_TEST

/* Stopped before, between and after: it must neither hang nor write into what is gone. */
START_TEST(it_stops_wherever_it_is)
{
    int i, taken;

    for (i = 0; i <= 36; i++) { /* 9 steps of 4 micro-batches */
        learn_sampler sampler;
        learn_prefetch *prefetch = NULL;
        learn_source source = {.config = &config,
                               .table = &table,
                               .labelled = &labelled,
                               .labels = label,
                               .count = 4,
                               .sampler = &sampler,
                               .end = 9};

        ck_assert_int_eq(
            learn_sampler_create(sample, label, copies, SAMPLES, active, 2, BATCH, 1, 0, &sampler), BASE_OK);
        ck_assert_int_eq(learn_prefetch_create(&source, &prefetch), BASE_OK);
        for (taken = 0; taken < i; taken++)
            learn_prefetch_next(prefetch);
        learn_prefetch_destroy(&prefetch);
        learn_sampler_destroy(&sampler);
    }
    learn_prefetch_destroy(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("prefetch");
    TCase *tests = tcase_create("prefetch");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, micro_batches_are_those_of_the_sampler_and_the_augmentation);
    tcase_add_test(tests, masks_go_with_their_samples);
    tcase_add_test(tests, pairs_of_a_micro_batch_are_mixed);
    tcase_add_test(tests, copies_have_a_list_of_their_own);
    tcase_add_test(tests, a_rank_or_a_later_start_sees_its_part_of_the_same_stream);
    tcase_add_test(tests, it_stops_wherever_it_is);
    suite_add_tcase(suite, tests);
    return unit_test_run(suite);
}
