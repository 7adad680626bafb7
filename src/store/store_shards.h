/** The files that the pixels of a data set lie in, internal to store: the data set's own, or shards beside
 * it, which its group /shards names. All functions are local.
 *
 * A shard (hdf5-schemas/shard.yaml) holds neighbouring chunks; the shards in order hold all of them. Each
 * names the digest of its contents and so does the data set, so that shards of another data set, or in
 * another order, are found when they are opened.
 */
#ifndef STORE_SHARDS_H
#define STORE_SHARDS_H

#include "base_file.h"
#include "base_status.h"
#include "store_columns.h"
#include "store_h5.h"
#include <stddef.h>
#include <stdint.h>
#include <xxhash.h>

#define STORE_SHARD_SCHEMA   "camal-shard"
#define STORE_SHARD_VERSION  1
#define STORE_SHARD_NAME_MAX 256 /* bytes of a file's name and its ending 0 */

/** A row of /shards. */
typedef struct store_shard_info {
    char name[STORE_SHARD_NAME_MAX]; /* of the file, in the folder of the data set */
    char digest[BASE_DIGEST_TEXT];   /* XXH3-128: for each chunk its stored images, masks and twins */
    int64_t samples;
} store_shard_info;

extern const store_columns store_shard_columns; /* store_shard_info */

/** A file with pixels. */
typedef struct store_shard {
    store_h5 h5;  /* of a shard; or the data set's, which closes it */
    int file;     /* the same, for reading chunks past HDF5 */
    size_t first; /* the data set's sample that is its first */
    size_t samples;
} store_shard;

typedef struct store_shards {
    store_shard_info *info; /* [count]; NULL if the one file is the data set's own */
    store_shard *shard;     /* [count] */
    size_t count;
} store_shards;

/** Open the files of an open data set, which must stay open, and read how many samples of how many pixels a
 * side they hold.
 *
 * @param shards  zeroed; the caller's to close, also on failure
 * @param size    set on success
 * @return BASE_ERR_NOT_FOUND (a shard), BASE_ERR_INPUT (a shard is not the one that the data set names;
 * no samples, or shapes that no data set has), BASE_ERR_MEMORY
 */
base_status store_shards_open(const store_h5 *h5, store_shards *shards, size_t *samples, int32_t *size);

/** NULL-safe. */
void store_shards_close(store_shards *shards);

#endif
