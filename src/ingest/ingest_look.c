#include "ingest_look.h"
#include "base_log.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define GRID     9
#define SMALLEST 16 /* pixels of a side */
#define CONTRAST 16 /* brightest mean over darkest, in 0..255 */
#define BANDS    8
#define WINDOW   64

/* Mean brightness of a cell. */
static uint32_t brightness(const uint8_t *rgb, int32_t size, int32_t row, int32_t column)
{
    int32_t top = row * size / GRID, bottom = (row + 1) * size / GRID;
    int32_t left = column * size / GRID, right = (column + 1) * size / GRID, y, x;
    uint64_t sum = 0;

    for (y = top; y < bottom; y++)
        for (x = left; x < right; x++) {
            const uint8_t *pixel = rgb + 3 * ((size_t)y * (size_t)size + (size_t)x);

            sum += 77u * pixel[0] + 150u * pixel[1] + 29u * pixel[2]; /* of 256 */
        }
    return (uint32_t)(sum / ((uint64_t)(bottom - top) * (uint64_t)(right - left)));
}

void ingest_look_make(const uint8_t *rgb, int32_t size, uint64_t look[2])
{
    uint32_t mean[GRID][GRID], low = UINT32_MAX, high = 0;
    int32_t y, x;

    look[0] = look[1] = 0;
    if (size < SMALLEST)
        return;
    for (y = 0; y < GRID; y++)
        for (x = 0; x < GRID; x++) {
            mean[y][x] = brightness(rgb, size, y, x);
            low = mean[y][x] < low ? mean[y][x] : low;
            high = mean[y][x] > high ? mean[y][x] : high;
        }
    if (high - low < CONTRAST * 256)
        return;
    for (y = 0; y < GRID - 1; y++)
        for (x = 0; x < GRID - 1; x++) {
            look[0] = look[0] << 1 | (mean[y][x] < mean[y][x + 1]);
            look[1] = look[1] << 1 | (mean[y][x] < mean[y + 1][x]);
        }
}

/* ---- pairs ---- */

typedef struct finder {
    ingest_pair *pairs;
    size_t count, room;
} finder;

static int by_look(const void *a, const void *b)
{
    const ingest_looked *x = a, *y = b;

    if (x->look[0] != y->look[0])
        return x->look[0] < y->look[0] ? -1 : 1;
    if (x->look[1] != y->look[1])
        return x->look[1] < y->look[1] ? -1 : 1;
    return (x->sample > y->sample) - (x->sample < y->sample);
}

static int by_samples(const void *a, const void *b)
{
    const ingest_pair *x = a, *y = b;

    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    return (x->b > y->b) - (x->b < y->b);
}

/* Let the next 16 bits come first. */
static void rotate(ingest_looked *looked, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        uint64_t high = looked[i].look[0], low = looked[i].look[1];

        looked[i].look[0] = high << 16 | low >> 48;
        looked[i].look[1] = low << 16 | high >> 48;
    }
}

static bool keep(finder *f, const ingest_looked *x, const ingest_looked *y, int distance)
{
    bool order = x->sample < y->sample;

    if (f->count == f->room) {
        size_t room = f->room ? 2 * f->room : 256;
        ingest_pair *grown = realloc(f->pairs, room * sizeof *grown);

        if (!grown)
            return false;
        f->pairs = grown;
        f->room = room;
    }
    f->pairs[f->count++] =
        (ingest_pair){order ? x->sample : y->sample, order ? y->sample : x->sample, (int32_t)distance};
    return true;
}

static bool find_neighbours(finder *f, const ingest_looked *looked, size_t count)
{
    size_t i, j;

    for (i = 0; i < count; i++)
        for (j = i + 1; j < count && j <= i + WINDOW && looked[i].look[0] >> 48 == looked[j].look[0] >> 48;
             j++) {
            int distance = __builtin_popcountll(looked[i].look[0] ^ looked[j].look[0]) +
                           __builtin_popcountll(looked[i].look[1] ^ looked[j].look[1]);

            if (distance <= INGEST_LOOK_NEAR && looked[i].picture != looked[j].picture &&
                !keep(f, &looked[i], &looked[j], distance))
                return false;
        }
    return true;
}

/* A pair is found once for every 16 bits it agrees in. */
static void merge(finder *f)
{
    size_t i, kept = 0;

    if (f->count)
        qsort(f->pairs, f->count, sizeof *f->pairs, by_samples);
    for (i = 0; i < f->count; i++)
        if (kept == 0 || by_samples(&f->pairs[kept - 1], &f->pairs[i]) != 0)
            f->pairs[kept++] = f->pairs[i];
    f->count = kept;
}

base_status ingest_look_pairs(ingest_looked *looked, size_t count, ingest_pair **pairs, size_t *pair_count)
{
    finder f = {0};
    bool good = true;
    int band;

    for (band = 0; band < BANDS && good && count > 1; band++) {
        qsort(looked, count, sizeof *looked, by_look);
        good = find_neighbours(&f, looked, count);
        rotate(looked, count);
    }
    if (!good) {
        base_log_error("no memory for %zu pairs of near copies", f.count);
        free(f.pairs);
        return BASE_ERR_MEMORY;
    }
    merge(&f);
    *pairs = f.pairs;
    *pair_count = f.count;
    return BASE_OK;
}
