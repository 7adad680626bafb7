#include "fuzz_mask.h"
#include <stdlib.h>

#define SIZE 16 /* of the sample */

static void demand(bool good)
{
    if (!good)
        abort();
}

/* All pixels are in the runs, and none of these but the first is empty. */
static void check_runs(const ingest_mask *mask)
{
    uint64_t sum = 0;
    size_t i;

    for (i = 0; i < mask->count; i++) {
        demand(mask->runs[i] > 0 || i == 0);
        sum += mask->runs[i];
    }
    demand(sum == (uint64_t)mask->width * (uint64_t)mask->height);
}

/* Cut from within the picture and past its corner: bits are set where the crop holds pixels of the mask. */
static void check_crop(const ingest_mask *mask, ingest_crop crop, bool whole)
{
    uint8_t bits[SIZE * SIZE / 8];
    ingest_mask_cover cover;
    size_t i, set = 0;

    demand(ingest_mask_crop(mask, &crop, SIZE, bits, &cover) == BASE_OK);
    for (i = 0; i < sizeof bits; i++)
        set += (size_t)__builtin_popcount(bits[i]);
    demand((set > 0) == (cover != INGEST_MASK_EMPTY));
    demand(!whole || set > 0);
}

bool fuzz_mask(const ingest_segmentation *segmentation, int32_t width, int32_t height, ingest_mask *mask)
{
    const double box[4] = {0, 0, 1, 1};
    int32_t longer = width > height ? width : height;
    ingest_mask_source source;
    bool valid = false;

    demand(ingest_mask_make(segmentation, box, width, height, mask, &source, &valid) == BASE_OK);
    if (!valid)
        return false;
    check_runs(mask);
    check_crop(mask, (ingest_crop){0, 0, longer}, true);
    check_crop(mask, (ingest_crop){width / 2, -height / 2, 1 + longer / 3}, false);
    return true;
}
