#include "ingest_record.h"
#include "base_log.h"
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const ingest_record_sections[INGEST_SECTIONS] = {"", "images", "annotations", "categories"};

static const struct key {
    ingest_section section;
    ingest_field field;
    bool required;
    const char *name;
} keys[] = {
    {INGEST_SECTION_IMAGES, INGEST_FIELD_ID, true, "id"},
    {INGEST_SECTION_IMAGES, INGEST_FIELD_FILE_NAME, true, "file_name"},
    {INGEST_SECTION_IMAGES, INGEST_FIELD_WIDTH, false, "width"},
    {INGEST_SECTION_IMAGES, INGEST_FIELD_HEIGHT, false, "height"},
    {INGEST_SECTION_ANNOTATIONS, INGEST_FIELD_ID, true, "id"},
    {INGEST_SECTION_ANNOTATIONS, INGEST_FIELD_IMAGE_ID, true, "image_id"},
    {INGEST_SECTION_ANNOTATIONS, INGEST_FIELD_CATEGORY_ID, true, "category_id"},
    {INGEST_SECTION_ANNOTATIONS, INGEST_FIELD_BOX, false, "bbox"},
    {INGEST_SECTION_ANNOTATIONS, INGEST_FIELD_SEGMENTATION, false, "segmentation"},
    {INGEST_SECTION_ANNOTATIONS, INGEST_FIELD_CROWD, false, "iscrowd"},
    {INGEST_SECTION_ANNOTATIONS, INGEST_FIELD_CROWD, false, "is_crowd"},
    {INGEST_SECTION_CATEGORIES, INGEST_FIELD_ID, true, "id"},
    {INGEST_SECTION_CATEGORIES, INGEST_FIELD_NAME, true, "name"},
    {INGEST_SECTION_CATEGORIES, INGEST_FIELD_SUPERCATEGORY, false, "supercategory"},
};
#define KEYS (sizeof keys / sizeof *keys)

/* ---- complaints ---- */

static int out_of_memory(ingest_record_reader *r)
{
    base_log_error("%s: out of memory after %zu annotations", r->json.path, r->coco->annotation_count);
    r->json.failed = BASE_ERR_MEMORY;
    return 0;
}

static const char *field_name(const ingest_record_reader *r)
{
    size_t i;

    for (i = 0; i < KEYS; i++)
        if (keys[i].section == r->section && keys[i].field == r->field)
            return keys[i].name;
    return r->field == INGEST_FIELD_SPLIT ? r->split_key : r->group_key;
}

static int wrong_value(ingest_record_reader *r, const char *expected, const char *found)
{
    uint64_t line, column;

    ingest_json_where(&r->json, &line, &column);
    base_log_error("%s:%" PRIu64 ":%" PRIu64 ": %s[%zu].%s: expected %s, found %s", r->json.path, line,
                   column, ingest_record_sections[r->section], r->elements[r->section] - 1, field_name(r),
                   expected, found);
    r->json.failed = BASE_ERR_INPUT;
    return 0;
}

static const char *kind_text(ingest_value kind)
{
    static const char *const texts[] = {"null", "true or false", "a number", "a string",
                                        "an array or object"};

    return texts[kind];
}

/* ---- growing blocks ---- */

static bool make_room(void **block, size_t used, size_t more, size_t *room, size_t item)
{
    size_t wanted = *room ? *room : 256;
    void *grown;

    if (used + more <= *room)
        return true;
    while (wanted < used + more)
        wanted *= 2;
    grown = wanted < SIZE_MAX / item ? realloc(*block, wanted * item) : NULL;
    if (!grown)
        return false;
    *block = grown;
    *room = wanted;
    return true;
}

static int keep_text(ingest_record_reader *r, const char *text, size_t size, size_t *offset)
{
    ingest_coco *coco = r->coco;

    if (memchr(text, 0, size))
        return wrong_value(r, "text", "a string with a NUL in it");
    if (!make_room((void **)&coco->text, coco->text_size, size + 1, &r->text_room, 1))
        return out_of_memory(r);
    *offset = coco->text_size;
    memcpy(coco->text + coco->text_size, text, size);
    coco->text[coco->text_size + size] = 0;
    coco->text_size += size + 1;
    return 1;
}

