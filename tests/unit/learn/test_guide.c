/* Augmentation by masks and heat maps against a plain reading of what it says. */
#include "base_config.h"
#include "learn_guide.h"
#include "unit_test.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define S       8
#define SAMPLES 5
#define ONE     (3 * S * S)

static store_table table = {.size = S, .classes = 3, .mean = {0.4f, 0.5f, 0.6f}};
static uint8_t image[SAMPLES * ONE], object[SAMPLES * S];
static int64_t sample[SAMPLES] = {3, 5, 8, 9, 12};
static int32_t label[SAMPLES] = {0, 0, 1, 2, 1};
static uint8_t known[SAMPLES] = {1, 1, 1, 1, 0};
static size_t first[] = {0, 2, 3, 4}, lender[] = {0, 1, 2, 3};
static learn_data labelled = {.count = SAMPLES, .size = S, .sample = sample, .image = image};

/* Objects are columns: sample i has columns i to i + 2. */
static int is_object(size_t i, size_t x)
{
    return x >= i && x < i + 3;
}

static learn_guide make(void)
{
    learn_guide guide = learn_guide_none(&labelled, label, &table);
    size_t i, x, y;

    for (i = 0; i < sizeof image; i++)
        image[i] = (uint8_t)(i * 37 % 251);
    memset(object, 0, sizeof object);
    for (i = 0; i < SAMPLES; i++)
        for (y = 0; y < S; y++)
            for (x = 0; x < S; x++)
                if (known[i] && is_object(i, x))
                    object[i * S + y] = (uint8_t)(object[i * S + y] | 0x80 >> x);
    guide.object = object;
    guide.known = known;
    guide.groups = 3;
    guide.first = first;
    guide.lender = lender;
    return guide;
}

/* The mean of a channel over a sample's background, rounded. */
static int background(size_t i, size_t c)
{
    double sum = 0;
    size_t x, y, count = 0;

    for (y = 0; y < S; y++) {
        for (x = 0; x < S; x++) {
            sum += is_object(i, x) ? 0 : image[i * ONE + 3 * (y * S + x) + c];
            count += !is_object(i, x);
        }
    }
    return (int)floor(sum / (double)count + 0.5);
}

/* Pixels of `made` that are not those of sample i before the background of sample j. */
static size_t unlike(const uint8_t *made, size_t i, size_t j)
{
    size_t x, y, c, wrong = 0;

    for (y = 0; y < S; y++) {
        for (x = 0; x < S; x++) {
            for (c = 0; c < 3; c++) {
                size_t at = 3 * (y * S + x) + c;
                int expected = is_object(i, x)   ? image[i * ONE + at]
                               : is_object(j, x) ? background(j, c)
                                                 : image[j * ONE + at];

                wrong += made[at] != expected;
            }
        }
    }
    return wrong;
}

static base_random at(size_t draw)
{
    return base_random_at(4, BASE_RANDOM_TEST, 0, 0, draw);
}

START_TEST(backgrounds_are_those_of_each_class_equally_often)
{
    learn_guide guide = make();
    size_t lent[SAMPLES] = {0}, own = 0, draw, j;
    uint8_t scratch[ONE];

    for (draw = 0; draw < 3000; draw++) {
        base_random random = at(draw);
        const uint8_t *made = learn_guide_apply(&guide, BASE_AUGMENT_OBJECT, &random, 0, scratch);

        if (made == image) {
            own++;
            continue;
        }
        ck_assert_ptr_eq(made, scratch);
        for (j = 0; j < SAMPLES && unlike(made, 0, j) > 0; j++)
            ;
        ck_assert_uint_lt(j, SAMPLES);
        lent[j]++;
    }
    ck_assert(own > 900 && own < 1100); /* its own class: nothing is changed */
    ck_assert(lent[2] > 900 && lent[2] < 1100);
    ck_assert(lent[3] > 900 && lent[3] < 1100);
    ck_assert_uint_eq(own + lent[2] + lent[3], 3000); /* none of its class, none of unknown mask */
}
END_TEST

