#include "store_dataset.h"
#include "base_log.h"
#include "store_array.h"
#include "store_h5.h"
#include "store_table.h"
#include <stdlib.h>
#include <string.h>

/* A random batch touches a chunk a sample; with the default cache of 1 MiB each would be read and summed
 * anew. */
#define IMAGE_CACHE ((size_t)128 << 20)

struct store_dataset {
    store_h5 h5;
    hid_t image, mask;
    store_h5_shape image_shape, mask_shape;
    uint8_t *mask_chunk;    /* one chunk of masks, inflated */
    int64_t mask_chunk_row; /* its first row, -1 = none yet */
    store_table table;
};

static size_t sample_bytes(const store_h5_shape *shape)
{
    size_t bytes = 1;
    int32_t i;

    for (i = 1; i < shape->rank; i++)
        bytes *= (size_t)shape->dims[i];
    return bytes;
}

/* As much cache as the images need, up to a limit, at least two chunks. */
static size_t cache_bytes(const store_h5_shape *shape, size_t chunk_rows)
{
    size_t sample = sample_bytes(shape), least = 2 * chunk_rows * sample;
    size_t all = ((size_t)shape->dims[0] + chunk_rows) * sample;

    all = all < IMAGE_CACHE ? all : IMAGE_CACHE;
    return all > least ? all : least;
}

/* Find N and S in the images' shape and open images and masks. */
static base_status open_pixels(store_dataset *dataset)
{
    store_h5_shape shape = {4, {-1, -1, -1, 3}};
    base_status status = store_array_look(&dataset->h5, STORE_DATASET_IMAGE, STORE_H5_U8, &shape);
    int64_t n = shape.dims[0], s = shape.dims[1], rows;

    if (status != BASE_OK)
        return status;
    if (n < 1 || n > INT32_MAX || s < 1 || s > STORE_SIZE_MAX || shape.dims[2] != s) {
        base_log_error("%s: %s is [%lld,%lld,%lld,3], expected [N,S,S,3] with N 1 to %d, S 1 to %d",
                       dataset->h5.path, STORE_DATASET_IMAGE, (long long)n, (long long)s,
                       (long long)shape.dims[2], INT32_MAX, STORE_SIZE_MAX);
        return BASE_ERR_INPUT;
    }
    dataset->image_shape = shape;
    dataset->mask_shape = (store_h5_shape){3, {n, s, (int64_t)store_mask_row_bytes((int32_t)s)}};
    rows = (int64_t)store_chunk_samples((int32_t)s);
    status = store_array_open(&dataset->h5, STORE_DATASET_IMAGE, &dataset->image_shape, rows, false,
                              cache_bytes(&dataset->image_shape, (size_t)rows), &dataset->image);
    if (status == BASE_OK)
        status = store_array_open(&dataset->h5, STORE_DATASET_MASK, &dataset->mask_shape, rows, true, 0,
                                  &dataset->mask);
    if (status != BASE_OK)
        return status;
    dataset->mask_chunk = malloc((size_t)rows * sample_bytes(&dataset->mask_shape));
    if (!dataset->mask_chunk) {
        base_log_error("%s: out of memory for a chunk of masks", dataset->h5.path);
        return BASE_ERR_MEMORY;
    }
    return BASE_OK;
}

base_status store_dataset_open(const char *path, store_dataset **dataset)
{
    store_dataset *made = calloc(1, sizeof *made);
    base_status status;

    if (!made) {
        base_log_error("%s: out of memory for a data set", path);
        return BASE_ERR_MEMORY;
    }
    made->image = made->mask = H5I_INVALID_HID;
    made->mask_chunk_row = -1;
    status = store_h5_open(path, &made->h5);
    if (status == BASE_OK)
        status = store_table_check_kind(&made->h5, STORE_DATASET_SCHEMA, STORE_DATASET_VERSION);
    if (status == BASE_OK)
        status = open_pixels(made);
    if (status == BASE_OK)
        status = store_table_read(&made->h5, (size_t)made->image_shape.dims[0],
                                  (int32_t)made->image_shape.dims[1], &made->table);
    if (status == BASE_OK)
        *dataset = made;
    else
        store_dataset_close(&made);
    return status;
}

