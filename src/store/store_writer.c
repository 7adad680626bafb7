#include "base_file.h"
#include "base_log.h"
#include "store_array.h"
#include "store_check.h"
#include "store_dataset.h"
#include "store_h5.h"
#include "store_table.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct store_dataset_writer {
    char path[PATH_MAX]; /* the final name; h5.path is PATH.tmp */
    store_h5 h5;
    hid_t image, mask, twins; /* twins: created with the first chunk that has them */
    size_t samples, next, chunks;
    int32_t size;
    XXH3_state_t *digest;
};

static base_status create_arrays(store_dataset_writer *writer)
{
    int64_t n = (int64_t)writer->samples, s = writer->size, w = (int64_t)store_mask_row_bytes(writer->size);
    int64_t rows = (int64_t)store_chunk_samples(writer->size);
    base_status status = store_h5_make_group(&writer->h5, "/samples");

    if (status == BASE_OK)
        status = store_array_create(&writer->h5, STORE_DATASET_IMAGE, &(store_h5_shape){4, {n, s, s, 3}},
                                    rows, false, &writer->image);
    if (status == BASE_OK)
        status = store_array_create(&writer->h5, STORE_DATASET_MASK, &(store_h5_shape){3, {n, s, w}}, rows,
                                    true, &writer->mask);
    return status;
}

base_status store_dataset_begin(const char *path, size_t samples, int32_t size, store_dataset_writer **writer)
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
    if (!made || !(made->digest = XXH3_createState())) {
        base_log_error("%s: out of memory for a writer", path);
        free(made);
        return BASE_ERR_MEMORY;
    }
    XXH3_128bits_reset(made->digest);
    memcpy(made->path, path, strlen(path) + 1);
    made->image = made->mask = made->twins = H5I_INVALID_HID;
    made->samples = samples;
    made->size = size;
    made->chunks = (samples - 1) / store_chunk_samples(size) + 1;
    status = store_h5_create(temporary, &made->h5);
    if (status == BASE_OK)
        status = create_arrays(made);
    if (status == BASE_OK)
        *writer = made;
    else
        store_dataset_abandon(&made);
    return status;
}

static base_status append_twins(store_dataset_writer *writer, const store_packed *packed, const hsize_t *at)
{
    store_h5_shape shape = {
        3, {(int64_t)writer->samples, writer->size, (int64_t)store_mask_row_bytes(writer->size)}};
    base_status status = BASE_OK;

    if (!packed->twins && writer->twins < 0)
        return BASE_OK;
    if (!packed->twins || (writer->twins < 0 && writer->next > 0)) {
        base_log_error("%s: chunk %zu has %s twins, unlike those before", writer->path, writer->next,
                       packed->twins ? "masks of" : "no masks of");
        return BASE_ERR_INTERNAL;
    }
    if (writer->twins < 0)
        status = store_array_create(&writer->h5, STORE_DATASET_TWINS, &shape,
                                    (int64_t)store_chunk_samples(writer->size), true, &writer->twins);
    if (status != BASE_OK)
        return status;
    if (H5Dwrite_chunk(writer->twins, H5P_DEFAULT, packed->twins_filters, at, packed->twins_size,
                       packed->twins) < 0)
        return store_h5_fail(&writer->h5, STORE_DATASET_TWINS, "write a chunk");
    XXH3_128bits_update(writer->digest, packed->twins, packed->twins_size);
    return BASE_OK;
}

base_status store_dataset_append(store_dataset_writer *writer, const store_packed *packed)
{
    hsize_t at[STORE_H5_RANK_MAX] = {writer->next * store_chunk_samples(writer->size)};
    base_status status;

    if (writer->next == writer->chunks) {
        base_log_error("%s: a chunk too many: %zu samples need %zu", writer->path, writer->samples,
                       writer->chunks);
        return BASE_ERR_INTERNAL;
    }
    if (H5Dwrite_chunk(writer->image, H5P_DEFAULT, packed->image_filters, at, packed->image_size,
                       packed->image) < 0)
        return store_h5_fail(&writer->h5, STORE_DATASET_IMAGE, "write a chunk");
    if (H5Dwrite_chunk(writer->mask, H5P_DEFAULT, packed->mask_filters, at, packed->mask_size, packed->mask) <
        0)
        return store_h5_fail(&writer->h5, STORE_DATASET_MASK, "write a chunk");
    XXH3_128bits_update(writer->digest, packed->image, packed->image_size);
    XXH3_128bits_update(writer->digest, packed->mask, packed->mask_size);
    status = append_twins(writer, packed, at);
    if (status == BASE_OK)
        writer->next++;
    return status;
}

static base_status check_complete(const store_dataset_writer *writer, const store_table *table)
{
    if (writer->next == writer->chunks && table->samples == writer->samples && table->size == writer->size)
        return BASE_OK;
    base_log_error("%s: %zu of %zu chunks written, table of %zu samples of %d pixels for a file of %zu of %d",
                   writer->path, writer->next, writer->chunks, table->samples, (int)table->size,
                   writer->samples, (int)writer->size);
    return BASE_ERR_INTERNAL;
}

/* Close the arrays and the file: only now is everything on its way to the disk. */
static base_status finish_file(store_dataset_writer *writer)
{
    base_status status = BASE_OK;

    if (H5Dclose(writer->image) < 0)
        status = store_h5_fail(&writer->h5, STORE_DATASET_IMAGE, "close the dataset");
    writer->image = H5I_INVALID_HID;
    if (H5Dclose(writer->mask) < 0 && status == BASE_OK)
        status = store_h5_fail(&writer->h5, STORE_DATASET_MASK, "close the dataset");
    writer->mask = H5I_INVALID_HID;
    if (writer->twins >= 0 && H5Dclose(writer->twins) < 0 && status == BASE_OK)
        status = store_h5_fail(&writer->h5, STORE_DATASET_TWINS, "close the dataset");
    writer->twins = H5I_INVALID_HID;
    return status == BASE_OK ? store_h5_close(&writer->h5) : status;
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
        status = finish_file(w);
    if (status == BASE_OK)
        status = base_file_sync(w->h5.path);
    if (status == BASE_OK)
        status = base_file_rename(w->h5.path, w->path);
    store_dataset_abandon(writer);
    return status;
}

void store_dataset_abandon(store_dataset_writer **writer)
{
    store_dataset_writer *w = *writer;

    if (!w)
        return;
    if (w->image >= 0)
        H5Dclose(w->image);
    if (w->mask >= 0)
        H5Dclose(w->mask);
    if (w->twins >= 0)
        H5Dclose(w->twins);
    store_h5_drop(&w->h5);
    unlink(w->h5.path); /* gone already if it was renamed */
    XXH3_freeState(w->digest);
    free(w);
    *writer = NULL;
}
