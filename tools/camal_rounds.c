#include "camal_rounds.h"
#include "base_file.h"
#include "base_log.h"
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The number in "round-NNN.h5", -1 for any other name. */
static int32_t round_number(const char *name)
{
    char again[64];
    int number;

    if (sscanf(name, "round-%9d.h5", &number) != 1 || number < 0)
        return -1;
    snprintf(again, sizeof again, "round-%03d.h5", number);
    return strcmp(name, again) == 0 ? (int32_t)number : -1;
}

static int compare_numbers(const void *left, const void *right)
{
    int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;

    return (a > b) - (a < b);
}

static base_status collect(DIR *folder, int32_t **indices, size_t *count)
{
    int32_t *found = NULL, *more, number;
    size_t used = 0, space = 0;
    struct dirent *entry;

    while ((entry = readdir(folder)) != NULL) {
        number = round_number(entry->d_name);
        if (number < 0)
            continue;
        if (used == space) {
            space = space ? 2 * space : 16;
            more = realloc(found, space * sizeof *found);
            if (!more) {
                base_log_error("no memory for a list of %zu rounds", space);
                free(found);
                return BASE_ERR_MEMORY;
            }
            found = more;
        }
        found[used++] = number;
    }
    if (used > 0)
        qsort(found, used, sizeof *found, compare_numbers);
    *indices = found;
    *count = used;
    return BASE_OK;
}

base_status camal_rounds_list(const char *folder, int32_t **indices, size_t *count)
{
    DIR *open = opendir(folder);
    base_status status;
    int32_t *found;
    size_t used;

    if (!open) {
        base_log_error("%s: %s; expected the folder of a run", folder, strerror(errno));
        return BASE_ERR_NOT_FOUND;
    }
    status = collect(open, &found, &used);
    closedir(open);
    if (status != BASE_OK)
        return status;
    if (used == 0) {
        base_log_error("%s: no round files (round-000.h5 and so on) in it; expected the folder of a run",
                       folder);
        return BASE_ERR_NOT_FOUND;
    }
    *indices = found;
    *count = used;
    return BASE_OK;
}

base_status camal_rounds_read(const char *path, store_round *round)
{
    base_status status;

    if (!base_file_exists(path)) {
        base_log_error("%s: no such file", path);
        return BASE_ERR_NOT_FOUND;
    }
    status = store_round_read(path, round);
    return status == BASE_ERR_IO ? BASE_ERR_INPUT : status;
}

base_status camal_rounds_config(const store_round *round, const char *path, base_config *config)
{
    base_config made = {0};
    base_status status = base_config_defaults(&made);

    if (status == BASE_OK)
        status = base_config_read_text(&made, round->config, strlen(round->config), path);
    if (status == BASE_OK)
        *config = made;
    else
        base_config_clear(&made);
    return status;
}
