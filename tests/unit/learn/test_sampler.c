#include "learn_sampler.h"
#include "unit_test.h"
#include <stdlib.h>
#include <string.h>

#define CLASSES 3

/* Classes of 10, 3 and 1 samples; the last sample enters twice. */
static const int64_t samples[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 20, 21, 22, 40};
static const int32_t labels[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2};
static const int32_t copies[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2};
static const size_t count = sizeof labels / sizeof *labels;

static learn_sampler make(const uint8_t *active, uint64_t seed)
{
    learn_sampler sampler;

    ck_assert_int_eq(
        learn_sampler_create(samples, labels, copies, count, active, CLASSES, 8, seed, 1, &sampler), BASE_OK);
    return sampler;
}

static int32_t label_of(int64_t sample)
{
    size_t i;

    for (i = 0; i < count; i++)
        if (samples[i] == (sample & ~LEARN_SAMPLER_COPY))
            return labels[i];
    return -1;
}

START_TEST(every_class_is_drawn_equally_often)
{
    static const uint8_t active[CLASSES] = {1, 1, 1};
    learn_sampler sampler = make(active, 1);
    int64_t *order = calloc(sampler.draws, sizeof *order);
    size_t epoch, i;

    ck_assert_uint_eq(sampler.draws, 16);
    ck_assert_int_eq(learn_sampler_steps(&sampler), 2);
    for (epoch = 0; epoch < 20; epoch++) {
        size_t drawn[CLASSES] = {0};

        learn_sampler_epoch(&sampler, (uint32_t)epoch, order);
        for (i = 0; i < sampler.draws; i++)
            drawn[label_of(order[i])]++;
        for (i = 0; i < CLASSES; i++)
            ck_assert(drawn[i] == 5 || drawn[i] == 6);
    }
    free(order);
    learn_sampler_destroy(&sampler);
}
END_TEST

START_TEST(entries_of_a_class_are_drawn_equally_often)
{
    static const uint8_t active[CLASSES] = {0, 1, 0};
    learn_sampler sampler = make(active, 1);
    int64_t *order = calloc(sampler.draws, sizeof *order);
    size_t drawn[3] = {0}, i;

    learn_sampler_epoch(&sampler, 0, order);
    for (i = 0; i < sampler.draws; i++) {
        ck_assert_int_eq(label_of(order[i]), 1);
        drawn[order[i] - 20]++;
    }
    for (i = 0; i < 3; i++)
        ck_assert(drawn[i] == 2 || drawn[i] == 3);
    free(order);
    learn_sampler_destroy(&sampler);
}
END_TEST

/* Of the sample that enters twice every other draw is the copy. */
START_TEST(copies_are_marked)
{
    static const uint8_t active[CLASSES] = {0, 0, 1};
    learn_sampler sampler = make(active, 1);
    int64_t order[8];
    size_t marked = 0, i;

    learn_sampler_epoch(&sampler, 0, order);
    for (i = 0; i < 8; i++) {
        ck_assert(order[i] == 40 || order[i] == (40 | LEARN_SAMPLER_COPY));
        marked += order[i] != 40;
    }
    ck_assert_uint_eq(marked, 4);
    learn_sampler_destroy(&sampler);
}
END_TEST

START_TEST(order_is_a_function_of_seed_and_epoch)
{
    static const uint8_t active[CLASSES] = {1, 1, 1};
    learn_sampler one = make(active, 1), two = make(active, 1), other = make(active, 2);
    int64_t a[16], b[16];

    learn_sampler_epoch(&one, 5, a);
    learn_sampler_epoch(&two, 3, b); /* another epoch in between must not matter */
    learn_sampler_epoch(&two, 5, b);
    ck_assert_mem_eq(a, b, sizeof a);
    learn_sampler_epoch(&two, 6, b);
    ck_assert_mem_ne(a, b, sizeof a);
    learn_sampler_epoch(&other, 5, b);
    ck_assert_mem_ne(a, b, sizeof a);
    learn_sampler_destroy(&one);
    learn_sampler_destroy(&two);
    learn_sampler_destroy(&other);
}
END_TEST

START_TEST(nothing_left_to_train_is_an_error)
{
    static const uint8_t active[CLASSES] = {0, 0, 0};
    learn_sampler sampler;

    ck_assert_int_eq(learn_sampler_create(samples, labels, copies, count, active, CLASSES, 8, 1, 1, &sampler),
                     BASE_ERR_INPUT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("learn_sampler");
    TCase *tcase = tcase_create("all");

    tcase_add_test(tcase, every_class_is_drawn_equally_often);
    tcase_add_test(tcase, entries_of_a_class_are_drawn_equally_often);
    tcase_add_test(tcase, copies_are_marked);
    tcase_add_test(tcase, order_is_a_function_of_seed_and_epoch);
    tcase_add_test(tcase, nothing_left_to_train_is_an_error);
    suite_add_tcase(suite, tcase);
    return unit_test_run(suite);
}
