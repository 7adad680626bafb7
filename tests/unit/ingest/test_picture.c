/* Pictures: every kind of file that is written here, and every refusal. With the shared folder of hostile
 * images at hand, each of them too: decoded or refused, never a crash. */
#include "ingest_picture.h"
#include "unit_test.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
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

    ck_assert_int_eq(
        ingest_picture_read(path, &(ingest_picture_request){.width = W, .height = H}, picture, &result),
        BASE_OK);
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

    ck_assert_int_eq(
        ingest_picture_read(path, &(ingest_picture_request){.width = W, .height = H}, &picture, &result),
        BASE_OK);
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
        ck_assert_int_eq(ingest_picture_read(path, NULL, &picture, &result), BASE_OK);
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
    ck_assert_int_eq(ingest_picture_read(path, NULL, &picture, &result), BASE_OK);
    ck_assert_int_eq(result.reason, INGEST_PICTURE_NOT_SUPPORTED);
    ck_assert_msg(strstr(result.detail, files[_i].detail) != NULL, "%s", result.detail);
}
END_TEST

START_TEST(a_size_that_differs_is_refused)
{
    ingest_picture picture;
    ingest_picture_result result;

    write_jpeg(JCS_RGB, JCS_YCbCr, false);
    ck_assert_int_eq(
        ingest_picture_read(path, &(ingest_picture_request){.width = H, .height = W}, &picture, &result),
        BASE_OK);
    ck_assert_int_eq(result.reason, INGEST_PICTURE_SIZE_DIFFERS);
    ck_assert_ptr_nonnull(strstr(result.detail, "16 x 24 in the annotation file, 24 x 16 in the picture"));
    write_png(PNG_COLOR_TYPE_RGB, 8, false);
    ck_assert_int_eq(
        ingest_picture_read(path, &(ingest_picture_request){.width = W, .height = H + 1}, &picture, &result),
        BASE_OK);
    ck_assert_int_eq(result.reason, INGEST_PICTURE_SIZE_DIFFERS);
    ck_assert_int_eq(ingest_picture_read(path, NULL, &picture, &result), BASE_OK); /* unknown: as found */
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
    ck_assert_int_eq(ingest_picture_read(path, NULL, &picture, &result), BASE_OK);
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
    ck_assert_int_eq(ingest_picture_read("/tmp", NULL, &picture, &result), BASE_OK);
    ck_assert_int_eq(result.reason, INGEST_PICTURE_UNREADABLE);
}
END_TEST

/* ---- BMP ---- */

static void put(uint8_t *at, uint32_t value, size_t bytes)
{
    for (; bytes > 0; bytes--, value >>= 8)
        *at++ = (uint8_t)value;
}

/* Pixels of a 2 x 2 picture from bottom to top, behind a header of 40 bytes and a palette. */
static void write_bmp(uint32_t bits, uint32_t compression, const void *palette, size_t palette_bytes,
                      const void *pixels, size_t pixel_bytes)
{
    uint8_t bytes[512] = "BM";

    put(bytes + 10, (uint32_t)(54 + palette_bytes), 4);
    put(bytes + 14, 40, 4);
    put(bytes + 18, 2, 4);
    put(bytes + 22, 2, 4);
    put(bytes + 26, 1, 2);
    put(bytes + 28, bits, 2);
    put(bytes + 30, compression, 4);
    put(bytes + 46, compression == 3 ? 0 : (uint32_t)palette_bytes / 4, 4);
    memcpy(bytes + 54, palette, palette_bytes);
    memcpy(bytes + 54 + palette_bytes, pixels, pixel_bytes);
    write_bytes(bytes, 54 + palette_bytes + pixel_bytes);
}

