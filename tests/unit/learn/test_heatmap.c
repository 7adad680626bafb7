#include "learn_heatmap.h"
#include "store_dataset.h"
#include "unit_test.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

START_TEST(figures_of_a_known_map)
{
    static const float map[4] = {4, 2, 1, 1};
    store_score score = {0};
    double entropy = 0.5 * log(2) + 0.25 * log(4) + 2 * 0.125 * log(8);

    learn_heatmap_describe(map, 4, 0.5, &score);
    ck_assert_float_eq_tol(score.cam_sum, 8, 1e-6f);
    ck_assert_float_eq_tol(score.cam_activation, 6.0f / 8, 1e-6f);
    ck_assert_float_eq_tol(score.cam_area, 0.5f, 1e-6f);
    ck_assert_float_eq_tol(score.cam_entropy, (float)(entropy / log(4)), 1e-6f);
    ck_assert_uint_eq(score.cam_empty, 0);
}
END_TEST

START_TEST(an_empty_map_is_counted_not_divided_by)
{
    static const float map[4] = {0, 0, 0, 0};
    store_score score = {.cam_activation = 9, .cam_area = 9, .cam_entropy = 9};

    learn_heatmap_describe(map, 4, 0.5, &score);
    ck_assert_uint_eq(score.cam_empty, 1);
    ck_assert_float_eq(score.cam_activation, 0);
    ck_assert_float_eq(score.cam_area, 0);
    ck_assert_float_eq(score.cam_entropy, 0);
    ck_assert_float_eq(learn_heatmap_overlap(map, map, 2, 2, 0), 0);
}
END_TEST

START_TEST(overlap_ignores_scale_and_sees_mirrors)
{
    static const float a[6] = {1, 2, 3, 0, 0, 4}, twice[6] = {2, 4, 6, 0, 0, 8},
                       flipped[6] = {3, 2, 1, 4, 0, 0};
    static const float left[2] = {1, 0}, right[2] = {0, 1}, half[2] = {1, 1};

    ck_assert_float_eq_tol(learn_heatmap_overlap(a, twice, 2, 3, 0), 1, 1e-6f);
    ck_assert_float_eq_tol(learn_heatmap_overlap(a, flipped, 2, 3, 1), 1, 1e-6f);
    ck_assert_float_lt(learn_heatmap_overlap(a, flipped, 2, 3, 0), 0.9f);
    ck_assert_float_eq(learn_heatmap_overlap(left, right, 1, 2, 0), 0);
    ck_assert_float_eq_tol(learn_heatmap_overlap(left, half, 1, 2, 0), 0.5f / 1.5f, 1e-6f);
}
END_TEST

START_TEST(enlargement_is_bilinear_with_half_pixel_centres)
{
    /* 2 -> 4 positions: shares 0, 1/4, 3/4, 1 between the two (PyTorch interpolate, align_corners=False). */
    learn_enlargement e;
    static const float expected[4] = {0, 0.25f, 0.75f, 1};
    int i;

    ck_assert_int_eq(learn_enlargement_create(2, 2, 4, &e), BASE_OK);
    for (i = 0; i < 4; i++)
        ck_assert_float_eq_tol((float)e.row[i] + e.row_share[i], expected[i], 1e-6f);
    learn_enlargement_destroy(&e);
}
END_TEST

/* For any map, its positions times their parts are the sum of the enlarged map. */
START_TEST(parts_add_up_to_what_pixels_of_the_enlarged_map_do)
{
    static const float map[6] = {4, 0, 2.5f, 1, 7, 0.25f};
    enum { SIDE = 11 };
    uint8_t pixels[SIDE * SIDE];
    float parts[2][6];
    double sum[2] = {0, 0}, added[2] = {0, 0};
    learn_enlargement e;
    int32_t i;

    ck_assert_int_eq(learn_enlargement_create(2, 3, SIDE, &e), BASE_OK);
    for (i = 0; i < SIDE * SIDE; i++) {
        float value = learn_enlargement_at(&e, map, i / SIDE, i % SIDE);

        pixels[i] = i * 7 % 5 < 2;
        sum[0] += (double)value;
        sum[1] += pixels[i] ? (double)value : 0;
    }
    learn_enlargement_parts(&e, NULL, parts[0]);
    learn_enlargement_parts(&e, pixels, parts[1]);
    for (i = 0; i < 6; i++) {
        added[0] += (double)map[i] * (double)parts[0][i];
        added[1] += (double)map[i] * (double)parts[1][i];
    }
    ck_assert_double_eq_tol(added[0], sum[0], 1e-4);
    ck_assert_double_eq_tol(added[1], sum[1], 1e-4);
    learn_enlargement_destroy(&e);
}
END_TEST

