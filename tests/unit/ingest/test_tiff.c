/* TIFF pictures: every kind that is written here, in strips and tiles, and every refusal. */
#include "ingest_picture.h"
#include "unit_test.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tiffio.h>

#define W    70
#define H    150 /* more than a band of rows that are read at once */
#define TILE 32

static char path[64];

static void new_path(void)
{
    int made;

    strcpy(path, "/tmp/camal_tiff_XXXXXX");
    made = mkstemp(path);
    ck_assert_int_ge(made, 0);
    close(made);
}

static void remove_path(void)
{
    unlink(path);
}

static void quiet(const char *module, const char *format, va_list arguments)
{
    (void)module;
    (void)format;
    (void)arguments;
}

typedef struct kind {
    uint16_t photometric, samples, bits, compression;
    bool tiles, planes; /* planes: a sample's values by themselves */
    uint32_t strip;     /* rows */
    const char *mode;   /* of TIFFOpen() */
    int tolerance;
} kind;

static const kind kinds[] = {
    {PHOTOMETRIC_MINISBLACK, 1, 8, COMPRESSION_NONE, false, false, 16, "w", 0},
    {PHOTOMETRIC_MINISWHITE, 1, 8, COMPRESSION_PACKBITS, false, false, H, "w", 0},
    {PHOTOMETRIC_MINISBLACK, 1, 16, COMPRESSION_LZW, false, false, 7, "wb", 0},
    {PHOTOMETRIC_MINISBLACK, 1, 1, COMPRESSION_CCITTFAX4, false, false, 16, "w", 0},
    {PHOTOMETRIC_RGB, 3, 8, COMPRESSION_ADOBE_DEFLATE, false, false, 16, "w8", 0},
    {PHOTOMETRIC_RGB, 3, 16, COMPRESSION_NONE, true, false, 0, "wb", 0},
    {PHOTOMETRIC_RGB, 3, 8, COMPRESSION_LZW, false, true, 33, "w", 0},
    {PHOTOMETRIC_RGB, 4, 8, COMPRESSION_ADOBE_DEFLATE, true, false, 0, "w", 1},
    {PHOTOMETRIC_MINISBLACK, 2, 8, COMPRESSION_LZW, false, false, 16, "w", 1},
    {PHOTOMETRIC_PALETTE, 1, 8, COMPRESSION_LZW, true, false, 0, "w", 0},
    {PHOTOMETRIC_SEPARATED, 4, 8, COMPRESSION_NONE, false, false, 64, "w", 1},
    {PHOTOMETRIC_YCBCR, 3, 8, COMPRESSION_JPEG, false, false, 16, "w", 6},
};

#define KINDS (sizeof kinds / sizeof *kinds)

static uint8_t grey(uint32_t x, uint32_t y)
{
    return (uint8_t)(2 * x + y / 2);
}

static bool has_alpha(const kind *k)
{
    return k->samples == 2 || (k->samples == 4 && k->photometric == PHOTOMETRIC_RGB);
}

/* The colour that a file has for a pixel. */
static void stored(const kind *k, uint32_t x, uint32_t y, uint8_t rgb[3])
{
    if (k->bits == 1) {
        memset(rgb, (x / 8 + y / 8) % 2 ? 255 : 0, 3);
    } else if (k->photometric == PHOTOMETRIC_PALETTE) {
        rgb[0] = (uint8_t)(x % 7);
        rgb[1] = (uint8_t)(200 - x % 7);
        rgb[2] = 40;
    } else if (k->samples <= 2) {
        memset(rgb, grey(x, y), 3);
    } else {
        rgb[0] = (uint8_t)(3 * x);
        rgb[1] = (uint8_t)(200 - y);
        rgb[2] = (uint8_t)(60 + x / 2 + y);
    }
}

/* What it is to be read as: some of the columns are half transparent, over white. */
static void colour(const kind *k, uint32_t x, uint32_t y, uint8_t rgb[3])
{
    int c;

    stored(k, x, y, rgb);
    for (c = 0; c < 3 && has_alpha(k) && x < 20; c++)
        rgb[c] = (uint8_t)((rgb[c] * 100 + 255 * 155 + 127) / 255);
}