/* Flip bytes all over a file: whatever comes out, nothing is read or written out of bounds. */
START_TEST(damaged_bytes_never_crash)
{
    uint8_t bytes[8192], changed[8192];
    size_t size, i;
    unsigned state = 12345;

    if (_i < 2)
        write_jpeg(JCS_RGB, JCS_YCbCr, _i == 1);
    else if (_i < 4)
        write_png(PNG_COLOR_TYPE_RGB_ALPHA, 8, _i == 3);
    else if (_i == 4)
        write_bmp(8, 1, "\1\2\3\0\4\5\6\0\7\x8\x9", 12, "\2\1\0\0\1\0\1\2\0\1", 10);
    else
        write_bmp(16, 3, "\0\xF8\0\0\xE0\7\0\0\x1F\0\0", 12, "\x1F\0\xE0\7\0\xF8\xFF\xFF", 8);
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
        ck_assert_int_eq(ingest_picture_read(path, NULL, &picture, &result), BASE_OK);
        ck_assert((picture.rgb != NULL) == (result.reason == INGEST_USED));
        ingest_picture_clear(&picture);
    }
}
END_TEST

/* ---- parts, reductions, orientation ---- */

#define LARGE_W 203
#define LARGE_H 157

/* A JPEG of many details, subsampled h x v. */
static void write_large(int h, int v, int channels, bool progressive)
{
    struct jpeg_compress_struct info;
    struct jpeg_error_mgr errors;
    FILE *file = fopen(path, "wb");
    size_t x, c;
    unsigned state = 7;

    ck_assert_ptr_nonnull(file);
    info.err = jpeg_std_error(&errors);
    jpeg_create_compress(&info);
    jpeg_stdio_dest(&info, file);
    info.image_width = LARGE_W;
    info.image_height = LARGE_H;
    info.in_color_space = channels == 1 ? JCS_GRAYSCALE : channels == 4 ? JCS_CMYK : JCS_RGB;
    info.input_components = channels;
    jpeg_set_defaults(&info);
    info.comp_info[0].h_samp_factor = h;
    info.comp_info[0].v_samp_factor = v;
    if (progressive)
        jpeg_simple_progression(&info);
    jpeg_start_compress(&info, TRUE);
    while (info.next_scanline < LARGE_H) {
        uint8_t row[LARGE_W * 4];
        JSAMPROW rows = row;

        for (x = 0; x < LARGE_W; x++)
            for (c = 0; c < (size_t)channels; c++) {
                state = state * 1664525u + 1013904223u;
                row[x * (size_t)channels + c] =
                    (uint8_t)((x * (c + 2) + 3 * info.next_scanline) % 200 + (state >> 27));
            }
        jpeg_write_scanlines(&info, &rows, 1);
    }
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    ck_assert_int_eq(fclose(file), 0);
}

static void choose_part(void *context, int32_t width, int32_t height, ingest_view *view)
{
    (void)width;
    (void)height;
    *view = *(const ingest_view *)context;
}

static void read_part(ingest_view view, ingest_picture *picture)
{
    ingest_picture_request request = {.choose = choose_part, .context = &view};
    ingest_picture_result result;

    ck_assert_int_eq(ingest_picture_read(path, &request, picture, &result), BASE_OK);
    ck_assert_msg(result.reason == INGEST_USED, "%s", result.detail);
    ck_assert(result.width == LARGE_W && result.height == LARGE_H);
}