void store_dataset_close(store_dataset **dataset)
{
    store_dataset *d = dataset ? *dataset : NULL;

    if (!d)
        return;
    if (d->image >= 0)
        H5Dclose(d->image);
    if (d->mask >= 0)
        H5Dclose(d->mask);
    store_h5_drop(&d->h5);
    store_table_destroy(&d->table);
    free(d->mask_chunk);
    free(d);
    *dataset = NULL;
}

const store_table *store_dataset_table(const store_dataset *dataset)
{
    return &dataset->table;
}

/* Log a row that is not in the data set: the caller's error, not the file's. */
static base_status outside(const store_dataset *dataset, int64_t row)
{
    base_log_error("%s: sample %lld asked for, allowed are 0 to %zu", dataset->h5.path, (long long)row,
                   dataset->table.samples - 1);
    return BASE_ERR_INTERNAL;
}

/* Masks through the chunk that is kept: scattered reading in order of id comes by each chunk once. */
static base_status read_masks(store_dataset *dataset, size_t first, size_t count, uint8_t *masks)
{
    size_t rows = store_chunk_samples(dataset->table.size), mask = sample_bytes(&dataset->mask_shape);

    while (count > 0) {
        size_t inside = first % rows, part = rows - inside < count ? rows - inside : count;
        int64_t begin = (int64_t)(first - inside);

        if (dataset->mask_chunk_row != begin) {
            base_status status;

            dataset->mask_chunk_row = -1;
            status =
                store_array_read_deflated(&dataset->h5, STORE_DATASET_MASK, dataset->mask,
                                          &dataset->mask_shape, (int64_t)rows, begin, dataset->mask_chunk);
            if (status != BASE_OK)
                return status;
            dataset->mask_chunk_row = begin;
        }
        memcpy(masks, dataset->mask_chunk + inside * mask, part * mask);
        masks += part * mask;
        first += part;
        count -= part;
    }
    return BASE_OK;
}

base_status store_dataset_read(store_dataset *dataset, size_t first, size_t count, uint8_t *images,
                               uint8_t *masks)
{
    base_status status = BASE_OK;

    if (first > dataset->table.samples || count > dataset->table.samples - first)
        return outside(dataset, (int64_t)(first + count) - 1);
    if (images && count > 0)
        status = store_array_read_rows(&dataset->h5, STORE_DATASET_IMAGE, dataset->image,
                                       &dataset->image_shape, (int64_t)first, (int64_t)count, images);
    if (masks && status == BASE_OK)
        status = read_masks(dataset, first, count, masks);
    return status;
}

/* Where a sample goes. */
typedef struct place {
    int64_t id;
    size_t at;
} place;

static int by_id(const void *a, const void *b)
{
    const place *p = a, *q = b;

    return p->id != q->id ? (p->id < q->id ? -1 : 1) : (p->at > q->at) - (p->at < q->at);
}

/* Read the places in order of id: neighbours that stay neighbours in one go, and no chunk is visited twice.
 */
static base_status read_places(store_dataset *dataset, const place *places, size_t count, uint8_t *images,
                               uint8_t *masks)
{
    size_t image = sample_bytes(&dataset->image_shape), mask = sample_bytes(&dataset->mask_shape);
    size_t i, run;

    for (i = 0; i < count; i += run) {
        base_status status;

        for (run = 1; i + run < count && places[i + run].id == places[i].id + (int64_t)run &&
                      places[i + run].at == places[i].at + run;
             run++)
            ;
        status = store_dataset_read(dataset, (size_t)places[i].id, run,
                                    images ? images + places[i].at * image : NULL,
                                    masks ? masks + places[i].at * mask : NULL);
        if (status != BASE_OK)
            return status;
    }
    return BASE_OK;
}