/* The values of a pixel as the file has them. */
static void values(const kind *k, uint32_t x, uint32_t y, uint8_t value[4])
{
    int c;

    stored(k, x, y, value);
    if (k->photometric == PHOTOMETRIC_PALETTE)
        value[0] = (uint8_t)(x % 7);
    if (k->photometric == PHOTOMETRIC_MINISWHITE)
        value[0] = (uint8_t)~value[0];
    for (c = 0; c < 3 && k->photometric == PHOTOMETRIC_SEPARATED; c++)
        value[c] = (uint8_t)~value[c];
    value[3] = 0; /* no black */
    if (has_alpha(k))
        value[k->samples - 1] = x < 20 ? 100 : 255;
}

/* Columns [left, left + count) of a row, all samples or one of them. */
static void fill_row(const kind *k, uint32_t left, uint32_t count, uint32_t y, int plane, uint8_t *to)
{
    uint32_t x;
    int c;

    memset(to, 0, k->bits == 1 ? (count + 7) / 8 : 0);
    for (x = left; x < left + count; x++) {
        uint8_t value[4];

        values(k, x < W ? x : W - 1, y < H ? y : H - 1, value);
        if (k->bits == 1) {
            to[(x - left) / 8] |= (uint8_t)((value[0] ? 0x80 : 0) >> (x - left) % 8);
            continue;
        }
        for (c = 0; c < k->samples; c++) {
            if (plane >= 0 && c != plane)
                continue;
            *to++ = value[c];
            if (k->bits == 16)
                *to++ = value[c]; /* 257 times the 8-bit value, in either order of bytes */
        }
    }
}

static void set_fields(TIFF *tiff, const kind *k, uint16_t orientation)
{
    uint16_t map[3][256], alpha = EXTRASAMPLE_UNASSALPHA;
    int i;

    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, W);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, H);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, k->bits);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, k->samples);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, k->photometric);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, k->compression);
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, k->planes ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG);
    TIFFSetField(tiff, TIFFTAG_ORIENTATION, orientation);
    if (k->tiles) {
        TIFFSetField(tiff, TIFFTAG_TILEWIDTH, TILE);
        TIFFSetField(tiff, TIFFTAG_TILELENGTH, TILE);
    } else {
        TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, k->strip);
    }
    if (k->photometric == PHOTOMETRIC_YCBCR) {
        TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
        TIFFSetField(tiff, TIFFTAG_JPEGQUALITY, 100);
    }
    if (has_alpha(k))
        TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &alpha);
    for (i = 0; i < 256; i++) {
        map[0][i] = (uint16_t)(257 * i);
        map[1][i] = (uint16_t)(257 * (i < 200 ? 200 - i : 0));
        map[2][i] = 257 * 40;
    }
    if (k->photometric == PHOTOMETRIC_PALETTE)
        TIFFSetField(tiff, TIFFTAG_COLORMAP, map[0], map[1], map[2]);
}

static void write_tiles(TIFF *tiff, const kind *k)
{
    uint8_t tile[TILE * TILE * 8];
    uint32_t x, y, row;

    for (y = 0; y < H; y += TILE)
        for (x = 0; x < W; x += TILE) {
            for (row = 0; row < TILE; row++)
                fill_row(k, x, TILE, y + row, -1, tile + row * (uint32_t)TIFFTileRowSize(tiff));
            ck_assert_int_gt(TIFFWriteTile(tiff, tile, x, y, 0, 0), 0);
        }
}

static void write_tiff(const kind *k, uint16_t orientation)
{
    TIFF *tiff = TIFFOpen(path, k->mode);
    uint8_t row[W * 8];
    int planes = k->planes ? k->samples : 1, plane;
    uint32_t y;

    ck_assert_ptr_nonnull(tiff);
    set_fields(tiff, k, orientation);
    if (k->tiles)
        write_tiles(tiff, k);
    for (plane = 0; plane < planes && !k->tiles; plane++)
        for (y = 0; y < H; y++) {
            fill_row(k, 0, W, y, k->planes ? plane : -1, row);
            ck_assert_int_eq(TIFFWriteScanline(tiff, row, y, (uint16_t)plane), 1);
        }
    TIFFClose(tiff);
}

static size_t count_wrong(const kind *k, const ingest_picture *picture)
{
    size_t wrong = 0;
    uint32_t x, y;
    int c;

    for (y = (uint32_t)picture->y; y < (uint32_t)(picture->y + picture->rows); y++)
        for (x = 0; x < W; x++) {
            const uint8_t *found = picture->rgb + 3 * ((y - (uint32_t)picture->y) * W + x);
            uint8_t rgb[3];

            colour(k, x, y, rgb);
            for (c = 0; c < 3; c++)
                wrong += abs(rgb[c] - found[c]) > k->tolerance;
        }
    return wrong;
}

