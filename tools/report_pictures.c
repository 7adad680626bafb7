#include "report_pictures.h"
#include "base_log.h"
#include "camal_maps.h"
#include "camal_picture.h"
#include "camal_rounds.h"
#include <stdlib.h>
#include <string.h>

#define SIDE 96 /* pixels that a picture should have */

/* All that is read and computed for the samples. */
typedef struct batch {
    int64_t *sample;
    int32_t *class_index;
    camal_map *record;
    float *heat;
    uint8_t *image, *mask;
    int32_t size; /* S */
    int32_t height, width;
} batch;

static void clear_batch(batch *b)
{
    free(b->sample);
    free(b->class_index);
    free(b->record);
    free(b->heat);
    free(b->image);
    free(b->mask);
}

static size_t mask_bytes(int32_t size)
{
    return (size_t)size * store_mask_row_bytes(size);
}

static base_status allocate(const report_wanted *wanted, size_t count, batch *b)
{
    size_t i;

    b->sample = calloc(count, sizeof *b->sample);
    b->class_index = calloc(count, sizeof *b->class_index);
    b->record = calloc(count, sizeof *b->record);
    b->heat = calloc(count * (size_t)b->height * (size_t)b->width, sizeof *b->heat);
    b->image = calloc(count, (size_t)b->size * (size_t)b->size * 3);
    b->mask = calloc(count, mask_bytes(b->size));
    if (!b->sample || !b->class_index || !b->record || !b->heat || !b->image || !b->mask) {
        base_log_error("no memory for %zu pictures", count);
        return BASE_ERR_MEMORY;
    }
    for (i = 0; i < count; i++) {
        b->sample[i] = wanted[i].sample;
        b->class_index[i] = wanted[i].class_index;
    }
    return BASE_OK;
}

/* Masks of the samples that are to be outlined, and of no others: nobody may look at those yet. */
static base_status read_masks(store_dataset *dataset, const report_wanted *wanted, size_t count, batch *b)
{
    size_t bytes = mask_bytes(b->size), known = 0, i;
    int64_t *sample = calloc(count, sizeof *sample);
    uint8_t *mask = calloc(count, bytes);
    base_status status = BASE_OK;

    if (!sample || !mask) {
        base_log_error("no memory for %zu masks", count);
        status = BASE_ERR_MEMORY;
        goto out;
    }
    for (i = 0; i < count; i++)
        if (wanted[i].outlined)
            sample[known++] = wanted[i].sample;
    if (known > 0)
        status = store_dataset_gather(dataset, sample, known, NULL, mask);
    for (i = known = 0; i < count && status == BASE_OK; i++)
        if (wanted[i].outlined)
            memcpy(b->mask + i * bytes, mask + known++ * bytes, bytes);
out:
    free(mask);
    free(sample);
    return status;
}

static base_status compute(store_dataset *dataset, const char *path, const report_wanted *wanted,
                           size_t count, batch *b)
{
    camal_maps *maps = NULL;
    store_round round;
    base_status status = camal_rounds_read(path, &round);

    if (status != BASE_OK)
        return status;
    status = camal_maps_open(&round, path, dataset, 0, false, &maps);
    store_round_destroy(&round);
    if (status != BASE_OK)
        return status;
    b->size = store_dataset_table(dataset)->size;
    camal_maps_size(maps, &b->height, &b->width);
    status = allocate(wanted, count, b);
    if (status == BASE_OK)
        status =
            camal_maps_compute(maps, b->sample, b->class_index, count, b->record, b->heat, NULL, b->image);
    if (status == BASE_OK)
        status = read_masks(dataset, wanted, count, b);
    camal_maps_close(&maps);
    return status;
}

/* ---- smaller pictures ---- */

