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
    if (!loaded.sample || !loaded.image || (with_masks && !loaded.mask)) {
        base_log_error("out of memory for the pixels of %zu samples of %zu x %zu", count, side, side);
        status = BASE_ERR_MEMORY;
        goto err_clear;
    }
    memcpy(loaded.sample, samples, count * sizeof *samples);
    status = store_dataset_gather(dataset, samples, count, loaded.image, loaded.mask);
    if (status != BASE_OK)
        goto err_clear;
    *data = loaded;
    return BASE_OK;

err_clear:
    learn_data_clear(&loaded);
    return status;
}

void learn_data_clear(learn_data *data)
{
    if (!data)
        return;
    free(data->sample);
    free(data->image);
    free(data->mask);
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

void learn_data_normalise(const store_table *table, const uint8_t *image, float *input)
{
    size_t pixels = (size_t)table->size * (size_t)table->size, i;
    int channel;

    for (channel = 0; channel < 3; channel++) {
        float scale = 1 / (255 * table->std[channel]), shift = -table->mean[channel] / table->std[channel];
        float *out = input + (size_t)channel * pixels;

        for (i = 0; i < pixels; i++)
            out[i] = (float)image[3 * i + (size_t)channel] * scale + shift;
    }
}
