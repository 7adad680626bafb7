#include "camal_picture.h"
#include "unit_test.h"
#include <math.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

static double linear(uint8_t value)
{
    double v = value / 255.0;

    return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

/* CIE L* of an sRGB colour, 0 to 100. */
static double lightness(const uint8_t rgb[3])
{
    double y = 0.2126 * linear(rgb[0]) + 0.7152 * linear(rgb[1]) + 0.0722 * linear(rgb[2]);

    return y > 216.0 / 24389 ? 116 * cbrt(y) - 16 : y * 24389 / 27;
}

START_TEST(lightness_of_the_heat_scale_rises_evenly)
{
    uint8_t scale[256][3];
    double step, first, last, worst = 0;
    int i;

    camal_picture_scale(scale);
    first = lightness(scale[0]);
    last = lightness(scale[255]);
    step = (last - first) / 255;
    for (i = 0; i < 256; i++)
        worst = fmax(worst, fabs(lightness(scale[i]) - first - i * step));
    ck_assert_double_lt(first, 15);
    ck_assert_double_gt(last, 90);
    ck_assert_double_lt(worst, 1);
}
END_TEST

/* A picture of one colour under heat that grows from left to right. */
START_TEST(more_heat_is_lighter_over_any_ground)
{
    static const uint8_t levels[] = {0, 64, 128, 192, 255};
    static const float map[2] = {0, 1};
    double back = 0;
    int r, g, b, x, dark = 0;

    for (r = 0; r < 5; r++) {
        for (g = 0; g < 5; g++) {
            for (b = 0; b < 5; b++) {
                uint8_t ground[3] = {levels[r], levels[g], levels[b]};
                double most = 0;
                camal_picture picture;

                ck_assert_int_eq(camal_picture_create(64, 1, ground, &picture), 0);
                camal_picture_heat(&picture, map, 1, 2, 1);
                for (x = 0; x < 64; x++) {
                    most = fmax(most, lightness(picture.rgb + 3 * x));
                    back = fmax(back, most - lightness(picture.rgb + 3 * x));
                }
                dark += lightness(picture.rgb + 3 * 63) < lightness(picture.rgb) + 20;
                camal_picture_destroy(&picture);
            }
        }
    }
    ck_assert_double_lt(back, 2);
    ck_assert_int_eq(dark, 0);
}
END_TEST

START_TEST(an_empty_map_only_dims)
{
    static const uint8_t white[3] = {255, 255, 255};
    static const float map[4] = {0};
    camal_picture picture;

    ck_assert_int_eq(camal_picture_create(8, 8, white, &picture), 0);
    camal_picture_heat(&picture, map, 2, 2, 0);
    ck_assert_int_lt(picture.rgb[0], 160);
    ck_assert_mem_eq(picture.rgb, picture.rgb + 3 * 63, 3);
    camal_picture_destroy(&picture);
}
END_TEST

START_TEST(enlargement_keeps_flat_ground_and_corners)
{
    uint8_t image[2 * 2 * 3] = {10, 10, 10, 250, 10, 10, 10, 250, 10, 10, 10, 250};
    camal_picture picture;

    ck_assert_int_eq(camal_picture_sample(image, 2, 4, &picture), 0);
    ck_assert_int_eq(picture.width, 8);
    ck_assert_mem_eq(picture.rgb, image, 3);
    ck_assert_mem_eq(picture.rgb + 3 * 7, image + 3, 3);
    ck_assert_mem_eq(picture.rgb + 3 * 63, image + 9, 3);
    ck_assert_int_eq(picture.rgb[3 * 3], 100); /* 3.5 of 8 pixels: 0.375 of the way */
    camal_picture_destroy(&picture);
}
END_TEST

/* The mask is one pixel in the middle of 8 x 8, four times enlarged. */
START_TEST(an_outline_lies_around_the_mask_and_not_on_it)
{
    static const uint8_t gray[3] = {90, 90, 90};
    uint8_t mask[8] = {0, 0, 0, 0x10, 0, 0, 0, 0};
    int x, y, light = 0, dark = 0, touched = 0;
    camal_picture picture;

    ck_assert_int_eq(camal_picture_create(32, 32, gray, &picture), 0);
    camal_picture_outline(&picture, mask, 8, 4);
    for (y = 0; y < 32; y++) {
        for (x = 0; x < 32; x++) {
            uint8_t value = picture.rgb[3 * (y * 32 + x)];

            light += value == 255;
            dark += value == 0;
            touched += value != 90 && x >= 12 && x < 16 && y >= 12 && y < 16;
        }
    }
    ck_assert_int_eq(light, 6 * 6 - 4 * 4);
    ck_assert_int_eq(dark, 8 * 8 - 6 * 6);
    ck_assert_int_eq(touched, 0);
    camal_picture_destroy(&picture);
}
END_TEST

START_TEST(parts_beyond_the_edge_are_cut_off)
{
    static const uint8_t black[3] = {0, 0, 0}, white[3] = {255, 255, 255};
    camal_picture picture, part;
    int i, count = 0;

    ck_assert_int_eq(camal_picture_create(10, 10, black, &picture), 0);
    ck_assert_int_eq(camal_picture_create(6, 6, white, &part), 0);
    camal_picture_paste(&picture, &part, -4, -4);
    camal_picture_paste(&picture, &part, 7, 8);
    camal_picture_paste(&picture, &part, 40, 40);
    camal_picture_paste(&picture, &part, -40, 3);
    camal_picture_fill(&picture, 9, -2, 50, 3, white);
    for (i = 0; i < 100; i++)
        count += picture.rgb[3 * i] == 255;
    ck_assert_int_eq(count, 2 * 2 + 3 * 2 + 1);
    camal_picture_destroy(&part);
    camal_picture_destroy(&picture);
}
END_TEST

START_TEST(a_png_has_the_pixels)
{
    static const uint8_t black[3] = {0, 0, 0};
    png_image image = {.version = PNG_IMAGE_VERSION};
    camal_picture picture;
    uint8_t *bytes, decoded[7 * 5 * 3];
    size_t size, i;

    ck_assert_int_eq(camal_picture_create(7, 5, black, &picture), 0);
    for (i = 0; i < sizeof decoded; i++)
        picture.rgb[i] = (uint8_t)(i * 37);
    ck_assert_int_eq(camal_picture_png(&picture, &bytes, &size), 0);
    ck_assert_int_ne(png_image_begin_read_from_memory(&image, bytes, size), 0);
    image.format = PNG_FORMAT_RGB;
    ck_assert_uint_eq(PNG_IMAGE_SIZE(image), sizeof decoded);
    ck_assert_int_ne(png_image_finish_read(&image, NULL, decoded, 0, NULL), 0);
    ck_assert_mem_eq(decoded, picture.rgb, sizeof decoded);
    free(bytes);
    camal_picture_destroy(&picture);
}
END_TEST

START_TEST(sides_out_of_range_are_refused)
{
    static const uint8_t black[3] = {0, 0, 0};
    camal_picture picture = {0};

    ck_assert_int_ne(camal_picture_create(0, 5, black, &picture), 0);
    ck_assert_int_ne(camal_picture_create(5, CAMAL_PICTURE_SIDE_MAX + 1, black, &picture), 0);
    ck_assert_ptr_null(picture.rgb);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tools_picture");
    TCase *tests = tcase_create("all");

    tcase_add_test(tests, lightness_of_the_heat_scale_rises_evenly);
    tcase_add_test(tests, more_heat_is_lighter_over_any_ground);
    tcase_add_test(tests, an_empty_map_only_dims);
    tcase_add_test(tests, enlargement_keeps_flat_ground_and_corners);
    tcase_add_test(tests, an_outline_lies_around_the_mask_and_not_on_it);
    tcase_add_test(tests, parts_beyond_the_edge_are_cut_off);
    tcase_add_test(tests, a_png_has_the_pixels);
    tcase_add_test(tests, sides_out_of_range_are_refused);
    suite_add_tcase(suite, tests);
    return unit_test_run(suite);
}
