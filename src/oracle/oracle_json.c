#include "oracle_json.h"
#include "base_file.h"
#include "base_log.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#define DEPTH_MAX 64 /* yajl frees a tree by recursion */

/* ---- reading ---- */

static int go_deeper(void *context)
{
    int *depth = context;

    return ++*depth <= DEPTH_MAX;
}

static int come_back(void *context)
{
    int *depth = context;

    --*depth;
    return 1;
}

/* Log why a text is no JSON that can be read; BASE_OK if it is. */
static base_status look_through(const char *path, const char *text, size_t size)
{
    static const yajl_callbacks watch = {.yajl_start_map = go_deeper,
                                         .yajl_end_map = come_back,
                                         .yajl_start_array = go_deeper,
                                         .yajl_end_array = come_back};
    int depth = 0;
    yajl_handle parser = yajl_alloc(&watch, NULL, &depth);
    const unsigned char *bytes = (const unsigned char *)text;
    unsigned char *said = NULL;
    yajl_status found;
    size_t line = 1, i, end;

    if (!parser) {
        base_log_error("%s: out of memory", path);
        return BASE_ERR_MEMORY;
    }
    found = yajl_parse(parser, bytes, size);
    if (found == yajl_status_ok)
        found = yajl_complete_parse(parser);
    end = yajl_get_bytes_consumed(parser);
    for (i = 0; i < end && i < size; i++)
        line += text[i] == '\n';
    if (found == yajl_status_client_canceled) {
        base_log_error("%s, line %zu: nested deeper than %d", path, line, DEPTH_MAX);
    } else if (found != yajl_status_ok) {
        said = yajl_get_error(parser, 0, bytes, size);
        if (said)
            said[strcspn((char *)said, "\n")] = 0;
        base_log_error("%s, line %zu: not JSON: %s", path, line, said ? (char *)said : "out of memory");
        yajl_free_error(parser, said);
    }
    yajl_free(parser);
    return found == yajl_status_ok ? BASE_OK : BASE_ERR_INPUT;
}

base_status oracle_json_read(const char *path, yajl_val *root)
{
    char *text, problem[256];
    base_status status;
    size_t size;

    if (!base_file_exists(path)) {
        base_log_error("%s: no such file", path);
        return BASE_ERR_NOT_FOUND;
    }
    status = base_file_read_text(path, &text, &size);
    if (status != BASE_OK)
        return status;
    status = look_through(path, text, size);
    if (status == BASE_OK && strlen(text) != size) {
        base_log_error("%s: not JSON: a byte 0 in it", path);
        status = BASE_ERR_INPUT;
    }
    if (status == BASE_OK) {
        *root = yajl_tree_parse(text, problem, sizeof problem);
        if (!*root) {
            base_log_error("%s: not JSON that can be held in memory: %.80s", path, problem);
            status = BASE_ERR_INPUT;
        }
    }
    free(text);
    return status;
}

yajl_val oracle_json_member(yajl_val object, const char *key)
{
    const char *path[] = {key, NULL};

    return object && YAJL_IS_OBJECT(object) ? yajl_tree_get(object, path, yajl_t_any) : NULL;
}

size_t oracle_json_length(yajl_val list)
{
    return list && YAJL_IS_ARRAY(list) ? list->u.array.len : 0;
}

const char *oracle_json_text(yajl_val value)
{
    return value && YAJL_IS_STRING(value) ? YAJL_GET_STRING(value) : NULL;
}

bool oracle_json_integer(yajl_val value, int64_t *number)
{
    if (!value || !YAJL_IS_INTEGER(value))
        return false;
    *number = YAJL_GET_INTEGER(value);
    return true;
}

bool oracle_json_real(yajl_val value, double *number)
{
    double found;

    if (!value || !YAJL_IS_NUMBER(value))
        return false;
    found = YAJL_IS_DOUBLE(value) ? YAJL_GET_DOUBLE(value) : strtod(YAJL_GET_NUMBER(value), NULL);
    if (!isfinite(found))
        return false;
    *number = found;
    return true;
}

bool oracle_json_ticked(yajl_val value)
{
    const char *text = oracle_json_text(value);
    int64_t number;

    if (text)
        return strcmp(text, "true") == 0 || strcmp(text, "True") == 0 || strcmp(text, "yes") == 0;
    if (oracle_json_integer(value, &number))
        return number == 1;
    return value && YAJL_IS_TRUE(value);
}

void oracle_json_show(yajl_val value, char *text, size_t size)
{
    if (!value)
        snprintf(text, size, "missing");
    else if (YAJL_IS_STRING(value))
        snprintf(text, size, "\"%s\"", YAJL_GET_STRING(value));
    else if (YAJL_IS_NUMBER(value))
        snprintf(text, size, "%s", YAJL_GET_NUMBER(value));
    else
        snprintf(text, size, "%s",
                 YAJL_IS_OBJECT(value)  ? "an object"
                 : YAJL_IS_ARRAY(value) ? "a list"
                 : YAJL_IS_TRUE(value)  ? "true"
                 : YAJL_IS_FALSE(value) ? "false"
                                        : "null");
}