START_TEST(a_part_has_the_pixels_of_the_whole)
{
    static const struct {
        int h, v, channels;
        bool progressive;
    } kinds[] = {{1, 1, 3, false}, {2, 1, 3, false}, {2, 2, 3, false}, {2, 2, 3, true},
                 {1, 2, 3, false}, {1, 1, 1, false}, {1, 1, 4, false}, {4, 1, 3, true}};
    static const ingest_view parts[] = {{0, 0, 1, 1, 0},         {100, 80, 1, 1, 0},     {90, 0, 30, 157, 0},
                                        {0, 100, 203, 20, 0},    {70, 60, 133, 97, 0},   {202, 156, 1, 1, 0},
                                        {-50, -50, 120, 120, 0}, {150, 120, 900, 900, 0}};
    int32_t shrink;
    size_t p, differing = 0;

    write_large(kinds[_i].h, kinds[_i].v, kinds[_i].channels, kinds[_i].progressive);
    for (shrink = 1; shrink <= 8; shrink *= 2) {
        ingest_picture whole;

        read_part((ingest_view){0, 0, LARGE_W, LARGE_H, shrink}, &whole);
        ck_assert(whole.shrink == shrink && whole.columns == (LARGE_W + shrink - 1) / shrink);
        for (p = 0; p < sizeof parts / sizeof *parts; p++) {
            ingest_view view = parts[p];
            ingest_picture part;
            int32_t y;

            view.shrink = shrink;
            read_part(view, &part);
            ck_assert(part.x * shrink <= (view.x > 0 ? view.x : 0));
            ck_assert(part.x + part.columns <= whole.columns && part.y + part.rows <= whole.rows);
            for (y = 0; y < part.rows; y++)
                differing += memcmp(part.rgb + 3 * y * part.columns,
                                    whole.rgb + 3 * ((part.y + y) * whole.columns + part.x),
                                    3 * (size_t)part.columns) != 0;
            ingest_picture_clear(&part);
        }
        ingest_picture_clear(&whole);
    }
    ck_assert_uint_eq(differing, 0);
}
END_TEST

START_TEST(orientation_is_applied_where_the_size_asks_for_it)
{
    static const uint8_t exif[] = {0xFF, 0xE1, 0, 34, 'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, '*', 0, 0, 0, 8,
                                   0,    1,    1, 18, 0,   3,   0,   0,   0, 1, 0,   6,   0, 0,   0, 0, 0, 0};
    ingest_picture_request request = {.width = H, .height = W};
    ingest_picture_result result;
    ingest_picture stored, turned;
    uint8_t bytes[8192];
    size_t size;
    FILE *file;

    write_jpeg(JCS_RGB, JCS_YCbCr, false);
    size = read_bytes(bytes, sizeof bytes);
    file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    fwrite(bytes, 1, 2, file);
    fwrite(exif, 1, sizeof exif, file);
    fwrite(bytes + 2, 1, size - 2, file);
    ck_assert_int_eq(fclose(file), 0);
    read_good(&stored); /* COCO's size is that of the pixels as they are stored */
    ck_assert_int_eq(ingest_picture_read(path, &request, &turned, &result), BASE_OK);
    ck_assert_msg(result.reason == INGEST_USED, "%s", result.detail);
    ck_assert(turned.width == H && turned.height == W && result.width == H);
    ck_assert_mem_eq(turned.rgb + 3 * (H - 1), stored.rgb, 3);     /* top left to top right */
    ck_assert_mem_eq(turned.rgb, stored.rgb + 3 * (H - 1) * W, 3); /* bottom left to top left */
    ck_assert_mem_eq(turned.rgb + 3 * (W * H - 1), stored.rgb + 3 * (W - 1), 3);
    ingest_picture_clear(&turned);
    request = (ingest_picture_request){.upright = true};
    ck_assert_int_eq(ingest_picture_read(path, &request, &turned, &result), BASE_OK);
    ck_assert_int_eq(turned.width, H);
    ingest_picture_clear(&turned);
    request = (ingest_picture_request){.width = H, .height = W + 1};
    ck_assert_int_eq(ingest_picture_read(path, &request, &turned, &result), BASE_OK);
    ck_assert_int_eq(result.reason, INGEST_PICTURE_SIZE_DIFFERS);
    ingest_picture_clear(&stored);
}
END_TEST

