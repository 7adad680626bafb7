#include "ingest_resize.h"
#include "base_log.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Four numbers at a time: a pixel's three and one that is thrown away. */
typedef float four __attribute__((vector_size(16)));

/* Along one direction: which pixels of the picture make up each pixel of the sample. */
typedef struct taps {
    int32_t size;     /* of the sample */
    int32_t most;     /* weights a pixel has at most */
    int32_t *first;   /* [size] pixel of the first weight, counted in what was decoded */
    int32_t *count;   /* [size] */
    float *weights;   /* [size, most] their sum is 1 */
    int32_t low, end; /* all pixels that have a weight */
} taps;

static double reach_of(double step)
{
    return step > 1 ? step : 1;
}

int32_t ingest_resize_shrink(const ingest_crop *crop, int32_t size)
{
    int32_t shrink = 1;

    while (shrink < 8 && crop->side >= (int64_t)4 * shrink * size)
        shrink *= 2;
    return shrink;
}

static int32_t bounded(double value)
{
    return value < -1e9 ? -1000000000 : value > 1e9 ? 1000000000 : (int32_t)value;
}

void ingest_resize_reach(const ingest_crop *crop, int32_t size, ingest_view *view)
{
    double reach = reach_of((double)crop->side / size) + 8, side = (double)crop->side + 2 * reach;

    view->x = bounded(floor((double)crop->x - reach));
    view->y = bounded(floor((double)crop->y - reach));
    view->width = view->height = bounded(ceil(side) + 1);
}

static void taps_free(taps *t)
{
    free(t->first);
    free(t->count);
    free(t->weights);
}

/* The weights of one pixel whose middle lies at `middle`; those beyond the edges go to the pixels there. */
static void weigh(taps *t, int32_t i, double middle, double reach, int32_t limit, int32_t begin)
{
    int64_t from = (int64_t)ceil(middle - reach - 0.5), to = (int64_t)floor(middle + reach - 0.5), p;
    int64_t first = from < 0 ? 0 : from >= limit ? limit - 1 : from;
    float *weights = t->weights + (size_t)i * (size_t)t->most;
    double sum = 0;
    int32_t k;

    t->first[i] = (int32_t)first - begin;
    t->count[i] = 1;
    for (p = from; p <= to; p++) {
        double weight = 1 - fabs((double)p + 0.5 - middle) / reach;
        int64_t inside = p < 0 ? 0 : p >= limit ? limit - 1 : p;

        if (!(weight > 0))
            continue;
        k = (int32_t)(inside - first);
        weights[k] += (float)weight;
        sum += weight;
        if (k >= t->count[i])
            t->count[i] = k + 1;
    }
    for (k = 0; k < t->count[i]; k++)
        weights[k] = sum > 0 ? (float)((double)weights[k] / sum) : 1;
}

/* @param from, side  the crop in reduced pixels   @param limit  of the whole reduced picture
 * @param begin       where what was decoded begins */
static bool taps_make(double from, double side, int32_t size, int32_t limit, int32_t begin, taps *t)
{
    double step = side / size, reach = reach_of(step);
    int32_t i;

    t->size = size;
    t->most = (int32_t)(2 * reach) + 3;
    t->first = malloc((size_t)size * sizeof *t->first);
    t->count = malloc((size_t)size * sizeof *t->count);
    t->weights = calloc((size_t)size * (size_t)t->most, sizeof *t->weights);
    if (!t->first || !t->count || !t->weights)
        return false;
    t->low = INT32_MAX;
    t->end = 0;
    for (i = 0; i < size; i++) {
        weigh(t, i, from + (i + 0.5) * step, reach, limit, begin);
        t->low = t->first[i] < t->low ? t->first[i] : t->low;
        t->end = t->first[i] + t->count[i] > t->end ? t->first[i] + t->count[i] : t->end;
    }
    return true;
}

/* Where the processor can do more at a time it does; without fused operations (-ffp-contract=off) the sums
 * are the same. */
#if defined(__SANITIZE_ADDRESS__)
#define WIDE
#else
#define WIDE __attribute__((target_clones("avx2", "default")))
#endif

/* line[k] = the sum over rows of weight x row[k]: bytes of neighbours, so that several are done at once. */
WIDE static void add_rows(const uint8_t *rows, size_t pitch, const float *weights, int32_t count,
                          size_t bytes, float *line)
{
    size_t k;
    int32_t i = 1;

    for (k = 0; k < bytes; k++)
        line[k] = weights[0] * (float)rows[k];
    for (; i + 1 < count; i += 2) {
        const uint8_t *one = rows + (size_t)i * pitch, *two = one + pitch;
        float a = weights[i], b = weights[i + 1];

        for (k = 0; k < bytes; k++)
            line[k] += a * (float)one[k] + b * (float)two[k];
    }
    if (i < count) {
        const uint8_t *one = rows + (size_t)i * pitch;

        for (k = 0; k < bytes; k++)
            line[k] += weights[i] * (float)one[k];
    }
}

static void add_columns(const taps *t, const float *line, uint8_t *rgb)
{
    int32_t i, k, c;

    for (i = 0; i < t->size; i++, rgb += 3) {
        const float *weights = t->weights + (size_t)i * (size_t)t->most;
        const float *from = line + 3 * (t->first[i] - t->low);
        four sum = {0, 0, 0, 0}, pixel;

        for (k = 0; k < t->count[i]; k++, from += 3) {
            memcpy(&pixel, from, sizeof pixel);
            sum += pixel * weights[k];
        }
        for (c = 0; c < 3; c++)
            rgb[c] = (uint8_t)(sum[c] + 0.5f);
    }
}

static void resize(const ingest_picture *picture, size_t columns, const taps *across, const taps *down,
                   float *line, uint8_t *rgb)
{
    size_t pitch = 3 * columns, bytes = 3 * (size_t)(across->end - across->low);
    int32_t i;

    for (i = 0; i < down->size; i++) {
        const uint8_t *rows = picture->rgb + (size_t)down->first[i] * pitch + 3 * (size_t)across->low;

        add_rows(rows, pitch, down->weights + (size_t)i * (size_t)down->most, down->count[i], bytes, line);
        add_columns(across, line, rgb + 3 * (size_t)i * (size_t)across->size);
    }
}

base_status ingest_resize(const ingest_picture *picture, const ingest_crop *crop, int32_t size, uint8_t *rgb)
{
    int32_t shrink = picture->shrink ? picture->shrink : 1;
    int32_t columns = picture->columns ? picture->columns : picture->width;
    double side = (double)crop->side / shrink;
    taps across = {0}, down = {0};
    base_status status = BASE_ERR_MEMORY;
    float *line = NULL;

    if (taps_make((double)crop->x / shrink, side, size, (picture->width + shrink - 1) / shrink, picture->x,
                  &across) &&
        taps_make((double)crop->y / shrink, side, size, (picture->height + shrink - 1) / shrink, picture->y,
                  &down))
        line = calloc(3 * (size_t)(across.end - across.low) + 1,
                      sizeof *line); /* one more is read with the last */
    if (line) {
        resize(picture, (size_t)columns, &across, &down, line, rgb);
        status = BASE_OK;
    } else {
        base_log_error("no memory to resize a crop of %lld pixels a side", (long long)crop->side);
    }
    free(line);
    taps_free(&across);
    taps_free(&down);
    return status;
}
