#include "store_scores.h"
#include "base_log.h"
#include "store_array.h"
#include "store_attributes.h"
#include "store_check.h"
#include "store_columns.h"
#include "store_h5.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LENGTH(list) (sizeof(list) / sizeof *(list))
#define ACTIVE       "/classes/active"

/* ---- the struct ---- */

base_status store_scores_create(size_t classes, size_t scores, store_scores *out)
{
    store_scores made = {.classes = classes, .scores = scores};

    made.class_name = calloc(classes + 1, sizeof *made.class_name);
    made.class_active = calloc(classes + 1, sizeof *made.class_active);
    made.score = calloc(scores + 1, sizeof *made.score);
    if (!made.class_name || !made.class_active || !made.score) {
        base_log_error("out of memory for the scores of %zu samples in %zu classes", scores, classes);
        store_scores_destroy(&made);
        return BASE_ERR_MEMORY;
    }
    *out = made;
    return BASE_OK;
}

void store_scores_destroy(store_scores *scores)
{
    if (!scores)
        return;
    free(scores->score);
    free(scores->class_active);
    free(scores->class_name);
    free(scores->plan);
    free(scores->config);
    memset(scores, 0, sizeof *scores);
}

/* ---- attributes of / ---- */

static const store_attribute list[] = {
    {"/", "version", STORE_H5_TYPE_TEXT(sizeof((store_scores *)0)->version), 0,
     offsetof(store_scores, version)},
    {"/", "round", STORE_H5_TYPE_I32, 0, offsetof(store_scores, round)},
    {"/", "round_digest", STORE_H5_TYPE_TEXT(BASE_DIGEST_TEXT), 0, offsetof(store_scores, round_digest)},
    {"/", "trained_digest", STORE_H5_TYPE_TEXT(BASE_DIGEST_TEXT), 0, offsetof(store_scores, trained_digest)},
    {"/", "dataset_digest", STORE_H5_TYPE_TEXT(BASE_DIGEST_TEXT), 0, offsetof(store_scores, dataset_digest)},
    {"/", "network", STORE_H5_TYPE_TEXT(sizeof((store_scores *)0)->network), 0,
     offsetof(store_scores, network)},
    {"/", "layer", STORE_H5_TYPE_TEXT(STORE_SCORES_LAYER_MAX), 0, offsetof(store_scores, layer)},
    {"/", "threshold", STORE_H5_TYPE_F64, 0, offsetof(store_scores, threshold)},
    {"/", "size", STORE_H5_TYPE_I32, 0, offsetof(store_scores, size)},
    {"/", "mean", STORE_H5_TYPE_F32, 3, offsetof(store_scores, mean)},
    {"/", "std", STORE_H5_TYPE_F32, 3, offsetof(store_scores, std)},
    {"/", "samples", STORE_H5_TYPE_I64, 0, offsetof(store_scores, samples)},
};

static const store_attributes attributes = {STORE_SCORES_SCHEMA, STORE_SCORES_VERSION, LENGTH(list), list};

/* ---- writing ---- */

static base_status write_contents(const store_h5 *h5, const store_scores *scores)
{
    const store_h5_shape shape = {1, {(int64_t)scores->classes}};
    base_status status = store_attributes_write(h5, &attributes, scores);

    if (status == BASE_OK)
        status = store_array_write_text(h5, "/config", scores->config);
    if (status == BASE_OK)
        status = store_array_write_text(h5, "/plan", scores->plan);
    if (status == BASE_OK)
        status = store_h5_make_group(h5, store_class_name_columns.group);
    if (status == BASE_OK)
        status = store_columns_write(h5, &store_class_name_columns, scores->class_name, scores->classes);
    if (status == BASE_OK)
        status = store_array_write(h5, ACTIVE, STORE_H5_U8, &shape, scores->class_active);
    if (status == BASE_OK)
        status = store_h5_make_group(h5, store_score_columns.group);
    if (status == BASE_OK)
        status = store_columns_write(h5, &store_score_columns, scores->score, scores->scores);
    return status;
}

static base_status write_file(const char *path, const store_scores *scores)
{
    store_h5 h5;
    base_status status = store_h5_create(path, &h5);

    if (status == BASE_OK)
        status = write_contents(&h5, scores);
    if (status == BASE_OK)
        return store_h5_close(&h5);
    store_h5_drop(&h5);
    return status;
}

base_status store_scores_commit(const char *path, const store_scores *scores)
{
    char temporary[PATH_MAX];
    int length = snprintf(temporary, sizeof temporary, "%s.tmp", path);
    base_status status;

    if (length < 0 || length >= PATH_MAX) {
        base_log_error("%s: path of %zu bytes, allowed are %d", path, strlen(path), PATH_MAX - 5);
        return BASE_ERR_USAGE;
    }
    status = store_check_scores(scores, path, NULL);
    if (status != BASE_OK)
        return BASE_ERR_INTERNAL; /* no input: this program made them */
    status = write_file(temporary, scores);
    if (status == BASE_OK)
        status = base_file_sync(temporary);
    if (status == BASE_OK)
        status = base_file_rename(temporary, path);
    if (status != BASE_OK)
        unlink(temporary);
    return status;
}

/* ---- reading ---- */

static base_status read_contents(const store_h5 *h5, store_scores *scores)
{
    size_t classes = 0, rows = 0;
    store_h5_shape shape = {1, {0}};
    base_status status = store_attributes_expect(h5, STORE_SCORES_SCHEMA, STORE_SCORES_VERSION);

    if (status == BASE_OK)
        status = store_columns_rows(h5, &store_class_name_columns, &classes);
    if (status == BASE_OK)
        status = store_columns_rows(h5, &store_score_columns, &rows);
    if (status == BASE_OK)
        status = store_scores_create(classes, rows, scores);
    if (status == BASE_OK)
        status = store_attributes_read(h5, &attributes, scores);
    if (status == BASE_OK)
        status = store_array_read_text(h5, "/config", &scores->config);
    if (status == BASE_OK)
        status = store_array_read_text(h5, "/plan", &scores->plan);
    if (status == BASE_OK)
        status = store_columns_read(h5, &store_class_name_columns, classes, scores->class_name);
    shape.dims[0] = (int64_t)classes;
    if (status == BASE_OK)
        status = store_array_read(h5, ACTIVE, STORE_H5_U8, &shape, scores->class_active);
    if (status == BASE_OK)
        status = store_columns_read(h5, &store_score_columns, rows, scores->score);
    return status;
}

base_status store_scores_read(const char *path, store_scores *out)
{
    store_scores made = {0};
    store_h5 h5;
    base_status status = store_h5_open(path, &h5);

    if (status != BASE_OK)
        return status;
    status = read_contents(&h5, &made);
    store_h5_drop(&h5);
    if (status == BASE_OK)
        status = store_check_scores(&made, path, NULL);
    if (status == BASE_OK)
        *out = made;
    else
        store_scores_destroy(&made);
    return status;
}