/* ---- values of an object's keys ---- */

/* Whole numbers come as 7, and from some exporters as 7.0. */
static bool whole_number(const char *text, size_t size, int64_t *value)
{
    char copy[64], *end;
    double real;

    if (size >= sizeof copy)
        return false;
    memcpy(copy, text, size);
    copy[size] = 0;
    errno = 0;
    *value = strtoll(copy, &end, 10);
    if (*end == 0)
        return errno == 0;
    real = strtod(copy, &end);
    if (*end != 0 || !(fabs(real) < 9007199254740992.0) || real != floor(real))
        return false;
    *value = (int64_t)real;
    return true;
}

static double real_number(const char *text, size_t size)
{
    char copy[512];

    if (size >= sizeof copy)
        return NAN; /* no box has 511 digits */
    memcpy(copy, text, size);
    copy[size] = 0;
    return strtod(copy, NULL);
}

static int take_id(ingest_record_reader *r, ingest_value kind, const char *text, size_t size, int64_t *id)
{
    if (kind != INGEST_VALUE_NUMBER)
        return wrong_value(r, "an integer", kind_text(kind));
    if (!whole_number(text, size, id))
        return wrong_value(r, "an integer of 64 bits", "another number");
    return 1;
}

static int take_extent(ingest_record_reader *r, ingest_value kind, const char *text, size_t size,
                       int32_t *extent)
{
    int64_t value;

    if (kind == INGEST_VALUE_NULL)
        return 1;
    if (kind != INGEST_VALUE_NUMBER || !whole_number(text, size, &value) || value < 0 || value > INT32_MAX)
        return wrong_value(r, "pixels, an integer in 0..2147483647", kind_text(kind));
    *extent = (int32_t)value;
    return 1;
}

static int take_text(ingest_record_reader *r, ingest_value kind, const char *text, size_t size,
                     size_t *offset)
{
    if (kind != INGEST_VALUE_STRING)
        return wrong_value(r, "a string", kind_text(kind));
    return keep_text(r, text, size, offset);
}

/* The value of the group key or the split key. */
static int take_mark(ingest_record_reader *r, ingest_field mark, ingest_value kind, const char *text,
                     size_t size, size_t *offset)
{
    if (kind == INGEST_VALUE_NULL)
        return 1;
    if (kind == INGEST_VALUE_STRING || kind == INGEST_VALUE_NUMBER)
        return keep_text(r, text, size, offset);
    r->field = mark;
    return wrong_value(r, "a string or a number", kind_text(kind));
}

int ingest_record_value(ingest_record_reader *r, ingest_value kind, const char *text, size_t size)
{
    if (r->is_group && !take_mark(r, INGEST_FIELD_GROUP, kind, text, size, &r->image.group))
        return 0;
    if (r->is_split && !take_mark(r, INGEST_FIELD_SPLIT, kind, text, size, &r->image.split))
        return 0;
    r->fields_seen |= 1u << r->field;
    switch (r->field) {
    case INGEST_FIELD_ID:
        return take_id(r, kind, text, size,
                       r->section == INGEST_SECTION_IMAGES        ? &r->image.id
                       : r->section == INGEST_SECTION_ANNOTATIONS ? &r->annotation.id
                                                                  : &r->category.id);
    case INGEST_FIELD_IMAGE_ID:
        return take_id(r, kind, text, size, &r->annotation.image_id);
    case INGEST_FIELD_CATEGORY_ID:
        return take_id(r, kind, text, size, &r->annotation.category_id);
    case INGEST_FIELD_FILE_NAME:
        return take_text(r, kind, text, size, &r->image.file_name);
    case INGEST_FIELD_NAME:
        return take_text(r, kind, text, size, &r->category.name);
    case INGEST_FIELD_SUPERCATEGORY:
        return kind == INGEST_VALUE_NULL || take_text(r, kind, text, size, &r->category.supercategory);
    case INGEST_FIELD_WIDTH:
        return take_extent(r, kind, text, size, &r->image.width);
    case INGEST_FIELD_HEIGHT:
        return take_extent(r, kind, text, size, &r->image.height);
    case INGEST_FIELD_CROWD:
        if ((kind == INGEST_VALUE_NUMBER && real_number(text, size) != 0) ||
            (kind == INGEST_VALUE_BOOLEAN && size == 4))
            r->annotation.crowd = true; /* by either spelling of the key; 4 bytes are "true" */
        return 1;
    default: /* a box or segmentation that is no array or object: none */
        return 1;
    }
}