START_TEST(every_orientation_puts_each_corner_in_its_place)
{
    /* of a picture of 3 x 2 numbered by rows, as EXIF shows it */
    static const char *const shown[8] = {"012345", "210543", "543210", "345012",
                                         "031425", "304152", "524130", "251403"};
    int orientation, i;

    for (orientation = 1; orientation <= 8; orientation++) {
        ingest_picture picture = {.width = 3, .height = 2, .shrink = 1, .columns = 3, .rows = 2};

        picture.rgb = malloc(18);
        ck_assert_ptr_nonnull(picture.rgb);
        for (i = 0; i < 6; i++)
            memset(picture.rgb + 3 * i, '0' + i, 3);
        ck_assert_int_eq(ingest_picture_turn(&picture, orientation), BASE_OK);
        ck_assert_int_eq(picture.width, orientation >= 5 ? 2 : 3);
        for (i = 0; i < 6; i++)
            ck_assert_int_eq(picture.rgb[3 * i], shown[orientation - 1][i]);
        ingest_picture_clear(&picture);
    }
}
END_TEST

static void expect_bmp(const char *rgb)
{
    ingest_picture picture = {0};
    ingest_picture_result result;

    ck_assert_int_eq(ingest_picture_read(path, NULL, &picture, &result), BASE_OK);
    ck_assert_msg(result.reason == INGEST_USED, "%s", result.detail);
    ck_assert(picture.width == 2 && picture.height == 2);
    ck_assert_mem_eq(picture.rgb, rgb, 12);
    ingest_picture_clear(&picture);
}

START_TEST(bmp_of_every_depth)
{
    static const char colours[] = "\1\2\3\0\4\5\6\0\7\x8\x9\0"; /* blue, green, red */
    ingest_picture picture;
    ingest_picture_result result;
    static const char fields[] = "\0\xF8\0\0\xE0\7\0\0\x1F\0\0\0";

    write_bmp(24, 0, "", 0, "\1\2\3\4\5\6\0\0\7\x8\x9\xA\xB\xC\0\0", 16);
    expect_bmp("\x9\x8\7\xC\xB\xA\3\2\1\6\5\4");
    write_bmp(32, 0, "", 0, "\1\2\3\0\4\5\6\0\7\x8\x9\0\xA\xB\xC\0", 16);
    expect_bmp("\x9\x8\7\xC\xB\xA\3\2\1\6\5\4");
    write_bmp(8, 0, colours, 12, "\0\1\0\0\2\0\0\0", 8);
    expect_bmp("\x9\x8\7\3\2\1\3\2\1\6\5\4");
    write_bmp(4, 0, colours, 12, "\1\0\0\0\x20\0\0\0", 8);
    expect_bmp("\x9\x8\7\3\2\1\3\2\1\6\5\4");
    write_bmp(1, 0, colours, 8, "\x40\0\0\0\x80\0\0\0", 8);
    expect_bmp("\6\5\4\3\2\1\3\2\1\6\5\4");
    write_bmp(16, 3, fields, 12, "\x1F\0\xE0\7\0\xF8\xFF\xFF", 8);
    expect_bmp("\xFF\0\0\xFF\xFF\xFF\0\0\xFF\0\xFF\0");
    write_bmp(8, 1, colours, 12, "\2\1\0\0\1\0\1\2\0\1", 10);
    expect_bmp("\3\2\1\x9\x8\7\6\5\4\6\5\4");
    write_bmp(24, 0, "", 0, "\1\2\3\4\5\6\0\0\7\x8\x9\xA\xB\xC\0", 15);
    ck_assert_int_eq(ingest_picture_read(path, NULL, &picture, &result), BASE_OK);
    ck_assert_int_eq(result.reason, INGEST_PICTURE_TRUNCATED);
    write_bmp(24, 5, "", 0, "", 0);
    expect_refusal(INGEST_PICTURE_NOT_SUPPORTED);
}
END_TEST

/* ---- files of another library's tests ---- */

/* The other library refuses these, whose pixels are whole: what is broken is a colour profile, a note on
 * resolution, a comment of a gigabyte. */
