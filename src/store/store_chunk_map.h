/** Where the chunks of an array of bytes lie in its files, internal to store: HDF5 is asked once, after that
 * any thread reads and unpacks chunks without it.
 */
#ifndef STORE_CHUNK_MAP_H
#define STORE_CHUNK_MAP_H

#include "base_status.h"
#include "store_h5.h"
#include "store_shards.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct store_chunk_place {
    uint64_t address;
    uint32_t size; /* bytes as stored, the checksum among them */
    uint16_t shard;
    bool deflated;
} store_chunk_place;

typedef struct store_chunk_map {
    const char *path, *object; /* of messages; the caller's, must outlive the map, as the shards must */
    const store_shard *shard;  /* the files */
    size_t rows, chunk_rows, row_bytes;
    size_t chunks;
    size_t largest; /* stored bytes of the largest chunk */
    store_chunk_place *place;
} store_chunk_map;

/** Look up every chunk of an array of u8 [rows,...], which each shard holds its samples of.
 *
 * The layout must be chunks of chunk_rows whole rows, all there, through shuffle (which moves nothing where
 * elements are bytes), deflate and fletcher32 in this order, each of the first two or not; a chunk's filter
 * mask may leave out the deflate, never the checksum. Anything else is named and refused. Local; makes HDF5
 * calls. BASE_ERR_INPUT, BASE_ERR_IO, BASE_ERR_MEMORY. */
base_status store_chunk_map_make(const store_shards *shards, const char *path, const char *object,
                                 const store_h5_shape *shape, size_t chunk_rows, store_chunk_map *map);

/** NULL-safe. */
void store_chunk_map_destroy(store_chunk_map *map);

/** Room for one chunk of a map, and which one is in it. One thread's. */
typedef struct store_chunk_buffer {
    uint8_t *stored;     /* [largest] as in the file */
    uint8_t *raw;        /* [chunk_rows * row_bytes] inflated */
    const uint8_t *data; /* [chunk_rows,row_bytes] rows of the chunk, in stored or raw; NULL: no chunk yet */
    size_t chunk;
    uint64_t bytes; /* read from the file since the buffer was made */
} store_chunk_buffer;

/** Local. BASE_ERR_MEMORY. */
base_status store_chunk_buffer_make(const store_chunk_map *map, store_chunk_buffer *buffer);

/** NULL-safe. */
void store_chunk_buffer_destroy(store_chunk_buffer *buffer);

/** Bring a chunk into the buffer, checksum verified; nothing is read if it is there already. Local, any
 * thread, no HDF5. BASE_ERR_INPUT (truncated file, checksum, size; names file, array and row), BASE_ERR_IO.
 */
base_status store_chunk_map_load(const store_chunk_map *map, size_t chunk, store_chunk_buffer *buffer);

/** The maps of an open data set; they live as long as it does. */
struct store_dataset;
const store_chunk_map *store_dataset_images(const struct store_dataset *dataset);
const store_chunk_map *store_dataset_masks(const struct store_dataset *dataset);

#endif