base_status store_dataset_gather(store_dataset *dataset, const int64_t *ids, size_t count, uint8_t *images,
                                 uint8_t *masks)
{
    place *places = calloc(count > 0 ? count : 1, sizeof *places);
    base_status status = BASE_OK;
    size_t i;

    if (!places) {
        base_log_error("%s: out of memory to order %zu samples", dataset->h5.path, count);
        return BASE_ERR_MEMORY;
    }
    for (i = 0; i < count && status == BASE_OK; i++) {
        if (ids[i] < 0 || (uint64_t)ids[i] >= dataset->table.samples)
            status = outside(dataset, ids[i]);
        places[i] = (place){ids[i], i};
    }
    if (status == BASE_OK) {
        qsort(places, count, sizeof *places, by_id);
        status = read_places(dataset, places, count, images, masks);
    }
    free(places);
    return status;
}

/* ---- verification ---- */

/* Add a chunk as it is stored to the digest. */
static base_status digest_chunk(store_dataset *dataset, hid_t array, const char *object, hsize_t row,
                                XXH3_state_t *state)
{
    hsize_t at[STORE_H5_RANK_MAX] = {row}, size = 0;
    uint32_t filters = 0;
    base_status status = BASE_OK;
    void *bytes;

    if (H5Dget_chunk_storage_size(array, at, &size) < 0)
        return store_h5_fail(&dataset->h5, object, "find a chunk");
    bytes = malloc(size);
    if (!bytes) {
        base_log_error("%s: %s: out of memory for a chunk of %llu bytes", dataset->h5.path, object,
                       (unsigned long long)size);
        return BASE_ERR_MEMORY;
    }
    if (H5Dread_chunk(array, H5P_DEFAULT, at, &filters, bytes) < 0)
        status = store_h5_fail(&dataset->h5, object, "read a chunk");
    else
        XXH3_128bits_update(state, bytes, size);
    free(bytes);
    return status;
}

/* The digest of all chunks and the table; reads every chunk through its filters too. */
static base_status digest_contents(store_dataset *dataset, XXH3_state_t *state, uint8_t *images,
                                   uint8_t *masks)
{
    size_t rows = store_chunk_samples(dataset->table.size), first;

    XXH3_128bits_reset(state);
    for (first = 0; first < dataset->table.samples; first += rows) {
        size_t left = dataset->table.samples - first;
        base_status status = digest_chunk(dataset, dataset->image, STORE_DATASET_IMAGE, first, state);

        if (status == BASE_OK)
            status = digest_chunk(dataset, dataset->mask, STORE_DATASET_MASK, first, state);
        if (status == BASE_OK)
            status = store_dataset_read(dataset, first, left < rows ? left : rows, images, masks);
        if (status != BASE_OK)
            return status;
    }
    store_table_digest(state, &dataset->table);
    return BASE_OK;
}

base_status store_dataset_verify(store_dataset *dataset)
{
    size_t rows = store_chunk_samples(dataset->table.size);
    uint8_t *images = malloc(rows * sample_bytes(&dataset->image_shape));
    uint8_t *masks = malloc(rows * sample_bytes(&dataset->mask_shape));
    XXH3_state_t *state = XXH3_createState();
    base_status status = BASE_ERR_MEMORY;
    char digest[BASE_DIGEST_TEXT];

    if (!images || !masks || !state)
        base_log_error("%s: out of memory for a chunk", dataset->h5.path);
    else
        status = digest_contents(dataset, state, images, masks);
    if (status == BASE_OK) {
        store_table_digest_text(state, digest);
        if (strcmp(digest, dataset->table.digest) != 0) {
            base_log_error("%s: attribute digest is %s, but the contents have %s", dataset->h5.path,
                           dataset->table.digest, digest);
            status = BASE_ERR_INPUT;
        }
    }
    XXH3_freeState(state);
    free(masks);
    free(images);
    return status;
}
