#include "ingest_segmentation.h"
#include "base_log.h"
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yajl/yajl_parse.h>

typedef enum key { KEY_OTHER, KEY_SIZE, KEY_COUNTS } key;

typedef struct reader {
    ingest_segmentation *out;
    size_t point_room, part_room, run_room;
    size_t depth;
    bool runs; /* the outermost value is an object */
    key key;
    size_t extents; /* numbers of "size" seen */
    bool counts_seen;
    bool no_memory;
} reader;

static bool make_room(reader *r, void **block, size_t used, size_t *room, size_t item)
{
    size_t wanted = *room ? *room * 2 : 64;
    void *grown;

    if (used < *room)
        return true;
    grown = wanted < SIZE_MAX / item ? realloc(*block, wanted * item) : NULL;
    if (!grown) {
        r->no_memory = true;
        return false;
    }
    *block = grown;
    *room = wanted;
    return true;
}

static int invalid(reader *r)
{
    r->out->kind = INGEST_SEGMENTATION_INVALID;
    return 0;
}

static int add_point(reader *r, double value)
{
    if (!make_room(r, (void **)&r->out->points, r->out->numbers, &r->point_room, sizeof(double)))
        return 0;
    r->out->points[r->out->numbers++] = value;
    return 1;
}

static int end_part(reader *r)
{
    size_t begin = r->out->parts ? r->out->part_ends[r->out->parts - 1] : 0;

    if (r->out->numbers == begin)
        return 1; /* an empty list is no polygon */
    if ((r->out->numbers - begin) % 2 != 0)
        return invalid(r);
    if (!make_room(r, (void **)&r->out->part_ends, r->out->parts, &r->part_room, sizeof(size_t)))
        return 0;
    r->out->part_ends[r->out->parts++] = r->out->numbers;
    return 1;
}

static int add_run(reader *r, int64_t length)
{
    if (length < 0 || length > UINT32_MAX)
        return invalid(r);
    if (!make_room(r, (void **)&r->out->runs, r->out->run_count, &r->run_room, sizeof(uint32_t)))
        return 0;
    r->out->runs[r->out->run_count++] = (uint32_t)length;
    return 1;
}

/* Compressed counts: each number in groups of 5 bits, low group first, a character from '0' on a group, bit 5
 * set while more follow, the last group's bit 4 the sign; from the fourth number on, the difference to the
 * number two before. */
static int add_compressed(reader *r, const unsigned char *text, size_t size)
{
    size_t i = 0;

    while (i < size) {
        int64_t value = 0;
        unsigned shift = 0, group;

        do {
            if (i == size || text[i] < '0' || text[i] > '0' + 63 || shift > 35)
                return invalid(r);
            group = text[i++] - (unsigned)'0';
            value |= (int64_t)(group & 31) << shift;
            shift += 5;
        } while (group & 32);
        if (group & 16)
            value -= (int64_t)1 << shift;
        if (r->out->run_count > 2)
            value += r->out->runs[r->out->run_count - 2];
        if (!add_run(r, value))
            return 0;
    }
    return 1;
}

/* ---- yajl's callbacks ---- */

static int on_number(void *context, const char *text, size_t size)
{
    reader *r = context;
    char copy[64], *end;
    double value;

    if (r->runs && r->key == KEY_OTHER)
        return 1;
    if (size >= sizeof copy)
        return invalid(r);
    memcpy(copy, text, size);
    copy[size] = 0;
    value = strtod(copy, &end);
    if (*end)
        return invalid(r);
    if (!r->runs)
        return r->depth <= 2 ? add_point(r, value) : invalid(r);
    if (r->depth != 2 || !(value >= 0 && value <= (double)UINT32_MAX) || value != (double)(int64_t)value)
        return invalid(r);
    if (r->key == KEY_COUNTS)
        return add_run(r, (int64_t)value);
    if (r->extents++ > 1)
        return invalid(r);
    *(r->extents == 1 ? &r->out->height : &r->out->width) = (int64_t)value;
    return 1;
}

static int on_string(void *context, const unsigned char *text, size_t size)
{
    reader *r = context;

    if (r->runs && r->key == KEY_OTHER)
        return 1;
    if (!r->runs || r->key != KEY_COUNTS || r->depth != 1)
        return invalid(r);
    r->counts_seen = true;
    return add_compressed(r, text, size);
}

static int on_null(void *context)
{
    reader *r = context;

    return r->runs && r->key == KEY_OTHER ? 1 : invalid(r);
}

static int on_boolean(void *context, int value)
{
    (void)value;
    return on_null(context);
}

