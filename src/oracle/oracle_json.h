/** JSON of label files: a thin hand on yajl, for reading what came from elsewhere and for writing. */
#ifndef ORACLE_JSON_H
#define ORACLE_JSON_H

#include "base_status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <yajl/yajl_gen.h>
#include <yajl/yajl_tree.h>

/* ---- reading ---- */

/** Read a file as JSON; *root is freed by yajl_tree_free(). Local. BASE_ERR_NOT_FOUND, BASE_ERR_IO,
 * BASE_ERR_MEMORY; BASE_ERR_INPUT names the line of what is no JSON, or is nested deeper than 64. */
base_status oracle_json_read(const char *path, yajl_val *root);

/** Member of an object; NULL if it has none of that name, or is no object (or NULL) itself. */
yajl_val oracle_json_member(yajl_val object, const char *key);

/** Entries of a list, 0 if it is none (or NULL). */
size_t oracle_json_length(yajl_val list);

/** The text of a value; NULL if it is no text. */
const char *oracle_json_text(yajl_val value);

/** False, *number unchanged, if the value is not what is asked for: a whole number, a finite number. */
bool oracle_json_integer(yajl_val value, int64_t *number);
bool oracle_json_real(yajl_val value, double *number);

/** True for true, 1, "true" and "yes": tools write a ticked box in all of these ways. */
bool oracle_json_ticked(yajl_val value);

/** A value as its JSON, cut to size, for messages; "missing" for NULL. */
void oracle_json_show(yajl_val value, char *text, size_t size);

/** A value as its whole JSON, the caller's to free; NULL if there is no memory. */
char *oracle_json_copy(yajl_val value);

/* ---- writing: `key` is the member's name in a map, NULL in a list ---- */

typedef struct oracle_json {
    yajl_gen gen;
    bool failed; /* the first failure shows at the end */
} oracle_json;

oracle_json oracle_json_begin(void);
oracle_json oracle_json_begin_line(void); /* on one line, as oracle_json_copy() writes */
void oracle_json_put_text(oracle_json *json, const char *key, const char *text);
void oracle_json_put_integer(oracle_json *json, const char *key, int64_t number);
void oracle_json_put_true(oracle_json *json, const char *key);

/** Few digits that give the same number back; null if it is not finite. */
void oracle_json_put_float(oracle_json *json, const char *key, float number);
void oracle_json_put_real(oracle_json *json, const char *key, double number);

/** What oracle_json_copy() or oracle_json_bytes() gave. */
void oracle_json_put_raw(oracle_json *json, const char *key, const char *text);

void oracle_json_open_map(oracle_json *json, const char *key);
void oracle_json_close_map(oracle_json *json);
void oracle_json_open_list(oracle_json *json, const char *key);
void oracle_json_close_list(oracle_json *json);

/** The text so far, the writer's own. Local. BASE_ERR_LIBRARY if anything failed; `what` for the message. */
base_status oracle_json_bytes(oracle_json *json, const char *what, const unsigned char **bytes, size_t *size);

/** Free; in any case. */
void oracle_json_end(oracle_json *json);

#endif
