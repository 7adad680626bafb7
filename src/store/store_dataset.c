#include "store_dataset.h"
#include "base_log.h"
#include "store_attributes.h"
#include "store_chunk_map.h"
#include "store_h5.h"
#include "store_shards.h"
#include "store_table.h"
#include <stdlib.h>
#include <string.h>

struct store_dataset {
    store_h5 h5;
    store_shards shards;                /* the files that the pixels lie in */
    store_chunk_map image, mask, twins; /* twins: no rows if there are none */
    store_chunk_buffer image_chunk, mask_chunk, twins_chunk;
    store_table table;
};

static base_status open_plane(const store_dataset *dataset, const char *object, const store_h5_shape *shape,
                              int32_t size, store_chunk_map *map, store_chunk_buffer *buffer)
{
    base_status status = store_chunk_map_make(&dataset->shards, dataset->h5.path, object, shape,
                                              store_chunk_samples(size), map);

    return status == BASE_OK ? store_chunk_buffer_make(map, buffer) : status;
}

/* Find where the chunks of images and masks are. Data sets of before twins were kept have none of these. */
static base_status open_pixels(store_dataset *dataset, size_t *samples, int32_t *size)
{
    base_status status = store_shards_open(&dataset->h5, &dataset->shards, samples, size);
    int64_t n = (int64_t)*samples, s = *size;
    store_h5_shape images = {4, {n, s, s, 3}}, masks = {3, {n, s, (int64_t)store_mask_row_bytes(*size)}};

    if (status == BASE_OK)
        status =
            open_plane(dataset, STORE_DATASET_IMAGE, &images, *size, &dataset->image, &dataset->image_chunk);
    if (status == BASE_OK)
        status = open_plane(dataset, STORE_DATASET_MASK, &masks, *size, &dataset->mask, &dataset->mask_chunk);
    if (status != BASE_OK ||
        H5Lexists(dataset->shards.shard[0].h5.file, STORE_DATASET_TWINS, H5P_DEFAULT) <= 0)
        return status;
    return open_plane(dataset, STORE_DATASET_TWINS, &masks, *size, &dataset->twins, &dataset->twins_chunk);
}

base_status store_dataset_open(const char *path, store_dataset **dataset)
{
    store_dataset *made = calloc(1, sizeof *made);
    base_status status;
    size_t samples = 0;
    int32_t size = 0;

    if (!made) {
        base_log_error("%s: out of memory for a data set", path);
        return BASE_ERR_MEMORY;
    }
    status = store_h5_open(path, &made->h5);
    if (status == BASE_OK)
        status = store_attributes_expect(&made->h5, STORE_DATASET_SCHEMA, STORE_DATASET_VERSION);
    if (status == BASE_OK)
        status = open_pixels(made, &samples, &size);
    if (status == BASE_OK)
        status = store_table_read(&made->h5, samples, size, &made->table);
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
    store_shards_close(&d->shards);
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

/* Add a shard's chunks as they are stored, all planes, to the digests of it and of the whole; each is
 * unpacked too. */
static base_status digest_chunks(store_dataset *dataset, const store_shard *shard, XXH3_state_t *own,
                                 XXH3_state_t *whole)
{
    const store_chunk_map *maps[] = {&dataset->image, &dataset->mask, &dataset->twins};
    store_chunk_buffer *buffers[] = {&dataset->image_chunk, &dataset->mask_chunk, &dataset->twins_chunk};
    size_t rows = dataset->image.chunk_rows, end = shard->first + shard->samples, row, i;
    size_t planes = dataset->twins.rows > 0 ? 3 : 2;

    XXH3_128bits_reset(own);
    for (row = shard->first; row < end; row += rows) {
        for (i = 0; i < planes; i++) {
            size_t chunk = row / rows;
            base_status status = store_chunk_map_load(maps[i], chunk, buffers[i]);

            if (status != BASE_OK)
                return status;
            XXH3_128bits_update(own, buffers[i]->stored, maps[i]->place[chunk].size);
            XXH3_128bits_update(whole, buffers[i]->stored, maps[i]->place[chunk].size);
        }
    }
    return BASE_OK;
}

static base_status compare_digest(const XXH3_state_t *state, const char *path, const char *expected)
{
    char digest[BASE_DIGEST_TEXT];

    store_table_digest_text(state, digest);
    if (strcmp(digest, expected) == 0)
        return BASE_OK;
    base_log_error("%s: attribute digest is %s, but the contents have %s", path, expected, digest);
    return BASE_ERR_INPUT;
}

static base_status verify(store_dataset *dataset, XXH3_state_t *own, XXH3_state_t *whole)
{
    const store_shards *shards = &dataset->shards;
    base_status status = BASE_OK;
    size_t i;

    XXH3_128bits_reset(whole);
    for (i = 0; i < shards->count && status == BASE_OK; i++) {
        status = digest_chunks(dataset, &shards->shard[i], own, whole);
        if (status == BASE_OK && shards->info)
            status = compare_digest(own, shards->shard[i].h5.path, shards->info[i].digest);
    }
    if (status != BASE_OK)
        return status;
    store_table_digest(whole, &dataset->table);
    return compare_digest(whole, dataset->h5.path, dataset->table.digest);
}

base_status store_dataset_verify(store_dataset *dataset)
{
    XXH3_state_t *own = XXH3_createState(), *whole = XXH3_createState();
    base_status status = BASE_ERR_MEMORY;

    if (own && whole)
        status = verify(dataset, own, whole);
    else
        base_log_error("%s: out of memory for a digest", dataset->h5.path);
    XXH3_freeState(own);
    XXH3_freeState(whole);
    return status;
}
