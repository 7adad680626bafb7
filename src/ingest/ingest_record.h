/** The objects of a COCO file, one at a time, for ingest_coco.c: the values of their keys, checked, and the
 * record that they make. Local, all of it. Functions that yajl's callbacks end with give 1 to go on, 0 to
 * stop: then the reason is logged and json.failed set.
 */
#ifndef INGEST_RECORD_H
#define INGEST_RECORD_H

#include "ingest_coco.h"
#include "ingest_json.h"

typedef enum ingest_section {
    INGEST_SECTION_OTHER,
    INGEST_SECTION_IMAGES,
    INGEST_SECTION_ANNOTATIONS,
    INGEST_SECTION_CATEGORIES,
    INGEST_SECTIONS
} ingest_section;
typedef enum ingest_value {
    INGEST_VALUE_NULL,
    INGEST_VALUE_BOOLEAN,
    INGEST_VALUE_NUMBER,
    INGEST_VALUE_STRING,
    INGEST_VALUE_NESTED
} ingest_value;

typedef enum ingest_field {
    INGEST_FIELD_OTHER,
    INGEST_FIELD_ID,
    INGEST_FIELD_IMAGE_ID,
    INGEST_FIELD_CATEGORY_ID,
    INGEST_FIELD_FILE_NAME,
    INGEST_FIELD_NAME,
    INGEST_FIELD_SUPERCATEGORY,
    INGEST_FIELD_WIDTH,
    INGEST_FIELD_HEIGHT,
    INGEST_FIELD_BOX,
    INGEST_FIELD_SEGMENTATION,
    INGEST_FIELD_CROWD,
    INGEST_FIELD_GROUP,
    INGEST_FIELD_SPLIT
} ingest_field;

typedef struct ingest_record_reader {
    ingest_json json;
    const char *group_key, *split_key;
    ingest_coco *coco;
    size_t image_room, annotation_room, category_room, text_room;
    size_t depth, elements[INGEST_SECTIONS]; /* objects begun in each section */
    ingest_section section;
    ingest_field field;
    bool is_group, is_split; /* the key is the group key, the split key, beside whatever else it is */
    bool section_seen[INGEST_SECTIONS];
    uint32_t fields_seen; /* bits of field, of the current object */
    size_t box_numbers;   /* so far; more than 4 if the box is not a box */
    uint64_t object_line, object_column;
    ingest_image image; /* the object being read, by section */
    ingest_annotation annotation;
    ingest_category category;
} ingest_record_reader;

/** The names of sections in a file; "" for others. */
extern const char *const ingest_record_sections[INGEST_SECTIONS];

/** The key of an object of r->section is `name`: set r->field, r->is_group and r->is_split. */
void ingest_record_key(ingest_record_reader *r, const unsigned char *name, size_t size);

/** An object of r->section begins. */
void ingest_record_begin(ingest_record_reader *r);

/** The value of r->field; of one that is an array or object no text. */
int ingest_record_value(ingest_record_reader *r, ingest_value kind, const char *text, size_t size);

/** One more number of an array of INGEST_FIELD_BOX, or what is none. */
void ingest_record_box(ingest_record_reader *r, ingest_value kind, const char *text, size_t size);

/** The object ends: keep its record. */
int ingest_record_end(ingest_record_reader *r);

#endif
