#include "base_file.h"
#include "base_log.h"
#include "base_shard.h"
#include "store_array.h"
#include "store_attributes.h"
#include "store_check.h"
#include "store_dataset.h"
#include "store_h5.h"
#include "store_shards.h"
#include "store_table.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A file that takes pixels: the data set's own, or one shard after the other. */
typedef struct pixels {
    store_h5 h5;
    hid_t image, mask, twins; /* twins: created with the first chunk that has them */
    base_shard chunks;        /* those of the data set that go here */
    int64_t samples;
} pixels;

struct store_dataset_writer {
    char path[PATH_MAX]; /* the final name; h5.path is PATH.tmp */
    store_h5 h5;
    pixels pixels; /* its h5 is the data set's, or that of the shard being written */
    size_t samples, next, chunks;
    int32_t size;
    bool with_twins;
    XXH3_state_t *digest;
    store_shard_info *info; /* [shards] as far as they were begun; NULL: all in one file */
    size_t shards, begun;
    XXH3_state_t *shard_digest;
};

/* ---- files of pixels ---- */

static const pixels no_pixels = {.h5 = {.file = H5I_INVALID_HID},
                                 .image = H5I_INVALID_HID,
                                 .mask = H5I_INVALID_HID,
                                 .twins = H5I_INVALID_HID};

/* Path of a begun shard, before or after it gets its final name; store_dataset_begin_shards() saw that it
 * fits. */
static void shard_path(const store_dataset_writer *writer, size_t shard, const char *ending,
                       char path[PATH_MAX])
{
    const char *slash = strrchr(writer->path, '/');
    int folder = slash ? (int)(slash + 1 - writer->path) : 0;

    snprintf(path, PATH_MAX, "%.*s%s%s", folder, writer->path, writer->info[shard].name, ending);
}

static base_status create_arrays(const store_dataset_writer *writer, pixels *p)
{
    int64_t n = p->samples, s = writer->size, w = (int64_t)store_mask_row_bytes(writer->size);
    int64_t rows = (int64_t)store_chunk_samples(writer->size);
    base_status status = store_h5_make_group(&p->h5, "/samples");

    if (status == BASE_OK)
        status = store_array_create(&p->h5, STORE_DATASET_IMAGE, &(store_h5_shape){4, {n, s, s, 3}}, rows,
                                    false, &p->image);
    if (status == BASE_OK)
        status = store_array_create(&p->h5, STORE_DATASET_MASK, &(store_h5_shape){3, {n, s, w}}, rows, true,
                                    &p->mask);
    return status;
}

/* Name the shard, and create it. */
static base_status begin_shard(store_dataset_writer *writer, pixels *p)
{
    store_shard_info *info = &writer->info[writer->begun];
    const char *slash = strrchr(writer->path, '/'), *name = slash ? slash + 1 : writer->path;
    char path[PATH_MAX];

    if (snprintf(info->name, sizeof info->name, "%s.shard-%03zu", name, writer->begun) >=
        (int)sizeof info->name) {
        base_log_error(
            "%s: the name is too long for those of its shards, .shard-000 behind it: allowed are %d "
            "bytes together",
            writer->path, STORE_SHARD_NAME_MAX - 1);
        return BASE_ERR_USAGE;
    }
    info->samples = p->samples;
    XXH3_128bits_reset(writer->shard_digest);
    shard_path(writer, writer->begun++, ".tmp", path);
    return store_h5_create(path, &p->h5);
}

/* Begin the file that the chunk `next` is the first of. */
static base_status begin_pixels(store_dataset_writer *writer)
{
    size_t rows = store_chunk_samples(writer->size), end;
    base_status status = BASE_OK;
    pixels *p = &writer->pixels;

    *p = no_pixels;
    p->chunks = writer->info ? base_shard_of(writer->chunks, writer->shards, writer->begun)
                             : (base_shard){0, writer->chunks};
    end = (p->chunks.first + p->chunks.count) * rows;
    p->samples = (int64_t)((end < writer->samples ? end : writer->samples) - p->chunks.first * rows);
    if (writer->info)
        status = begin_shard(writer, p);
    else
        p->h5 = writer->h5;
    return status == BASE_OK ? create_arrays(writer, p) : status;
}

