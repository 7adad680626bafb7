/** The segmentation of one annotation, read from where it lies in the annotation file.
 *
 * Three forms: a list of polygons (or one bare list of numbers: one polygon), uncompressed RLE
 * {"size": [height, width], "counts": [...]}, and compressed RLE, where counts is a string.
 */
#ifndef INGEST_SEGMENTATION_H
#define INGEST_SEGMENTATION_H

#include "base_status.h"
#include <stddef.h>
#include <stdint.h>

typedef enum ingest_segmentation_kind {
    INGEST_SEGMENTATION_NONE, /* none, or an empty list */
    INGEST_SEGMENTATION_POLYGONS,
    INGEST_SEGMENTATION_RUNS,
    INGEST_SEGMENTATION_INVALID /* none of the three forms, or a number that cannot be */
} ingest_segmentation_kind;

typedef struct ingest_segmentation {
    ingest_segmentation_kind kind;
    double *points;    /* [numbers]: x, y, x, y ... of all polygons */
    size_t *part_ends; /* [parts]: where in points each polygon ends */
    size_t numbers, parts;
    uint32_t *runs; /* [run_count]: column by column, zeros first */
    size_t run_count;
    int64_t width, height; /* what the runs are for */
} ingest_segmentation;

/** Parse the text of a segmentation. Local. BASE_ERR_MEMORY; wrong content is kind INVALID, not an error. */
base_status ingest_segmentation_parse(const char *text, size_t size, ingest_segmentation *segmentation);

/** Read and parse `bytes` bytes at offset `at` of an open file; 0 bytes are kind NONE. Local.
 * BASE_ERR_IO (names `path`), BASE_ERR_MEMORY. */
base_status ingest_segmentation_read(int file, const char *path, uint64_t at, uint64_t bytes,
                                     ingest_segmentation *segmentation);

/** NULL-safe. */
void ingest_segmentation_clear(ingest_segmentation *segmentation);

#endif
