/* Any counts, a list of numbers or compressed, as the runs of a small picture.
 *
 * Two bytes are its width and height, the rest is the text of "counts". */
#include "fuzz_mask.h"
#include "ingest_segmentation.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the runs cover twice is what they cover. */
static void check_union(const ingest_mask *mask)
{
    ingest_mask joined;

    if (ingest_mask_union(mask, mask, &joined) != BASE_OK || joined.count != mask->count ||
        memcmp(joined.runs, mask->runs, mask->count * sizeof *mask->runs) != 0)
        abort();
    ingest_mask_clear(&joined);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ingest_segmentation segmentation;
    ingest_mask mask;
    char *text;
    int begin;

    if (size < 2)
        return 0;
    text = malloc(size + 64);
    if (!text)
        abort();
    begin = sprintf(text, "{\"size\":[%d,%d],\"counts\":", 1 + data[1], 1 + data[0]);
    memcpy(text + begin, data + 2, size - 2);
    text[(size_t)begin + size - 2] = '}';
    if (ingest_segmentation_parse(text, (size_t)begin + size - 1, &segmentation) != BASE_OK)
        abort();
    if (fuzz_mask(&segmentation, 1 + data[0], 1 + data[1], &mask)) {
        check_union(&mask);
        ingest_mask_clear(&mask);
    }
    ingest_segmentation_clear(&segmentation);
    free(text);
    return 0;
}
