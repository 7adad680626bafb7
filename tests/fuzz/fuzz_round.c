/* Any file as a round, and by camal-check's rules. */
#include "fuzz_file.h"
#include "store_check.h"
#include "store_round.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file(data, size);
    store_round round;

    if (store_round_read(path, &round) == BASE_OK)
        store_round_destroy(&round);
    store_check_file(path, CAMAL_SCHEMAS, NULL);
    return 0;
}