static base_status close_array(const pixels *p, const char *object, hid_t *array)
{
    herr_t closed = *array >= 0 ? H5Dclose(*array) : 0;

    *array = H5I_INVALID_HID;
    return closed < 0 ? store_h5_fail(&p->h5, object, "close the dataset") : BASE_OK;
}

static base_status write_shard_attributes(const store_h5 *h5, const char *digest)
{
    static const store_attribute list = {"/", "digest", STORE_H5_TYPE_TEXT(BASE_DIGEST_TEXT), 0, 0};
    static const store_attributes attributes = {STORE_SHARD_SCHEMA, STORE_SHARD_VERSION, 1, &list};
    base_status status = store_attributes_write(h5, &attributes, digest);

    if (status == BASE_OK)
        status = store_h5_write_attribute(
            h5, "/", "version", (store_h5_type)STORE_H5_TYPE_TEXT(sizeof CAMAL_VERSION), 0, CAMAL_VERSION);
    return status;
}

/* A shard is whole: its digest, and on the disk with it. */
static base_status end_shard(store_dataset_writer *writer)
{
    store_shard_info *info = &writer->info[writer->begun - 1];
    store_h5 *h5 = &writer->pixels.h5;
    base_status status, closed;

    store_table_digest_text(writer->shard_digest, info->digest);
    status = write_shard_attributes(h5, info->digest);
    closed = store_h5_close(h5);
    if (status == BASE_OK)
        status = closed;
    return status == BASE_OK ? base_file_sync(h5->path) : status;
}

/* All chunks of a file are in it. */
static base_status end_pixels(store_dataset_writer *writer)
{
    pixels *p = &writer->pixels;
    base_status image = close_array(p, STORE_DATASET_IMAGE, &p->image);
    base_status mask = close_array(p, STORE_DATASET_MASK, &p->mask);
    base_status status = close_array(p, STORE_DATASET_TWINS, &p->twins);

    status = image != BASE_OK ? image : mask != BASE_OK ? mask : status;
    return status == BASE_OK && writer->info ? end_shard(writer) : status;
}

/* ---- beginning ---- */

static base_status make_room(store_dataset_writer *writer)
{
    writer->digest = XXH3_createState();
    writer->shard_digest = XXH3_createState();
    if (writer->shards > 0)
        writer->info = calloc(writer->shards, sizeof *writer->info);
    if (!writer->digest || !writer->shard_digest || (writer->shards > 0 && !writer->info)) {
        base_log_error("%s: out of memory for a writer", writer->path);
        return BASE_ERR_MEMORY;
    }
    XXH3_128bits_reset(writer->digest);
    return BASE_OK;
}

/* @param shards  0: none */
static base_status begin(const char *path, size_t samples, int32_t size, size_t shards,
                         store_dataset_writer **writer)
{
    store_dataset_writer *made;
    base_status status;
    char temporary[PATH_MAX];
    int n = snprintf(temporary, sizeof temporary, "%s.tmp", path);

    if (samples == 0 || samples > INT32_MAX || size < 1 || size > STORE_SIZE_MAX || n < 0 ||
        (size_t)n >= sizeof temporary) {
        base_log_error(
            "%s: cannot hold %zu samples of %d pixels: allowed are 1 to %d samples, 1 to %d pixels, a path "
            "of at most %zu bytes",
            path, samples, (int)size, INT32_MAX, STORE_SIZE_MAX, sizeof temporary - 5);
        return BASE_ERR_USAGE;
    }
    made = calloc(1, sizeof *made);
    if (!made) {
        base_log_error("%s: out of memory for a writer", path);
        return BASE_ERR_MEMORY;
    }
    memcpy(made->path, path, strlen(path) + 1);
    made->pixels = no_pixels;
    made->h5.file = H5I_INVALID_HID;
    made->samples = samples;
    made->size = size;
    made->chunks = (samples - 1) / store_chunk_samples(size) + 1;
    made->shards = shards < made->chunks ? shards : made->chunks;
    status = make_room(made);
    if (status == BASE_OK)
        status = store_h5_create(temporary, &made->h5);
    if (status == BASE_OK && made->info)
        status = store_h5_make_group(&made->h5, "/samples");
    if (status == BASE_OK)
        status = begin_pixels(made);
    if (status == BASE_OK)
        *writer = made;
    else
        store_dataset_abandon(&made);
    return status;
}

