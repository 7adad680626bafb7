/* Pictures: every kind of file that is written here, and every refusal. With the shared folder of hostile
 * images at hand, each of them too: decoded or refused, never a crash. */
#include "ingest_picture.h"
#include <check.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jpeglib.h>
#include <png.h>

#define W 24
#define H 16

static char path[64];

static void new_path(void)
{
    int made;

    strcpy(path, "/tmp/camal_picture_XXXXXX");
    made = mkstemp(path);
    ck_assert_int_ge(made, 0);
    close(made);
}

static void remove_path(void)
{
    unlink(path);
}

static void write_bytes(const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

static size_t read_bytes(uint8_t *bytes, size_t room)
{
    FILE *file = fopen(path, "rb");
    size_t got;

    ck_assert_ptr_nonnull(file);
    got = fread(bytes, 1, room, file);
    fclose(file);
    return got;
}

/* A smooth colour at each place, kind to JPEG. */
static void colour(size_t x, size_t y, uint8_t rgb[3])
{
    rgb[0] = (uint8_t)(40 + 6 * x);
    rgb[1] = (uint8_t)(200 - 8 * y);
    rgb[2] = (uint8_t)(60 + 3 * x + 4 * y);
}

static uint8_t gray(size_t x, size_t y)
{
    return (uint8_t)(30 + 5 * x + 4 * y);
}

static void write_jpeg(J_COLOR_SPACE in, J_COLOR_SPACE stored, bool progressive)
{
    struct jpeg_compress_struct info;
    struct jpeg_error_mgr errors;
    FILE *file = fopen(path, "wb");
    size_t x, y, c;

    ck_assert_ptr_nonnull(file);
    info.err = jpeg_std_error(&errors);
    jpeg_create_compress(&info);
    jpeg_stdio_dest(&info, file);
    info.image_width = W;
    info.image_height = H;
    info.in_color_space = in;
    info.input_components = in == JCS_GRAYSCALE ? 1 : in == JCS_CMYK ? 4 : 3;
    jpeg_set_defaults(&info);
    jpeg_set_colorspace(&info, stored);
    jpeg_set_quality(&info, 100, TRUE);
    for (x = 0; x < (size_t)info.num_components; x++)
        info.comp_info[x].h_samp_factor = info.comp_info[x].v_samp_factor = 1;
    if (progressive)
        jpeg_simple_progression(&info);
    jpeg_start_compress(&info, TRUE);
    for (y = 0; y < H; y++) {
        uint8_t row[W * 4], *to = row;
        JSAMPROW rows = row;

        for (x = 0; x < W; x++) {
            uint8_t rgb[3];

            colour(x, y, rgb);
            if (in == JCS_GRAYSCALE)
                *to++ = gray(x, y);
            for (c = 0; c < 3 && in != JCS_GRAYSCALE; c++) /* CMYK with K none, inverted: as RGB */
                *to++ = rgb[c];
            if (in == JCS_CMYK)
                *to++ = 255;
        }
        jpeg_write_scanlines(&info, &rows, 1);
    }
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    ck_assert_int_eq(fclose(file), 0);
}

static void read_good(ingest_picture *picture)
{
    ingest_picture_result result;

    ck_assert_int_eq(ingest_picture_read(path, W, H, picture, &result), BASE_OK);
    ck_assert_msg(result.reason == INGEST_USED, "%s: %s", ingest_reason_name(result.reason), result.detail);
    ck_assert_int_eq(picture->width, W);
    ck_assert_int_eq(picture->height, H);
}

static void expect_colours(bool is_gray, int tolerance)
{
    ingest_picture picture;
    size_t x, y, c;

    read_good(&picture);
    for (y = 0; y < H; y++)
        for (x = 0; x < W; x++) {
            const uint8_t *found = picture.rgb + 3 * (y * W + x);
            uint8_t rgb[3];

            colour(x, y, rgb);
            for (c = 0; c < 3; c++)
                ck_assert_msg(abs((is_gray ? gray(x, y) : rgb[c]) - found[c]) <= tolerance,
                              "at %zu,%zu channel %zu: %d", x, y, c, found[c]);
        }
    ingest_picture_clear(&picture);
}

static void expect_refusal(ingest_reason reason)
{
    ingest_picture picture;
    ingest_picture_result result;

    ck_assert_int_eq(ingest_picture_read(path, W, H, &picture, &result), BASE_OK);
    ck_assert_msg(result.reason == reason, "%s in place of %s (%s)", ingest_reason_name(result.reason),
                  ingest_reason_name(reason), result.detail);
    ck_assert_uint_gt(strlen(result.detail), 0);
}

START_TEST(jpeg_of_every_colour_space_and_both_orders)
{
    static const struct {
        J_COLOR_SPACE in, stored;
    } kinds[] = {{JCS_GRAYSCALE, JCS_GRAYSCALE},
                 {JCS_RGB, JCS_YCbCr},
                 {JCS_RGB, JCS_RGB},
                 {JCS_CMYK, JCS_CMYK},
                 {JCS_CMYK, JCS_YCCK}};

    write_jpeg(kinds[_i / 2].in, kinds[_i / 2].stored, _i % 2);
    expect_colours(kinds[_i / 2].in == JCS_GRAYSCALE, 4);
}
END_TEST

/* ---- PNG ---- */

static void put_png_rows(png_structp png, int type, int depth)
{
    size_t x, y;

    for (y = 0; y < H; y++) {
        uint8_t row[W * 8] = {0}, *to = row;

        for (x = 0; x < W; x++) {
            uint8_t rgb[3], values[4];
            size_t count = 0, i;

            colour(x, y, rgb);
            if (type & PNG_COLOR_MASK_COLOR && !(type & PNG_COLOR_MASK_PALETTE)) {
                memcpy(values, rgb, 3);
                count = 3;
            } else {
                values[count++] = type == PNG_COLOR_TYPE_PALETTE ? (uint8_t)(x % 2) : gray(x, y);
            }
            if (type & PNG_COLOR_MASK_ALPHA)
                values[count++] = (uint8_t)(x < W / 2 ? 255 : y < H / 2 ? 0 : 128);
            for (i = 0; i < count && depth >= 8; i++) {
                *to++ = values[i];
                if (depth == 16)
                    *to++ = values[i]; /* 257 times the 8-bit value */
            }
            if (depth < 8) /* the value is one bit, drawn as a chess board */
                row[x * (size_t)depth / 8] |= (uint8_t)(((x + y) % 2 ? (1 << depth) - 1 : 0)
                                                        << (8 - depth - (int)(x * (size_t)depth % 8)));
        }
        png_write_row(png, row);
    }
}

static void write_png(int type, int depth, bool interlaced)
{
    static const png_color palette[2] = {{10, 20, 30}, {200, 100, 50}};
    static const png_byte alphas[2] = {255, 0};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    FILE *file = fopen(path, "wb");
    int pass, passes = 1;

    ck_assert_ptr_nonnull(file);
    png_init_io(png, file);
    png_set_IHDR(png, info, W, H, depth, type, interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (type == PNG_COLOR_TYPE_PALETTE) {
        png_set_PLTE(png, info, palette, 2);
        png_set_tRNS(png, info, alphas, 2, NULL);
    }
    png_write_info(png, info);
    if (interlaced)
        passes = png_set_interlace_handling(png);
    for (pass = 0; pass < passes; pass++)
        put_png_rows(png, type, depth);
    png_write_end(png, NULL);
    png_destroy_write_struct(&png, &info);
    ck_assert_int_eq(fclose(file), 0);
}

START_TEST(png_of_eight_and_sixteen_bits_plain_and_interlaced)
{
    int depth = _i & 1 ? 16 : 8;
    bool interlaced = _i & 2;

    write_png(PNG_COLOR_TYPE_RGB, depth, interlaced);
    expect_colours(false, 0);
    write_png(PNG_COLOR_TYPE_GRAY, depth, interlaced);
    expect_colours(true, 0);
}
END_TEST

START_TEST(png_of_fewer_bits)
{
    static const int depths[3] = {1, 2, 4};
    ingest_picture picture;
    size_t x, y;

    write_png(PNG_COLOR_TYPE_GRAY, depths[_i], false);
    read_good(&picture);
    for (y = 0; y < H; y++)
        for (x = 0; x < W; x++)
            ck_assert_int_eq(picture.rgb[3 * (y * W + x) + 1], (x + y) % 2 ? 255 : 0);
    ingest_picture_clear(&picture);
}
END_TEST

START_TEST(transparency_is_laid_over_white)
{
    ingest_picture picture;
    uint8_t rgb[3];
    size_t c;

    write_png(PNG_COLOR_TYPE_RGB_ALPHA, 8, false);
    read_good(&picture);
    for (c = 0; c < 3; c++) {
        colour(2, 12, rgb); /* opaque */
        ck_assert_int_eq(picture.rgb[3 * (12 * W + 2) + c], rgb[c]);
        ck_assert_int_eq(picture.rgb[3 * (2 * W + 20) + c], 255); /* transparent */
        colour(20, 12, rgb);                                      /* half */
        ck_assert_int_le(abs(picture.rgb[3 * (12 * W + 20) + c] - (rgb[c] * 128 + 255 * 127) / 255), 1);
    }
    ingest_picture_clear(&picture);
    write_png(PNG_COLOR_TYPE_PALETTE, 8, false);
    read_good(&picture);
    ck_assert_int_eq(picture.rgb[0], 10);
    ck_assert_int_eq(picture.rgb[2], 30);
    ck_assert_int_eq(picture.rgb[3], 255); /* entry 1 is transparent */
    ingest_picture_clear(&picture);
    write_png(PNG_COLOR_TYPE_GRAY_ALPHA, 16, true);
    read_good(&picture);
    ck_assert_int_eq(picture.rgb[3 * (12 * W + 2)], gray(2, 12));
    ck_assert_int_eq(picture.rgb[3 * (2 * W + 20)], 255);
    ingest_picture_clear(&picture);
}
END_TEST

/* ---- refusals ---- */

START_TEST(a_file_cut_anywhere_is_refused_or_whole)
{
    bool jpeg = _i < 2;
    uint8_t bytes[8192];
    size_t size, cut;

    if (jpeg)
        write_jpeg(JCS_RGB, JCS_YCbCr, _i == 1);
    else
        write_png(PNG_COLOR_TYPE_RGB, 8, _i == 3);
    size = read_bytes(bytes, sizeof bytes);
    ck_assert_uint_lt(size, sizeof bytes);
    for (cut = 0; cut < size; cut++) {
        ingest_picture picture;
        ingest_picture_result result;

        write_bytes(bytes, cut);
        ck_assert_int_eq(ingest_picture_read(path, 0, 0, &picture, &result), BASE_OK);
        ck_assert_msg(result.reason != INGEST_USED, "%zu of %zu bytes were taken for a picture", cut, size);
        if (cut > 700 && jpeg)
            ck_assert_int_eq(result.reason, INGEST_PICTURE_TRUNCATED);
    }
}
END_TEST

START_TEST(other_files_are_known_by_their_first_bytes)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *detail;
    } files[] = {{"\0\5\26\7\0\2\0\0Mac OS X", 16, "AppleDouble"},
                 {"GIF89a......", 12, "GIF"},
                 {"RIFF....WEBPVP8 ", 16, "WebP"},
                 {"<html></html>", 13, "unknown"},
                 {"", 0, "empty"},
                 {"\xFF\xD8", 2, "unknown"}};
    ingest_picture picture;
    ingest_picture_result result;

    write_bytes(files[_i].bytes, files[_i].size);
    ck_assert_int_eq(ingest_picture_read(path, 0, 0, &picture, &result), BASE_OK);
    ck_assert_int_eq(result.reason, INGEST_PICTURE_NOT_SUPPORTED);
    ck_assert_msg(strstr(result.detail, files[_i].detail) != NULL, "%s", result.detail);
}
END_TEST