/* Means of blocks of step x step pixels; those at the lower and right edge may be cut. */
static void shrink_image(const uint8_t *from, int32_t size, int32_t step, uint8_t *to)
{
    int32_t side = (size + step - 1) / step, x, y, k, i, j;

    for (y = 0; y < side; y++)
        for (x = 0; x < side; x++)
            for (k = 0; k < 3; k++) {
                int32_t sum = 0, count = 0;

                for (i = y * step; i < size && i < (y + 1) * step; i++)
                    for (j = x * step; j < size && j < (x + 1) * step; j++, count++)
                        sum += from[(i * size + j) * 3 + k];
                to[(y * side + x) * 3 + k] = (uint8_t)((sum + count / 2) / count);
            }
}

/* A bit where at least half of the block's are set. */
static void shrink_mask(const uint8_t *from, int32_t size, int32_t step, uint8_t *to)
{
    int32_t side = (size + step - 1) / step, x, y, i, j;
    size_t from_row = store_mask_row_bytes(size), to_row = store_mask_row_bytes(side);

    memset(to, 0, mask_bytes(side));
    for (y = 0; y < side; y++)
        for (x = 0; x < side; x++) {
            int32_t set = 0, count = 0;

            for (i = y * step; i < size && i < (y + 1) * step; i++)
                for (j = x * step; j < size && j < (x + 1) * step; j++, count++)
                    set += from[(size_t)i * from_row + (size_t)j / 8] >> (7 - j % 8) & 1;
            if (2 * set >= count)
                to[(size_t)y * to_row + (size_t)x / 8] |= (uint8_t)(1 << (7 - x % 8));
        }
}

/* ---- PNG ---- */

static base_status encode(const uint8_t *image, int32_t side, int32_t factor, const float *map,
                          const batch *b, float largest, const uint8_t *mask, uint8_t **png, size_t *size)
{
    camal_picture picture;
    base_status status = camal_picture_sample(image, side, factor, &picture);

    if (status != BASE_OK)
        return status;
    if (map)
        camal_picture_heat(&picture, map, b->height, b->width, largest);
    if (mask)
        camal_picture_outline(&picture, mask, side, factor);
    status = camal_picture_png(&picture, png, size);
    camal_picture_destroy(&picture);
    return status;
}

static base_status draw(const batch *b, size_t i, bool outlined, report_shown *shown)
{
    int32_t step = (b->size + SIDE - 1) / SIDE, side = (b->size + step - 1) / step, factor = SIDE / side;
    uint8_t *image = malloc((size_t)side * (size_t)side * 3), *mask = malloc(mask_bytes(side));
    const float *map = b->heat + i * (size_t)b->height * (size_t)b->width;
    base_status status = BASE_OK;

    if (!image || !mask) {
        base_log_error("no memory for a picture of %d pixels", side);
        status = BASE_ERR_MEMORY;
        goto out;
    }
    shrink_image(b->image + i * (size_t)b->size * (size_t)b->size * 3, b->size, step, image);
    shrink_mask(b->mask + i * mask_bytes(b->size), b->size, step, mask);
    shown->empty = b->record[i].largest <= 0;
    status = encode(image, side, 1, NULL, b, 0, NULL, &shown->plain, &shown->plain_size);
    if (status == BASE_OK)
        status = encode(image, side, factor, map, b, b->record[i].largest, outlined ? mask : NULL,
                        &shown->heat, &shown->heat_size);
out:
    free(mask);
    free(image);
    return status;
}

base_status report_pictures_make(store_dataset *dataset, const char *round, const report_wanted *wanted,
                                 size_t count, report_shown *shown)
{
    batch b = {0};
    base_status status = BASE_OK;
    size_t i;

    memset(shown, 0, count * sizeof *shown);
    if (count == 0)
        return BASE_OK;
    status = compute(dataset, round, wanted, count, &b);
    for (i = 0; i < count && status == BASE_OK; i++)
        status = draw(&b, i, wanted[i].outlined, &shown[i]);
    clear_batch(&b);
    if (status != BASE_OK)
        report_pictures_clear(shown, count);
    return status;
}

void report_pictures_clear(report_shown *shown, size_t count)
{
    size_t i;

    for (i = 0; shown && i < count; i++) {
        free(shown[i].plain);
        free(shown[i].heat);
        shown[i] = (report_shown){0};
    }
}
