#include "ingest_coco.h"
#include "base_log.h"
#include "ingest_json.h"
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Depths of open maps and arrays: {"images": [{"id": 1, "x": [...]}]} */
enum { IN_ROOT = 1, IN_SECTION = 2, IN_OBJECT = 3, IN_VALUE = 4 };

typedef enum section_id {
    SECTION_OTHER,
    SECTION_IMAGES,
    SECTION_ANNOTATIONS,
    SECTION_CATEGORIES,
    SECTIONS
} section_id;
typedef enum value_kind { KIND_NULL, KIND_BOOLEAN, KIND_NUMBER, KIND_STRING, KIND_NESTED } value_kind;

typedef enum field {
    FIELD_OTHER,
    FIELD_ID,
    FIELD_IMAGE_ID,
    FIELD_CATEGORY_ID,
    FIELD_FILE_NAME,
    FIELD_NAME,
    FIELD_SUPERCATEGORY,
    FIELD_WIDTH,
    FIELD_HEIGHT,
    FIELD_BOX,
    FIELD_SEGMENTATION,
    FIELD_CROWD,
    FIELD_GROUP,
    FIELD_SPLIT
} field;

static const char *const section_names[SECTIONS] = {"", "images", "annotations", "categories"};

static const struct key {
    section_id section;
    field field;
    bool required;
    const char *name;
} keys[] = {
    {SECTION_IMAGES, FIELD_ID, true, "id"},
    {SECTION_IMAGES, FIELD_FILE_NAME, true, "file_name"},
    {SECTION_IMAGES, FIELD_WIDTH, false, "width"},
    {SECTION_IMAGES, FIELD_HEIGHT, false, "height"},
    {SECTION_ANNOTATIONS, FIELD_ID, true, "id"},
    {SECTION_ANNOTATIONS, FIELD_IMAGE_ID, true, "image_id"},
    {SECTION_ANNOTATIONS, FIELD_CATEGORY_ID, true, "category_id"},
    {SECTION_ANNOTATIONS, FIELD_BOX, false, "bbox"},
    {SECTION_ANNOTATIONS, FIELD_SEGMENTATION, false, "segmentation"},
    {SECTION_ANNOTATIONS, FIELD_CROWD, false, "iscrowd"},
    {SECTION_ANNOTATIONS, FIELD_CROWD, false, "is_crowd"},
    {SECTION_CATEGORIES, FIELD_ID, true, "id"},
    {SECTION_CATEGORIES, FIELD_NAME, true, "name"},
    {SECTION_CATEGORIES, FIELD_SUPERCATEGORY, false, "supercategory"},
};
#define KEYS (sizeof keys / sizeof *keys)

typedef struct reader {
    ingest_json json;
    const char *group_key, *split_key;
    ingest_coco *coco;
    size_t image_room, annotation_room, category_room, text_room;
    size_t depth, elements[SECTIONS]; /* objects begun in each section */
    section_id section;
    field field;
    bool is_group, is_split; /* the key is the group key, the split key, beside whatever else it is */
    bool section_seen[SECTIONS];
    uint32_t fields_seen; /* bits of field, of the current object */
    size_t box_numbers;   /* so far; more than 4 if the box is not a box */
    uint64_t object_line, object_column;
    ingest_image image; /* the object being read, by section */
    ingest_annotation annotation;
    ingest_category category;
} reader;

/* ---- complaints ---- */

static int out_of_memory(reader *r)
{
    base_log_error("%s: out of memory after %zu annotations", r->json.path, r->coco->annotation_count);
    r->json.failed = BASE_ERR_MEMORY;
    return 0;
}

static const char *field_name(const reader *r)
{
    size_t i;

    for (i = 0; i < KEYS; i++)
        if (keys[i].section == r->section && keys[i].field == r->field)
            return keys[i].name;
    return r->field == FIELD_SPLIT ? r->split_key : r->group_key;
}