/* ---- writing ---- */

static void keep(oracle_json *json, yajl_gen_status status)
{
    if (status != yajl_gen_status_ok)
        json->failed = true;
}

static void put_string(oracle_json *json, const char *text)
{
    if (json->gen)
        keep(json, yajl_gen_string(json->gen, (const unsigned char *)text, strlen(text)));
}

static void put_key(oracle_json *json, const char *key)
{
    if (key)
        put_string(json, key);
}

static void put_number(oracle_json *json, const char *text)
{
    if (json->gen)
        keep(json, yajl_gen_number(json->gen, text, strlen(text)));
}

oracle_json oracle_json_begin_line(void)
{
    oracle_json json = {yajl_gen_alloc(NULL), false};

    json.failed = !json.gen;
    return json;
}

oracle_json oracle_json_begin(void)
{
    oracle_json json = oracle_json_begin_line();

    json.failed = !json.gen || !yajl_gen_config(json.gen, yajl_gen_beautify, 1) ||
                  !yajl_gen_config(json.gen, yajl_gen_indent_string, " ");
    return json;
}

void oracle_json_put_text(oracle_json *json, const char *key, const char *text)
{
    put_key(json, key);
    put_string(json, text);
}

void oracle_json_put_integer(oracle_json *json, const char *key, int64_t number)
{
    put_key(json, key);
    if (json->gen)
        keep(json, yajl_gen_integer(json->gen, number));
}

void oracle_json_put_true(oracle_json *json, const char *key)
{
    put_key(json, key);
    if (json->gen)
        keep(json, yajl_gen_bool(json->gen, 1));
}

void oracle_json_put_float(oracle_json *json, const char *key, float number)
{
    char text[40];
    int digits;

    put_key(json, key);
    if (!isfinite(number)) {
        put_number(json, "null");
        return;
    }
    for (digits = 6; digits <= 9; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, (double)number);
        if (strtof(text, NULL) == number)
            break;
    }
    put_number(json, text);
}

void oracle_json_put_real(oracle_json *json, const char *key, double number)
{
    char text[40];
    int digits;

    put_key(json, key);
    if (!isfinite(number)) {
        put_number(json, "null");
        return;
    }
    for (digits = 6; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    put_number(json, text);
}

/* yajl writes what it is told is a number as it stands. */
void oracle_json_put_raw(oracle_json *json, const char *key, const char *text)
{
    put_key(json, key);
    put_number(json, text);
}

static void put_value(oracle_json *json, const char *key, yajl_val value)
{
    size_t i;

    if (YAJL_IS_OBJECT(value)) {
        oracle_json_open_map(json, key);
        for (i = 0; i < value->u.object.len; i++)
            put_value(json, value->u.object.keys[i], value->u.object.values[i]);
        oracle_json_close_map(json);
    } else if (YAJL_IS_ARRAY(value)) {
        oracle_json_open_list(json, key);
        for (i = 0; i < value->u.array.len; i++)
            put_value(json, NULL, value->u.array.values[i]);
        oracle_json_close_list(json);
    } else if (YAJL_IS_NUMBER(value)) {
        oracle_json_put_raw(json, key, YAJL_GET_NUMBER(value));
    } else if (YAJL_IS_STRING(value)) {
        oracle_json_put_text(json, key, YAJL_GET_STRING(value));
    } else {
        oracle_json_put_raw(json, key,
                            YAJL_IS_TRUE(value)    ? "true"
                            : YAJL_IS_FALSE(value) ? "false"
                                                   : "null");
    }
}

char *oracle_json_copy(yajl_val value)
{
    oracle_json json = oracle_json_begin_line();
    const unsigned char *bytes;
    char *text = NULL;
    size_t size;

    put_value(&json, NULL, value);
    if (!json.failed && yajl_gen_get_buf(json.gen, &bytes, &size) == yajl_gen_status_ok)
        text = strndup((const char *)bytes, size);
    oracle_json_end(&json);
    return text;
}

void oracle_json_open_map(oracle_json *json, const char *key)
{
    put_key(json, key);
    if (json->gen)
        keep(json, yajl_gen_map_open(json->gen));
}

void oracle_json_close_map(oracle_json *json)
{
    if (json->gen)
        keep(json, yajl_gen_map_close(json->gen));
}

void oracle_json_open_list(oracle_json *json, const char *key)
{
    put_key(json, key);
    if (json->gen)
        keep(json, yajl_gen_array_open(json->gen));
}

void oracle_json_close_list(oracle_json *json)
{
    if (json->gen)
        keep(json, yajl_gen_array_close(json->gen));
}

base_status oracle_json_bytes(oracle_json *json, const char *what, const unsigned char **bytes, size_t *size)
{
    if (!json->failed && yajl_gen_get_buf(json->gen, bytes, size) == yajl_gen_status_ok)
        return BASE_OK;
    base_log_error("%s: cannot make its JSON (a text that is not UTF-8, or out of memory)", what);
    return BASE_ERR_LIBRARY;
}

void oracle_json_end(oracle_json *json)
{
    if (json->gen)
        yajl_gen_free(json->gen);
    json->gen = NULL;
}