START_TEST(without_a_mask_or_without_being_asked_nothing_is_changed)
{
    learn_guide guide = make(), none = learn_guide_none(&labelled, label, &table);
    uint8_t scratch[ONE];
    size_t draw;

    for (draw = 0; draw < 50; draw++) {
        base_random random = at(draw);

        ck_assert_ptr_eq(learn_guide_apply(&guide, BASE_AUGMENT_OBJECT, &random, 4, scratch),
                         image + 4 * ONE);
        ck_assert_ptr_eq(learn_guide_apply(&guide, BASE_AUGMENT_ERASE, &random, 1, scratch), image + ONE);
        ck_assert_ptr_eq(learn_guide_apply(&guide, BASE_AUGMENT_MIRROR, &random, 1, scratch), image + ONE);
        ck_assert_ptr_eq(
            learn_guide_apply(&none, BASE_AUGMENT_OBJECT | BASE_AUGMENT_ERASE, &random, 1, scratch),
            image + ONE);
    }
}
END_TEST

START_TEST(what_is_hot_is_erased_half_of_the_times)
{
    /* 2 x 2: sample 0 is hot at the upper left, sample 1 nowhere. */
    float map[SAMPLES * 4] = {4, 1, 1, 0, 0, 0, 0, 0};
    learn_guide guide = make();
    size_t changed = 0, draw, x, y, c, wrong = 0, hot = 0;
    uint8_t scratch[ONE];

    guide.map = map;
    guide.threshold = 0.6;
    ck_assert_int_eq(learn_enlargement_create(2, 2, S, &guide.enlargement), BASE_OK);
    for (draw = 0; draw < 1000; draw++) {
        base_random random = at(draw);
        const uint8_t *made = learn_guide_apply(&guide, BASE_AUGMENT_ERASE, &random, 0, scratch);

        changed += made == scratch;
        random = at(draw);
        ck_assert_ptr_eq(learn_guide_apply(&guide, BASE_AUGMENT_ERASE, &random, 1, scratch), image + ONE);
        if (made == image)
            continue;
        random = at(draw);
        made = learn_guide_apply(&guide, BASE_AUGMENT_ERASE, &random, 0, scratch);
        for (y = 0; y < S; y++) {
            for (x = 0; x < S; x++) {
                /* bilinear between centres 1.5 and 5.5 */
                double fx = fmin(fmax(((double)x - 1.5) / 4, 0), 1),
                       fy = fmin(fmax(((double)y - 1.5) / 4, 0), 1);
                double value = 4 * (1 - fx) * (1 - fy) + fx * (1 - fy) + fy * (1 - fx);
                int covered = value >= 0.6 * 4;

                hot += (size_t)covered;
                for (c = 0; c < 3; c++) {
                    size_t i = 3 * (y * S + x) + c;

                    wrong += made[i] != (covered ? (int)lround(255 * (0.4 + 0.1 * (double)c)) : image[i]);
                }
            }
        }
    }
    ck_assert(changed > 430 && changed < 570);
    ck_assert_uint_gt(hot, 0);
    ck_assert_uint_eq(wrong, 0);
    learn_enlargement_destroy(&guide.enlargement);
}
END_TEST

/* Both at once: covered where it is hot, and another's background elsewhere. */
START_TEST(erasing_comes_after_the_background)
{
    float map[SAMPLES] = {1};
    learn_guide guide = make();
    size_t grey = 0, swapped = 0, draw;
    uint8_t scratch[ONE], other[ONE];

    guide.map = map;
    guide.threshold = 0.5;
    ck_assert_int_eq(learn_enlargement_create(1, 1, S, &guide.enlargement), BASE_OK);
    for (draw = 0; draw < 200; draw++) {
        base_random random = at(draw), again = at(draw);
        const uint8_t *both =
            learn_guide_apply(&guide, BASE_AUGMENT_OBJECT | BASE_AUGMENT_ERASE, &random, 0, scratch);
        const uint8_t *one = learn_guide_apply(&guide, BASE_AUGMENT_OBJECT, &again, 0, other);

        if (both[0] == 102 && both[1] == 128 && both[2] == 153) /* all of it is hot */
            grey++;
        else
            ck_assert_mem_eq(both, one, ONE);
        swapped += one != image;
    }
    ck_assert(grey > 60 && grey < 140);
    ck_assert_uint_gt(swapped, 100);
    learn_enlargement_destroy(&guide.enlargement);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("learn_guide");
    TCase *tests = tcase_create("all");

    tcase_add_test(tests, backgrounds_are_those_of_each_class_equally_often);
    tcase_add_test(tests, without_a_mask_or_without_being_asked_nothing_is_changed);
    tcase_add_test(tests, what_is_hot_is_erased_half_of_the_times);
    tcase_add_test(tests, erasing_comes_after_the_background);
    suite_add_tcase(suite, tests);
    return unit_test_run(suite);
}
