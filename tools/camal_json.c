#include "camal_json.h"
#include "base_log.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void keep(camal_json *json, yajl_gen_status status)
{
    if (status != yajl_gen_status_ok)
        json->failed = true;
}

static void put_text(camal_json *json, const char *text)
{
    if (json->gen)
        keep(json, yajl_gen_string(json->gen, (const unsigned char *)text, strlen(text)));
}

static void put_key(camal_json *json, const char *key)
{
    if (key)
        put_text(json, key);
}

static void put_number(camal_json *json, const char *text)
{
    if (json->gen)
        keep(json, text ? yajl_gen_number(json->gen, text, strlen(text)) : yajl_gen_null(json->gen));
}

static camal_json begin(bool lines)
{
    camal_json json = {.gen = yajl_gen_alloc(NULL), .lines = lines};

    json.failed = !json.gen || !yajl_gen_config(json.gen, yajl_gen_beautify, !lines) ||
                  !yajl_gen_config(json.gen, yajl_gen_indent_string, "  ");
    camal_json_open_map(&json, NULL);
    return json;
}

camal_json camal_json_begin(void)
{
    return begin(false);
}

camal_json camal_json_begin_line(void)
{
    return begin(true);
}

void camal_json_text(camal_json *json, const char *key, const char *value)
{
    put_key(json, key);
    put_text(json, value);
}

void camal_json_integer(camal_json *json, const char *key, int64_t value)
{
    put_key(json, key);
    if (json->gen)
        keep(json, yajl_gen_integer(json->gen, value));
}

void camal_json_unsigned(camal_json *json, const char *key, uint64_t value)
{
    char text[24];

    put_key(json, key);
    snprintf(text, sizeof text, "%" PRIu64, value);
    put_number(json, text);
}

void camal_json_boolean(camal_json *json, const char *key, bool value)
{
    put_key(json, key);
    if (json->gen)
        keep(json, yajl_gen_bool(json->gen, value));
}

void camal_json_digits(double value, bool single, char text[CAMAL_JSON_DIGITS])
{
    int digits, most = single ? 9 : 17;

    for (digits = 6; digits <= most; digits++) {
        snprintf(text, CAMAL_JSON_DIGITS, "%.*g", digits, value);
        if (single ? strtof(text, NULL) == (float)value : strtod(text, NULL) == value)
            break;
    }
}

void camal_json_real(camal_json *json, const char *key, double value)
{
    char text[CAMAL_JSON_DIGITS];

    put_key(json, key);
    camal_json_digits(value, false, text);
    put_number(json, isfinite(value) ? text : NULL);
}

void camal_json_float(camal_json *json, const char *key, float value)
{
    char text[CAMAL_JSON_DIGITS];

    put_key(json, key);
    camal_json_digits((double)value, true, text);
    put_number(json, isfinite(value) ? text : NULL);
}

void camal_json_share(camal_json *json, const char *key, float value)
{
    camal_json_float(json, key, value < 0 ? NAN : value);
}

void camal_json_open_map(camal_json *json, const char *key)
{
    put_key(json, key);
    if (json->gen)
        keep(json, yajl_gen_map_open(json->gen));
}

void camal_json_close_map(camal_json *json)
{
    if (json->gen)
        keep(json, yajl_gen_map_close(json->gen));
}

void camal_json_open_list(camal_json *json, const char *key)
{
    put_key(json, key);
    if (json->gen)
        keep(json, yajl_gen_array_open(json->gen));
}

void camal_json_close_list(camal_json *json)
{
    if (json->gen)
        keep(json, yajl_gen_array_close(json->gen));
}

base_status camal_json_finish(camal_json *json, FILE *out)
{
    const unsigned char *text;
    base_status status = BASE_OK;
    size_t size;

    camal_json_close_map(json);
    if (json->failed || yajl_gen_get_buf(json->gen, &text, &size) != yajl_gen_status_ok) {
        base_log_error("cannot make the JSON (out of memory?)");
        status = BASE_ERR_LIBRARY;
    } else if (fwrite(text, 1, size, out) != size || (json->lines && fputc('\n', out) == EOF) ||
               fflush(out) != 0) {
        base_log_error("cannot write the JSON: %m");
        status = BASE_ERR_IO;
    }
    if (json->gen)
        yajl_gen_free(json->gen);
    json->gen = NULL;
    return status;
}