static ingest_picture_result read_tiff(const ingest_picture_request *request, ingest_picture *picture)
{
    ingest_picture_result result;

    ck_assert_int_eq(ingest_picture_read(path, request, picture, &result), BASE_OK);
    ck_assert((result.reason == INGEST_USED) == (picture->rgb != NULL));
    ck_assert(result.reason == INGEST_USED || result.detail[0]);
    return result;
}

static void expect(ingest_reason reason, const char *detail)
{
    ingest_picture picture = {0};
    ingest_picture_result result = read_tiff(NULL, &picture);

    ck_assert_msg(result.reason == reason && strstr(result.detail, detail), "%s: %s",
                  ingest_reason_name(result.reason), result.detail);
}

START_TEST(every_kind_has_its_colours)
{
    ingest_picture picture = {0};
    ingest_picture_result result;
    size_t wrong;

    write_tiff(&kinds[_i], ORIENTATION_TOPLEFT);
    result = read_tiff(NULL, &picture);
    ck_assert_msg(result.reason == INGEST_USED, "%s", result.detail);
    ck_assert(picture.width == W && picture.height == H && picture.rows == H && picture.columns == W);
    wrong = count_wrong(&kinds[_i], &picture);
    ck_assert_msg(wrong == 0, "%zu values are wrong", wrong);
    ingest_picture_clear(&picture);
}
END_TEST

static void choose_middle(void *context, int32_t width, int32_t height, ingest_view *view)
{
    (void)context;
    (void)width;
    (void)height;
    *view = (ingest_view){10, 100, 20, 7, 8};
}

START_TEST(a_part_has_the_pixels_of_the_whole)
{
    ingest_picture_request request = {.choose = choose_middle};
    ingest_picture picture = {0};

    write_tiff(&kinds[_i], ORIENTATION_TOPLEFT);
    ck_assert_int_eq(read_tiff(&request, &picture).reason, INGEST_USED);
    ck_assert(picture.y <= 100 && picture.y + picture.rows >= 107 && picture.rows < H);
    ck_assert_uint_eq(count_wrong(&kinds[_i], &picture), 0);
    ingest_picture_clear(&picture);
}
END_TEST

START_TEST(orientation_is_applied_where_the_size_asks_for_it)
{
    ingest_picture_request stored = {.width = W, .height = H}, turned = {.width = H, .height = W};
    ingest_picture picture = {0};
    uint8_t corner[3];

    write_tiff(&kinds[4], ORIENTATION_RIGHTTOP); /* to be turned to the right */
    ck_assert_int_eq(read_tiff(&stored, &picture).reason, INGEST_USED);
    ck_assert_uint_eq(count_wrong(&kinds[4], &picture), 0);
    ingest_picture_clear(&picture);
    ck_assert_int_eq(read_tiff(&turned, &picture).reason, INGEST_USED);
    ck_assert(picture.width == H && picture.height == W);
    colour(&kinds[4], 0, 0, corner);
    ck_assert_mem_eq(picture.rgb + 3 * (H - 1), corner, 3);
    ingest_picture_clear(&picture);
}
END_TEST

START_TEST(a_file_cut_anywhere_is_refused_or_whole)
{
    ingest_picture picture;
    struct stat info;
    off_t size;

    write_tiff(&kinds[_i], ORIENTATION_TOPLEFT);
    ck_assert_int_eq(stat(path, &info), 0);
    for (size = info.st_size - 1; size > 0; size -= 1 + info.st_size / 60) {
        ingest_picture_result result;

        memset(&picture, 0, sizeof picture);
        ck_assert_int_eq(truncate(path, size), 0);
        result = read_tiff(NULL, &picture);
        ck_assert_msg(result.reason != INGEST_USED || count_wrong(&kinds[_i], &picture) == 0,
                      "%lld of %lld bytes", (long long)size, (long long)info.st_size);
        ingest_picture_clear(&picture);
    }
}
END_TEST

/* Where the entry of a tag of the first directory has its value, in a little-endian file. */
static long value_of(FILE *file, uint16_t tag)
{
    uint8_t bytes[12];
    uint32_t at;
    uint16_t count, i;

    ck_assert_int_eq(fseek(file, 4, SEEK_SET), 0);
    ck_assert_uint_eq(fread(&at, 4, 1, file), 1);
    ck_assert_int_eq(fseek(file, at, SEEK_SET), 0);
    ck_assert_uint_eq(fread(&count, 2, 1, file), 1);
    for (i = 0; i < count; i++) {
        uint16_t found;

        ck_assert_uint_eq(fread(bytes, 1, 12, file), 12);
        memcpy(&found, bytes, 2);
        if (found == tag)
            return ftell(file) - 4;
    }
    ck_abort_msg("no tag %d", tag);
}