START_TEST(energy_hit_and_iou_against_a_mask)
{
    /* A constant map over a mask of a quarter of the picture. */
    static const float flat[4] = {2, 2, 2, 2}, corner[4] = {1, 0, 0, 0};
    uint8_t mask[8] = {0xf0, 0xf0, 0xf0, 0xf0, 0, 0, 0, 0};
    store_evaluation record = {0};
    learn_enlargement e;

    ck_assert_int_eq(learn_enlargement_create(2, 2, 8, &e), BASE_OK);
    learn_heatmap_judge(&e, flat, mask, NULL, &record);
    ck_assert_float_eq_tol(record.energy, 0.25f, 1e-6f);
    ck_assert_float_eq_tol(record.attention_iou, 0.25f, 1e-6f);
    ck_assert_uint_eq(record.hit, 1);
    learn_heatmap_judge(&e, corner, mask, NULL, &record);
    ck_assert_float_gt(record.energy, 0.7f);
    ck_assert_uint_eq(record.hit, 1);
    memset(mask, 0, sizeof mask);
    mask[7] = 1;
    learn_heatmap_judge(&e, corner, mask, NULL, &record);
    ck_assert_float_eq_tol(record.energy, 0, 1e-6f);
    ck_assert_uint_eq(record.hit, 0);
    learn_enlargement_destroy(&e);
}
END_TEST

START_TEST(energy_on_a_twin_is_neither_right_nor_wrong)
{
    static const float flat[4] = {2, 2, 2, 2};
    uint8_t mask[8] = {0xf0, 0xf0, 0xf0, 0xf0, 0, 0, 0, 0}, twins[8] = {0x0f, 0x0f, 0x0f, 0x0f, 0, 0, 0, 0};
    store_evaluation record = {0};
    learn_enlargement e;

    ck_assert_int_eq(learn_enlargement_create(2, 2, 8, &e), BASE_OK);
    learn_heatmap_judge(&e, flat, mask, twins, &record);
    ck_assert_float_eq_tol(record.energy, 1.0f / 3, 1e-6f); /* a quarter of three quarters */
    memset(mask, 0, sizeof mask);
    memset(twins, 0xff, sizeof twins);
    learn_heatmap_judge(&e, flat, mask, twins, &record);
    ck_assert_float_eq(record.energy, 0);
    ck_assert_uint_eq(record.cam_empty, 0);
    learn_enlargement_destroy(&e);
}
END_TEST

START_TEST(an_empty_map_has_no_energy)
{
    static const float map[1] = {0};
    uint8_t mask[8];
    store_evaluation record = {.energy = 5, .hit = 1};
    learn_enlargement e;

    memset(mask, 0xff, sizeof mask);
    ck_assert_int_eq(learn_enlargement_create(1, 1, 8, &e), BASE_OK);
    learn_heatmap_judge(&e, map, mask, NULL, &record);
    ck_assert_uint_eq(record.cam_empty, 1);
    ck_assert_float_eq(record.energy, 0);
    ck_assert_uint_eq(record.hit, 0);
    learn_enlargement_destroy(&e);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("learn_heatmap");
    TCase *tcase = tcase_create("all");

    tcase_add_test(tcase, figures_of_a_known_map);
    tcase_add_test(tcase, an_empty_map_is_counted_not_divided_by);
    tcase_add_test(tcase, overlap_ignores_scale_and_sees_mirrors);
    tcase_add_test(tcase, enlargement_is_bilinear_with_half_pixel_centres);
    tcase_add_test(tcase, parts_add_up_to_what_pixels_of_the_enlarged_map_do);
    tcase_add_test(tcase, energy_hit_and_iou_against_a_mask);
    tcase_add_test(tcase, energy_on_a_twin_is_neither_right_nor_wrong);
    tcase_add_test(tcase, an_empty_map_has_no_energy);
    suite_add_tcase(suite, tcase);
    return unit_test_run(suite);
}
