/* Segmentations and masks. Areas and pixels of real files: tests/reference/coco_masks.py. */
#include "base_random.h"
#include "ingest_mask.h"
#include "unit_test.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void parse(const char *text, ingest_segmentation *segmentation)
{
    ck_assert_int_eq(ingest_segmentation_parse(text, strlen(text), segmentation), BASE_OK);
}

/* The mask as text, row by row, rows ended by '/'. */
static void draw(const ingest_mask *mask, char *text)
{
    size_t i, at = 0, j, stride = (size_t)mask->width + 1, tall = (size_t)mask->height;

    for (i = 0; i < mask->count; i++)
        for (j = 0; j < mask->runs[i]; j++, at++)
            text[at % tall * stride + at / tall] = i & 1 ? '#' : '.';
    ck_assert_uint_eq(at, tall * (size_t)mask->width);
    for (i = 0; i < tall; i++)
        text[i * stride + stride - 1] = '/';
    text[tall * stride] = 0;
}

static void expect_mask(const char *segmentation_text, int32_t width, int32_t height,
                        ingest_mask_source source, const char *expected)
{
    static const double box[4] = {1, 1, 1, 1};
    ingest_segmentation segmentation;
    ingest_mask_source found;
    ingest_mask mask;
    char text[512];
    bool valid;

    parse(segmentation_text, &segmentation);
    ck_assert_int_eq(ingest_mask_make(&segmentation, box, width, height, &mask, &found, &valid), BASE_OK);
    ck_assert_msg(valid == (expected != NULL), "%s", segmentation_text);
    if (valid) {
        draw(&mask, text);
        ck_assert_str_eq(text, expected);
        ck_assert_int_eq(found, source);
        ingest_mask_clear(&mask);
    }
    ingest_segmentation_clear(&segmentation);
}

START_TEST(polygons_cover_the_pixels_whose_middle_they_hold)
{
    expect_mask("[[1, 1, 3, 1, 3, 3, 1, 3]]", 4, 4, INGEST_MASK_POLYGONS, "..../.##./.##./..../");
    expect_mask("[1, 1, 3, 1, 3, 3, 1, 3]", 4, 4, INGEST_MASK_POLYGONS,
                "..../.##./.##./..../"); /* not nested */
    expect_mask("[[1, 3, 3, 3, 3, 1, 1, 1]]", 4, 4, INGEST_MASK_POLYGONS,
                "..../.##./.##./..../"); /* other way */
    expect_mask("[[0, 0, 4, 0, 0, 4]]", 4, 4, INGEST_MASK_POLYGONS,
                "###./##../#.../..../"); /* not on the edge */
    /* past the picture's edges */
    expect_mask("[[-2, -2, 2, -2, 2, 2, -2, 2]]", 4, 4, INGEST_MASK_POLYGONS, "##../##../..../..../");
    expect_mask("[[2, 2, 8, 2, 8, 8, 2, 8]]", 4, 4, INGEST_MASK_POLYGONS, "..../..../..##/..##/");
}
END_TEST

START_TEST(parts_are_united_and_crossing_edges_leave_holes)
{
    expect_mask("[[0, 0, 2, 0, 2, 2, 0, 2], [1, 1, 4, 1, 4, 3, 1, 3]]", 4, 4, INGEST_MASK_POLYGONS,
                "##../####/.###/..../");
    expect_mask("[[0, 0, 4, 0, 4, 4, 0, 4, 0, 0, 1, 1, 3, 1, 3, 3, 1, 3, 1, 1]]", 4, 4, INGEST_MASK_POLYGONS,
                "####/#..#/#..#/####/");
    expect_mask("[[0, 0, 2, 0, 2, 2, 0, 2], [3, 3]]", 4, 4, INGEST_MASK_POLYGONS, "##../##../..../..../");
}
END_TEST

START_TEST(what_covers_nothing_falls_back_to_the_box)
{
    expect_mask("[]", 4, 4, INGEST_MASK_BOX, "..../.#../..../..../");
    expect_mask("[[]]", 4, 4, INGEST_MASK_BOX, "..../.#../..../..../");
    expect_mask("[[0, 0, 3, 3]]", 4, 4, INGEST_MASK_BOX, "..../.#../..../..../"); /* two points */
    expect_mask("[[1, 1, 1, 1, 1, 1]]", 4, 4, INGEST_MASK_BOX, "..../.#../..../..../");
    expect_mask("{\"size\": [4, 4], \"counts\": [16]}", 4, 4, INGEST_MASK_BOX, "..../.#../..../..../");
}
END_TEST

START_TEST(runs_go_down_the_columns_in_both_forms)
{
    expect_mask("{\"size\": [3, 4], \"counts\": [1, 2, 3, 6]}", 4, 3, INGEST_MASK_RUNS, "..##/#.##/#.##/");
    expect_mask("{\"counts\": [0, 2, 0, 1, 9], \"size\": [3, 4]}", 4, 3, INGEST_MASK_RUNS, "#.../#.../#.../");
    /* 1 2 3 6: characters 48 + value; the fourth is the difference 6 - 2 */
    expect_mask("{\"size\": [3, 4], \"counts\": \"1234\"}", 4, 3, INGEST_MASK_RUNS, "..##/#.##/#.##/");
    /* 4 3 2 1 2: the fourth 1 - 3 = -2 is group 30 (N), the fifth 2 - 2 = 0 */
    expect_mask("{\"size\": [3, 4], \"counts\": \"432N0\"}", 4, 3, INGEST_MASK_RUNS, "..##/.#../.#../");
}
END_TEST

