#include "store_dataset.h"
#include "base_log.h"
#include "store_array.h"
#include "store_chunk_map.h"
#include "store_h5.h"
#include "store_table.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct store_dataset {
    store_h5 h5;
    int file;                           /* the same, for reading chunks past HDF5 */
    store_chunk_map image, mask, twins; /* twins: no rows if the file has none */
    store_chunk_buffer image_chunk, mask_chunk, twins_chunk;
    store_table table;
};

/* Data sets of before twins were kept have none. */
static base_status open_twins(store_dataset *dataset, store_h5_shape shape)
{
    base_status status;

    if (H5Lexists(dataset->h5.file, STORE_DATASET_TWINS, H5P_DEFAULT) <= 0)
        return BASE_OK;
    status = store_array_look(&dataset->h5, STORE_DATASET_TWINS, STORE_H5_U8, &shape);
    if (status == BASE_OK)
        status = store_chunk_map_make(&dataset->h5, dataset->file, STORE_DATASET_TWINS, &shape,
                                      dataset->mask.chunk_rows, &dataset->twins);
    return status == BASE_OK ? store_chunk_buffer_make(&dataset->twins, &dataset->twins_chunk) : status;
}

/* Find N and S in the images' shape, and where the chunks of images and masks are. */
static base_status open_pixels(store_dataset *dataset, int32_t *size)
{
    store_h5_shape shape = {4, {-1, -1, -1, 3}};
    base_status status = store_array_look(&dataset->h5, STORE_DATASET_IMAGE, STORE_H5_U8, &shape);
    int64_t n = shape.dims[0], s = shape.dims[1];
    size_t rows;

    if (status != BASE_OK)
        return status;
    if (n < 1 || n > INT32_MAX || s < 1 || s > STORE_SIZE_MAX || shape.dims[2] != s) {
        base_log_error("%s: %s is [%lld,%lld,%lld,3], expected [N,S,S,3] with N 1 to %d, S 1 to %d",
                       dataset->h5.path, STORE_DATASET_IMAGE, (long long)n, (long long)s,
                       (long long)shape.dims[2], INT32_MAX, STORE_SIZE_MAX);
        return BASE_ERR_INPUT;
    }
    *size = (int32_t)s;
    rows = store_chunk_samples(*size);
    status =
        store_chunk_map_make(&dataset->h5, dataset->file, STORE_DATASET_IMAGE, &shape, rows, &dataset->image);
    if (status != BASE_OK)
        return status;
    shape = (store_h5_shape){3, {n, s, (int64_t)store_mask_row_bytes(*size)}};
    status = store_array_look(&dataset->h5, STORE_DATASET_MASK, STORE_H5_U8, &shape);
    if (status == BASE_OK)
        status = store_chunk_map_make(&dataset->h5, dataset->file, STORE_DATASET_MASK, &shape, rows,
                                      &dataset->mask);
    if (status == BASE_OK)
        status = store_chunk_buffer_make(&dataset->image, &dataset->image_chunk);
    if (status == BASE_OK)
        status = store_chunk_buffer_make(&dataset->mask, &dataset->mask_chunk);
    return status == BASE_OK ? open_twins(dataset, shape) : status;
}

static base_status open_file(store_dataset *dataset)
{
    dataset->file = open(dataset->h5.path, O_RDONLY | O_CLOEXEC);
    if (dataset->file >= 0)
        return BASE_OK;
    base_log_error("%s: cannot open: %s", dataset->h5.path, strerror(errno));
    return BASE_ERR_IO;
}

base_status store_dataset_open(const char *path, store_dataset **dataset)
{
    store_dataset *made = calloc(1, sizeof *made);
    base_status status;
    int32_t size = 0;

    if (!made) {
        base_log_error("%s: out of memory for a data set", path);
        return BASE_ERR_MEMORY;
    }
    made->file = -1;
    status = store_h5_open(path, &made->h5);
    if (status == BASE_OK)
        status = open_file(made);
    if (status == BASE_OK)
        status = store_table_check_kind(&made->h5, STORE_DATASET_SCHEMA, STORE_DATASET_VERSION);
    if (status == BASE_OK)
        status = open_pixels(made, &size);
    if (status == BASE_OK)
        status = store_table_read(&made->h5, made->image.rows, size, &made->table);
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
    store_chunk_buffer_destroy(&d->twins_chunk);
    store_chunk_map_destroy(&d->twins);
    store_chunk_buffer_destroy(&d->mask_chunk);
    store_chunk_buffer_destroy(&d->image_chunk);
    store_chunk_map_destroy(&d->mask);
    store_chunk_map_destroy(&d->image);
    store_table_destroy(&d->table);
    if (d->file >= 0)
        close(d->file);
    store_h5_drop(&d->h5);
    free(d);
    *dataset = NULL;
}

const store_table *store_dataset_table(const store_dataset *dataset)
{
    return &dataset->table;
}

const store_chunk_map *store_dataset_images(const store_dataset *dataset)
{
    return &dataset->image;
}

const store_chunk_map *store_dataset_masks(const store_dataset *dataset)
{
    return &dataset->mask;
}

