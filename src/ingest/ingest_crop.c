#include "ingest_crop.h"
#include "base_log.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <stb/stb_image_resize.h>

/* A crop is copied at this many times the sample's size or a little more: what is larger is averaged over
 * small squares first. The filter then spans four pixels or more, and cannot tell. */
#define FINENESS 4

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

/* Add a row's pixels into sums, `square` neighbours into each. */
static void add_row(const uint8_t *row, size_t count, size_t square, uint32_t *sums)
{
    size_t i, j, c;

    for (i = 0; i < count; i++)
        for (j = 0; j < square; j++, row += 3)
            for (c = 0; c < 3; c++)
                sums[3 * i + c] += row[c];
}

/* The crop as count x count pixels, each the mean of square x square source pixels.
 * row: [count * square, 3] and sums: [count, 3], scratch. */
static void cut(const ingest_picture *picture, const ingest_crop *crop, size_t count, size_t square,
                uint8_t *row, uint32_t *sums, uint8_t *rgb)
{
    uint32_t area = (uint32_t)(square * square);
    size_t i, j, k;

    for (j = 0; j < count; j++, rgb += 3 * count) {
        int64_t y = crop->y + (int64_t)(j * square);

        if (square == 1) {
            copy_row(picture, crop->x, y, (int64_t)count, rgb);
            continue;
        }
        memset(sums, 0, 3 * count * sizeof *sums);
        for (k = 0; k < square; k++) {
            copy_row(picture, crop->x, y + (int64_t)k, (int64_t)(count * square), row);
            add_row(row, count, square, sums);
        }
        for (i = 0; i < 3 * count; i++)
            rgb[i] = (uint8_t)((sums[i] + area / 2) / area);
    }
}

base_status ingest_crop_resize(const ingest_picture *picture, const ingest_crop *crop, int32_t size,
                               uint8_t *rgb)
{
    size_t side = (size_t)crop->side, square = side / ((size_t)size * FINENESS), count;
    uint8_t *whole, *row;
    uint32_t *sums;
    float end; /* the crop's end in what was cut: the last square may pass it */
    int done = 0;

    if (square == 0)
        square = 1;
    count = (side + square - 1) / square;
    whole = malloc(count * count * 3);
    row = malloc(count * square * 3);
    sums = malloc(count * 3 * sizeof *sums);
    if (whole && row && sums) {
        cut(picture, crop, count, square, row, sums, whole);
        end = (float)((double)side / (double)(count * square));
        done = stbir_resize_region(whole, (int)count, (int)count, 0, rgb, size, size, 0, STBIR_TYPE_UINT8, 3,
                                   STBIR_ALPHA_CHANNEL_NONE, 0, STBIR_EDGE_CLAMP, STBIR_EDGE_CLAMP,
                                   STBIR_FILTER_TRIANGLE, STBIR_FILTER_TRIANGLE, STBIR_COLORSPACE_LINEAR,
                                   NULL, 0, 0, end, end);
    }
    free(sums);
    free(row);
    free(whole);
    if (!done) {
        base_log_error("no memory to resize a crop of %zu pixels a side", side);
        return BASE_ERR_MEMORY;
    }
    return BASE_OK;
}
