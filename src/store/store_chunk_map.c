#include "store_chunk_map.h"
#include "base_log.h"
#include "store_array.h"
#include "store_chunk_index.h"
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

/* An array's part in one file. */
typedef struct part {
    const store_h5 *h5;
    hid_t dataset;
    store_h5_shape shape;
    size_t shard, first; /* of the map's shards; the chunk of the map that is its first */
    pipeline filters;
} part;

static base_status refuse(const part *p, const store_chunk_map *map, const char *what, const char *expected)
{
    base_log_error("%s: %s %s, expected %s", p->h5->path, map->object, what, expected);
    return BASE_ERR_INPUT;
}

/* [shuffle] [deflate] fletcher32. */
static base_status read_pipeline(const store_chunk_map *map, hid_t properties, part *p)
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
                p->h5->path, map->object, (int)filter, i + 1);
            return BASE_ERR_INPUT;
        }
        next++;
        if (filter == H5Z_FILTER_DEFLATE)
            p->filters.deflate = 1u << i;
        if (filter == H5Z_FILTER_FLETCHER32)
            p->filters.checksum = 1u << i;
    }
    if (!p->filters.checksum)
        return refuse(p, map, "is stored without checksums", "fletcher32");
    return BASE_OK;
}

/* Chunks of whole rows through known filters, in a file whose addresses count from its first byte. */
static base_status check_layout(const store_chunk_map *map, part *p)
{
    hid_t properties = H5Dget_create_plist(p->dataset), creation = H5Fget_create_plist(p->h5->file);
    hsize_t chunk[STORE_H5_RANK_MAX] = {0}, user_block = 0;
    base_status status = BASE_OK;
    int32_t i;

    if (properties < 0 || creation < 0 || H5Pget_userblock(creation, &user_block) < 0) {
        status = store_h5_fail(p->h5, map->object, "read the layout");
    } else if (user_block != 0) {
        status = refuse(p, map, "lies behind a user block", "an HDF5 file from its first byte");
    } else if (H5Pget_layout(properties) != H5D_CHUNKED ||
               H5Pget_chunk(properties, p->shape.rank, chunk) != p->shape.rank) {
        status = refuse(p, map, "is not chunked", "chunks with a checksum (fletcher32)");
    } else {
        for (i = 1; i < p->shape.rank && status == BASE_OK; i++)
            if ((int64_t)chunk[i] != p->shape.dims[i])
                status = refuse(p, map, "is chunked across its rows", "chunks of whole rows");
        if (status == BASE_OK && chunk[0] != map->chunk_rows) {
            base_log_error("%s: %s has chunks of %llu rows, expected %zu", p->h5->path, map->object,
                           (unsigned long long)chunk[0], map->chunk_rows);
            status = BASE_ERR_INPUT;
        }
        if (status == BASE_OK)
            status = read_pipeline(map, properties, p);
    }
    if (creation >= 0)
        H5Pclose(creation);
    if (properties >= 0)
        H5Pclose(properties);
    return status;
}

/* Note one chunk's place; it must be inside the file and of a size that it can have. */
static base_status note_chunk(const part *p, size_t chunk, const store_chunk_entry *entry,
                              store_chunk_map *map)
{
    size_t raw = map->chunk_rows * map->row_bytes, row = chunk * map->chunk_rows, most;
    uint64_t address = entry->address, size = address == HADDR_UNDEF ? 0 : entry->size;
    bool deflated;

    if (address != HADDR_UNDEF && (entry->skipped & p->filters.checksum)) {
        base_log_error("%s: %s: the chunk of row %zu has no checksum (filter mask %u)", p->h5->path,
                       map->object, row, (unsigned)entry->skipped);
        return BASE_ERR_INPUT;
    }
    deflated = p->filters.deflate && !(entry->skipped & p->filters.deflate);
    most = (deflated ? compressBound(raw) : raw) + STORE_PACK_CHECKSUM;
    if (address == HADDR_UNDEF || size > p->h5->bytes || address > p->h5->bytes - size || size > most ||
        size <= STORE_PACK_CHECKSUM || (!deflated && size != most)) {
        base_log_error("%s: %s: the chunk of row %zu is %s (%llu bytes, expected %s%zu)", p->h5->path,
                       map->object, row, address == HADDR_UNDEF ? "missing" : "damaged",
                       (unsigned long long)size, deflated ? "at most " : "", most);
        return BASE_ERR_INPUT;
    }
    map->place[p->first + chunk] = (store_chunk_place){address, (uint32_t)size, (uint16_t)p->shard, deflated};
    map->largest = size > map->largest ? size : map->largest;
    return BASE_OK;
}

