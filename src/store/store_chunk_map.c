#include "store_chunk_map.h"
#include "base_log.h"
#include "store_array.h"
#include "store_pack.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

/* Which bits of a chunk's filter mask leave out what; 0 for a filter that is not in the pipeline. */
typedef struct pipeline {
    unsigned deflate, checksum;
} pipeline;

static base_status refuse(const store_chunk_map *map, const char *what, const char *expected)
{
    base_log_error("%s: %s %s, expected %s", map->path, map->object, what, expected);
    return BASE_ERR_INPUT;
}

/* [shuffle] [deflate] fletcher32. */
static base_status read_pipeline(const store_chunk_map *map, hid_t properties, pipeline *found)
{
    static const H5Z_filter_t order[] = {H5Z_FILTER_SHUFFLE, H5Z_FILTER_DEFLATE, H5Z_FILTER_FLETCHER32};
    int count = H5Pget_nfilters(properties), i;
    size_t next = 0;

    for (i = 0; i < count; i++) {
        unsigned flags, config;
        size_t values = 0;
        H5Z_filter_t filter =
            H5Pget_filter2(properties, (unsigned)i, &flags, &values, NULL, 0, NULL, &config);

        while (next < sizeof order / sizeof *order && order[next] != filter)
            next++;
        if (next == sizeof order / sizeof *order) {
            base_log_error(
                "%s: %s is stored through filter number %d as its step %d, expected shuffle, deflate "
                "and fletcher32 in this order",
                map->path, map->object, (int)filter, i + 1);
            return BASE_ERR_INPUT;
        }
        next++;
        if (filter == H5Z_FILTER_DEFLATE)
            found->deflate = 1u << i;
        if (filter == H5Z_FILTER_FLETCHER32)
            found->checksum = 1u << i;
    }
    if (!found->checksum)
        return refuse(map, "is stored without checksums", "fletcher32");
    return BASE_OK;
}

/* Chunks of whole rows through known filters, in a file whose addresses count from its first byte. */
static base_status check_layout(const store_h5 *h5, hid_t dataset, const store_h5_shape *shape,
                                const store_chunk_map *map, pipeline *found)
{
    hid_t properties = H5Dget_create_plist(dataset), creation = H5Fget_create_plist(h5->file);
    hsize_t chunk[STORE_H5_RANK_MAX] = {0}, user_block = 0;
    base_status status = BASE_OK;
    int32_t i;

    if (properties < 0 || creation < 0 || H5Pget_userblock(creation, &user_block) < 0) {
        status = store_h5_fail(h5, map->object, "read the layout");
    } else if (user_block != 0) {
        status = refuse(map, "lies behind a user block", "an HDF5 file from its first byte");
    } else if (H5Pget_layout(properties) != H5D_CHUNKED ||
               H5Pget_chunk(properties, shape->rank, chunk) != shape->rank) {
        status = refuse(map, "is not chunked", "chunks with a checksum (fletcher32)");
    } else {
        for (i = 1; i < shape->rank && status == BASE_OK; i++)
            if ((int64_t)chunk[i] != shape->dims[i])
                status = refuse(map, "is chunked across its rows", "chunks of whole rows");
        if (status == BASE_OK && chunk[0] != map->chunk_rows) {
            base_log_error("%s: %s has chunks of %llu rows, expected %zu", map->path, map->object,
                           (unsigned long long)chunk[0], map->chunk_rows);
            status = BASE_ERR_INPUT;
        }
        if (status == BASE_OK)
            status = read_pipeline(map, properties, found);
    }
    if (creation >= 0)
        H5Pclose(creation);
    if (properties >= 0)
        H5Pclose(properties);
    return status;
}

/* Ask for one chunk's place; it must be inside the file and of a size that it can have. */
static base_status find_chunk(const store_h5 *h5, hid_t dataset, const pipeline *filters, size_t chunk,
                              store_chunk_map *map)
{
    size_t raw = map->chunk_rows * map->row_bytes, most;
    hsize_t at[STORE_H5_RANK_MAX] = {chunk * map->chunk_rows}, size = 0;
    haddr_t address = HADDR_UNDEF;
    unsigned skipped = 0;
    bool deflated;

    if (H5Dget_chunk_info_by_coord(dataset, at, &skipped, &address, &size) < 0)
        return store_h5_fail(h5, map->object, "find a chunk");
    if (skipped & filters->checksum) {
        base_log_error("%s: %s: the chunk of row %llu has no checksum (filter mask %u)", map->path,
                       map->object, (unsigned long long)at[0], skipped);
        return BASE_ERR_INPUT;
    }
    deflated = filters->deflate && !(skipped & filters->deflate);
    most = (deflated ? compressBound(raw) : raw) + STORE_PACK_CHECKSUM;
    if (address == HADDR_UNDEF || size > h5->bytes || address > h5->bytes - size || size > most ||
        size <= STORE_PACK_CHECKSUM || (!deflated && size != most)) {
        base_log_error("%s: %s: the chunk of row %llu is %s (%llu bytes, expected %s%zu)", map->path,
                       map->object, (unsigned long long)at[0], address == HADDR_UNDEF ? "missing" : "damaged",
                       (unsigned long long)size, deflated ? "at most " : "", most);
        return BASE_ERR_INPUT;
    }
    map->place[chunk] = (store_chunk_place){address, (uint32_t)size, deflated};
    map->largest = size > map->largest ? size : map->largest;
    return BASE_OK;
}

