#include "camal_picture.h"
#include "base_file.h"
#include "base_log.h"
#include <math.h>
#include <png.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* What is left of a picture under a heat map, and how much the map covers it: chosen so that over every
 * ground, a white one too, more heat is lighter; no step back is larger than 2 of L*'s 100, which is hard to
 * see. */
#define DIMMED      0.45
#define COLOUR_KEPT 0.4
#define COVER_LEAST 0.3
#define COVER_MORE  0.5

#define PNG_LEVEL 4 /* of deflate: for photographs half the time of the default for 7 % more bytes */

/* ---- pictures ---- */

base_status camal_picture_create(int32_t width, int32_t height, const uint8_t colour[3],
                                 camal_picture *picture)
{
    camal_picture made = {.width = width, .height = height};

    if (width < 1 || height < 1 || width > CAMAL_PICTURE_SIDE_MAX || height > CAMAL_PICTURE_SIDE_MAX) {
        base_log_error("picture of %d x %d pixels: allowed are 1 to %d", width, height,
                       CAMAL_PICTURE_SIDE_MAX);
        return BASE_ERR_USAGE;
    }
    made.rgb = malloc((size_t)width * (size_t)height * 3);
    if (!made.rgb) {
        base_log_error("out of memory for a picture of %d x %d pixels", width, height);
        return BASE_ERR_MEMORY;
    }
    camal_picture_fill(&made, 0, 0, width, height, colour);
    *picture = made;
    return BASE_OK;
}

void camal_picture_destroy(camal_picture *picture)
{
    if (!picture)
        return;
    free(picture->rgb);
    memset(picture, 0, sizeof *picture);
}

static uint8_t *pixel_at(const camal_picture *picture, int32_t x, int32_t y)
{
    return picture->rgb + 3 * ((size_t)y * (size_t)picture->width + (size_t)x);
}

void camal_picture_fill(camal_picture *picture, int32_t x, int32_t y, int32_t width, int32_t height,
                        const uint8_t colour[3])
{
    int32_t i, j;

    for (j = y < 0 ? 0 : y; j < y + height && j < picture->height; j++)
        for (i = x < 0 ? 0 : x; i < x + width && i < picture->width; i++)
            memcpy(pixel_at(picture, i, j), colour, 3);
}

void camal_picture_paste(camal_picture *picture, const camal_picture *part, int32_t x, int32_t y)
{
    int32_t first = x < 0 ? -x : 0, end = part->width < picture->width - x ? part->width : picture->width - x;
    int32_t j;

    for (j = y < 0 ? -y : 0; j < part->height && j < picture->height - y && first < end; j++)
        memcpy(pixel_at(picture, x + first, y + j), pixel_at(part, first, j), 3 * (size_t)(end - first));
}

/* ---- enlargement ---- */

/* Where along an axis of `from` places the centre of place i of `to` lies. */
typedef struct spot {
    int32_t lower, upper;
    double share; /* of the upper one */
} spot;

static spot find_spot(int32_t i, int32_t from, int32_t to)
{
    double at = (i + 0.5) * from / to - 0.5;
    spot s;

    at = fmin(fmax(at, 0), from - 1);
    s.lower = (int32_t)at;
    s.upper = s.lower + 1 < from ? s.lower + 1 : s.lower;
    s.share = at - s.lower;
    return s;
}

static double mix(double a, double b, double share)
{
    return a + (b - a) * share;
}

base_status camal_picture_sample(const uint8_t *image, int32_t size, int32_t factor, camal_picture *picture)
{
    static const uint8_t black[3] = {0, 0, 0};
    camal_picture made;
    int32_t x, y, c;
    base_status status = camal_picture_create(size * factor, size * factor, black, &made);

    if (status != BASE_OK)
        return status;
    for (y = 0; y < made.height; y++) {
        spot v = find_spot(y, size, made.height);
        const uint8_t *upper = image + 3 * (ptrdiff_t)size * v.lower,
                      *lower = image + 3 * (ptrdiff_t)size * v.upper;

        for (x = 0; x < made.width; x++) {
            spot h = find_spot(x, size, made.width);

            for (c = 0; c < 3; c++)
                pixel_at(&made, x, y)[c] = (uint8_t)lrint(
                    mix(mix(upper[3 * h.lower + c], upper[3 * h.upper + c], h.share),
                        mix(lower[3 * h.lower + c], lower[3 * h.upper + c], h.share), v.share));
        }
    }
    *picture = made;
    return BASE_OK;
}

