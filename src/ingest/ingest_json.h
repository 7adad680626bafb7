/** A JSON file as a stream of yajl callbacks, with positions: every complaint can name line and column. */
#ifndef INGEST_JSON_H
#define INGEST_JSON_H

#include "base_status.h"
#include <stddef.h>
#include <stdint.h>
#include <yajl/yajl_parse.h>

typedef struct ingest_json {
    const char *path;
    yajl_handle parser;
    const unsigned char *chunk; /* bytes being parsed */
    uint64_t chunk_at;          /* offset in the file of its first byte */
    uint64_t counted;           /* lines are counted up to this offset */
    uint64_t line, line_at;     /* lines begun so far, offset of the last one's first byte */
    base_status failed;         /* what a callback that stopped the parse has logged */
} ingest_json;

/** Parse a file. A callback that finds something wrong logs it, sets json->failed and returns 0.
 *
 * `json` is filled here and must be reachable from `context`, so that callbacks can ask for positions. A byte
 * order mark is skipped. Local. BASE_ERR_NOT_FOUND, BASE_ERR_IO, BASE_ERR_INPUT (not JSON: logged with
 * file:line:column), BASE_ERR_MEMORY, or what a callback set.
 */
base_status ingest_json_parse(const char *path, const yajl_callbacks *callbacks, void *context,
                              ingest_json *json);

/** In a callback: offset in the file just behind the current token. Local. */
uint64_t ingest_json_at(const ingest_json *json);

/** In a callback: line and column, from 1, of the current token's last byte. Local. */
void ingest_json_where(ingest_json *json, uint64_t *line, uint64_t *column);

#endif