static int on_start_map(void *context)
{
    reader *r = context;

    if (r->depth++ > 0)
        return r->runs && r->key == KEY_OTHER ? 1 : invalid(r);
    r->runs = true;
    return 1;
}

static int on_key(void *context, const unsigned char *text, size_t size)
{
    reader *r = context;

    if (r->depth == 1)
        r->key = size == 4 && memcmp(text, "size", 4) == 0     ? KEY_SIZE
                 : size == 6 && memcmp(text, "counts", 6) == 0 ? KEY_COUNTS
                                                               : KEY_OTHER;
    return 1;
}

static int on_end_map(void *context)
{
    reader *r = context;

    r->depth--;
    return 1;
}

static int on_start_array(void *context)
{
    reader *r = context;

    r->depth++;
    if (r->runs) {
        if (r->key == KEY_COUNTS)
            r->counts_seen = true;
        return r->depth == 2 || r->key == KEY_OTHER ? 1 : invalid(r);
    }
    if (r->depth > 2)
        return invalid(r);
    return r->depth == 2 ? end_part(r) : 1; /* numbers before a first inner list are a polygon of their own */
}

static int on_end_array(void *context)
{
    reader *r = context;

    r->depth--;
    return r->runs ? 1 : end_part(r);
}

static void settle_kind(const reader *r, bool parsed)
{
    ingest_segmentation *out = r->out;

    if (!parsed || (r->runs && (r->extents != 2 || !r->counts_seen)))
        out->kind = INGEST_SEGMENTATION_INVALID;
    else if (r->runs)
        out->kind = INGEST_SEGMENTATION_RUNS;
    else
        out->kind = out->parts ? INGEST_SEGMENTATION_POLYGONS : INGEST_SEGMENTATION_NONE;
}

base_status ingest_segmentation_parse(const char *text, size_t size, ingest_segmentation *segmentation)
{
    static const yajl_callbacks callbacks = {
        .yajl_null = on_null,
        .yajl_boolean = on_boolean,
        .yajl_number = on_number,
        .yajl_string = on_string,
        .yajl_start_map = on_start_map,
        .yajl_map_key = on_key,
        .yajl_end_map = on_end_map,
        .yajl_start_array = on_start_array,
        .yajl_end_array = on_end_array,
    };
    ingest_segmentation parsed;
    reader r;
    yajl_handle parser;
    yajl_status end;

    memset(&parsed, 0, sizeof parsed);
    memset(&r, 0, sizeof r);
    r.out = &parsed;
    parser = yajl_alloc(&callbacks, NULL, &r);
    if (parser) {
        end = yajl_parse(parser, (const unsigned char *)text, size);
        if (end == yajl_status_ok)
            end = yajl_complete_parse(parser);
        settle_kind(&r, end == yajl_status_ok);
        yajl_free(parser);
    }
    if (!parser || r.no_memory) {
        ingest_segmentation_clear(&parsed);
        base_log_error("no memory for a segmentation of %zu bytes", size);
        return BASE_ERR_MEMORY;
    }
    *segmentation = parsed;
    return BASE_OK;
}

static base_status read_at(int file, const char *path, uint64_t at, char *text, size_t size)
{
    size_t done = 0;

    while (done < size) {
        ssize_t got = pread(file, text + done, size - done, (off_t)(at + done));

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            base_log_error("%s: cannot read %zu bytes at %llu: %s", path, size, (unsigned long long)at,
                           got < 0 ? strerror(errno) : "the file has become shorter");
            return BASE_ERR_IO;
        }
        done += (size_t)got;
    }
    return BASE_OK;
}

base_status ingest_segmentation_read(int file, const char *path, uint64_t at, uint64_t bytes,
                                     ingest_segmentation *segmentation)
{
    char *text;
    base_status status;

    if (bytes == 0) {
        memset(segmentation, 0, sizeof *segmentation);
        return BASE_OK;
    }
    text = malloc((size_t)bytes);
    if (!text) {
        base_log_error("%s: no memory for a segmentation of %llu bytes", path, (unsigned long long)bytes);
        return BASE_ERR_MEMORY;
    }
    status = read_at(file, path, at, text, (size_t)bytes);
    if (status == BASE_OK)
        status = ingest_segmentation_parse(text, (size_t)bytes, segmentation);
    free(text);
    return status;
}

void ingest_segmentation_clear(ingest_segmentation *segmentation)
{
    if (!segmentation)
        return;
    free(segmentation->points);
    free(segmentation->part_ends);
    free(segmentation->runs);
    memset(segmentation, 0, sizeof *segmentation);
}
