/* Crops: where they lie, what lies beyond the edge, and how they are resized. */
#include "ingest_crop.h"
#include "ingest_resize.h"
#include "unit_test.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

START_TEST(boxes_are_clipped_to_the_picture_or_refused)
{
    static const struct {
        double box[4];
        ingest_reason reason;
        double clipped[4];
    } cases[] = {
        {{10, 20, 30, 10}, INGEST_USED, {10, 20, 30, 10}},
        {{-10, -5, 30, 10}, INGEST_USED, {0, 0, 20, 5}},
        {{90, 70, 30, 30}, INGEST_USED, {90, 70, 10, 10}},
        {{10, 10, 1, 4}, INGEST_USED, {10, 10, 1, 4}}, /* the longer side counts: cracks are thin */
        {{10, 10, 3.9, 3.9}, INGEST_BOX_TOO_SMALL, {0}},
        {{-20, 10, 23, 3}, INGEST_BOX_TOO_SMALL, {0}}, /* what is left of it */
        {{100, 10, 5, 5}, INGEST_BOX_OUTSIDE, {0}},
        {{10, -50, 5, 5}, INGEST_BOX_OUTSIDE, {0}},
        {{10, 10, 0, 9}, INGEST_BOX_INVALID, {0}},
        {{10, 10, 9, -9}, INGEST_BOX_INVALID, {0}},
        {{10, 10, NAN, 9}, INGEST_BOX_INVALID, {0}},
        {{-INFINITY, 10, INFINITY, 9}, INGEST_BOX_INVALID, {0}},
        {{10, 10, INFINITY, 9}, INGEST_BOX_INVALID, {0}},
    };
    double clipped[4];
    size_t i, c;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_msg(ingest_crop_clip(cases[i].box, 100, 80, 4, clipped) == cases[i].reason, "case %zu", i);
        for (c = 0; c < 4 && cases[i].reason == INGEST_USED; c++)
            ck_assert_double_eq(clipped[c], cases[i].clipped[c]);
    }
}
END_TEST

START_TEST(crops_are_squares_around_the_middle_of_at_least_sixteen_pixels)
{
    static const double wide[4] = {10, 20, 100, 10}, small[4] = {50, 60, 4, 2};
    ingest_crop crop = ingest_crop_around(wide, 1.3);

    ck_assert_int_eq((int)crop.side, 130);
    ck_assert_int_eq((int)crop.x, -5);  /* 60 - 65 */
    ck_assert_int_eq((int)crop.y, -40); /* 25 - 65 */
    crop = ingest_crop_around(small, 1.3);
    ck_assert_int_eq((int)crop.side, 16);
    ck_assert_int_eq((int)crop.x, 44);
    ck_assert_int_eq((int)crop.y, 53);
}
END_TEST

static void make_picture(int32_t width, int32_t height, ingest_picture *picture)
{
    int32_t x, y;

    *picture = (ingest_picture){0};
    picture->width = width;
    picture->height = height;
    picture->rgb = malloc((size_t)width * (size_t)height * 3);
    ck_assert_ptr_nonnull(picture->rgb);
    for (y = 0; y < height; y++)
        for (x = 0; x < width; x++) {
            uint8_t *pixel = picture->rgb + 3 * ((size_t)y * (size_t)width + (size_t)x);

            pixel[0] = (uint8_t)(x * 7 + 3);
            pixel[1] = (uint8_t)(y * 5 + 1);
            pixel[2] = (uint8_t)(x ^ y);
        }
}

static int limit(int64_t value, int32_t count)
{
    return (int)(value < 0 ? 0 : value >= count ? count - 1 : value);
}

START_TEST(beyond_the_edge_the_nearest_pixel_is_repeated)
{
    static const ingest_crop crops[] = {{2, 3, 16}, {-5, -7, 16}, {20, 15, 16}, {-3, 12, 32}, {-8, -8, 64}};
    const ingest_crop *crop = &crops[_i];
    ingest_picture picture;
    uint8_t rgb[64 * 64 * 3];
    int64_t x, y;

    make_picture(30, 20, &picture);
    ck_assert_int_eq(ingest_resize(&picture, crop, (int32_t)crop->side, rgb), BASE_OK); /* no scaling */
    for (y = 0; y < crop->side; y++)
        for (x = 0; x < crop->side; x++)
            ck_assert_mem_eq(rgb + 3 * (y * crop->side + x),
                             picture.rgb + 3 * (limit(crop->y + y, 20) * 30 + limit(crop->x + x, 30)), 3);
    ingest_picture_clear(&picture);
}
END_TEST

