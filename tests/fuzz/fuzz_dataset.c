/* Any file as a data set: its table, its first samples, all its chunks. */
#include "fuzz_file.h"
#include "store_check.h"
#include "store_dataset.h"
#include <stdlib.h>

#define SAMPLES 40

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_samples(store_dataset *dataset)
{
    const store_table *table = store_dataset_table(dataset);
    size_t side = (size_t)table->size, count = table->samples < SAMPLES ? table->samples : SAMPLES;
    uint8_t *images = malloc(count * side * side * 3);
    uint8_t *masks = malloc(count * side * store_mask_row_bytes(table->size));

    if (images && masks)
        store_dataset_read(dataset, 0, count, images, masks);
    free(masks);
    free(images);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file(data, size);
    store_dataset *dataset = NULL;

    if (store_dataset_open(path, &dataset) == BASE_OK) {
        read_samples(dataset);
        store_dataset_verify(dataset);
        store_dataset_close(&dataset);
    }
    store_check_file(path, CAMAL_SCHEMAS, NULL);
    return 0;
}