/* ---- heat ---- */

static double lab_inverse(double t)
{
    return t > 6.0 / 29 ? t * t * t : 3 * (6.0 / 29) * (6.0 / 29) * (t - 4.0 / 29);
}

/* CIE L*a*b* (D65) to linear sRGB; false if it is outside of it. */
static bool lab_to_linear(double lightness, double a, double b, double linear[3])
{
    double base = (lightness + 16) / 116;
    double x = 0.95047 * lab_inverse(base + a / 500), y = lab_inverse(base),
           z = 1.08883 * lab_inverse(base - b / 200);
    int c;

    linear[0] = 3.2406 * x - 1.5372 * y - 0.4986 * z;
    linear[1] = -0.9689 * x + 1.8758 * y + 0.0415 * z;
    linear[2] = 0.0557 * x - 0.2040 * y + 1.0570 * z;
    for (c = 0; c < 3; c++)
        if (linear[c] < -1e-4 || linear[c] > 1 + 1e-4)
            return false;
    return true;
}

static uint8_t encode(double linear)
{
    double v = fmin(fmax(linear, 0), 1);

    return (uint8_t)lrint(255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * pow(v, 1 / 2.4) - 0.055));
}

void camal_picture_scale(uint8_t scale[256][3])
{
    int i, c;

    for (i = 0; i < 256; i++) {
        double t = i / 255.0, lightness = 12 + 84 * t;
        double hue = (300 + 155 * t) * M_PI / 180; /* violet, red, orange, yellow */
        double chroma = 30 + 220 * t * (1 - t), linear[3];

        while (!lab_to_linear(lightness, chroma * cos(hue), chroma * sin(hue), linear))
            chroma *= 0.98; /* gray is within sRGB at any lightness */
        for (c = 0; c < 3; c++)
            scale[i][c] = encode(linear[c]);
    }
}

/* One pixel under heat of 0 to 1. */
static void heat_pixel(uint8_t *pixel, double heat, const uint8_t colour[3])
{
    double gray = 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2];
    double cover = COVER_LEAST + COVER_MORE * heat;
    int c;

    for (c = 0; c < 3; c++)
        pixel[c] = (uint8_t)lrint(mix(DIMMED * mix(gray, pixel[c], COLOUR_KEPT), colour[c], cover));
}

void camal_picture_heat(camal_picture *picture, const float *map, int32_t height, int32_t width,
                        float largest)
{
    uint8_t scale[256][3];
    int32_t x, y;

    camal_picture_scale(scale);
    for (y = 0; y < picture->height; y++) {
        spot v = find_spot(y, height, picture->height);
        const float *upper = map + (ptrdiff_t)width * v.lower, *lower = map + (ptrdiff_t)width * v.upper;

        for (x = 0; x < picture->width; x++) {
            spot h = find_spot(x, width, picture->width);
            double heat = mix(mix(upper[h.lower], upper[h.upper], h.share),
                              mix(lower[h.lower], lower[h.upper], h.share), v.share);

            heat = largest > 0 ? fmin(fmax(heat / largest, 0), 1) : 0;
            heat_pixel(pixel_at(picture, x, y), heat, scale[lrint(255 * heat)]);
        }
    }
}

/* ---- outlines ---- */

static bool in_mask(const uint8_t *mask, int32_t size, int32_t x, int32_t y)
{
    if (x < 0 || y < 0 || x >= size || y >= size)
        return false;
    return mask[(ptrdiff_t)y * ((size + 7) / 8) + x / 8] >> (7 - x % 8) & 1;
}

/* Whether a pixel of the picture within `reach` of (x, y) is in the mask. */
static bool near_mask(const uint8_t *mask, int32_t size, int32_t factor, int32_t x, int32_t y, int32_t reach)
{
    int32_t left = (x < reach ? 0 : x - reach) / factor, right = (x + reach) / factor, i;
    int32_t top = (y < reach ? 0 : y - reach) / factor, bottom = (y + reach) / factor, j;

    for (j = top; j <= bottom; j++)
        for (i = left; i <= right; i++)
            if (in_mask(mask, size, i, j))
                return true;
    return false;
}

