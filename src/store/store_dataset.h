/** dataset.h5 (hdf5-schemas/dataset.yaml): one row a labelled instance.
 *
 * Layout: images and masks are chunks of store_chunk_samples() whole samples; images are stored as they are
 * (deflate does not pay on photographs), masks deflated (no shuffle: their elements are single bytes),
 * fletcher32 on everything. The file names a digest of its contents, so that rounds can say what they were
 * made from without reading it all again.
 *
 * The digest is XXH3-128 over, in this order: for each chunk its stored image bytes, then its stored mask
 * bytes, then those of its twins if there are any (as in the file, filters applied); then little-endian u64
 * N, K, I (samples, classes, images) and i32 S; mean[3], std[3]; the columns label, split, image_id,
 * annotation_id, bbox, group; for each class its name and its supercategory, each padded with zeros to
 * STORE_CLASS_NAME_MAX bytes, and its category_id; for each image its id, width, height and its file name
 * with one 0 at the end.
 */
#ifndef STORE_DATASET_H
#define STORE_DATASET_H

#include "base_file.h"
#include "base_status.h"
#include "store_records.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_CLASS_NAME_MAX 64
#define STORE_SIZE_MAX       4096 /* largest S, pixels */
#define STORE_SHARDS_MAX     256

typedef struct store_class_info {
    char name[STORE_CLASS_NAME_MAX], supercategory[STORE_CLASS_NAME_MAX];
    int64_t category_id;
} store_class_info;

typedef struct store_image_info {
    int64_t id;
    char *file_name; /* owned by whoever fills or destroys the table */
    int32_t width, height;
} store_image_info;

/** Everything of a data set but pixels and masks; held in memory whole on every rank. */
typedef struct store_table {
    size_t samples, classes, images;
    int32_t size;                      /* S, pixels */
    float mean[3], std[3];             /* of pixel / 255 over the train split, RGB */
    int32_t *label;                    /* [samples] row of classes */
    uint8_t *split;                    /* [samples] store_split */
    int64_t *image_id, *annotation_id; /* [samples] COCO ids */
    float *bbox;                       /* [samples,4] x, y, width, height in source pixels */
    int64_t *group;                    /* [samples] number of the group that must not straddle splits */
    store_class_info *class_info;      /* [classes] */
    store_image_info *image_info;      /* [images] in order of id */
    char digest[BASE_DIGEST_TEXT];
} store_table;

/** Allocate the arrays for the given counts, zeroed. BASE_ERR_MEMORY. Local. */
base_status store_table_create(size_t samples, size_t classes, size_t images, store_table *table);

/** NULL-safe; frees file names too. */
void store_table_destroy(store_table *table);

/** File name of a sample's picture, below the folder of images. The table's own. Local. */
const char *store_table_picture(const store_table *table, size_t sample);

/** Samples of a chunk of an S x S data set: as many as fit 1 MiB of pixels, at least 1, at most 1024. */
size_t store_chunk_samples(int32_t size);

/** Bytes of one mask row, ceil(S/8); of one mask, S rows. Bit 7 of a byte is its leftmost pixel. */
size_t store_mask_row_bytes(int32_t size);

/* ---- writing: each rank packs chunks, rank 0 appends them in order ---- */

/** A chunk as it is stored: filters applied (mask: deflate; both: fletcher32). */
typedef struct store_packed {
    void *image, *mask, *twins; /* malloc'ed; twins NULL: the data set has none */
    size_t image_size, mask_size, twins_size;
    uint32_t image_filters, mask_filters, twins_filters; /* HDF5 filter masks */
} store_packed;

/** Pack one chunk of store_chunk_samples() samples (pad the last with zeros). The bytes depend on the input
 * alone. Local, may run on any rank. BASE_ERR_MEMORY, BASE_ERR_LIBRARY.
 * @param images  [C,S,S,3] u8   @param masks  [C,S,ceil(S/8)] u8 */
base_status store_pack(const uint8_t *images, const uint8_t *masks, int32_t size, store_packed *packed);