/* Log a row that is not in the data set: the caller's error, not the file's. */
static base_status outside(const store_dataset *dataset, int64_t row)
{
    base_log_error("%s: sample %lld asked for, allowed are 0 to %zu", dataset->h5.path, (long long)row,
                   dataset->table.samples - 1);
    return BASE_ERR_INTERNAL;
}

/* Neighbours, through the chunk that is kept: reading in order of id comes by each chunk once. */
static base_status read_rows(const store_chunk_map *map, store_chunk_buffer *buffer, size_t first,
                             size_t count, uint8_t *rows)
{
    while (count > 0) {
        size_t inside = first % map->chunk_rows, left = map->chunk_rows - inside;
        size_t part = left < count ? left : count;
        base_status status = store_chunk_map_load(map, first / map->chunk_rows, buffer);

        if (status != BASE_OK)
            return status;
        memcpy(rows, buffer->data + inside * map->row_bytes, part * map->row_bytes);
        rows += part * map->row_bytes;
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
    if (images)
        status = read_rows(&dataset->image, &dataset->image_chunk, first, count, images);
    if (masks && status == BASE_OK)
        status = read_rows(&dataset->mask, &dataset->mask_chunk, first, count, masks);
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

/* The samples in order of id: each chunk is read once. Free with free(). */
static base_status order_places(const store_dataset *dataset, const int64_t *ids, size_t count,
                                place **places)
{
    place *made = calloc(count > 0 ? count : 1, sizeof *made);
    base_status status = BASE_OK;
    size_t i;

    if (!made) {
        base_log_error("%s: out of memory to order %zu samples", dataset->h5.path, count);
        return BASE_ERR_MEMORY;
    }
    for (i = 0; i < count && status == BASE_OK; i++) {
        if (ids[i] < 0 || (uint64_t)ids[i] >= dataset->table.samples)
            status = outside(dataset, ids[i]);
        made[i] = (place){ids[i], i};
    }
    if (status != BASE_OK) {
        free(made);
        return status;
    }
    qsort(made, count, sizeof *made, by_id);
    *places = made;
    return BASE_OK;
}

base_status store_dataset_gather(store_dataset *dataset, const int64_t *ids, size_t count, uint8_t *images,
                                 uint8_t *masks)
{
    size_t image = dataset->image.row_bytes, mask = dataset->mask.row_bytes, i;
    place *places;
    base_status status = order_places(dataset, ids, count, &places);

    if (status != BASE_OK)
        return status;
    for (i = 0; i < count && status == BASE_OK; i++)
        status = store_dataset_read(dataset, (size_t)places[i].id, 1,
                                    images ? images + places[i].at * image : NULL,
                                    masks ? masks + places[i].at * mask : NULL);
    free(places);
    return status;
}

base_status store_dataset_gather_twins(store_dataset *dataset, const int64_t *ids, size_t count,
                                       uint8_t *twins)
{
    size_t mask = dataset->mask.row_bytes, i;
    place *places;
    base_status status = order_places(dataset, ids, count, &places);

    if (status != BASE_OK)
        return status;
    if (dataset->twins.rows == 0)
        memset(twins, 0, count * mask);
    for (i = 0; i < count && status == BASE_OK && dataset->twins.rows > 0; i++)
        status = read_rows(&dataset->twins, &dataset->twins_chunk, (size_t)places[i].id, 1,
                           twins + places[i].at * mask);
    free(places);
    return status;
}

/* ---- verification ---- */

/* The digest of all chunks as they are stored and of the table; each chunk is unpacked too. */
static base_status digest_contents(store_dataset *dataset, XXH3_state_t *state)
{
    const store_chunk_map *maps[] = {&dataset->image, &dataset->mask, &dataset->twins};
    store_chunk_buffer *buffers[] = {&dataset->image_chunk, &dataset->mask_chunk, &dataset->twins_chunk};
    size_t chunk, i, planes = dataset->twins.rows > 0 ? 3 : 2;

    XXH3_128bits_reset(state);
    for (chunk = 0; chunk < dataset->image.chunks; chunk++) {
        for (i = 0; i < planes; i++) {
            base_status status = store_chunk_map_load(maps[i], chunk, buffers[i]);

            if (status != BASE_OK)
                return status;
            XXH3_128bits_update(state, buffers[i]->stored, maps[i]->place[chunk].size);
        }
    }
    store_table_digest(state, &dataset->table);
    return BASE_OK;
}

base_status store_dataset_verify(store_dataset *dataset)
{
    XXH3_state_t *state = XXH3_createState();
    base_status status = BASE_ERR_MEMORY;
    char digest[BASE_DIGEST_TEXT];

    if (!state)
        base_log_error("%s: out of memory for a digest", dataset->h5.path);
    else
        status = digest_contents(dataset, state);
    if (status == BASE_OK) {
        store_table_digest_text(state, digest);
        if (strcmp(digest, dataset->table.digest) != 0) {
            base_log_error("%s: attribute digest is %s, but the contents have %s", dataset->h5.path,
                           dataset->table.digest, digest);
            status = BASE_ERR_INPUT;
        }
    }
    XXH3_freeState(state);
    return status;
}
