#include "ingest_json.h"
#include "base_log.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES ((size_t)1 << 20)

/* Count the lines up to an offset within the current chunk; offsets only grow. */
static void count_lines(ingest_json *json, uint64_t upto)
{
    const unsigned char *from = json->chunk + (json->counted - json->chunk_at);
    const unsigned char *end = json->chunk + (upto - json->chunk_at);

    while (from < end && (from = memchr(from, '\n', (size_t)(end - from))) != NULL) {
        from++;
        json->line++;
        json->line_at = json->chunk_at + (uint64_t)(from - json->chunk);
    }
    json->counted = upto;
}

uint64_t ingest_json_at(const ingest_json *json)
{
    return json->chunk_at + yajl_get_bytes_consumed(json->parser);
}

void ingest_json_where(ingest_json *json, uint64_t *line, uint64_t *column)
{
    uint64_t at = ingest_json_at(json);

    if (at > json->chunk_at)
        at--;
    if (at > json->counted)
        count_lines(json, at);
    *line = json->line;
    *column = at >= json->line_at ? at - json->line_at + 1 : 1;
}

static base_status log_syntax_error(ingest_json *json, uint64_t line, uint64_t column)
{
    unsigned char *text = yajl_get_error(json->parser, 0, NULL, 0);

    base_log_error("%s:%" PRIu64 ":%" PRIu64 ": not valid JSON: %.*s", json->path, line, column,
                   text ? (int)strcspn((const char *)text, "\n") : 7, text ? (const char *)text : "unknown");
    yajl_free_error(json->parser, text);
    return BASE_ERR_INPUT;
}

static base_status verdict(ingest_json *json, yajl_status status)
{
    uint64_t line, column;

    if (status == yajl_status_ok)
        return BASE_OK;
    if (status == yajl_status_client_canceled)
        return json->failed != BASE_OK ? json->failed : BASE_ERR_INTERNAL;
    ingest_json_where(json, &line, &column);
    return log_syntax_error(json, line, column);
}

/* The end of the file is where a document that is not complete is wrong. */
static base_status finish(ingest_json *json)
{
    uint64_t end = json->counted;
    yajl_status status = yajl_complete_parse(json->parser);

    if (status == yajl_status_ok)
        return BASE_OK;
    if (status == yajl_status_client_canceled)
        return json->failed != BASE_OK ? json->failed : BASE_ERR_INTERNAL;
    return log_syntax_error(json, json->line, end - json->line_at + 1);
}

static base_status parse_stream(FILE *file, unsigned char *buffer, ingest_json *json)
{
    static const unsigned char mark[3] = {0xEF, 0xBB, 0xBF};
    base_status status;
    size_t got;

    while ((got = fread(buffer, 1, CHUNK_BYTES, file)) > 0) {
        size_t skip = json->chunk_at == 0 && got >= 3 && memcmp(buffer, mark, 3) == 0 ? 3 : 0;

        json->chunk = buffer + skip;
        json->chunk_at += skip;
        json->counted = json->chunk_at;
        if (skip)
            json->line_at = skip;
        status = verdict(json, yajl_parse(json->parser, json->chunk, got - skip));
        if (status != BASE_OK)
            return status;
        count_lines(json, json->chunk_at + got - skip);
        json->chunk_at = json->counted;
    }
    if (ferror(file)) {
        status = errno == EISDIR ? BASE_ERR_INPUT : BASE_ERR_IO;
        base_log_error("%s: cannot be read: %s", json->path, strerror(errno));
        return status;
    }
    json->chunk = buffer;
    return finish(json);
}

base_status ingest_json_parse(const char *path, const yajl_callbacks *callbacks, void *context,
                              ingest_json *json)
{
    unsigned char *buffer = NULL;
    base_status status = BASE_ERR_MEMORY;
    FILE *file = fopen(path, "rb");

    if (!file) {
        base_log_error("%s: cannot be opened: %s", path, strerror(errno));
        return errno == ENOENT ? BASE_ERR_NOT_FOUND : BASE_ERR_IO;
    }
    memset(json, 0, sizeof *json);
    json->path = path;
    json->line = 1;
    json->parser = yajl_alloc(callbacks, NULL, context);
    buffer = malloc(CHUNK_BYTES);
    if (!json->parser || !buffer)
        base_log_error("%s: no memory for the JSON parser", path);
    else
        status = parse_stream(file, buffer, json);
    free(buffer);
    if (json->parser)
        yajl_free(json->parser);
    json->parser = NULL;
    fclose(file);
    return status;
}