START_TEST(shrinking_averages_and_enlarging_interpolates)
{
    ingest_crop crop = {0, 0, 64};
    ingest_picture picture = {0};
    uint8_t rgb[128 * 128 * 3];
    size_t i;

    picture.width = picture.height = 64;
    picture.rgb = malloc(64 * 64 * 3);
    ck_assert_ptr_nonnull(picture.rgb);
    for (i = 0; i < 64 * 64 * 3; i++) /* stripes of one pixel: sampling would find black or white */
        picture.rgb[i] = (i / 3) % 2 ? 255 : 0;
    ck_assert_int_eq(ingest_resize(&picture, &crop, 8, rgb), BASE_OK);
    for (i = 0; i < 8 * 8 * 3; i++)
        if (i / 3 % 8 > 0 && i / 3 % 8 < 7) /* at the crop's edge its last pixel weighs more */
            ck_assert_int_le(abs(rgb[i] - 127), 6);
    for (i = 0; i < 64 * 64 * 3; i++) /* a slope of 2 a pixel */
        picture.rgb[i] = (uint8_t)(2 * (i / 3 % 64));
    ck_assert_int_eq(ingest_resize(&picture, &crop, 128, rgb), BASE_OK);
    for (i = 1; i < 127; i++)
        ck_assert_int_le(abs(rgb[3 * i] - (int)((double)i - 0.5)), 1); /* of 1 a pixel, half a pixel apart */
    ingest_picture_clear(&picture);
}
END_TEST

START_TEST(every_scale_can_be_resized)
{
    ingest_picture picture;
    static uint8_t rgb[100 * 100 * 3];
    ingest_crop crop = {-10, -10, 0};
    int32_t size;

    make_picture(300, 200, &picture);
    for (crop.side = 16; crop.side < 400; crop.side += 1 + crop.side / 11)
        for (size = 1; size <= 100; size += 1 + size / 3)
            ck_assert_int_eq(ingest_resize(&picture, &crop, size, rgb), BASE_OK);
    ingest_picture_clear(&picture);
}
END_TEST

START_TEST(large_crops_stay_in_place)
{
    ingest_crop crop = {-1000, -2000, 4200};
    ingest_picture picture = {.width = 3000, .height = 64};
    uint8_t rgb[16 * 16 * 3];
    size_t i;

    picture.rgb = malloc(3000 * 64 * 3);
    ck_assert_ptr_nonnull(picture.rgb);
    for (i = 0; i < 3000 * 64 * 3; i++)
        picture.rgb[i] = i / 3 % 3000 < 1100 ? 40 : 200;
    ck_assert_int_eq(ingest_resize(&picture, &crop, 16, rgb), BASE_OK);
    for (i = 0; i < 16; i++) { /* the step is 2100 from the crop's left: its middle */
        ck_assert_int_eq(rgb[3 * (7 * 16 + i)], i < 7 ? 40 : i > 8 ? 200 : rgb[3 * (7 * 16 + i)]);
        ck_assert_mem_eq(rgb + 3 * i, rgb + 3 * (15 * 16 + i), 3);
    }
    ck_assert_int_le(abs(rgb[3 * 7] + rgb[3 * 8] - 240), 2);
    ingest_picture_clear(&picture);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ingest_crop");
    TCase *tests = tcase_create("crop");

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, boxes_are_clipped_to_the_picture_or_refused);
    tcase_add_test(tests, crops_are_squares_around_the_middle_of_at_least_sixteen_pixels);
    tcase_add_loop_test(tests, beyond_the_edge_the_nearest_pixel_is_repeated, 0, 5);
    tcase_add_test(tests, shrinking_averages_and_enlarging_interpolates);
    tcase_add_test(tests, every_scale_can_be_resized);
    tcase_add_test(tests, large_crops_stay_in_place);
    suite_add_tcase(suite, tests);
    return unit_test_run(suite);
}
