#include "ingest_crop.h"
#include "base_log.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <stb/stb_image_resize.h>

#define WIDEST 4096 /* pixels of a crop that is resized at once */

ingest_reason ingest_crop_clip(const double box[4], int32_t width, int32_t height, double min_box,
                               double clipped[4])
{
    double left = box[0], top = box[1], right = box[0] + box[2], bottom = box[1] + box[3];

    if (!isfinite(right) || !isfinite(bottom) || !isfinite(left) || !isfinite(top) || !(box[2] > 0) ||
        !(box[3] > 0))
        return INGEST_BOX_INVALID;
    left = fmax(left, 0.0);
    top = fmax(top, 0.0);
    right = fmin(right, (double)width);
    bottom = fmin(bottom, (double)height);
    if (right <= left || bottom <= top)
        return INGEST_BOX_OUTSIDE;
    if (fmax(right - left, bottom - top) < min_box)
        return INGEST_BOX_TOO_SMALL;
    clipped[0] = left;
    clipped[1] = top;
    clipped[2] = right - left;
    clipped[3] = bottom - top;
    return INGEST_USED;
}

ingest_crop ingest_crop_around(const double box[4], double context)
{
    double side = fmax(floor(context * fmax(box[2], box[3]) + 0.5), (double)INGEST_CROP_MIN_SIDE);
    ingest_crop crop;

    crop.side = (int64_t)side;
    crop.x = (int64_t)floor(box[0] + (box[2] - side) / 2 + 0.5);
    crop.y = (int64_t)floor(box[1] + (box[3] - side) / 2 + 0.5);
    return crop;
}

static int64_t clamp(int64_t value, int64_t limit)
{
    return value < 0 ? 0 : value >= limit ? limit - 1 : value;
}

/* The mean of a square of source pixels, rounded. */
static void average(const ingest_picture *picture, int64_t x, int64_t y, int64_t square, uint8_t rgb[3])
{
    uint64_t sum[3] = {0, 0, 0}, count = (uint64_t)(square * square);
    int64_t i, j;
    size_t c;

    for (j = 0; j < square; j++)
        for (i = 0; i < square; i++) {
            const uint8_t *pixel = picture->rgb + 3 * (clamp(y + j, picture->height) * picture->width +
                                                       clamp(x + i, picture->width));

            for (c = 0; c < 3; c++)
                sum[c] += pixel[c];
        }
    for (c = 0; c < 3; c++)
        rgb[c] = (uint8_t)((sum[c] + count / 2) / count);
}

/* One row of the crop: the picture's own pixels, its first and its last one repeated on either side. */
static void copy_row(const ingest_picture *picture, int64_t x, int64_t y, int64_t side, uint8_t *rgb)
{
    const uint8_t *row = picture->rgb + 3 * clamp(y, picture->height) * picture->width;
    int64_t i = 0, inside;

    for (; i < side && x + i < 0; i++)
        memcpy(rgb + 3 * i, row, 3);
    inside = picture->width - (x + i) < side - i ? picture->width - (x + i) : side - i;
    if (inside > 0) {
        memcpy(rgb + 3 * i, row + 3 * (x + i), (size_t)(3 * inside));
        i += inside;
    }
    for (; i < side; i++)
        memcpy(rgb + 3 * i, row + 3 * (picture->width - 1), 3);
}

/* The crop as a square of `side` pixels, each the mean of `square` x `square` source pixels. */
static void cut(const ingest_picture *picture, const ingest_crop *crop, int64_t side, int64_t square,
                uint8_t *rgb)
{
    int64_t i, j;

    for (j = 0; j < side; j++) {
        uint8_t *row = rgb + 3 * j * side;

        if (square == 1)
            copy_row(picture, crop->x, crop->y + j, side, row);
        else
            for (i = 0; i < side; i++)
                average(picture, crop->x + i * square, crop->y + j * square, square, row + 3 * i);
    }
}

base_status ingest_crop_resize(const ingest_picture *picture, const ingest_crop *crop, int32_t size,
                               uint8_t *rgb)
{
    int64_t square = (crop->side + WIDEST - 1) / WIDEST;
    int64_t side = (crop->side + square - 1) / square; /* the last square may pass the crop by a few pixels */
    uint8_t *whole = malloc((size_t)(side * side * 3));
    int done = 0;

    if (whole) {
        cut(picture, crop, side, square, whole);
        done = stbir_resize_uint8_generic(whole, (int)side, (int)side, 0, rgb, size, size, 0, 3,
                                          STBIR_ALPHA_CHANNEL_NONE, 0, STBIR_EDGE_CLAMP,
                                          STBIR_FILTER_TRIANGLE, STBIR_COLORSPACE_LINEAR, NULL);
    }
    free(whole);
    if (!done) {
        base_log_error("no memory to resize a crop of %lld pixels a side", (long long)side);
        return BASE_ERR_MEMORY;
    }
    return BASE_OK;
}
