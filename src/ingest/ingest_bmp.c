/* BMP for ingest_picture.h: Windows bitmaps of every header since OS/2's, of 1 to 32 bits, plain, run-length
 * coded or with bit fields. */
#include "base_log.h"
#include "ingest_decode.h"
#include <stdlib.h>
#include <string.h>

#define HEADER_MAX 124 /* bytes of the largest header */

typedef enum compression { PLAIN = 0, RLE8 = 1, RLE4 = 2, FIELDS = 3, ALPHA_FIELDS = 6 } compression;

typedef struct decoder {
    FILE *file;
    ingest_picture_result *result;
    int32_t width, height;
    bool top_down;
    uint32_t bits, compression, colours;
    uint32_t pixels_at; /* offset in the file */
    uint32_t fields[4]; /* red, green, blue, alpha */
    uint8_t palette[256][3];
    uint8_t *rgb;
} decoder;

static uint32_t little(const uint8_t *bytes, size_t count)
{
    uint32_t value = 0;

    while (count-- > 0)
        value = value << 8 | bytes[count];
    return value;
}

static bool damaged(decoder *d, const char *what, long long found)
{
    d->result->reason = INGEST_PICTURE_DAMAGED;
    ingest_picture_note(d->result, "%s %lld", what, found);
    return false;
}

static bool take(decoder *d, void *bytes, size_t count)
{
    if (fread(bytes, 1, count, d->file) == count)
        return true;
    d->result->reason = ferror(d->file) ? INGEST_PICTURE_UNREADABLE : INGEST_PICTURE_TRUNCATED;
    ingest_picture_note(d->result, "the file ends early");
    return false;
}

/* ---- headers ---- */

static bool check_kind(decoder *d)
{
    static const struct {
        uint32_t compression, bits;
    } kinds[] = {{PLAIN, 1}, {PLAIN, 4}, {PLAIN, 8},   {PLAIN, 16},  {PLAIN, 24},        {PLAIN, 32},
                 {RLE8, 8},  {RLE4, 4},  {FIELDS, 16}, {FIELDS, 32}, {ALPHA_FIELDS, 16}, {ALPHA_FIELDS, 32}};
    size_t i;

    for (i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].compression == d->compression && kinds[i].bits == d->bits)
            return true;
    d->result->reason = INGEST_PICTURE_NOT_SUPPORTED;
    ingest_picture_note(d->result, "BMP of compression %u with %u bits", d->compression, d->bits);
    return false;
}

static void set_fields(decoder *d, const uint8_t *header, uint32_t size)
{
    size_t i, given = d->compression == ALPHA_FIELDS || size >= 56 ? 4 : 3;

    if (d->compression == PLAIN) {
        d->fields[0] = d->bits == 16 ? 0x7C00 : 0xFF0000;
        d->fields[1] = d->bits == 16 ? 0x03E0 : 0xFF00;
        d->fields[2] = d->bits == 16 ? 0x001F : 0xFF;
        return;
    }
    for (i = 0; i < given; i++)
        d->fields[i] = little(header + 40 + 4 * i, 4);
}

/* The bytes of header that are there, and the fields behind one of 40 bytes, which belong to it. */
static bool read_headers(decoder *d)
{
    uint8_t file[18], header[HEADER_MAX + 16] = {0};
    uint32_t size;

    if (!take(d, file, sizeof file))
        return false;
    d->pixels_at = little(file + 10, 4);
    size = little(file + 14, 4);
    if (size != 12 && (size < 40 || size > HEADER_MAX))
        return damaged(d, "header of bytes:", size);
    if (!take(d, header + 4, size - 4))
        return false;
    d->width = (int32_t)(size == 12 ? little(header + 4, 2) : little(header + 4, 4));
    d->height = (int32_t)(size == 12 ? little(header + 6, 2) : little(header + 8, 4));
    d->bits = little(header + (size == 12 ? 10 : 14), 2);
    d->compression = size == 12 ? (uint32_t)PLAIN : little(header + 16, 4);
    d->colours = size == 12 ? 0 : little(header + 32, 4);
    d->top_down = d->height < 0;
    if (d->height == INT32_MIN)
        return damaged(d, "height", d->height);
    d->height = abs(d->height);
    if (!check_kind(d))
        return false;
    if (size == 40 && d->compression >= FIELDS && !take(d, header + 40, d->compression == FIELDS ? 12 : 16))
        return false;
    set_fields(d, header, size);
    if (d->bits <= 8) {
        size_t entry = size == 12 ? 3 : 4, i, count = (size_t)1 << d->bits;

        if (d->colours > 0 && d->colours < count)
            count = d->colours;
        for (i = 0; i < count; i++) {
            uint8_t bgr[4];

            if (!take(d, bgr, entry))
                return false;
            d->palette[i][0] = bgr[2];
            d->palette[i][1] = bgr[1];
            d->palette[i][2] = bgr[0];
        }
    }
    return true;
}

/* Some files let the pixels begin in the palette, so this may go back. */
static bool go_to_pixels(decoder *d)
{
    if (fseek(d->file, (long)d->pixels_at, SEEK_SET) == 0)
        return true;
    d->result->reason = INGEST_PICTURE_UNREADABLE;
    ingest_picture_note(d->result, "cannot go to byte %u", d->pixels_at);
    return false;
}

/* ---- pixels ---- */