START_TEST(a_size_that_differs_is_refused)
{
    ingest_picture picture;
    ingest_picture_result result;

    write_jpeg(JCS_RGB, JCS_YCbCr, false);
    ck_assert_int_eq(ingest_picture_read(path, H, W, &picture, &result), BASE_OK);
    ck_assert_int_eq(result.reason, INGEST_PICTURE_SIZE_DIFFERS);
    ck_assert_ptr_nonnull(strstr(result.detail, "16 x 24 in the annotation file, 24 x 16 in the picture"));
    write_png(PNG_COLOR_TYPE_RGB, 8, false);
    ck_assert_int_eq(ingest_picture_read(path, W, H + 1, &picture, &result), BASE_OK);
    ck_assert_int_eq(result.reason, INGEST_PICTURE_SIZE_DIFFERS);
    ck_assert_int_eq(ingest_picture_read(path, 0, 0, &picture, &result), BASE_OK); /* unknown: as found */
    ck_assert_int_eq(result.reason, INGEST_USED);
    ingest_picture_clear(&picture);
}
END_TEST

START_TEST(a_header_of_billions_of_pixels_is_refused_before_memory_is_asked_for)
{
    uint8_t bytes[8192];
    size_t size, i;
    ingest_picture picture;
    ingest_picture_result result;

    write_jpeg(JCS_RGB, JCS_YCbCr, false);
    size = read_bytes(bytes, sizeof bytes);
    for (i = 0; i + 9 < size && !(bytes[i] == 0xFF && bytes[i + 1] == 0xC0); i++)
        continue;
    memset(bytes + i + 5, 0xFA, 4); /* 64250 x 64250 */
    write_bytes(bytes, size);
    ck_assert_int_eq(ingest_picture_read(path, 0, 0, &picture, &result), BASE_OK);
    ck_assert_int_eq(result.reason, INGEST_PICTURE_TOO_LARGE);
}
END_TEST

