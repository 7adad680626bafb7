#include "store_schema_yaml.h"
#include "base_file.h"
#include "base_log.h"
#include <cyaml/cyaml.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const cyaml_strval_t kinds[] = {
    {"group", STORE_SCHEMA_GROUP}, {"dataset", STORE_SCHEMA_DATASET}, {"attribute", STORE_SCHEMA_ATTRIBUTE}};

static const cyaml_strval_t types[] = {{"none", STORE_H5_KIND_NONE}, {"u8", STORE_H5_KIND_U8},
                                       {"i32", STORE_H5_KIND_I32},   {"i64", STORE_H5_KIND_I64},
                                       {"u64", STORE_H5_KIND_U64},   {"f32", STORE_H5_KIND_F32},
                                       {"f64", STORE_H5_KIND_F64},   {"text", STORE_H5_KIND_TEXT}};

static const cyaml_schema_value_t dim_value = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, 31),
};

static const cyaml_schema_field_t object_fields[] = {
    CYAML_FIELD_STRING_PTR("path", CYAML_FLAG_POINTER, store_schema_object, path, 1, 255),
    CYAML_FIELD_ENUM("kind", CYAML_FLAG_STRICT, store_schema_object, kind, kinds, CYAML_ARRAY_LEN(kinds)),
    CYAML_FIELD_ENUM("type", CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL, store_schema_object, type, types,
                     CYAML_ARRAY_LEN(types)),
    CYAML_FIELD_SEQUENCE_COUNT("dims", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, store_schema_object, dims,
                               rank, &dim_value, 0, STORE_H5_RANK_MAX),
    CYAML_FIELD_BOOL("deflate", CYAML_FLAG_OPTIONAL, store_schema_object, deflate),
    CYAML_FIELD_BOOL("required", CYAML_FLAG_DEFAULT, store_schema_object, required),
    CYAML_FIELD_STRING_PTR("unit", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, store_schema_object, unit, 0,
                           255),
    CYAML_FIELD_STRING_PTR("meaning", CYAML_FLAG_POINTER, store_schema_object, meaning, 1, 2048),
    CYAML_FIELD_END};

static const cyaml_schema_value_t object_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, store_schema_object, object_fields)};

static const cyaml_schema_field_t letter_fields[] = {
    CYAML_FIELD_STRING_PTR("letter", CYAML_FLAG_POINTER, store_schema_letter, letter, 1, 1),
    CYAML_FIELD_STRING_PTR("meaning", CYAML_FLAG_POINTER, store_schema_letter, meaning, 1, 2048),
    CYAML_FIELD_END};

static const cyaml_schema_value_t letter_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, store_schema_letter, letter_fields)};

static const cyaml_schema_field_t schema_fields[] = {
    CYAML_FIELD_STRING_PTR("schema", CYAML_FLAG_POINTER, store_schema, schema, 1, 31),
    CYAML_FIELD_INT("version", CYAML_FLAG_DEFAULT, store_schema, version),
    CYAML_FIELD_STRING_PTR("about", CYAML_FLAG_POINTER, store_schema, about, 1, 4096),
    CYAML_FIELD_SEQUENCE_COUNT("letters", CYAML_FLAG_POINTER, store_schema, letters, letter_count,
                               &letter_value, 0, 64),
    CYAML_FIELD_SEQUENCE_COUNT("objects", CYAML_FLAG_POINTER, store_schema, objects, object_count,
                               &object_value, 1, 1024),
    CYAML_FIELD_END};

static const cyaml_schema_value_t schema_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, store_schema, schema_fields)};

/* libcyaml says what is wrong first and then, line by line, where; keep it all. */
static void keep_text(cyaml_log_t level, void *context, const char *format, va_list arguments)
{
    char *text = context;
    size_t used = strlen(text);

    (void)level;
    vsnprintf(text + used, 1024 - used, format, arguments);
    for (; text[used]; used++) {
        if (text[used] == '\n')
            text[used] = ' ';
    }
}

static cyaml_config_t cyaml_settings(char *text)
{
    cyaml_config_t settings = {
        .log_fn = keep_text, .log_ctx = text, .mem_fn = cyaml_mem, .log_level = CYAML_LOG_ERROR};

    return settings;
}

static bool is_dimension(const store_schema *schema, const char *dim)
{
    uint32_t i;

    if (dim[strspn(dim, "0123456789")] == 0)
        return true;
    for (i = 0; i < schema->letter_count; i++) {
        if (strcmp(schema->letters[i].letter, dim) == 0)
            return true;
    }
    return false;
}

static base_status check_dimensions(const char *path, const store_schema *schema)
{
    uint32_t i, k;

    for (i = 0; i < schema->object_count; i++) {
        const store_schema_object *object = &schema->objects[i];

        for (k = 0; k < object->rank; k++) {
            if (is_dimension(schema, object->dims[k]))
                continue;
            base_log_error(
                "%s: %s has dimension %s, allowed are numbers and the letters that the file declares", path,
                object->path, object->dims[k]);
            return BASE_ERR_IO;
        }
    }
    return BASE_OK;
}

base_status store_schema_load(const char *path, store_schema **schema)
{
    char text[1024] = "", *bytes;
    cyaml_config_t settings = cyaml_settings(text);
    store_schema *made = NULL;
    size_t size;
    cyaml_err_t error;
    base_status status = base_file_read(path, &bytes, &size);

    if (status != BASE_OK)
        return status;
    error =
        cyaml_load_data((const uint8_t *)bytes, size, &settings, &schema_value, (cyaml_data_t **)&made, NULL);
    free(bytes);
    if (error != CYAML_OK) {
        base_log_error("%s: is no schema: %s: %s", path, cyaml_strerror(error), text);
        return BASE_ERR_IO;
    }
    status = check_dimensions(path, made);
    if (status == BASE_OK)
        *schema = made;
    else
        store_schema_free(&made);
    return status;
}

void store_schema_free(store_schema **schema)
{
    char text[1024] = "";
    cyaml_config_t settings = cyaml_settings(text);

    if (*schema)
        cyaml_free(&settings, &schema_value, *schema, 0);
    *schema = NULL;
}