base_status store_dataset_begin(const char *path, size_t samples, int32_t size, store_dataset_writer **writer)
{
    return begin(path, samples, size, 0, writer);
}

base_status store_dataset_begin_shards(const char *path, size_t samples, int32_t size, size_t shards,
                                       store_dataset_writer **writer)
{
    static const char ending[] = ".shard-000.tmp";

    if (shards < 1 || shards > STORE_SHARDS_MAX) {
        base_log_error("%s: %zu shards, allowed are 1 to %d", path, shards, STORE_SHARDS_MAX);
        return BASE_ERR_USAGE;
    }
    if (strlen(path) + sizeof ending > PATH_MAX) {
        base_log_error("%s: a path of %zu bytes, allowed are %zu with those of its shards", path,
                       strlen(path), PATH_MAX - sizeof ending);
        return BASE_ERR_USAGE;
    }
    return begin(path, samples, size, shards, writer);
}

/* ---- chunks ---- */

static base_status write_chunk(store_dataset_writer *writer, const char *object, hid_t array,
                               uint32_t filters, const void *bytes, size_t size)
{
    const pixels *p = &writer->pixels;
    hsize_t at[STORE_H5_RANK_MAX] = {(writer->next - p->chunks.first) * store_chunk_samples(writer->size)};

    if (H5Dwrite_chunk(array, H5P_DEFAULT, filters, at, size, bytes) < 0)
        return store_h5_fail(&p->h5, object, "write a chunk");
    XXH3_128bits_update(writer->digest, bytes, size);
    if (writer->info)
        XXH3_128bits_update(writer->shard_digest, bytes, size);
    return BASE_OK;
}

static base_status append_twins(store_dataset_writer *writer, const store_packed *packed)
{
    pixels *p = &writer->pixels;
    store_h5_shape shape = {3, {p->samples, writer->size, (int64_t)store_mask_row_bytes(writer->size)}};
    base_status status = BASE_OK;

    if (writer->next == 0)
        writer->with_twins = packed->twins;
    if (writer->with_twins != (packed->twins != NULL)) {
        base_log_error("%s: chunk %zu has %s twins, unlike those before", writer->path, writer->next,
                       packed->twins ? "masks of" : "no masks of");
        return BASE_ERR_INTERNAL;
    }
    if (!packed->twins)
        return BASE_OK;
    if (p->twins < 0)
        status = store_array_create(&p->h5, STORE_DATASET_TWINS, &shape,
                                    (int64_t)store_chunk_samples(writer->size), true, &p->twins);
    if (status != BASE_OK)
        return status;
    return write_chunk(writer, STORE_DATASET_TWINS, p->twins, packed->twins_filters, packed->twins,
                       packed->twins_size);
}