/* Ask HDF5 for one chunk's place. */
static base_status ask_for_chunk(const part *p, size_t chunk, const store_chunk_map *map,
                                 store_chunk_entry *entry)
{
    hsize_t at[STORE_H5_RANK_MAX] = {chunk * map->chunk_rows}, size = 0;
    haddr_t address = HADDR_UNDEF;
    unsigned skipped = 0;

    if (H5Dget_chunk_info_by_coord(p->dataset, at, &skipped, &address, &size) < 0)
        return store_h5_fail(p->h5, map->object, "find a chunk");
    *entry = (store_chunk_entry){address, size, skipped};
    return BASE_OK;
}

static base_status find_chunks(const part *p, store_chunk_map *map)
{
    size_t chunks = ((size_t)p->shape.dims[0] + map->chunk_rows - 1) / map->chunk_rows, chunk;
    store_chunk_entry *entries = NULL, entry;
    base_status status;
    store_chunk_place *grown;

    if (chunks > p->h5->bytes / STORE_PACK_CHECKSUM) { /* before memory is taken by the word of a file */
        base_log_error("%s: %s claims %zu chunks, but the file has %llu bytes", p->h5->path, map->object,
                       chunks, (unsigned long long)p->h5->bytes);
        return BASE_ERR_INPUT;
    }
    grown = realloc(map->place, (p->first + chunks) * sizeof *grown);
    if (!grown) {
        base_log_error("%s: %s: out of memory for the places of %zu chunks", p->h5->path, map->object,
                       chunks);
        return BASE_ERR_MEMORY;
    }
    map->place = grown;
    map->chunks = p->first + chunks;
    status =
        store_chunk_index_read(p->h5, map->object, p->dataset, map->shard[p->shard].file, chunks, &entries);
    for (chunk = 0; chunk < chunks && status == BASE_OK; chunk++) {
        if (!entries)
            status = ask_for_chunk(p, chunk, map, &entry);
        if (status == BASE_OK)
            status = note_chunk(p, chunk, entries ? &entries[chunk] : &entry, map);
    }
    free(entries);
    return status;
}

/* Add what one file holds. */
static base_status add_part(part *p, store_chunk_map *map)
{
    base_status status = store_array_look(p->h5, map->object, STORE_H5_U8, &p->shape);

    if (status != BASE_OK)
        return status;
    p->dataset = H5Dopen2(p->h5->file, map->object, H5P_DEFAULT);
    if (p->dataset < 0)
        return store_h5_fail(p->h5, map->object, "open the dataset");
    status = check_layout(map, p);
    if (status == BASE_OK)
        status = find_chunks(p, map);
    H5Dclose(p->dataset);
    return status;
}

base_status store_chunk_map_make(const store_shards *shards, const char *path, const char *object,
                                 const store_h5_shape *shape, size_t chunk_rows, store_chunk_map *map)
{
    store_chunk_map made = {.path = path,
                            .object = object,
                            .shard = shards->shard,
                            .rows = (size_t)shape->dims[0],
                            .chunk_rows = chunk_rows,
                            .row_bytes = 1};
    base_status status = BASE_OK;
    int32_t i;
    size_t s;

    for (i = 1; i < shape->rank; i++)
        made.row_bytes *= (size_t)shape->dims[i];
    for (s = 0; s < shards->count && status == BASE_OK; s++) {
        part p = {.h5 = &shards->shard[s].h5, .shape = *shape, .shard = s, .first = made.chunks};

        p.shape.dims[0] = (int64_t)shards->shard[s].samples;
        status = add_part(&p, &made);
    }
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
    const store_shard *shard = &map->shard[place->shard];
    size_t done = 0;

    while (done < place->size) {
        ssize_t n =
            pread(shard->file, stored + done, place->size - done, (off_t)(place->address + (uint64_t)done));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            base_log_error("%s: %s: cannot read the chunk of row %zu, %u bytes at %llu: %s after %zu bytes",
                           shard->h5.path, map->object, chunk * map->chunk_rows - shard->first, place->size,
                           (unsigned long long)place->address, n < 0 ? strerror(errno) : "the file ends",
                           done);
            return n < 0 ? BASE_ERR_IO : BASE_ERR_INPUT;
        }
        done += (size_t)n;
    }
    return BASE_OK;
}

base_status store_chunk_map_load(const store_chunk_map *map, size_t chunk, store_chunk_buffer *buffer)
{
    const store_chunk_place *place = &map->place[chunk];
    const store_shard *shard = &map->shard[place->shard];
    const store_pack_name name = {shard->h5.path, map->object, chunk * map->chunk_rows - shard->first};
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