static int wrong_value(reader *r, const char *expected, const char *found)
{
    uint64_t line, column;

    ingest_json_where(&r->json, &line, &column);
    base_log_error("%s:%" PRIu64 ":%" PRIu64 ": %s[%zu].%s: expected %s, found %s", r->json.path, line,
                   column, section_names[r->section], r->elements[r->section] - 1, field_name(r), expected,
                   found);
    r->json.failed = BASE_ERR_INPUT;
    return 0;
}

static int wrong_structure(reader *r, const char *what, const char *expected)
{
    uint64_t line, column;

    ingest_json_where(&r->json, &line, &column);
    base_log_error("%s:%" PRIu64 ":%" PRIu64 ": %s: expected %s", r->json.path, line, column, what, expected);
    r->json.failed = BASE_ERR_INPUT;
    return 0;
}

static const char *kind_text(value_kind kind)
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

static int keep_text(reader *r, const char *text, size_t size, size_t *offset)
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

static int take_id(reader *r, value_kind kind, const char *text, size_t size, int64_t *id)
{
    if (kind != KIND_NUMBER)
        return wrong_value(r, "an integer", kind_text(kind));
    if (!whole_number(text, size, id))
        return wrong_value(r, "an integer of 64 bits", "another number");
    return 1;
}

static int take_extent(reader *r, value_kind kind, const char *text, size_t size, int32_t *extent)
{
    int64_t value;

    if (kind == KIND_NULL)
        return 1;
    if (kind != KIND_NUMBER || !whole_number(text, size, &value) || value < 0 || value > INT32_MAX)
        return wrong_value(r, "pixels, an integer in 0..2147483647", kind_text(kind));
    *extent = (int32_t)value;
    return 1;
}

static int take_text(reader *r, value_kind kind, const char *text, size_t size, size_t *offset)
{
    if (kind != KIND_STRING)
        return wrong_value(r, "a string", kind_text(kind));
    return keep_text(r, text, size, offset);
}

/* The value of the group key or the split key. */
static int take_mark(reader *r, field mark, value_kind kind, const char *text, size_t size, size_t *offset)
{
    if (kind == KIND_NULL)
        return 1;
    if (kind == KIND_STRING || kind == KIND_NUMBER)
        return keep_text(r, text, size, offset);
    r->field = mark;
    return wrong_value(r, "a string or a number", kind_text(kind));
}

static int take_value(reader *r, value_kind kind, const char *text, size_t size)
{
    if (r->is_group && !take_mark(r, FIELD_GROUP, kind, text, size, &r->image.group))
        return 0;
    if (r->is_split && !take_mark(r, FIELD_SPLIT, kind, text, size, &r->image.split))
        return 0;
    r->fields_seen |= 1u << r->field;
    switch (r->field) {
    case FIELD_ID:
        return take_id(r, kind, text, size,
                       r->section == SECTION_IMAGES        ? &r->image.id
                       : r->section == SECTION_ANNOTATIONS ? &r->annotation.id
                                                           : &r->category.id);
    case FIELD_IMAGE_ID:
        return take_id(r, kind, text, size, &r->annotation.image_id);
    case FIELD_CATEGORY_ID:
        return take_id(r, kind, text, size, &r->annotation.category_id);
    case FIELD_FILE_NAME:
        return take_text(r, kind, text, size, &r->image.file_name);
    case FIELD_NAME:
        return take_text(r, kind, text, size, &r->category.name);
    case FIELD_SUPERCATEGORY:
        return kind == KIND_NULL || take_text(r, kind, text, size, &r->category.supercategory);
    case FIELD_WIDTH:
        return take_extent(r, kind, text, size, &r->image.width);
    case FIELD_HEIGHT:
        return take_extent(r, kind, text, size, &r->image.height);
    case FIELD_CROWD:
        if ((kind == KIND_NUMBER && real_number(text, size) != 0) || (kind == KIND_BOOLEAN && size == 4))
            r->annotation.crowd = true; /* by either spelling of the key; 4 bytes are "true" */
        return 1;
    default: /* a box or segmentation that is no array or object: none */
        return 1;
    }
}

/* ---- objects ---- */

static void begin_object(reader *r)
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

