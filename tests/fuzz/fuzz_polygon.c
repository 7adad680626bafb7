/* Any numbers as the polygons of a small picture.
 *
 * Two bytes are its width and height; floats follow, x and y of corner after corner; an x that is no number
 * begins the next polygon. */
#include "fuzz_mask.h"
#include "ingest_segmentation.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_polygons(const uint8_t *data, size_t size, ingest_segmentation *made)
{
    size_t pairs = size / 8, i;

    made->points = malloc((2 * pairs + 1) * sizeof *made->points);
    made->part_ends = malloc((pairs + 1) * sizeof *made->part_ends);
    if (!made->points || !made->part_ends)
        abort();
    made->kind = INGEST_SEGMENTATION_POLYGONS;
    for (i = 0; i < pairs; i++) {
        float corner[2];

        memcpy(corner, data + 8 * i, sizeof corner);
        if (isnan(corner[0])) {
            made->part_ends[made->parts++] = made->numbers;
            continue;
        }
        made->points[made->numbers++] = (double)corner[0];
        made->points[made->numbers++] = (double)corner[1];
    }
    made->part_ends[made->parts++] = made->numbers;
}

/* Let every polygon go round the other way. */
static void turn_round(ingest_segmentation *made)
{
    size_t part, from = 0;

    for (part = 0; part < made->parts; from = made->part_ends[part++]) {
        size_t low = from, high = made->part_ends[part];

        for (; low + 2 < high; low += 2) {
            double corner[2];

            high -= 2;
            memcpy(corner, made->points + low, sizeof corner);
            memcpy(made->points + low, made->points + high, sizeof corner);
            memcpy(made->points + high, corner, sizeof corner);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ingest_segmentation made = {0};
    ingest_mask mask, other;
    int32_t width, height;

    if (size < 2)
        return 0;
    width = 1 + data[0];
    height = 1 + data[1];
    read_polygons(data + 2, size - 2, &made);
    if (fuzz_mask(&made, width, height, &mask)) {
        turn_round(&made);
        if (!fuzz_mask(&made, width, height, &other) || mask.count != other.count ||
            memcmp(mask.runs, other.runs, mask.count * sizeof *mask.runs) != 0)
            abort();
        ingest_mask_clear(&other);
        ingest_mask_clear(&mask);
    }
    ingest_segmentation_clear(&made);
    return 0;
}