static base_status find_chunks(const store_h5 *h5, hid_t dataset, const pipeline *filters,
                               store_chunk_map *map)
{
    base_status status = BASE_OK;
    size_t chunk;

    if (map->chunks > h5->bytes / STORE_PACK_CHECKSUM) { /* before memory is taken by the word of a file */
        base_log_error("%s: %s claims %zu chunks, but the file has %llu bytes", map->path, map->object,
                       map->chunks, (unsigned long long)h5->bytes);
        return BASE_ERR_INPUT;
    }
    map->place = calloc(map->chunks, sizeof *map->place);
    if (!map->place) {
        base_log_error("%s: %s: out of memory for the places of %zu chunks", map->path, map->object,
                       map->chunks);
        return BASE_ERR_MEMORY;
    }
    for (chunk = 0; chunk < map->chunks && status == BASE_OK; chunk++)
        status = find_chunk(h5, dataset, filters, chunk, map);
    return status;
}

base_status store_chunk_map_make(const store_h5 *h5, int file, const char *object,
                                 const store_h5_shape *shape, size_t chunk_rows, store_chunk_map *map)
{
    store_chunk_map made = {.path = h5->path,
                            .object = object,
                            .file = file,
                            .rows = (size_t)shape->dims[0],
                            .chunk_rows = chunk_rows,
                            .row_bytes = 1};
    hid_t dataset = H5Dopen2(h5->file, object, H5P_DEFAULT);
    base_status status;
    pipeline filters = {0};
    int32_t i;

    if (dataset < 0)
        return store_h5_fail(h5, object, "open the dataset");
    for (i = 1; i < shape->rank; i++)
        made.row_bytes *= (size_t)shape->dims[i];
    made.chunks = (made.rows + chunk_rows - 1) / chunk_rows;
    status = check_layout(h5, dataset, shape, &made, &filters);
    if (status == BASE_OK)
        status = find_chunks(h5, dataset, &filters, &made);
    H5Dclose(dataset);
    if (status == BASE_OK)
        *map = made;
    else
        store_chunk_map_destroy(&made);
    return status;
}

void store_chunk_map_destroy(store_chunk_map *map)
{
    if (!map)
        return;
    free(map->place);
    memset(map, 0, sizeof *map);
}

base_status store_chunk_buffer_make(const store_chunk_map *map, store_chunk_buffer *buffer)
{
    size_t raw = map->chunk_rows * map->row_bytes;
    store_chunk_buffer made = {.stored = malloc(map->largest), .raw = malloc(raw)};

    if (!made.stored || !made.raw) {
        base_log_error("%s: %s: out of memory for a chunk of %zu bytes", map->path, map->object, raw);
        store_chunk_buffer_destroy(&made);
        return BASE_ERR_MEMORY;
    }
    *buffer = made;
    return BASE_OK;
}

void store_chunk_buffer_destroy(store_chunk_buffer *buffer)
{
    if (!buffer)
        return;
    free(buffer->stored);
    free(buffer->raw);
    memset(buffer, 0, sizeof *buffer);
}

static base_status read_stored(const store_chunk_map *map, size_t chunk, uint8_t *stored)
{
    const store_chunk_place *place = &map->place[chunk];
    size_t done = 0;

    while (done < place->size) {
        ssize_t n =
            pread(map->file, stored + done, place->size - done, (off_t)(place->address + (uint64_t)done));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            base_log_error("%s: %s: cannot read the chunk of row %zu, %u bytes at %llu: %s after %zu bytes",
                           map->path, map->object, chunk * map->chunk_rows, place->size,
                           (unsigned long long)place->address, n < 0 ? strerror(errno) : "the file ends",
                           done);
            return BASE_ERR_IO;
        }
        done += (size_t)n;
    }
    return BASE_OK;
}

base_status store_chunk_map_load(const store_chunk_map *map, size_t chunk, store_chunk_buffer *buffer)
{
    const store_chunk_place *place = &map->place[chunk];
    const store_pack_name name = {map->path, map->object, chunk * map->chunk_rows};
    base_status status;

    if (buffer->data && buffer->chunk == chunk)
        return BASE_OK;
    buffer->data = NULL;
    status = read_stored(map, chunk, buffer->stored);
    if (status == BASE_OK)
        status = store_pack_verify(&name, buffer->stored, place->size);
    if (status == BASE_OK && place->deflated)
        status = store_pack_inflate(&name, buffer->stored, place->size - STORE_PACK_CHECKSUM, buffer->raw,
                                    map->chunk_rows * map->row_bytes);
    if (status != BASE_OK)
        return status;
    buffer->data = place->deflated ? buffer->raw : buffer->stored;
    buffer->chunk = chunk;
    buffer->bytes += place->size;
    return BASE_OK;
}