START_TEST(missing_and_unreadable_files_are_told_apart)
{
    ingest_picture picture;
    ingest_picture_result result;

    write_bytes("\x89PNG\r\n\x1A\nrubbish...........", 26);
    expect_refusal(INGEST_PICTURE_DAMAGED);
    remove_path();
    expect_refusal(INGEST_PICTURE_MISSING);
    ck_assert_int_eq(mkfifo(path, 0600), 0); /* would block for ever */
    expect_refusal(INGEST_PICTURE_UNREADABLE);
    ck_assert_int_eq(ingest_picture_read("/tmp", 0, 0, &picture, &result), BASE_OK);
    ck_assert_int_eq(result.reason, INGEST_PICTURE_UNREADABLE);
}
END_TEST

/* Flip bytes all over a file: whatever comes out, nothing is read or written out of bounds. */
START_TEST(damaged_bytes_never_crash)
{
    uint8_t bytes[8192], changed[8192];
    size_t size, i;
    unsigned state = 12345;

    if (_i < 2)
        write_jpeg(JCS_RGB, JCS_YCbCr, _i == 1);
    else
        write_png(PNG_COLOR_TYPE_RGB_ALPHA, 8, _i == 3);
    size = read_bytes(bytes, sizeof bytes);
    for (i = 0; i < 300; i++) {
        ingest_picture picture = {0};
        ingest_picture_result result;
        int flips;

        memcpy(changed, bytes, size);
        for (flips = 0; flips < 3; flips++) {
            state = state * 1664525u + 1013904223u;
            changed[(state >> 8) % size] ^= (uint8_t)(1u << (state >> 29));
        }
        write_bytes(changed, size);
        ck_assert_int_eq(ingest_picture_read(path, 0, 0, &picture, &result), BASE_OK);
        ck_assert((picture.rgb != NULL) == (result.reason == INGEST_USED));
        ingest_picture_clear(&picture);
    }
}
END_TEST

