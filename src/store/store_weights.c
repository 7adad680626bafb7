#include "store_weights.h"
#include "base_file.h"
#include "base_log.h"
#include "store_attributes.h"
#include "store_h5.h"
#include "store_report.h"
#include "store_round_layout.h"
#include "store_tensors.h"
#include <limits.h>
#include <math.h>
#include <stddef.h>
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

static base_status check_tensors(const char *path, const store_tensor *list, int32_t count, size_t *problems)
{
    store_report report = {.where = path};
    int32_t i;

    if (count == 0)
        store_report_add(&report, "has no tensors");
    for (i = 0; i < count; i++)
        check_tensor(&report, &list[i]);
    return store_report_end(&report, problems);
}

base_status store_weights_check(const char *path, size_t *problems)
{
    store_tensor *list = NULL;
    int32_t count = 0;
    store_h5 h5;
    base_status status = store_h5_open(path, &h5);

    if (status == BASE_OK)
        status = store_tensors_read(&h5, "", &list, &count);
    store_h5_drop(&h5);
    if (status == BASE_OK)
        status = check_tensors(path, list, count, problems);
    store_tensor_list_destroy(&list, count);
    return status;
}

/* ---- reading ---- */

/* As many classes as the last layer has outputs: an attribute does not say its length before it is read. */
static base_status read_names(const store_h5 *h5, store_model *model)
{
    const store_tensor *last = store_tensor_find(model->tensor, model->tensors, "fc.weight");

    if (!last || last->rank != 2) {
        base_log_error("%s: has no matrix fc.weight, the weights of the last layer", h5->path);
        return BASE_ERR_INPUT;
    }
    model->classes = (size_t)last->dims[0];
    model->class_name = calloc(model->classes, sizeof *model->class_name);
    if (!model->class_name) {
        base_log_error("out of memory for %zu names", model->classes);
        return BASE_ERR_MEMORY;
    }
    return store_h5_read_attribute(h5, "/", "classes",
                                   (store_h5_type)STORE_H5_TYPE_TEXT(sizeof *model->class_name),
                                   (int64_t)model->classes, model->class_name);
}

/* PyTorch's weights are of no data set. */
static const store_attribute origin = {"/", "dataset_digest", STORE_H5_TYPE_TEXT(BASE_DIGEST_TEXT), 0,
                                       offsetof(store_model, dataset_digest)};

static base_status read_weights(const char *path, store_model *model)
{
    size_t problems;
    store_h5 h5;
    base_status status = store_h5_open(path, &h5);

    if (status != BASE_OK)
        return status;
    status = store_attributes_expect(&h5, STORE_WEIGHTS_SCHEMA, STORE_WEIGHTS_VERSION);
    if (status == BASE_OK)
        status = store_tensors_read(&h5, "", &model->tensor, &model->tensors);
    if (status == BASE_OK)
        status = read_names(&h5, model);
    if (status == BASE_OK)
        status = store_attributes_get_if(&h5, &origin, 1, model);
    store_h5_drop(&h5);
    return status == BASE_OK ? check_tensors(path, model->tensor, model->tensors, &problems) : status;
}

static base_status read_round(const char *path, store_model *model)
{
    store_round round;
    base_status status = store_round_read(path, &round);

    if (status != BASE_OK)
        return status;
    *model = (store_model){round.classes, round.class_name, round.model_tensors, round.model, ""};
    memcpy(model->dataset_digest, round.dataset_digest, sizeof model->dataset_digest);
    round.class_name = NULL;
    round.model = NULL;
    round.model_tensors = 0;
    store_round_destroy(&round);
    return BASE_OK;
}

base_status store_model_read(const char *path, store_model *model)
{
    store_model made = {0};
    char kind[STORE_ATTRIBUTES_KIND];
    base_status status = store_attributes_kind(path, kind);

    if (status != BASE_OK)
        return status;
    if (strcmp(kind, STORE_ROUND_SCHEMA) == 0) {
        status = read_round(path, &made);
    } else if (strcmp(kind, STORE_WEIGHTS_SCHEMA) == 0) {
        status = read_weights(path, &made);
    } else {
        base_log_error("%s: is a %s file, expected %s or %s", path, kind, STORE_WEIGHTS_SCHEMA,
                       STORE_ROUND_SCHEMA);
        status = BASE_ERR_INPUT;
    }
    if (status == BASE_OK)
        *model = made;
    else
        store_model_destroy(&made);
    return status;
}

void store_model_destroy(store_model *model)
{
    if (!model)
        return;
    free(model->class_name);
    store_tensor_list_destroy(&model->tensor, model->tensors);
    memset(model, 0, sizeof *model);
}