START_TEST(contradictions_are_invalid)
{
    static const char *const texts[] = {
        "{\"size\": [3, 4], \"counts\": [1, 2, 3, 5]}",     /* sum too small */
        "{\"size\": [3, 4], \"counts\": [1, 2, 3, 7]}",     /* too large */
        "{\"size\": [4, 3], \"counts\": [12]}",             /* another picture */
        "{\"size\": [3, 4], \"counts\": [4294967295, 13]}", /* 32 bits would wrap */
        "{\"size\": [3, 4], \"counts\": [-1, 13]}",
        "{\"size\": [3, 4], \"counts\": [0.5, 11.5]}",
        "{\"size\": [3, 4], \"counts\": [[12]]}",
        "{\"size\": [3, 4], \"counts\": \"1~\"}",            /* no such character */
        "{\"size\": [3, 4], \"counts\": \"o\"}",             /* ends within a number */
        "{\"size\": [3, 4], \"counts\": \"oooooooooooo0\"}", /* too long a number */
        "{\"size\": [3, 4], \"counts\": \"00N0\"}",          /* a negative run */
        "{\"size\": [3], \"counts\": [12]}",
        "{\"size\": [3, 4]}",
        "{\"counts\": [12]}",
        "[[1, 2, 3]]", /* half a point */
        "[[1, 1, 3, 1, 3, null]]",
        "[[[1, 1, 3, 1, 3, 3]]]",
        "[{\"size\": [3, 4], \"counts\": [12]}]",
        "[[1, 1, 3e5, 1, 3, 3]]", /* far outside */
        "[[1, 1, 1e999, 1, 3, 3]]",
        "[\"a\"]",
        "true",
        "{",
    };
    size_t i;

    for (i = 0; i < sizeof texts / sizeof *texts; i++)
        expect_mask(texts[i], 4, 3, INGEST_MASK_RUNS, NULL);
}
END_TEST

START_TEST(boxes_are_rounded_and_never_empty)
{
    static const struct {
        double box[4];
        const char *expected;
    } cases[] = {
        {{1, 0, 2, 2}, ".##./.##./..../"},         {{0.6, 0.4, 1.5, 1.2}, ".#../.#../..../"},
        {{3.9, 2.9, 0.1, 0.1}, "..../..../...#/"}, {{-5, -5, 30, 30}, "####/####/####/"},
        {{1.1, 1.1, 0.1, 0.1}, "..../.#../..../"},
    };
    ingest_mask mask;
    char text[64];
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_int_eq(ingest_mask_box(cases[i].box, 4, 3, &mask), BASE_OK);
        draw(&mask, text);
        ck_assert_str_eq(text, cases[i].expected);
        ingest_mask_clear(&mask);
    }
}
END_TEST

/* ---- crops ---- */

/* The definition itself, in floating point and pixel by pixel. */
static void crop_plainly(const ingest_mask *mask, const ingest_crop *crop, int32_t size, double *cover)
{
    size_t tall = (size_t)mask->height, pixels = tall * (size_t)mask->width, at = 0, i, j;
    uint8_t *set = calloc(pixels, 1);
    double scale = (double)crop->side / size;
    int64_t x, y;
    int32_t u, v;

    ck_assert_ptr_nonnull(set);
    for (i = 0; i < mask->count; i++)
        for (j = 0; j < mask->runs[i]; j++)
            set[at++] = i & 1;
    memset(cover, 0, (size_t)size * (size_t)size * sizeof *cover);
    for (v = 0; v < size; v++)
        for (u = 0; u < size; u++)
            for (y = crop->y; y < crop->y + crop->side; y++)
                for (x = crop->x; x < crop->x + crop->side; x++) {
                    double left = (double)(x - crop->x), top = (double)(y - crop->y);
                    double wide = fmin(left + 1, (u + 1) * scale) - fmax(left, u * scale);
                    double high = fmin(top + 1, (v + 1) * scale) - fmax(top, v * scale);

                    if (wide > 0 && high > 0 && x >= 0 && y >= 0 && x < mask->width && y < mask->height &&
                        set[(size_t)x * tall + (size_t)y])
                        cover[v * size + u] += wide * high / (scale * scale);
                }
    free(set);
}

static void random_mask(base_random *random, int32_t width, int32_t height, ingest_mask *mask)
{
    uint32_t runs[512], left = (uint32_t)(width * height);
    size_t count = 0;
    bool valid;

    while (left > 0 && count < 511) {
        uint32_t run = (uint32_t)base_random_below(random, 12);

        runs[count] = run < left ? run : left;
        left -= runs[count++];
    }
    runs[count++] = left;
    ck_assert_int_eq(ingest_mask_runs(runs, count, width, height, mask, &valid), BASE_OK);
    ck_assert(valid);
}

