/** JSON written key by key: a thin hand on yajl_gen that keeps the first failure for the end. */
#ifndef CAMAL_JSON_H
#define CAMAL_JSON_H

#include "base_status.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <yajl/yajl_gen.h>

typedef struct camal_json {
    yajl_gen gen;
    bool failed;
    bool lines; /* all of it on one line */
} camal_json;

#define CAMAL_JSON_DIGITS 40 /* bytes of a number as text */

/** Start; the outermost map is open. A failure shows in camal_json_finish(). Local. */
camal_json camal_json_begin(void);

/** The same for a line of JSON lines: no line breaks but one at the end. Local. */
camal_json camal_json_begin_line(void);

/* Values. `key` is the member's name in a map, NULL in a list. */
void camal_json_text(camal_json *json, const char *key, const char *value);
void camal_json_integer(camal_json *json, const char *key, int64_t value);
void camal_json_unsigned(camal_json *json, const char *key, uint64_t value);
void camal_json_boolean(camal_json *json, const char *key, bool value);

/** A finite number in the fewest digits, six at least, that give the same double back, or float. Local. */
void camal_json_digits(double value, bool single, char text[CAMAL_JSON_DIGITS]);

/** camal_json_digits() of a double; null if it is not finite. */
void camal_json_real(camal_json *json, const char *key, double value);

/** The same for a float. */
void camal_json_float(camal_json *json, const char *key, float value);

/** A measured share: null where there was nothing to measure (-1 in the records). */
void camal_json_share(camal_json *json, const char *key, float value);

void camal_json_open_map(camal_json *json, const char *key);
void camal_json_close_map(camal_json *json);
void camal_json_open_list(camal_json *json, const char *key);
void camal_json_close_list(camal_json *json);

/** Close the outermost map, write all to `out` and free. BASE_ERR_LIBRARY, BASE_ERR_IO. Local. */
base_status camal_json_finish(camal_json *json, FILE *out);

#endif