/** Add the masks of what else is of the sample's class: all chunks of a data set have them or none. Local,
 * any rank. BASE_ERR_MEMORY, BASE_ERR_LIBRARY.
 * @param twins [C,S,ceil(S/8)] u8 */
base_status store_pack_twins(const uint8_t *twins, int32_t size, store_packed *packed);

void store_packed_clear(store_packed *packed);

typedef struct store_dataset_writer store_dataset_writer;

/** Start PATH.tmp. Rank 0. BASE_ERR_USAGE (no samples, size not 1..STORE_SIZE_MAX), BASE_ERR_MEMORY,
 * BASE_ERR_IO (names path and HDF5's text). */
base_status store_dataset_begin(const char *path, size_t samples, int32_t size,
                                store_dataset_writer **writer);

/** The same, with the pixels in files of their own: PATH.shard-000 and so on, each a part of the chunks,
 * their numbers differing by one at most. Everything else is in PATH, which names them; readers need not
 * know. The digest is that of the same data set in one file.
 * @param shards  1..STORE_SHARDS_MAX, else BASE_ERR_USAGE; a data set of fewer chunks gets one a chunk */
base_status store_dataset_begin_shards(const char *path, size_t samples, int32_t size, size_t shards,
                                       store_dataset_writer **writer);

/** Append the next chunk in order. Rank 0. BASE_ERR_IO; BASE_ERR_INTERNAL for a chunk too many, or with twins
 * after one without, or the other way round. */
base_status store_dataset_append(store_dataset_writer *writer, const store_packed *packed);

/** Write the table and the digest (set in table->digest), close, sync, rename to the final name, shards
 * before the file that names them. Rank 0. BASE_ERR_IO; BASE_ERR_INTERNAL if chunks are missing or the table
 * contradicts itself (a label outside the classes, a sample of no known image). The writer is gone
 * afterwards, in success and failure; on failure so is the .tmp file. */
base_status store_dataset_commit(store_dataset_writer **writer, store_table *table);

/** Drop the writer and its .tmp files. NULL-safe. */
void store_dataset_abandon(store_dataset_writer **writer);

/* ---- reading ---- */

typedef struct store_dataset store_dataset;

/** Open read-only, read the table and check all that later code relies on (types, shapes, ranges of labels
 * and splits, finite mean and std). Pixels are checked as they are read. Any rank, local; a handle serves one
 * thread at a time. BASE_ERR_IO, BASE_ERR_NOT_FOUND (a shard, too), BASE_ERR_INPUT (not a camal data set,
 * version, shape, another shard than was written; names file, object, found, expected). */
base_status store_dataset_open(const char *path, store_dataset **dataset);

/** NULL-safe; nulls the pointer. */
void store_dataset_close(store_dataset **dataset);

/** The table; lives as long as the data set. Labels of pool samples are in here: only the oracle may look. */
const store_table *store_dataset_table(const store_dataset *dataset);

/** Read every chunk once, verify its checksum and compare the digest of the contents with the one the file
 * names. Local. BASE_ERR_INPUT (digest, checksum), BASE_ERR_IO. */
base_status store_dataset_verify(store_dataset *dataset);

/** Read samples [first, first+count) from disk. Local. BASE_ERR_INPUT (checksum, truncated file),
 * BASE_ERR_IO; BASE_ERR_INTERNAL for samples beyond the end.
 * @param images [count,S,S,3] out, may be NULL   @param masks [count,S,ceil(S/8)] out, may be NULL */
base_status store_dataset_read(store_dataset *dataset, size_t first, size_t count, uint8_t *images,
                               uint8_t *masks);

/** Read scattered samples: ids[count] in any order; whole chunks are read once each. Same errors and outputs.
 */
base_status store_dataset_gather(store_dataset *dataset, const int64_t *ids, size_t count, uint8_t *images,
                                 uint8_t *masks);

/** The masks of what else in the picture is of the sample's class and not the sample, scattered samples as
 * above; all zero where the data set has none (older ones). Same errors.
 * @param twins [count,S,ceil(S/8)] out */
base_status store_dataset_gather_twins(store_dataset *dataset, const int64_t *ids, size_t count,
                                       uint8_t *twins);

#endif