static void change(uint16_t tag, uint32_t value)
{
    FILE *file = fopen(path, "r+b");

    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fseek(file, value_of(file, tag), SEEK_SET), 0);
    ck_assert_uint_eq(fwrite(&value, 4, 1, file), 1);
    ck_assert_int_eq(fclose(file), 0);
}

START_TEST(sizes_and_kinds_that_cannot_be_are_refused_by_name)
{
    write_tiff(&kinds[0], ORIENTATION_TOPLEFT);
    change(TIFFTAG_IMAGEWIDTH, 60000);
    change(TIFFTAG_IMAGELENGTH, 60000);
    expect(INGEST_PICTURE_TOO_LARGE, "60000 x 60000 pixels");
    write_tiff(&kinds[1], ORIENTATION_TOPLEFT); /* one strip */
    change(TIFFTAG_IMAGEWIDTH, 16000);
    change(TIFFTAG_IMAGELENGTH, 16000);
    change(TIFFTAG_ROWSPERSTRIP, 16000);
    expect(INGEST_PICTURE_TOO_LARGE, "rows of 16000 pixels");
    write_tiff(&kinds[0], ORIENTATION_TOPLEFT);
    change(TIFFTAG_SAMPLESPERPIXEL, 5000);
    expect(INGEST_PICTURE_NOT_SUPPORTED, "5000 samples a pixel");
    write_tiff(&kinds[0], ORIENTATION_TOPLEFT);
    change(TIFFTAG_COMPRESSION, 4711);
    expect(INGEST_PICTURE_NOT_SUPPORTED, "compression 4711");
}
END_TEST

/* The next directory is the first one again: only the first is looked at. */
START_TEST(a_loop_of_directories_is_no_loop)
{
    ingest_picture picture = {0};
    uint32_t first;
    uint16_t count;
    FILE *file;

    write_tiff(&kinds[0], ORIENTATION_TOPLEFT);
    file = fopen(path, "r+b");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fseek(file, 4, SEEK_SET), 0);
    ck_assert_uint_eq(fread(&first, 4, 1, file), 1);
    ck_assert_int_eq(fseek(file, first, SEEK_SET), 0);
    ck_assert_uint_eq(fread(&count, 2, 1, file), 1);
    ck_assert_int_eq(fseek(file, first + 2 + 12L * count, SEEK_SET), 0);
    ck_assert_uint_eq(fwrite(&first, 4, 1, file), 1);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(read_tiff(NULL, &picture).reason, INGEST_USED);
    ck_assert_uint_eq(count_wrong(&kinds[0], &picture), 0);
    ingest_picture_clear(&picture);
}
END_TEST

START_TEST(a_smaller_copy_is_not_taken_for_the_picture)
{
    TIFF *tiff = TIFFOpen(path, "w");
    uint8_t row[W] = {0};
    uint32_t y;

    ck_assert_ptr_nonnull(tiff);
    set_fields(tiff, &kinds[0], ORIENTATION_TOPLEFT);
    TIFFSetField(tiff, TIFFTAG_SUBFILETYPE, FILETYPE_REDUCEDIMAGE);
    for (y = 0; y < H; y++)
        ck_assert_int_eq(TIFFWriteScanline(tiff, row, y, 0), 1);
    TIFFClose(tiff);
    expect(INGEST_PICTURE_NOT_SUPPORTED, "smaller copy");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ingest_tiff");
    TCase *tests = tcase_create("tiff");

    TIFFSetErrorHandler(quiet);
    TIFFSetWarningHandler(quiet);
    tcase_add_checked_fixture(tests, new_path, remove_path);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, every_kind_has_its_colours, 0, KINDS);
    tcase_add_loop_test(tests, a_part_has_the_pixels_of_the_whole, 4, 9);
    tcase_add_test(tests, orientation_is_applied_where_the_size_asks_for_it);
    tcase_add_loop_test(tests, a_file_cut_anywhere_is_refused_or_whole, 0,
                        KINDS - 1); /* not JPEG: not exact */
    tcase_add_test(tests, sizes_and_kinds_that_cannot_be_are_refused_by_name);
    tcase_add_test(tests, a_loop_of_directories_is_no_loop);
    tcase_add_test(tests, a_smaller_copy_is_not_taken_for_the_picture);
    suite_add_tcase(suite, tests);
    return unit_test_run(suite);
}