static int check_required(reader *r)
{
    size_t i;

    for (i = 0; i < KEYS; i++) {
        if (keys[i].section != r->section || !keys[i].required || r->fields_seen >> keys[i].field & 1)
            continue;
        base_log_error("%s:%" PRIu64 ":%" PRIu64 ": %s[%zu]: has no \"%s\"", r->json.path, r->object_line,
                       r->object_column, section_names[r->section], r->elements[r->section] - 1,
                       keys[i].name);
        r->json.failed = BASE_ERR_INPUT;
        return 0;
    }
    return 1;
}

static int end_object(reader *r)
{
    ingest_coco *coco = r->coco;

    if (!check_required(r))
        return 0;
    switch (r->section) {
    case SECTION_IMAGES:
        if (!make_room((void **)&coco->images, coco->image_count, 1, &r->image_room, sizeof r->image))
            return out_of_memory(r);
        coco->images[coco->image_count++] = r->image;
        return 1;
    case SECTION_ANNOTATIONS:
        if (!make_room((void **)&coco->annotations, coco->annotation_count, 1, &r->annotation_room,
                       sizeof r->annotation))
            return out_of_memory(r);
        r->annotation.place = coco->annotation_count;
        coco->annotations[coco->annotation_count++] = r->annotation;
        return 1;
    case SECTION_CATEGORIES:
        if (!make_room((void **)&coco->categories, coco->category_count, 1, &r->category_room,
                       sizeof r->category))
            return out_of_memory(r);
        coco->categories[coco->category_count++] = r->category;
        return 1;
    default:
        return 1;
    }
}

/* ---- yajl's callbacks ---- */

static int on_scalar(reader *r, value_kind kind, const char *text, size_t size)
{
    if (r->depth == 0)
        return wrong_structure(r, "the document", "an object with images, annotations and categories");
    if (r->section == SECTION_OTHER)
        return 1;
    if (r->depth == IN_ROOT)
        return wrong_structure(r, section_names[r->section], "an array");
    if (r->depth == IN_SECTION)
        return wrong_structure(r, section_names[r->section], "an array of objects");
    if (r->depth == IN_OBJECT)
        return take_value(r, kind, text, size);
    if (r->field == FIELD_BOX) {
        if (r->depth > IN_VALUE || kind != KIND_NUMBER || r->box_numbers >= 4)
            r->box_numbers = 5;
        else
            r->annotation.box[r->box_numbers++] = real_number(text, size);
    }
    return 1;
}

static int on_null(void *context)
{
    return on_scalar(context, KIND_NULL, "null", 4);
}

static int on_boolean(void *context, int value)
{
    return on_scalar(context, KIND_BOOLEAN, value ? "true" : "false", value ? 4 : 5);
}

static int on_number(void *context, const char *text, size_t size)
{
    return on_scalar(context, KIND_NUMBER, text, size);
}

static int on_string(void *context, const unsigned char *text, size_t size)
{
    return on_scalar(context, KIND_STRING, (const char *)text, size);
}

static int begin_value(reader *r)
{
    if (r->field == FIELD_BOX)
        r->box_numbers = 0;
    else if (r->field == FIELD_SEGMENTATION)
        r->annotation.segment_at = ingest_json_at(&r->json) - 1;
    else if (r->field != FIELD_OTHER || r->is_group || r->is_split)
        return take_value(r, KIND_NESTED, NULL, 0);
    return 1;
}

static int on_start(reader *r, bool map)
{
    r->depth++;
    if (r->depth == IN_ROOT && !map)
        return wrong_structure(r, "the document", "an object with images, annotations and categories");
    if (r->depth == IN_ROOT || r->section == SECTION_OTHER)
        return 1;
    if (r->depth == IN_SECTION && map)
        return wrong_structure(r, section_names[r->section], "an array");
    if (r->depth == IN_OBJECT && !map)
        return wrong_structure(r, section_names[r->section], "an array of objects");
    if (r->depth == IN_OBJECT)
        begin_object(r);
    if (r->depth == IN_VALUE)
        return begin_value(r);
    if (r->depth > IN_VALUE && r->field == FIELD_BOX)
        r->box_numbers = 5;
    return 1;
}