void camal_picture_outline(camal_picture *picture, const uint8_t *mask, int32_t size, int32_t factor)
{
    static const uint8_t dark[3] = {0, 0, 0}, light[3] = {255, 255, 255};
    int32_t x, y;

    for (y = 0; y < picture->height; y++) {
        for (x = 0; x < picture->width; x++) {
            if (in_mask(mask, size, x / factor, y / factor))
                continue;
            if (near_mask(mask, size, factor, x, y, 1))
                memcpy(pixel_at(picture, x, y), light, 3);
            else if (near_mask(mask, size, factor, x, y, 2))
                memcpy(pixel_at(picture, x, y), dark, 3);
        }
    }
}

/* ---- PNG ---- */

typedef struct buffer {
    uint8_t *bytes;
    size_t used, space;
} buffer;

static void grow(png_structp png, png_bytep bytes, png_size_t count)
{
    buffer *b = png_get_io_ptr(png);

    if (b->used + count > b->space) {
        size_t space = 2 * (b->used + count);
        uint8_t *more = realloc(b->bytes, space);

        if (!more)
            png_error(png, "out of memory");
        b->bytes = more;
        b->space = space;
    }
    memcpy(b->bytes + b->used, bytes, count);
    b->used += count;
}

static void flush_nothing(png_structp png)
{
    (void)png;
}

static void complain(png_structp png, png_const_charp text)
{
    base_log_error("libpng: %s", text);
    png_longjmp(png, 1);
}

static void warn(png_structp png, png_const_charp text)
{
    (void)png;
    base_log_warn("libpng: %s", text);
}

/* Everything that may end in libpng's longjmp. */
static base_status encode_png(png_structp png, png_infop info, const camal_picture *picture, buffer *out)
{
    int32_t y;

    if (setjmp(png_jmpbuf(png)))
        return BASE_ERR_LIBRARY;
    png_set_write_fn(png, out, grow, flush_nothing);
    png_set_IHDR(png, info, (png_uint_32)picture->width, (png_uint_32)picture->height, 8, PNG_COLOR_TYPE_RGB,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(png, PNG_LEVEL);
    png_set_sRGB(png, info, PNG_sRGB_INTENT_PERCEPTUAL);
    png_write_info(png, info);
    for (y = 0; y < picture->height; y++)
        png_write_row(png, pixel_at(picture, 0, y));
    png_write_end(png, NULL);
    return BASE_OK;
}

base_status camal_picture_png(const camal_picture *picture, uint8_t **bytes, size_t *size)
{
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, complain, warn);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    buffer out = {0};
    base_status status;

    if (!info) {
        base_log_error("libpng: no memory for a writer");
        png_destroy_write_struct(&png, NULL);
        return BASE_ERR_MEMORY;
    }
    status = encode_png(png, info, picture, &out);
    png_destroy_write_struct(&png, &info);
    if (status != BASE_OK) {
        free(out.bytes);
        return status;
    }
    *bytes = out.bytes;
    *size = out.used;
    return BASE_OK;
}

base_status camal_picture_write(const camal_picture *picture, const char *path)
{
    uint8_t *bytes;
    size_t size;
    base_status status = camal_picture_png(picture, &bytes, &size);

    if (status != BASE_OK)
        return status;
    status = base_file_write(path, bytes, size);
    free(bytes);
    return status;
}

/* ---- sheets ---- */

base_status camal_sheet_create(const camal_sheet *sheet, const uint8_t colour[3], camal_picture *picture)
{
    return camal_picture_create(sheet->gap + sheet->columns * (sheet->cell_width + sheet->gap),
                                sheet->gap + sheet->rows * (sheet->cell_height + sheet->gap), colour,
                                picture);
}

void camal_sheet_place(const camal_sheet *sheet, int32_t index, int32_t *x, int32_t *y)
{
    *x = sheet->gap + index % sheet->columns * (sheet->cell_width + sheet->gap);
    *y = sheet->gap + index / sheet->columns * (sheet->cell_height + sheet->gap);
}
