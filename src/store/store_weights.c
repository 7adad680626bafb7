#include "store_weights.h"
#include "base_file.h"
#include "base_log.h"
#include "store_h5.h"
#include "store_tensors.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static base_status write_text(const store_h5 *h5, const char *name, const char *text)
{
    return store_h5_write_attribute(h5, "/", name, ((store_h5_type)STORE_H5_TYPE_TEXT(strlen(text) + 1)), 0,
                                    text);
}

/* Names as wide as the longest: an attribute has 64 KiB at most. */
static base_status write_names(const store_h5 *h5, const store_round *round)
{
    size_t width = 2, c;
    base_status status;
    char *names;

    for (c = 0; c < round->classes; c++)
        width = strlen(round->class_name[c]) + 1 > width ? strlen(round->class_name[c]) + 1 : width;
    names = calloc(round->classes, width);
    if (!names) {
        base_log_error("out of memory for %zu names", round->classes);
        return BASE_ERR_MEMORY;
    }
    for (c = 0; c < round->classes; c++)
        memcpy(names + c * width, round->class_name[c], strlen(round->class_name[c]));
    status = store_h5_write_attribute(h5, "/", "classes", (store_h5_type)STORE_H5_TYPE_TEXT(width),
                                      (int64_t)round->classes, names);
    free(names);
    return status;
}

static base_status write_classes(const store_h5 *h5, const store_round *round)
{
    uint8_t *active = calloc(round->classes, sizeof *active);
    base_status status;

    if (!active) {
        base_log_error("out of memory for %zu classes", round->classes);
        return BASE_ERR_MEMORY;
    }
    store_round_active(round, active);
    status = write_names(h5, round);
    if (status == BASE_OK)
        status = store_h5_write_attribute(h5, "/", "active", STORE_H5_U8, (int64_t)round->classes, active);
    free(active);
    return status;
}

static base_status write_pixels(const store_h5 *h5, const store_table *table)
{
    base_status status = store_h5_write_attribute(h5, "/", "size", STORE_H5_I32, 0, &table->size);

    if (status == BASE_OK)
        status = store_h5_write_attribute(h5, "/", "mean", STORE_H5_F32, 3, table->mean);
    if (status == BASE_OK)
        status = store_h5_write_attribute(h5, "/", "std", STORE_H5_F32, 3, table->std);
    return status;
}

static base_status write_contents(const store_h5 *h5, const store_round *round, const char *network,
                                  const char *stem, const store_table *table)
{
    base_status status = write_text(h5, "version", round->version);

    if (status == BASE_OK)
        status = write_text(h5, "network", network);
    if (status == BASE_OK)
        status = write_text(h5, "stem", stem);
    if (status == BASE_OK)
        status = write_text(h5, "dataset_digest", round->dataset_digest);
    if (status == BASE_OK)
        status = store_h5_write_attribute(h5, "/", "round", STORE_H5_I32, 0, &round->index);
    if (status == BASE_OK)
        status = write_classes(h5, round);
    if (status == BASE_OK && table)
        status = write_pixels(h5, table);
    return status == BASE_OK ? store_tensors_write(h5, "", round->model, round->model_tensors) : status;
}

base_status store_weights_write(const char *path, const store_round *round, const char *network,
                                const char *stem, const store_table *table)
{
    char temporary[PATH_MAX];
    int length = snprintf(temporary, sizeof temporary, "%s.tmp", path);
    store_h5 h5;
    base_status status;

    if (length < 0 || length >= PATH_MAX) {
        base_log_error("%s: path of %zu bytes, allowed are %d", path, strlen(path), PATH_MAX - 5);
        return BASE_ERR_USAGE;
    }
    status = store_h5_create(temporary, &h5);
    if (status != BASE_OK)
        return status;
    status = write_contents(&h5, round, network, stem, table);
    if (status == BASE_OK)
        status = store_h5_close(&h5);
    else
        store_h5_drop(&h5);
    if (status == BASE_OK)
        status = base_file_sync(temporary);
    if (status == BASE_OK)
        status = base_file_rename(temporary, path);
    if (status != BASE_OK)
        unlink(temporary);
    return status;
}
