/** Typed arrays of 1 to 4 dimensions in HDF5 files, internal to store.
 *
 * They are chunked by whole rows of the first dimension with fletcher32 on every chunk. What is read must be
 * of that form with all its chunks there: nothing is allocated or read by the word of a file that does not
 * hold the bytes. All functions are local.
 */
#ifndef STORE_ARRAY_H
#define STORE_ARRAY_H

#include "base_status.h"
#include "store_h5.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_ARRAY_CHUNK_BYTES                                                                              \
    ((size_t)1 << 20) /* chunks hold as many rows as fit into this, at least one */
#define STORE_ARRAY_CHUNK_LIMIT ((size_t)64 << 20) /* a chunk read may not be larger */

#define STORE_ARRAY_DEFLATE_LEVEL 6

/** Write an array. BASE_ERR_IO. */
base_status store_array_write(const store_h5 *h5, const char *object, store_h5_type type,
                              const store_h5_shape *shape, const void *data);

/** Find an array and check its type, shape, filters (deflate too, where said so) and that all its chunks are
 * there; sets what was left open in *type (width of a text) and *shape. BASE_ERR_INPUT, BASE_ERR_IO. */
base_status store_array_find(const store_h5 *h5, const char *object, bool deflate, store_h5_type *type,
                             store_h5_shape *shape);

/** Check type and shape only, setting open dimensions, for pixels (store_chunk_map.h). BASE_ERR_INPUT,
 * BASE_ERR_IO. */
base_status store_array_look(const store_h5 *h5, const char *object, store_h5_type type,
                             store_h5_shape *shape);

/** Read a whole array of exactly this type and shape. A text narrower than its `width` is read too; each
 * comes with a 0 at its end. BASE_ERR_INPUT (checksum, too), BASE_ERR_IO. */
base_status store_array_read(const store_h5 *h5, const char *object, store_h5_type type,
                             const store_h5_shape *shape, void *data);

/** Create an array of u8 [rows,...] in chunks of chunk_rows for H5Dwrite_chunk(), deflated too if asked.
 * BASE_ERR_IO. */
base_status store_array_create(const store_h5 *h5, const char *object, const store_h5_shape *shape,
                               int64_t chunk_rows, bool deflate, hid_t *dataset);

/** Read the deflated chunk that begins at row `first`, all its chunk_rows rows (behind the array's end:
 * padding).
 * BASE_ERR_INPUT (checksum, size), BASE_ERR_IO, BASE_ERR_MEMORY. */
base_status store_array_read_deflated(const store_h5 *h5, const char *object, hid_t dataset,
                                      const store_h5_shape *shape, int64_t chunk_rows, int64_t first,
                                      void *data);

/** A text of any length, as an array [1]. BASE_ERR_IO. */
base_status store_array_write_text(const store_h5 *h5, const char *object, const char *text);

/** Its counterpart; *text is malloc'ed. BASE_ERR_INPUT, BASE_ERR_IO, BASE_ERR_MEMORY. */
base_status store_array_read_text(const store_h5 *h5, const char *object, char **text);

#endif
