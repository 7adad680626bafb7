#include "ingest_coco.h"
#include "base_log.h"
#include "ingest_record.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Depths of open maps and arrays: {"images": [{"id": 1, "x": [...]}]} */
enum { IN_ROOT = 1, IN_SECTION = 2, IN_OBJECT = 3, IN_VALUE = 4 };

static int wrong_structure(ingest_record_reader *r, const char *what, const char *expected)
{
    uint64_t line, column;

    ingest_json_where(&r->json, &line, &column);
    base_log_error("%s:%" PRIu64 ":%" PRIu64 ": %s: expected %s", r->json.path, line, column, what, expected);
    r->json.failed = BASE_ERR_INPUT;
    return 0;
}

/* ---- yajl's callbacks ---- */

static int on_scalar(ingest_record_reader *r, ingest_value kind, const char *text, size_t size)
{
    if (r->depth == 0)
        return wrong_structure(r, "the document", "an object with images, annotations and categories");
    if (r->section == INGEST_SECTION_OTHER)
        return 1;
    if (r->depth == IN_ROOT)
        return wrong_structure(r, ingest_record_sections[r->section], "an array");
    if (r->depth == IN_SECTION)
        return wrong_structure(r, ingest_record_sections[r->section], "an array of objects");
    if (r->depth == IN_OBJECT)
        return ingest_record_value(r, kind, text, size);
    if (r->field == INGEST_FIELD_BOX)
        ingest_record_box(r, r->depth > IN_VALUE ? INGEST_VALUE_NESTED : kind, text, size);
    return 1;
}

static int on_null(void *context)
{
    return on_scalar(context, INGEST_VALUE_NULL, "null", 4);
}

static int on_boolean(void *context, int value)
{
    return on_scalar(context, INGEST_VALUE_BOOLEAN, value ? "true" : "false", value ? 4 : 5);
}

static int on_number(void *context, const char *text, size_t size)
{
    return on_scalar(context, INGEST_VALUE_NUMBER, text, size);
}

static int on_string(void *context, const unsigned char *text, size_t size)
{
    return on_scalar(context, INGEST_VALUE_STRING, (const char *)text, size);
}

static int begin_value(ingest_record_reader *r)
{
    if (r->field == INGEST_FIELD_BOX)
        r->box_numbers = 0;
    else if (r->field == INGEST_FIELD_SEGMENTATION)
        r->annotation.segment_at = ingest_json_at(&r->json) - 1;
    else if (r->field != INGEST_FIELD_OTHER || r->is_group || r->is_split)
        return ingest_record_value(r, INGEST_VALUE_NESTED, NULL, 0);
    return 1;
}

static int on_start(ingest_record_reader *r, bool map)
{
    r->depth++;
    if (r->depth == IN_ROOT && !map)
        return wrong_structure(r, "the document", "an object with images, annotations and categories");
    if (r->depth == IN_ROOT || r->section == INGEST_SECTION_OTHER)
        return 1;
    if (r->depth == IN_SECTION && map)
        return wrong_structure(r, ingest_record_sections[r->section], "an array");
    if (r->depth == IN_OBJECT && !map)
        return wrong_structure(r, ingest_record_sections[r->section], "an array of objects");
    if (r->depth == IN_OBJECT)
        ingest_record_begin(r);
    if (r->depth == IN_VALUE)
        return begin_value(r);
    if (r->depth > IN_VALUE && r->field == INGEST_FIELD_BOX)
        r->box_numbers = 5;
    return 1;
}

static int on_end(ingest_record_reader *r)
{
    size_t depth = r->depth--;

    if (r->section == INGEST_SECTION_OTHER)
        return 1;
    if (depth == IN_VALUE && r->field == INGEST_FIELD_BOX)
        r->annotation.has_box = r->box_numbers == 4;
    if (depth == IN_VALUE && r->field == INGEST_FIELD_SEGMENTATION)
        r->annotation.segment_bytes = ingest_json_at(&r->json) - r->annotation.segment_at;
    return depth == IN_OBJECT ? ingest_record_end(r) : 1;
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

static int on_key(void *context, const unsigned char *text, size_t size)
{
    ingest_record_reader *r = context;
    size_t i;

    if (r->depth == IN_ROOT) {
        r->section = INGEST_SECTION_OTHER;
        for (i = INGEST_SECTION_IMAGES; i < INGEST_SECTIONS; i++)
            if (size == strlen(ingest_record_sections[i]) &&
                memcmp(text, ingest_record_sections[i], size) == 0)
                r->section = (ingest_section)i;
        r->section_seen[r->section] = true;
    } else if (r->depth == IN_OBJECT) {
        ingest_record_key(r, text, size);
    }
    return 1;
}

static base_status check_sections(const ingest_record_reader *r)
{
    size_t i;

    for (i = INGEST_SECTION_IMAGES; i < INGEST_SECTIONS; i++) {
        if (r->section_seen[i])
            continue;
        base_log_error("%s: has no \"%s\": is it a COCO annotation file?", r->json.path,
                       ingest_record_sections[i]);
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
    ingest_record_reader r;
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
