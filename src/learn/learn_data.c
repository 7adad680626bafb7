#include "learn_data.h"
#include "base_log.h"
#include <stdlib.h>
#include <string.h>

base_status learn_data_load(store_dataset *dataset, const int64_t *samples, size_t count, bool with_masks,
                            learn_data *data)
{
    const store_table *table = store_dataset_table(dataset);
    size_t side = (size_t)table->size;
    size_t mask_bytes = side * store_mask_row_bytes(table->size);
    learn_data loaded = {.count = count, .size = table->size};
    base_status status;

    loaded.sample = calloc(count + 1, sizeof *loaded.sample);
    loaded.image = malloc(count * side * side * 3 + 1);
    loaded.mask = with_masks ? malloc(count * mask_bytes + 1) : NULL;
    loaded.twins = with_masks ? malloc(count * mask_bytes + 1) : NULL;
    if (!loaded.sample || !loaded.image || (with_masks && (!loaded.mask || !loaded.twins))) {
        base_log_error("out of memory for the pixels of %zu samples of %zu x %zu", count, side, side);
        status = BASE_ERR_MEMORY;
        goto err_clear;
    }
    memcpy(loaded.sample, samples, count * sizeof *samples);
    status = store_dataset_gather(dataset, samples, count, loaded.image, loaded.mask);
    if (status == BASE_OK && with_masks)
        status = store_dataset_gather_twins(dataset, samples, count, loaded.twins);
    if (status != BASE_OK)
        goto err_clear;
    *data = loaded;
    return BASE_OK;

err_clear:
    learn_data_clear(&loaded);
    return status;
}

/* The list, and on the ranks that fill a block its images. */
static base_status fill_share(store_dataset *dataset, const int64_t *samples, learn_data *data)
{
    data->sample = calloc(data->count + 1, sizeof *data->sample);
    if (!data->sample) {
        base_log_error("out of memory for the numbers of %zu samples", data->count);
        return BASE_ERR_MEMORY;
    }
    memcpy(data->sample, samples, data->count * sizeof *samples);
    if (!comm_share_fills(data->share))
        return BASE_OK;
    return store_dataset_gather(dataset, samples, data->count, data->image, NULL);
}

base_status learn_data_share(const comm_world *world, store_dataset *dataset, const int64_t *samples,
                             size_t count, bool needed, learn_data *data)
{
    size_t side = (size_t)store_dataset_table(dataset)->size;
    learn_data shared = {.count = count, .size = (int32_t)side};
    base_status status = comm_share_create(world, count * side * side * 3, needed, &shared.share);

    if (status != BASE_OK)
        return status;
    shared.image = comm_share_bytes(shared.share);
    status = comm_share_publish(shared.share, world, fill_share(dataset, samples, &shared));
    if (status == BASE_OK)
        *data = shared;
    else
        learn_data_clear(&shared);
    return status;
}

void learn_data_clear(learn_data *data)
{
    if (!data)
        return;
    free(data->sample);
    if (data->share)
        comm_share_destroy(&data->share);
    else
        free(data->image);
    free(data->mask);
    free(data->twins);
    memset(data, 0, sizeof *data);
}

ptrdiff_t learn_data_find(const learn_data *data, int64_t sample)
{
    size_t low = 0, high = data->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (data->sample[middle] < sample)
            low = middle + 1;
        else
            high = middle;
    }
    return low < data->count && data->sample[low] == sample ? (ptrdiff_t)low : -1;
}
