/* Every mask of an annotation file as runs, for comparison with tests/reference/coco_masks.py:
 * one line an annotation, "ID SOURCE WIDTH HEIGHT RUN RUN ...". */
#include "ingest_coco.h"
#include "ingest_crop.h"
#include "ingest_mask.h"
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

static base_status dump(int file, const char *path, const ingest_coco *coco,
                        const ingest_annotation *annotation)
{
    static const char *const sources[] = {"polygons", "runs", "box"};
    const ingest_image *image = &coco->images[annotation->image];
    ingest_segmentation segmentation;
    ingest_mask_source source;
    base_status status;
    ingest_mask mask;
    bool valid;
    size_t i;

    status = ingest_segmentation_read(file, path, annotation->segment_at, annotation->segment_bytes,
                                      &segmentation);
    if (status != BASE_OK)
        return status;
    status =
        ingest_mask_make(&segmentation, annotation->box, image->width, image->height, &mask, &source, &valid);
    ingest_segmentation_clear(&segmentation);
    if (status != BASE_OK)
        return status;
    printf("%" PRId64 " %s %d %d", annotation->id, valid ? sources[source] : "invalid", image->width,
           image->height);
    for (i = 0; valid && i < mask.count; i++)
        printf(" %u", mask.runs[i]);
    printf("\n");
    if (valid)
        ingest_mask_clear(&mask);
    return BASE_OK;
}

int main(int argc, char **argv)
{
    base_status status;
    ingest_coco coco;
    size_t i;
    int file;

    if (argc != 2) {
        fprintf(stderr, "usage: dump_masks ANNOTATIONS.json\n");
        return 2;
    }
    status = ingest_coco_read(argv[1], NULL, NULL, &coco);
    if (status != BASE_OK)
        return base_status_exit_code(status);
    file = open(argv[1], O_RDONLY);
    for (i = 0; i < coco.annotation_count && status == BASE_OK; i++)
        if (coco.annotations[i].image != INGEST_NONE)
            status = dump(file, argv[1], &coco, &coco.annotations[i]);
    ingest_coco_destroy(&coco);
    close(file);
    return base_status_exit_code(status);
}
