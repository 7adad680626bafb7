/* The resampling of ingest_mask.h, by area and exact.
 *
 * Lengths are counted in units of 1/size of a source pixel. In them a source pixel is `size` long and a bit
 * of the sample `side` long, so that every overlap is a whole number. */
#include "base_log.h"
#include "ingest_mask.h"
#include <stdlib.h>
#include <string.h>

typedef struct areas {
    int64_t *area; /* [size, size] in units squared */
    int64_t size, side;
} areas;

/* How much of bit `index` lies in [from, to). */
static int64_t overlap(int64_t index, int64_t side, int64_t from, int64_t to)
{
    int64_t low = index * side, high = low + side;

    return (to < high ? to : high) - (from > low ? from : low);
}

/* Add a stretch of one column: pixels [top, bottom) of column x, counted from the crop's corner and within
 * it. */
static void add_stretch(areas *c, int64_t x, int64_t top, int64_t bottom)
{
    int64_t left = x * c->size, right = left + c->size, up = top * c->size, down = bottom * c->size;
    int64_t row, column;

    for (row = up / c->side; row * c->side < down; row++) {
        int64_t tall = overlap(row, c->side, up, down);

        for (column = left / c->side; column * c->side < right; column++)
            c->area[row * c->size + column] += tall * overlap(column, c->side, left, right);
    }
}

/* Add a run of set pixels, which may pass over several columns. */
static void add_run(areas *c, const ingest_crop *crop, int64_t height, int64_t from, int64_t length)
{
    int64_t x = from / height, y = from % height;

    while (length > 0) {
        int64_t here = height - y < length ? height - y : length;
        int64_t top = y > crop->y ? y - crop->y : 0;
        int64_t bottom = y + here < crop->y + crop->side ? y + here - crop->y : crop->side;

        if (x >= crop->x && x < crop->x + crop->side && top < bottom)
            add_stretch(c, x - crop->x, top, bottom);
        length -= here;
        x++;
        y = 0;
    }
}

/* Set the bits whose cover is at least half of `whole`. */
static size_t set_bits(const areas *c, int64_t whole, uint8_t *bits)
{
    int64_t row, column, row_bytes = (c->size + 7) / 8;
    size_t set = 0;

    memset(bits, 0, (size_t)(c->size * row_bytes));
    for (row = 0; row < c->size; row++)
        for (column = 0; column < c->size; column++)
            if (2 * c->area[row * c->size + column] >= whole) {
                bits[row * row_bytes + column / 8] |= (uint8_t)(0x80u >> (column % 8));
                set++;
            }
    return set;
}

static int64_t largest(const areas *c)
{
    int64_t i, most = 0;

    for (i = 0; i < c->size * c->size; i++)
        if (c->area[i] > most)
            most = c->area[i];
    return most;
}

base_status ingest_mask_crop(const ingest_mask *mask, const ingest_crop *crop, int32_t size, uint8_t *bits,
                             ingest_mask_cover *cover)
{
    areas c = {.size = size, .side = crop->side};
    int64_t at = 0, most;
    size_t i;

    c.area = calloc((size_t)size * (size_t)size, sizeof *c.area);
    if (!c.area) {
        base_log_error("no memory for a mask of %d x %d", size, size);
        return BASE_ERR_MEMORY;
    }
    for (i = 0; i < mask->count; i++) {
        if (i & 1)
            add_run(&c, crop, mask->height, at, mask->runs[i]);
        at += mask->runs[i];
    }
    *cover = INGEST_MASK_FULL;
    if (set_bits(&c, crop->side * crop->side, bits) == 0) {
        most = largest(&c);
        *cover = most > 0 ? INGEST_MASK_THIN : INGEST_MASK_EMPTY;
        if (most > 0)
            set_bits(&c, most, bits);
    }
    free(c.area);
    return BASE_OK;
}
