#include "base_config.h"
#include "learn_augment.h"
#include "nn_input.h"
#include "unit_test.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define S      16
#define FLOATS (3 * S * S)

static store_table table = {.size = S, .mean = {0.4f, 0.5f, 0.6f}, .std = {0.2f, 0.25f, 0.3f}};
static uint8_t image[S * S * 3];

static void setup(void)
{
    size_t i;

    for (i = 0; i < sizeof image; i++)
        image[i] = (uint8_t)(i * 37 % 251);
}

static base_random at(uint64_t item)
{
    return base_random_at(7, BASE_RANDOM_TEST, 0, 0, item);
}

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;

    return (x > y) - (x < y);
}

START_TEST(without_augmentation_it_is_normalisation)
{
    float plain[FLOATS], augmented[FLOATS];
    base_random random = at(0);
    size_t i;

    nn_input_normalise(table.mean, table.std, S * S, image, plain);
    learn_augment(0, &random, &table, image, NULL, augmented, NULL);
    for (i = 0; i < FLOATS; i++)
        ck_assert_float_eq_tol(plain[i], augmented[i], 1e-5f);
    ck_assert_float_eq_tol(plain[0], ((float)image[0] / 255 - table.mean[0]) / table.std[0], 1e-5f);
    ck_assert_float_eq_tol(plain[S * S + 1], ((float)image[4] / 255 - table.mean[1]) / table.std[1], 1e-5f);
}
END_TEST

START_TEST(mirrors_and_turns_only_move_pixels)
{
    float plain[FLOATS], augmented[FLOATS];
    uint64_t item;
    size_t moved = 0;

    nn_input_normalise(table.mean, table.std, S * S, image, plain);
    qsort(plain, S * S, sizeof *plain, compare_floats);
    for (item = 0; item < 64; item++) {
        base_random random = at(item);
        size_t i;

        learn_augment(BASE_AUGMENT_MIRROR | BASE_AUGMENT_TURN, &random, &table, image, NULL, augmented, NULL);
        moved += augmented[0] != ((float)image[0] / 255 - table.mean[0]) / table.std[0];
        qsort(augmented, S * S, sizeof *augmented, compare_floats);
        for (i = 0; i < S * S; i++)
            ck_assert_float_eq_tol(plain[i], augmented[i], 1e-5f);
    }
    ck_assert_uint_gt(moved, 32);
}
END_TEST

START_TEST(all_eight_symmetries_appear)
{
    float augmented[FLOATS], seen[64][2];
    uint64_t item;
    size_t kinds = 0, k;

    for (item = 0; item < 64; item++) {
        base_random random = at(item);
        float key[2];

        learn_augment(BASE_AUGMENT_MIRROR | BASE_AUGMENT_TURN, &random, &table, image, NULL, augmented, NULL);
        key[0] = augmented[0];
        key[1] = augmented[1];
        for (k = 0; k < kinds && memcmp(seen[k], key, sizeof key) != 0; k++)
            ;
        if (k == kinds)
            memcpy(seen[kinds++], key, sizeof key);
    }
    ck_assert_uint_eq(kinds, 8);
}
END_TEST

START_TEST(values_stay_within_the_range_of_pixels)
{
    uint32_t all = BASE_AUGMENT_MIRROR | BASE_AUGMENT_TURN | BASE_AUGMENT_SHIFT | BASE_AUGMENT_LIGHT |
                   BASE_AUGMENT_CUTOUT;
    float augmented[FLOATS];
    uint64_t item;
    size_t i;

    for (item = 0; item < 200; item++) {
        base_random random = at(item);

        learn_augment(all, &random, &table, image, NULL, augmented, NULL);
        for (i = 0; i < FLOATS; i++) {
            size_t c = i / (S * S);
            float pixel = augmented[i] * table.std[c] + table.mean[c];

            ck_assert(pixel > -1e-5f && pixel < 1 + 1e-5f);
        }
    }
}
END_TEST

START_TEST(cut_out_square_has_the_mean)
{
    float augmented[FLOATS];
    uint64_t item;
    size_t cut = 0;

    for (item = 0; item < 100; item++) {
        base_random random = at(item);
        size_t i, zeros = 0;

        learn_augment(BASE_AUGMENT_CUTOUT, &random, &table, image, NULL, augmented, NULL);
        for (i = 0; i < S * S; i++)
            zeros += fabsf(augmented[i]) < 1e-6f && fabsf(augmented[i + S * S]) < 1e-6f;
        cut += zeros >= S / 4 * (S / 4);
    }
    ck_assert(cut > 30 && cut < 70);
}
END_TEST

/* A white object on black: its mask goes where it goes; by nearest pixels, so edges may differ by half. */
START_TEST(mask_goes_with_its_object)
{
    uint8_t picture[S * S * 3] = {0}, mask[S * S / 8] = {0}, moved[S * S];
    uint32_t exact = BASE_AUGMENT_MIRROR | BASE_AUGMENT_TURN, shifted = exact | BASE_AUGMENT_SHIFT;
    float augmented[FLOATS];
    size_t i, covered = 0, edge = 0;
    uint64_t item;

    for (i = 0; i < S * S; i++)
        if (i % S >= 2 && i % S < 9 && i / S >= 5 && i / S < 14 - i % S / 3) {
            memset(picture + 3 * i, 255, 3);
            mask[i / 8] = (uint8_t)(mask[i / 8] | 128 >> i % 8);
        }
    for (item = 0; item < 200; item++) {
        base_random random = at(item);

        learn_augment(item % 2 ? exact : shifted, &random, &table, picture, mask, augmented, moved);
        for (i = 0; i < S * S; i++) {
            float white = augmented[i] * table.std[0] + table.mean[0];

            ck_assert_uint_le(moved[i], 1);
            covered += moved[i];
            if (item % 2)
                ck_assert_float_eq_tol(white, moved[i], 1e-5f);
            else
                edge += fabsf(white - moved[i]) > 0.75f;
        }
    }
    ck_assert_uint_gt(covered, 200 * 30);
    ck_assert_uint_eq(edge, 0);
}
END_TEST

START_TEST(same_numbers_same_picture)
{
    float a[FLOATS], b[FLOATS];
    base_random one = at(3), two = at(3), other = at(4);

    learn_augment(BASE_AUGMENT_SHIFT | BASE_AUGMENT_LIGHT, &one, &table, image, NULL, a, NULL);
    learn_augment(BASE_AUGMENT_SHIFT | BASE_AUGMENT_LIGHT, &two, &table, image, NULL, b, NULL);
    ck_assert_mem_eq(a, b, sizeof a);
    learn_augment(BASE_AUGMENT_SHIFT | BASE_AUGMENT_LIGHT, &other, &table, image, NULL, b, NULL);
    ck_assert_mem_ne(a, b, sizeof a);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("learn_augment");
    TCase *tcase = tcase_create("all");

    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, without_augmentation_it_is_normalisation);
    tcase_add_test(tcase, mirrors_and_turns_only_move_pixels);
    tcase_add_test(tcase, all_eight_symmetries_appear);
    tcase_add_test(tcase, values_stay_within_the_range_of_pixels);
    tcase_add_test(tcase, cut_out_square_has_the_mean);
    tcase_add_test(tcase, mask_goes_with_its_object);
    tcase_add_test(tcase, same_numbers_same_picture);
    suite_add_tcase(suite, tcase);
    return unit_test_run(suite);
}