void ingest_record_box(ingest_record_reader *r, ingest_value kind, const char *text, size_t size)
{
    if (kind != INGEST_VALUE_NUMBER || r->box_numbers >= 4)
        r->box_numbers = 5;
    else
        r->annotation.box[r->box_numbers++] = real_number(text, size);
}

/* ---- objects ---- */

static bool same(const unsigned char *text, size_t size, const char *name)
{
    return size == strlen(name) && memcmp(text, name, size) == 0;
}

void ingest_record_key(ingest_record_reader *r, const unsigned char *name, size_t size)
{
    bool image = r->section == INGEST_SECTION_IMAGES;
    size_t i;

    r->field = INGEST_FIELD_OTHER;
    for (i = 0; i < KEYS; i++)
        if (keys[i].section == r->section && same(name, size, keys[i].name))
            r->field = keys[i].field;
    r->is_group = image && r->group_key && same(name, size, r->group_key);
    r->is_split = image && r->split_key && same(name, size, r->split_key);
}

void ingest_record_begin(ingest_record_reader *r)
{
    memset(&r->image, 0, sizeof r->image);
    memset(&r->annotation, 0, sizeof r->annotation);
    memset(&r->category, 0, sizeof r->category);
    r->image.group = r->image.split = r->image.path = INGEST_NONE;
    r->category.supercategory = INGEST_NONE;
    r->fields_seen = 0;
    r->elements[r->section]++;
    ingest_json_where(&r->json, &r->object_line, &r->object_column);
}

static int check_required(ingest_record_reader *r)
{
    size_t i;

    for (i = 0; i < KEYS; i++) {
        if (keys[i].section != r->section || !keys[i].required || r->fields_seen >> keys[i].field & 1)
            continue;
        base_log_error("%s:%" PRIu64 ":%" PRIu64 ": %s[%zu]: has no \"%s\"", r->json.path, r->object_line,
                       r->object_column, ingest_record_sections[r->section], r->elements[r->section] - 1,
                       keys[i].name);
        r->json.failed = BASE_ERR_INPUT;
        return 0;
    }
    return 1;
}

int ingest_record_end(ingest_record_reader *r)
{
    ingest_coco *coco = r->coco;

    if (!check_required(r))
        return 0;
    switch (r->section) {
    case INGEST_SECTION_IMAGES:
        if (!make_room((void **)&coco->images, coco->image_count, 1, &r->image_room, sizeof r->image))
            return out_of_memory(r);
        coco->images[coco->image_count++] = r->image;
        return 1;
    case INGEST_SECTION_ANNOTATIONS:
        if (!make_room((void **)&coco->annotations, coco->annotation_count, 1, &r->annotation_room,
                       sizeof r->annotation))
            return out_of_memory(r);
        r->annotation.place = coco->annotation_count;
        coco->annotations[coco->annotation_count++] = r->annotation;
        return 1;
    case INGEST_SECTION_CATEGORIES:
        if (!make_room((void **)&coco->categories, coco->category_count, 1, &r->category_room,
                       sizeof r->category))
            return out_of_memory(r);
        coco->categories[coco->category_count++] = r->category;
        return 1;
    default:
        return 1;
    }
}
