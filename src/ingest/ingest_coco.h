/** A COCO annotation file as records: https://cocodataset.org/#format-data.
 *
 * The file is read once, as a stream, by a parser that keeps no tree: memory grows by about 120 bytes an
 * annotation. Segmentations, the bulk of a file, stay in it: a record holds where its segmentation lies, and
 * ingest_segmentation.h reads it when it is needed.
 *
 * Sections may come in any order; unknown keys and sections are ignored. What identifies things (the
 * sections' types, ids, file names, category names) must be right, or the file is refused with line, column
 * and path in the document; what describes a single annotation (its box, its segmentation) only loses that
 * annotation.
 */
#ifndef INGEST_COCO_H
#define INGEST_COCO_H

#include "base_status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** No text, no index. */
#define INGEST_NONE SIZE_MAX

typedef struct ingest_image {
    int64_t id;
    size_t file_name;      /* offset in text */
    size_t group, split;   /* offsets in text of the group key's and the split key's value, or INGEST_NONE */
    int32_t width, height; /* 0 if the file does not say */
} ingest_image;

typedef struct ingest_annotation {
    int64_t id, image_id, category_id;
    size_t place;                       /* in the file, from 0 */
    size_t image, category;             /* index, INGEST_NONE if unknown */
    double box[4];                      /* x, y, width, height in pixels of the picture */
    uint64_t segment_at, segment_bytes; /* where in the file the segmentation's value lies, 0 bytes: none */
    bool has_box;                       /* bbox was an array of four numbers */
    bool crowd;
    bool duplicate; /* an earlier annotation has this id */
} ingest_annotation;

typedef struct ingest_category {
    int64_t id;
    size_t name, supercategory; /* offsets in text */
} ingest_category;

/** The file's records, without pointers between them, so that blocks can be sent as they are. */
typedef struct ingest_coco {
    ingest_image *images;           /* in order of id */
    ingest_annotation *annotations; /* in order of image id, then id, then place in the file */
    ingest_category *categories;    /* in order of id */
    char *text;                     /* strings, each with its ending 0 */
    size_t image_count, annotation_count, category_count, text_size;
    uint64_t file_bytes; /* of the whole file: who reads segmentations checks that it is still the same */
} ingest_coco;

/** Read an annotation file.
 *
 * Local. BASE_ERR_INPUT (with file:line:column and the path in the document), BASE_ERR_IO (cannot be read),
 * BASE_ERR_NOT_FOUND (no such file), BASE_ERR_MEMORY.
 * @param group_key  key of an image that holds its group (string or number), or NULL
 * @param split_key  key of an image that holds its split (string or number), or NULL
 */
base_status ingest_coco_read(const char *path, const char *group_key, const char *split_key,
                             ingest_coco *coco);

/** The second half of reading: put records in order, find duplicates, turn ids into indices.
 *
 * Local. BASE_ERR_INPUT (an image or category id given twice and not alike), BASE_ERR_USAGE (no image has the
 * group key or the split key).
 */
base_status ingest_coco_link(const char *path, const char *group_key, const char *split_key,
                             ingest_coco *coco);

/** NULL-safe. */
void ingest_coco_destroy(ingest_coco *coco);

#endif
