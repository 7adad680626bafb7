#include "learn_heatmap.h"
#include "base_log.h"
#include "store_dataset.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

void learn_heatmap_describe(const float *map, size_t positions, double threshold, store_score *score)
{
    double sum = 0, inside = 0, entropy = 0;
    float largest = 0;
    size_t i, area = 0;

    for (i = 0; i < positions; i++) {
        sum += map[i];
        largest = fmaxf(largest, map[i]);
    }
    score->cam_sum = (float)sum;
    score->cam_activation = score->cam_area = score->cam_entropy = 0;
    score->cam_empty = !(largest > 0);
    if (score->cam_empty)
        return;
    for (i = 0; i < positions; i++) {
        double share = map[i] / sum;

        if (map[i] >= threshold * largest) {
            inside += map[i];
            area++;
        }
        if (share > 0)
            entropy -= share * log(share);
    }
    score->cam_activation = (float)(inside / sum);
    score->cam_area = (float)((double)area / (double)positions);
    score->cam_entropy = positions > 1 ? (float)(entropy / log((double)positions)) : 0;
}

float learn_heatmap_overlap(const float *a, const float *b, int32_t height, int32_t width, int mirrored)
{
    size_t positions = (size_t)height * (size_t)width, i;
    double sum_a = 0, sum_b = 0, smaller = 0, larger = 0;

    for (i = 0; i < positions; i++) {
        sum_a += a[i];
        sum_b += b[i];
    }
    if (!(sum_a > 0) || !(sum_b > 0))
        return 0;
    for (i = 0; i < positions; i++) {
        size_t row = i / (size_t)width, column = i % (size_t)width;
        size_t j = mirrored ? row * (size_t)width + (size_t)width - 1 - column : i;
        double share_a = a[i] / sum_a, share_b = b[j] / sum_b;

        smaller += fmin(share_a, share_b);
        larger += fmax(share_a, share_b);
    }
    return (float)(smaller / larger);
}

static void axis_table(int32_t from, int32_t size, int32_t *lower, float *share)
{
    int32_t i;

    for (i = 0; i < size; i++) {
        double at = (i + 0.5) * from / size - 0.5;

        at = fmin(fmax(at, 0), from - 1);
        lower[i] = (int32_t)at < from - 1 ? (int32_t)at : (from > 1 ? from - 2 : 0);
        share[i] = from > 1 ? (float)(at - lower[i]) : 0;
    }
}

base_status learn_enlargement_create(int32_t height, int32_t width, int32_t size,
                                     learn_enlargement *enlargement)
{
    learn_enlargement made = {.height = height, .width = width, .size = size};

    made.row = calloc((size_t)size, sizeof *made.row);
    made.column = calloc((size_t)size, sizeof *made.column);
    made.row_share = calloc((size_t)size, sizeof *made.row_share);
    made.column_share = calloc((size_t)size, sizeof *made.column_share);
    if (!made.row || !made.column || !made.row_share || !made.column_share) {
        base_log_error("out of memory for heat maps of %d x %d pixels", size, size);
        learn_enlargement_destroy(&made);
        return BASE_ERR_MEMORY;
    }
    axis_table(height, size, made.row, made.row_share);
    axis_table(width, size, made.column, made.column_share);
    *enlargement = made;
    return BASE_OK;
}

void learn_enlargement_destroy(learn_enlargement *enlargement)
{
    if (!enlargement)
        return;
    free(enlargement->row);
    free(enlargement->column);
    free(enlargement->row_share);
    free(enlargement->column_share);
    memset(enlargement, 0, sizeof *enlargement);
}

float learn_enlargement_at(const learn_enlargement *e, const float *map, int32_t y, int32_t x)
{
    size_t next_row = e->height > 1 ? (size_t)e->width : 0, next_column = e->width > 1 ? 1 : 0;
    const float *corner = map + (size_t)e->row[y] * (size_t)e->width + (size_t)e->column[x];
    float fy = e->row_share[y], fx = e->column_share[x];
    float upper = (1 - fx) * corner[0] + fx * corner[next_column];
    float lower = (1 - fx) * corner[next_row] + fx * corner[next_row + next_column];

    return (1 - fy) * upper + fy * lower;
}

void learn_enlargement_parts(const learn_enlargement *e, const uint8_t *pixels, float *parts)
{
    size_t next_row = e->height > 1 ? (size_t)e->width : 0, next_column = e->width > 1 ? 1 : 0;
    size_t at = 0;
    int32_t x, y;

    memset(parts, 0, (size_t)e->height * (size_t)e->width * sizeof *parts);
    for (y = 0; y < e->size; y++) {
        for (x = 0; x < e->size; x++, at++) {
            float *corner = parts + (size_t)e->row[y] * (size_t)e->width + (size_t)e->column[x];
            float fy = e->row_share[y], fx = e->column_share[x];

            if (pixels && !pixels[at])
                continue;
            corner[0] += (1 - fy) * (1 - fx);
            corner[next_column] += (1 - fy) * fx;
            corner[next_row] += fy * (1 - fx);
            corner[next_row + next_column] += fy * fx;
        }
    }
}

/* Largest enlarged value and where it is, first one in reading order. */
static float largest_at(const learn_enlargement *e, const float *map, int32_t *at_y, int32_t *at_x)
{
    float largest = -1;
    int32_t x, y;

    for (y = 0; y < e->size; y++) {
        for (x = 0; x < e->size; x++) {
            float value = learn_enlargement_at(e, map, y, x);

            if (value > largest) {
                largest = value;
                *at_y = y;
                *at_x = x;
            }
        }
    }
    return largest;
}

void learn_heatmap_judge(const learn_enlargement *e, const float *map, const uint8_t *mask,
                         const uint8_t *twins, store_evaluation *record)
{
    size_t row_bytes = store_mask_row_bytes(e->size);
    double sum = 0, inside = 0, smaller = 0, larger = 0;
    int32_t x, y, peak_y = 0, peak_x = 0;
    float largest = largest_at(e, map, &peak_y, &peak_x);

    record->cam_empty = !(largest > 0);
    record->energy = record->attention_iou = 0;
    record->hit = 0;
    if (record->cam_empty)
        return;
    for (y = 0; y < e->size; y++) {
        for (x = 0; x < e->size; x++) {
            double value = learn_enlargement_at(e, map, y, x), share = value / largest;
            int bit = learn_mask_bit(mask, row_bytes, y, x);

            sum += twins && learn_mask_bit(twins, row_bytes, y, x) ? 0 : value;
            inside += bit ? value : 0;
            smaller += bit ? share : 0; /* min(share, 1) and min(share, 0) */
            larger += bit ? 1 : share;
        }
    }
    record->energy = sum > 0 ? (float)(inside / sum) : 0;
    record->attention_iou = (float)(smaller / larger);
    record->hit = (uint8_t)learn_mask_bit(mask, row_bytes, peak_y, peak_x);
}