base_status store_dataset_append(store_dataset_writer *writer, const store_packed *packed)
{
    const pixels *p = &writer->pixels;
    base_status status = BASE_OK;

    if (writer->next == writer->chunks) {
        base_log_error("%s: a chunk too many: %zu samples need %zu", writer->path, writer->samples,
                       writer->chunks);
        return BASE_ERR_INTERNAL;
    }
    if (writer->next == p->chunks.first + p->chunks.count)
        status = begin_pixels(writer);
    if (status == BASE_OK)
        status = write_chunk(writer, STORE_DATASET_IMAGE, p->image, packed->image_filters, packed->image,
                             packed->image_size);
    if (status == BASE_OK)
        status = write_chunk(writer, STORE_DATASET_MASK, p->mask, packed->mask_filters, packed->mask,
                             packed->mask_size);
    if (status == BASE_OK)
        status = append_twins(writer, packed);
    if (status == BASE_OK && ++writer->next == p->chunks.first + p->chunks.count)
        status = end_pixels(writer);
    return status;
}

/* ---- the end ---- */

static base_status check_complete(const store_dataset_writer *writer, const store_table *table)
{
    if (writer->next == writer->chunks && table->samples == writer->samples && table->size == writer->size)
        return BASE_OK;
    base_log_error("%s: %zu of %zu chunks written, table of %zu samples of %d pixels for a file of %zu of %d",
                   writer->path, writer->next, writer->chunks, table->samples, (int)table->size,
                   writer->samples, (int)writer->size);
    return BASE_ERR_INTERNAL;
}

static base_status write_info(const store_dataset_writer *writer)
{
    base_status status;

    if (!writer->info)
        return BASE_OK;
    status = store_h5_make_group(&writer->h5, store_shard_columns.group);
    return status == BASE_OK
               ? store_columns_write(&writer->h5, &store_shard_columns, writer->info, writer->shards)
               : status;
}

/* The file that names the shards comes last. */
static base_status rename_all(const store_dataset_writer *writer)
{
    char temporary[PATH_MAX], final[PATH_MAX];
    base_status status = BASE_OK;
    size_t i;

    for (i = 0; i < writer->shards && status == BASE_OK; i++) {
        shard_path(writer, i, ".tmp", temporary);
        shard_path(writer, i, "", final);
        status = base_file_rename(temporary, final);
    }
    return status == BASE_OK ? base_file_rename(writer->h5.path, writer->path) : status;
}

base_status store_dataset_commit(store_dataset_writer **writer, store_table *table)
{
    store_dataset_writer *w = *writer;
    base_status status = check_complete(w, table);

    if (status == BASE_OK) {
        store_table_digest(w->digest, table);
        store_table_digest_text(w->digest, table->digest);
        status = store_check_table(table, w->path, NULL) == BASE_OK ? BASE_OK : BASE_ERR_INTERNAL;
    }
    if (status == BASE_OK)
        status = store_table_write(&w->h5, table);
    if (status == BASE_OK)
        status = write_info(w);
    if (status == BASE_OK)
        status = store_h5_close(&w->h5);
    if (status == BASE_OK)
        status = base_file_sync(w->h5.path);
    if (status == BASE_OK)
        status = rename_all(w);
    store_dataset_abandon(writer);
    return status;
}

void store_dataset_abandon(store_dataset_writer **writer)
{
    store_dataset_writer *w = *writer;
    char path[PATH_MAX];
    size_t i;

    if (!w)
        return;
    if (w->pixels.image >= 0)
        H5Dclose(w->pixels.image);
    if (w->pixels.mask >= 0)
        H5Dclose(w->pixels.mask);
    if (w->pixels.twins >= 0)
        H5Dclose(w->pixels.twins);
    if (w->info)
        store_h5_drop(&w->pixels.h5);
    for (i = 0; w->info && i < w->begun; i++) { /* gone already where they were renamed */
        shard_path(w, i, ".tmp", path);
        unlink(path);
    }
    store_h5_drop(&w->h5);
    unlink(w->h5.path);
    XXH3_freeState(w->digest);
    XXH3_freeState(w->shard_digest);
    free(w->info);
    free(w);
    *writer = NULL;
}
