/* Any text as a COCO annotation file, and every segmentation of one that is taken. */
#include "fuzz_file.h"
#include "ingest_coco.h"
#include "ingest_mask.h"
#include "ingest_segmentation.h"
#include <stdlib.h>

#define SIDE_MAX 256 /* of pictures whose masks are made */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void make_mask(const ingest_coco *coco, const ingest_annotation *annotation, const uint8_t *data)
{
    const ingest_image *image = annotation->image == INGEST_NONE ? NULL : &coco->images[annotation->image];
    ingest_segmentation segmentation = {0};
    ingest_mask_source source;
    ingest_mask mask = {0};
    bool valid = false;

    if (ingest_segmentation_parse((const char *)data + annotation->segment_at,
                                  (size_t)annotation->segment_bytes, &segmentation) != BASE_OK)
        return;
    if (image && image->width > 0 && image->height > 0 && image->width <= SIDE_MAX &&
        image->height <= SIDE_MAX && segmentation.kind != INGEST_SEGMENTATION_INVALID &&
        segmentation.kind != INGEST_SEGMENTATION_NONE &&
        ingest_mask_make(&segmentation, (const double[]){0, 0, 1, 1}, image->width, image->height, &mask,
                         &source, &valid) == BASE_OK &&
        valid)
        ingest_mask_clear(&mask);
    ingest_segmentation_clear(&segmentation);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ingest_coco coco = {0};
    size_t i;

    if (ingest_coco_read(fuzz_file(data, size), "group", "split", &coco) != BASE_OK)
        return 0;
    for (i = 0; i < coco.annotation_count; i++) {
        const ingest_annotation *annotation = &coco.annotations[i];

        if (annotation->segment_at > size || annotation->segment_bytes > size - annotation->segment_at)
            abort();
        if (annotation->segment_bytes > 0)
            make_mask(&coco, annotation, data);
    }
    ingest_coco_destroy(&coco);
    return 0;
}
