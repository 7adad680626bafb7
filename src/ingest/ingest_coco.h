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

/** Annotation files and folders of unlabelled pictures that one ingest takes. */
#define INGEST_SOURCES_MAX 64

typedef struct ingest_image {
    int64_t id;
    size_t file_name;    /* offset in text */
    size_t group, split; /* offsets in text of the group key's and the split key's value, or INGEST_NONE */
    size_t path; /* offset in text of where the picture is, INGEST_NONE: file_name in its source's folder */
    uint64_t bytes;        /* of the picture's file, 0 if not looked up */
    int32_t width, height; /* 0 if the file does not say */
    uint32_t source;       /* number of the source it comes from */
} ingest_image;

typedef enum ingest_kind {
    INGEST_ANNOTATED,  /* an annotation of the file */
    INGEST_EMPTY,      /* stands for a picture of which the file annotates nothing */
    INGEST_UNLABELLED, /* stands for a picture that no file speaks of */
} ingest_kind;

typedef struct ingest_annotation {
    int64_t id, image_id, category_id;
    size_t place;                       /* in the file, from 0 */
    size_t image, category;             /* index, INGEST_NONE if unknown */
    double box[4];                      /* x, y, width, height in pixels of the picture */
    uint64_t segment_at, segment_bytes; /* where in the file the segmentation's value lies, 0 bytes: none */
    bool has_box;                       /* bbox was an array of four numbers */
    bool crowd;
    bool duplicate; /* an earlier annotation has this id */
    uint8_t kind;   /* ingest_kind; all but the first are of the whole picture */
    uint16_t source;
} ingest_annotation;

typedef struct ingest_category {
    int64_t id;
    size_t name, supercategory; /* offsets in text */
    bool dropped;               /* a mapping file leaves it out */
} ingest_category;

/** The file's records, without pointers between them, so that blocks can be sent as they are. */
typedef struct ingest_coco {
    ingest_image *images;           /* in order of id */
    ingest_annotation *annotations; /* in order of image id, then id, then place in the file */
    ingest_category *categories;    /* in order of id */
    char *text;                     /* strings, each with its ending 0 */
    size_t image_count, annotation_count, category_count, text_size;
    uint64_t file_bytes[INGEST_SOURCES_MAX]; /* of each whole annotation file: who reads segmentations checks
                                                that it is still the same */
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
 * Local. BASE_ERR_INPUT (an image or category id given twice and not alike).
 */
base_status ingest_coco_link(const char *path, ingest_coco *coco);

/** BASE_ERR_USAGE if no image has the group key, or none the split key; NULL: not asked for. Local. */
base_status ingest_coco_check_keys(const char *path, const char *group_key, const char *split_key,
                                   const ingest_coco *coco);

/** Sort annotations by image id, then id, then place in the file. Local. */
void ingest_coco_order(ingest_coco *coco);

/** Append a text. Local. BASE_ERR_MEMORY. @param offset  out: where it is in coco->text */
base_status ingest_coco_keep(ingest_coco *coco, const char *text, size_t *offset);

/** NULL-safe. */
void ingest_coco_destroy(ingest_coco *coco);

#endif
