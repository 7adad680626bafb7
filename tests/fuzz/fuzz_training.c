/* Any file as a checkpoint of a training, and by camal-check's rules. */
#include "fuzz_file.h"
#include "store_check.h"
#include "store_training.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file(data, size);
    store_training training;

    if (store_training_read(path, &training) == BASE_OK)
        store_training_destroy(&training);
    store_check_file(path, CAMAL_SCHEMAS, NULL);
    return 0;
}