START_TEST(crops_are_resampled_by_area)
{
    base_random random = base_random_at(1, BASE_RANDOM_TEST, 0, 0, (uint64_t)_i);
    int32_t width = 5 + (int32_t)base_random_below(&random, 20),
            height = 5 + (int32_t)base_random_below(&random, 20);
    int32_t size = 1 + (int32_t)base_random_below(&random, 19), u, v;
    ingest_crop crop = {(int64_t)base_random_below(&random, 16) - 8,
                        (int64_t)base_random_below(&random, 16) - 8,
                        16 + (int64_t)base_random_below(&random, 16)};
    double cover[400], most = 0, line;
    ingest_mask_cover kind;
    uint8_t bits[19 * 3];
    ingest_mask mask;

    random_mask(&random, width, height, &mask);
    crop_plainly(&mask, &crop, size, cover);
    for (u = 0; u < size * size; u++)
        most = fmax(most, cover[u]);
    ck_assert_int_eq(ingest_mask_crop(&mask, &crop, size, bits, &kind), BASE_OK);
    ck_assert_int_eq(kind, most >= 0.5 - 1e-9 ? INGEST_MASK_FULL
                           : most > 0         ? INGEST_MASK_THIN
                                              : INGEST_MASK_EMPTY);
    line = kind == INGEST_MASK_THIN ? most / 2 : 0.5;
    for (v = 0; v < size; v++)
        for (u = 0; u < size; u++) {
            int bit = bits[v * ((size + 7) / 8) + u / 8] >> (7 - u % 8) & 1;

            if (cover[v * size + u] < line - 1e-9 || cover[v * size + u] > line + 1e-9)
                ck_assert_msg(bit == (cover[v * size + u] > line), "bit %d,%d with %g covered", u, v,
                              cover[v * size + u]);
        }
    ingest_mask_clear(&mask);
}
END_TEST

START_TEST(thin_objects_do_not_vanish)
{
    static const uint32_t column[] = {50 * 64, 64, 49 * 64}; /* one pixel wide in a picture of 100 x 64 */
    ingest_crop crop = {0, 0, 100};
    ingest_mask_cover cover;
    uint8_t bits[8];
    ingest_mask mask;
    bool valid;
    int v;

    ck_assert_int_eq(ingest_mask_runs(column, 3, 100, 64, &mask, &valid), BASE_OK);
    ck_assert_int_eq(ingest_mask_crop(&mask, &crop, 8, bits, &cover), BASE_OK);
    ck_assert_int_eq(cover, INGEST_MASK_THIN);
    for (v = 0; v < 5; v++)
        ck_assert_uint_eq(bits[v], 0x08); /* 50 / 12.5 = the fifth bit */
    ck_assert_uint_eq(bits[7], 0);
    crop.x = 60;
    ck_assert_int_eq(ingest_mask_crop(&mask, &crop, 8, bits, &cover), BASE_OK);
    ck_assert_int_eq(cover, INGEST_MASK_EMPTY);
    ingest_mask_clear(&mask);
}
END_TEST

START_TEST(unions_are_right_for_any_runs)
{
    base_random random = base_random_at(2, BASE_RANDOM_TEST, 0, 0, (uint64_t)_i);
    char left[300], right[300], both[300];
    ingest_mask a, b, u;
    size_t i;

    random_mask(&random, 15, 15, &a);
    random_mask(&random, 15, 15, &b);
    ck_assert_int_eq(ingest_mask_union(&a, &b, &u), BASE_OK);
    draw(&a, left);
    draw(&b, right);
    draw(&u, both);
    for (i = 0; both[i]; i++)
        ck_assert_int_eq(both[i], left[i] == '#' ? '#' : right[i]);
    for (i = 1; i < u.count; i++)
        ck_assert_uint_gt(u.runs[i], 0); /* one form only */
    ingest_mask_clear(&a);
    ingest_mask_clear(&b);
    ingest_mask_clear(&u);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ingest_mask");
    TCase *masks = tcase_create("masks"), *crops = tcase_create("crops");

    tcase_add_test(masks, polygons_cover_the_pixels_whose_middle_they_hold);
    tcase_add_test(masks, parts_are_united_and_crossing_edges_leave_holes);
    tcase_add_test(masks, what_covers_nothing_falls_back_to_the_box);
    tcase_add_test(masks, runs_go_down_the_columns_in_both_forms);
    tcase_add_test(masks, contradictions_are_invalid);
    tcase_add_test(masks, boxes_are_rounded_and_never_empty);
    tcase_add_loop_test(masks, unions_are_right_for_any_runs, 0, 20);
    tcase_add_loop_test(crops, crops_are_resampled_by_area, 0, 50);
    tcase_add_test(crops, thin_objects_do_not_vanish);
    suite_add_tcase(suite, masks);
    suite_add_tcase(suite, crops);
    return unit_test_run(suite);
}
