#include "store_weights.h"
#include "base_file.h"
#include "base_log.h"
#include "store_attributes.h"
#include "store_h5.h"
#include "store_report.h"
#include "store_tensors.h"
#include <limits.h>
#include <math.h>
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
    static const store_attributes kind = {STORE_WEIGHTS_SCHEMA, STORE_WEIGHTS_VERSION, 0, NULL};
    base_status status = store_attributes_write(h5, &kind, NULL);

    if (status == BASE_OK)
        status = write_text(h5, "version", round->version);
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

/* The first value of a tensor that is not finite is named. */
static void check_tensor(store_report *report, const store_tensor *tensor)
{
    size_t count = store_tensor_count(tensor), i;

    for (i = 0; i < count; i++) {
        if (isfinite(tensor->data[i]))
            continue;
        store_report_add(report, "/%s[%zu] is %g, expected a finite number", tensor->name, i,
                         (double)tensor->data[i]);
        return;
    }
}

base_status store_weights_check(const char *path, size_t *problems)
{
    store_report report = {.where = path};
    store_tensor *list = NULL;
    int32_t count = 0, i;
    store_h5 h5;
    base_status status = store_h5_open(path, &h5);

    if (status == BASE_OK)
        status = store_tensors_read(&h5, "", &list, &count);
    store_h5_drop(&h5);
    if (status != BASE_OK)
        return status;
    if (count == 0)
        store_report_add(&report, "has no tensors");
    for (i = 0; i < count; i++)
        check_tensor(&report, &list[i]);
    store_tensor_list_destroy(&list, count);
    return store_report_end(&report, problems);
}