static uint8_t *row_of(const decoder *d, int32_t y)
{
    return d->rgb + 3 * (size_t)(d->top_down ? y : d->height - 1 - y) * (size_t)d->width;
}

/* A field's value scaled to 0..255. */
static uint32_t extract(uint32_t value, uint32_t field)
{
    uint32_t shift = field ? (uint32_t)__builtin_ctz(field) : 0, most = field >> shift;

    return most ? (uint32_t)(((uint64_t)((value & field) >> shift) * 255 + most / 2) / most) : 0;
}

/* Transparency is laid over white. */
static void put_fields(const decoder *d, uint32_t value, uint8_t *rgb)
{
    uint32_t alpha = d->fields[3] ? extract(value, d->fields[3]) : 255;
    size_t c;

    for (c = 0; c < 3; c++)
        rgb[c] = (uint8_t)((extract(value, d->fields[c]) * alpha + 255 * (255 - alpha) + 127) / 255);
}

static void convert_row(const decoder *d, const uint8_t *from, uint8_t *rgb)
{
    size_t x, width = (size_t)d->width, bits = d->bits;

    for (x = 0; x < width; x++, rgb += 3) {
        if (bits <= 8) {
            size_t at = x * bits;

            unsigned index = (unsigned)from[at / 8] >> (8 - bits - at % 8) & ((1u << bits) - 1);

            memcpy(rgb, d->palette[index], 3);
        } else if (bits == 24) {
            rgb[0] = from[3 * x + 2];
            rgb[1] = from[3 * x + 1];
            rgb[2] = from[3 * x];
        } else {
            put_fields(d, little(from + x * bits / 8, bits / 8), rgb);
        }
    }
}

static bool read_plain(decoder *d, base_status *status)
{
    size_t bytes = ((size_t)d->width * d->bits + 31) / 32 * 4;
    uint8_t *row = malloc(bytes);
    bool good = row != NULL;
    int32_t y;

    if (!row)
        *status = BASE_ERR_MEMORY;
    for (y = 0; y < d->height && good; y++) {
        good = take(d, row, bytes);
        if (good)
            convert_row(d, row, row_of(d, y));
    }
    free(row);
    return good;
}

/* Put `count` pixels of run-length coded data at x, y; what passes the row's end is left out. */
static void put_run(const decoder *d, int64_t x, int64_t y, size_t count, const uint8_t *bytes, bool same)
{
    size_t i;

    for (i = 0; i < count && x + (int64_t)i < d->width && y < d->height; i++) {
        size_t at = d->bits == 8 ? (same ? 0 : i) : same ? 0 : i / 2;
        uint8_t byte = bytes[at], index = d->bits == 8 ? byte : i % 2 ? byte & 15 : (uint8_t)(byte >> 4);

        memcpy(row_of(d, (int32_t)y) + 3 * (x + (int64_t)i), d->palette[index], 3);
    }
}

/* Pixels that are never put have colour 0. */
static bool read_runs(decoder *d)
{
    int64_t x = 0, y = 0;
    size_t i, pixels = (size_t)d->width * (size_t)d->height;
    uint8_t pair[2], bytes[256];

    for (i = 0; i < pixels; i++)
        memcpy(d->rgb + 3 * i, d->palette[0], 3);
    while (y <= d->height) {
        size_t count;

        if (!take(d, pair, 2))
            return false;
        if (pair[0] > 0) {
            put_run(d, x, y, pair[0], &pair[1], true);
            x += pair[0];
        } else if (pair[1] == 0) { /* end of row */
            x = 0;
            y++;
        } else if (pair[1] == 1) { /* end of picture */
            return true;
        } else if (pair[1] == 2) { /* step right and on */
            if (!take(d, pair, 2))
                return false;
            x += pair[0];
            y += pair[1];
        } else {
            count = d->bits == 8 ? pair[1] : (pair[1] + 1u) / 2;
            if (!take(d, bytes, (count + 1) / 2 * 2))
                return false;
            put_run(d, x, y, pair[1], bytes, false);
            x += pair[1];
        }
    }
    return damaged(d, "more rows than", d->height);
}

static base_status decode(decoder *d, const ingest_picture_request *request)
{
    base_status status = BASE_OK;
    int upright = 1;
    ingest_view view; /* all of it is decoded, whatever is wanted */

    if (!read_headers(d) || !go_to_pixels(d) ||
        !ingest_picture_accept(d->width, d->height, request, &upright, &view, d->result))
        return BASE_OK;
    d->rgb = malloc((size_t)d->width * (size_t)d->height * 3);
    if (!d->rgb)
        status = BASE_ERR_MEMORY;
    else if (d->compression == RLE8 || d->compression == RLE4)
        read_runs(d);
    else
        read_plain(d, &status);
    if (status != BASE_OK)
        base_log_error("no memory for a picture of %d x %d", d->width, d->height);
    return status;
}

base_status ingest_bmp_read(FILE *file, const ingest_picture_request *request, ingest_picture *picture,
                            ingest_picture_result *result)
{
    decoder d = {.file = file, .result = result};
    base_status status = decode(&d, request);

    if (status == BASE_OK && result->reason == INGEST_USED)
        *picture = (ingest_picture){.width = d.width,
                                    .height = d.height,
                                    .shrink = 1,
                                    .columns = d.width,
                                    .rows = d.height,
                                    .rgb = d.rgb};
    else
        free(d.rgb);
    return status;
}