static const char *const better_than_said[] = {"unknown_compression_method.png", "truncated_exif_dpi.jpg",
                                               "png_decompression_dos.png"};

/* Compare with a line of the verdict file: NAME, kind, mode, (width, height), verdict. */
static void compare_verdict(const char *folder, char *line)
{
    char *name = strsep(&line, "\t"), *kind = strsep(&line, "\t"), *mode = strsep(&line, "\t");
    char *size = strsep(&line, "\t"), file[1024], found[64];
    ingest_picture picture = {0};
    ingest_picture_result result;
    bool sound, expected;
    size_t i;

    ck_assert_ptr_nonnull(size);
    sound = strcmp(mode, "ERR") != 0;
    for (i = 0; i < sizeof better_than_said / sizeof *better_than_said; i++)
        sound = sound || strcmp(name, better_than_said[i]) == 0;
    expected = sound && strcmp(kind, "GIF") != 0;
    snprintf(file, sizeof file, "%s/%s", folder, name);
    ck_assert_int_eq(ingest_picture_read(file, NULL, &picture, &result), BASE_OK);
    ck_assert_msg((result.reason == INGEST_USED) == expected, "%s: %s: %s", name,
                  ingest_reason_name(result.reason), result.detail);
    ck_assert((picture.rgb != NULL) == expected);
    snprintf(found, sizeof found, "(%d, %d)", result.width, result.height);
    if (expected && *size)
        ck_assert_str_eq(found, size);
    if (expected) {
        uint64_t sum = 0; /* every pixel is there to be read */
        size_t bytes = (size_t)picture.width * (size_t)picture.height * 3;

        for (i = 0; i < bytes; i++)
            sum += picture.rgb[i];
        ck_assert_uint_le(sum, 255 * bytes);
    } else {
        ck_assert_uint_gt(strlen(result.detail), 0);
    }
    if (strcmp(kind, "GIF") == 0)
        ck_assert_int_eq(result.reason, INGEST_PICTURE_NOT_SUPPORTED);
    ingest_picture_clear(&picture);
}

START_TEST(hostile_files_are_decoded_or_refused_as_the_table_says)
{
    const char *shared = getenv("CAMAL_SHARED");
    char folder[512], table[600], line[1024];
    size_t files = 0;
    FILE *verdicts;

    snprintf(folder, sizeof folder, "%s/data/hostile-images", shared ? shared : ".");
    snprintf(table, sizeof table, "%s/pil_verdict.tsv", folder);
    verdicts = fopen(table, "r");
    if (!verdicts) {
        printf("skipped: hostile_files_are_decoded_or_refused_as_the_table_says: no %s\n", table);
        return;
    }
#ifndef __SANITIZE_ADDRESS__ /* which maps terabytes */
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &(struct rlimit){(rlim_t)1 << 30, (rlim_t)1 << 30}), 0);
#endif
    while (fgets(line, sizeof line, verdicts)) {
        line[strcspn(line, "\n")] = 0;
        compare_verdict(folder, line);
        files++;
    }
    fclose(verdicts);
    ck_assert_uint_gt(files, 400);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ingest_picture");
    TCase *good = tcase_create("good"), *bad = tcase_create("bad");

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
    tcase_add_loop_test(bad, damaged_bytes_never_crash, 0, 6);
    tcase_add_loop_test(bad, a_part_has_the_pixels_of_the_whole, 0, 8);
    tcase_add_test(bad, orientation_is_applied_where_the_size_asks_for_it);
    tcase_add_test(bad, every_orientation_puts_each_corner_in_its_place);
    tcase_add_test(bad, bmp_of_every_depth);
    tcase_add_test(bad, hostile_files_are_decoded_or_refused_as_the_table_says);
    suite_add_tcase(suite, good);
    suite_add_tcase(suite, bad);
    return unit_test_run(suite);
}