START_TEST(hostile_files_are_decoded_or_refused)
{
    const char *shared = getenv("CAMAL_SHARED");
    size_t decoded = 0, refused = 0;
    struct dirent *entry;
    char folder[512], name[1024];
    DIR *files;

    snprintf(folder, sizeof folder, "%s/data/hostile-images", shared ? shared : ".");
    files = opendir(folder);
    if (!files) {
        printf("skipped: hostile_files_are_decoded_or_refused: no %s\n", folder);
        return;
    }
    while ((entry = readdir(files))) {
        ingest_picture picture = {0};
        ingest_picture_result result;

        if (entry->d_name[0] == '.')
            continue;
        snprintf(name, sizeof name, "%s/%s", folder, entry->d_name);
        ck_assert_int_eq(ingest_picture_read(name, 0, 0, &picture, &result), BASE_OK);
        if (result.reason == INGEST_USED) {
            uint64_t sum = 0; /* every pixel is there to be read */
            size_t i, bytes = (size_t)picture.width * (size_t)picture.height * 3;

            for (i = 0; i < bytes; i++)
                sum += picture.rgb[i];
            ck_assert_uint_le(sum, 255 * bytes);
            ck_assert_int_eq(picture.width, result.width);
            decoded++;
        } else {
            ck_assert_ptr_null(picture.rgb);
            ck_assert_uint_gt(strlen(result.detail), 0);
            refused++;
        }
        if (getenv("CAMAL_LIST"))
            printf("%s\t%s\t%d\t%d\t%s\n", entry->d_name, ingest_reason_name(result.reason), result.width,
                   result.height, result.detail);
        ingest_picture_clear(&picture);
    }
    closedir(files);
    printf("hostile images: %zu decoded, %zu refused\n", decoded, refused);
    ck_assert_uint_gt(decoded, 0);
    ck_assert_uint_gt(refused, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ingest_picture");
    TCase *good = tcase_create("good"), *bad = tcase_create("bad");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(good, new_path, remove_path);
    tcase_add_checked_fixture(bad, new_path, remove_path);
    tcase_set_timeout(bad, 120);
    tcase_add_loop_test(good, jpeg_of_every_colour_space_and_both_orders, 0, 10);
    tcase_add_loop_test(good, png_of_eight_and_sixteen_bits_plain_and_interlaced, 0, 4);
    tcase_add_loop_test(good, png_of_fewer_bits, 0, 3);
    tcase_add_test(good, transparency_is_laid_over_white);
    tcase_add_loop_test(bad, a_file_cut_anywhere_is_refused_or_whole, 0, 4);
    tcase_add_loop_test(bad, other_files_are_known_by_their_first_bytes, 0, 6);
    tcase_add_test(bad, a_size_that_differs_is_refused);
    tcase_add_test(bad, a_header_of_billions_of_pixels_is_refused_before_memory_is_asked_for);
    tcase_add_test(bad, missing_and_unreadable_files_are_told_apart);
    tcase_add_loop_test(bad, damaged_bytes_never_crash, 0, 4);
    tcase_add_test(bad, hostile_files_are_decoded_or_refused);
    suite_add_tcase(suite, good);
    suite_add_tcase(suite, bad);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