static int on_end(reader *r)
{
    size_t depth = r->depth--;

    if (r->section == SECTION_OTHER)
        return 1;
    if (depth == IN_VALUE && r->field == FIELD_BOX)
        r->annotation.has_box = r->box_numbers == 4;
    if (depth == IN_VALUE && r->field == FIELD_SEGMENTATION)
        r->annotation.segment_bytes = ingest_json_at(&r->json) - r->annotation.segment_at;
    return depth == IN_OBJECT ? end_object(r) : 1;
}

static int on_start_map(void *context)
{
    return on_start(context, true);
}

static int on_start_array(void *context)
{
    return on_start(context, false);
}

static int on_end_either(void *context)
{
    return on_end(context);
}

static bool same(const unsigned char *text, size_t size, const char *name)
{
    return size == strlen(name) && memcmp(text, name, size) == 0;
}

static int on_key(void *context, const unsigned char *text, size_t size)
{
    reader *r = context;
    size_t i;

    if (r->depth == IN_ROOT) {
        r->section = SECTION_OTHER;
        for (i = SECTION_IMAGES; i < SECTIONS; i++)
            if (same(text, size, section_names[i]))
                r->section = (section_id)i;
        r->section_seen[r->section] = true;
    } else if (r->depth == IN_OBJECT) {
        r->field = FIELD_OTHER;
        for (i = 0; i < KEYS; i++)
            if (keys[i].section == r->section && same(text, size, keys[i].name))
                r->field = keys[i].field;
        r->is_group = r->section == SECTION_IMAGES && r->group_key && same(text, size, r->group_key);
        r->is_split = r->section == SECTION_IMAGES && r->split_key && same(text, size, r->split_key);
    }
    return 1;
}

static base_status check_sections(const reader *r)
{
    size_t i;

    for (i = SECTION_IMAGES; i < SECTIONS; i++) {
        if (r->section_seen[i])
            continue;
        base_log_error("%s: has no \"%s\": is it a COCO annotation file?", r->json.path, section_names[i]);
        return BASE_ERR_INPUT;
    }
    return BASE_OK;
}

static base_status parse(const char *path, const char *group_key, const char *split_key, ingest_coco *coco)
{
    static const yajl_callbacks callbacks = {
        .yajl_null = on_null,
        .yajl_boolean = on_boolean,
        .yajl_number = on_number,
        .yajl_string = on_string,
        .yajl_start_map = on_start_map,
        .yajl_map_key = on_key,
        .yajl_end_map = on_end_either,
        .yajl_start_array = on_start_array,
        .yajl_end_array = on_end_either,
    };
    reader r;
    base_status status;

    memset(&r, 0, sizeof r);
    r.coco = coco;
    r.group_key = group_key;
    r.split_key = split_key;
    status = ingest_json_parse(path, &callbacks, &r, &r.json);
    if (status == BASE_OK)
        status = check_sections(&r);
    coco->file_bytes[0] = r.json.chunk_at;
    return status;
}

base_status ingest_coco_read(const char *path, const char *group_key, const char *split_key,
                             ingest_coco *coco)
{
    ingest_coco read;
    base_status status;

    memset(&read, 0, sizeof read);
    status = parse(path, group_key, split_key, &read);
    if (status == BASE_OK)
        status = ingest_coco_link(path, &read);
    if (status != BASE_OK) {
        ingest_coco_destroy(&read);
        return status;
    }
    *coco = read;
    return BASE_OK;
}

base_status ingest_coco_keep(ingest_coco *coco, const char *text, size_t *offset)
{
    size_t size = strlen(text) + 1;
    char *grown = realloc(coco->text, coco->text_size + size);

    if (!grown) {
        base_log_error("out of memory for \"%s\"", text);
        return BASE_ERR_MEMORY;
    }
    memcpy(grown + coco->text_size, text, size);
    coco->text = grown;
    *offset = coco->text_size;
    coco->text_size += size;
    return BASE_OK;
}

void ingest_coco_destroy(ingest_coco *coco)
{
    if (!coco)
        return;
    free(coco->images);
    free(coco->annotations);
    free(coco->categories);
    free(coco->text);
    memset(coco, 0, sizeof *coco);
}
