/* Any text as a configuration; one that is taken is written and read back to the same. */
#include "base_config.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_and_read(const base_config *config)
{
    char *text = NULL, *again = NULL;
    base_config copy;
    size_t bytes;

    if (base_config_write(config, &text, &bytes) != BASE_OK || base_config_defaults(&copy) != BASE_OK)
        abort();
    if (base_config_read_text(&copy, text, bytes, "what was written") != BASE_OK ||
        base_config_write(&copy, &again, &bytes) != BASE_OK || strcmp(text, again) != 0)
        abort();
    base_config_clear(&copy);
    free(again);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    base_config config;

    if (base_config_defaults(&config) != BASE_OK)
        abort();
    if (base_config_read_text(&config, (const char *)data, size, "fuzz") == BASE_OK &&
        base_config_check(&config) == BASE_OK)
        write_and_read(&config);
    base_config_clear(&config);
    return 0;
}
