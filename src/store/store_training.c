#include "store_training.h"
#include "base_log.h"
#include "store_array.h"
#include "store_attributes.h"
#include "store_check.h"
#include "store_columns.h"
#include "store_h5.h"
#include "store_tensors.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#define LENGTH(list) (sizeof(list) / sizeof *(list))

static const char *const groups[] = {"/model",          "/optimizer", "/best_model",
                                     "/best_optimizer", "/metrics",   "/metrics/epoch"};

static const store_attribute scalars[] = {
    {"/", "sequence", STORE_H5_TYPE_I64, 0, offsetof(store_training, sequence)},
    {"/", "round", STORE_H5_TYPE_I32, 0, offsetof(store_training, round)},
    {"/", "step", STORE_H5_TYPE_I64, 0, offsetof(store_training, step)},
    {"/", "finished", STORE_H5_TYPE_I32, 0, offsetof(store_training, finished)},
    {"/", "version", STORE_H5_TYPE_TEXT(sizeof((store_training *)0)->version), 0,
     offsetof(store_training, version)},
    {"/", "config_digest", STORE_H5_TYPE_TEXT(BASE_DIGEST_TEXT), 0, offsetof(store_training, config_digest)},
    {"/", "dataset_digest", STORE_H5_TYPE_TEXT(BASE_DIGEST_TEXT), 0,
     offsetof(store_training, dataset_digest)},
    {"/", "parent_digest", STORE_H5_TYPE_TEXT(BASE_DIGEST_TEXT), 0, offsetof(store_training, parent_digest)},
    {"/", "ranks", STORE_H5_TYPE_I32, 0, offsetof(store_training, ranks)},
    {"/", "threads", STORE_H5_TYPE_I32, 0, offsetof(store_training, threads)},
    {"/metrics", "best_epoch", STORE_H5_TYPE_I32, 0, offsetof(store_training, best_epoch)},
    {"/metrics", "best_accuracy", STORE_H5_TYPE_F64, 0, offsetof(store_training, best_accuracy)},
    {"/metrics", "best_loss", STORE_H5_TYPE_F64, 0, offsetof(store_training, best_loss)},
    {"/metrics", "running_loss", STORE_H5_TYPE_F64, 0, offsetof(store_training, running_loss)},
    {"/metrics", "running_correct", STORE_H5_TYPE_F64, 0, offsetof(store_training, running_correct)},
    {"/metrics", "running_rate", STORE_H5_TYPE_F32, 0, offsetof(store_training, running_rate)},
};

/* Of runs that began with a file of weights alone. */
static const store_attribute beginning[] = {
    {"/", "start_digest", STORE_H5_TYPE_TEXT(BASE_DIGEST_TEXT), 0, offsetof(store_training, start_digest)},
};

static const store_attributes attributes = {STORE_TRAINING_SCHEMA, STORE_TRAINING_VERSION, LENGTH(scalars),
                                            scalars};

typedef struct tensor_list {
    const char *group;
    size_t list, count; /* offsets in store_training */
} tensor_list;

static const tensor_list lists[] = {
    {"/model", offsetof(store_training, model), offsetof(store_training, model_tensors)},
    {"/optimizer", offsetof(store_training, optimizer), offsetof(store_training, optimizer_tensors)},
    {"/best_model", offsetof(store_training, best_model), offsetof(store_training, best_model_tensors)},
    {"/best_optimizer", offsetof(store_training, best_optimizer),
     offsetof(store_training, best_optimizer_tensors)},
};

static store_tensor **list_of(const store_training *training, const tensor_list *list)
{
    return (store_tensor **)((uintptr_t)training + list->list);
}

static int32_t *count_of(const store_training *training, const tensor_list *list)
{
    return (int32_t *)((uintptr_t)training + list->count);
}

void store_training_destroy(store_training *training)
{
    size_t i;

    if (!training)
        return;
    for (i = 0; i < LENGTH(lists); i++)
        store_tensor_list_destroy(list_of(training, &lists[i]), *count_of(training, &lists[i]));
    free(training->epoch);
    free(training->plan);
    free(training->config);
    memset(training, 0, sizeof *training);
}

/* ---- digest ---- */

static void digest_text(XXH3_state_t *state, const char *text)
{
    XXH3_128bits_update(state, text, strlen(text) + 1);
}

static void digest_columns(XXH3_state_t *state, const store_columns *columns, const void *records,
                           size_t rows)
{
    size_t i, c;

    for (i = 0; i < rows; i++)
        for (c = 0; c < columns->count; c++)
            XXH3_128bits_update(state,
                                (const char *)records + i * columns->record_size + columns->column[c].offset,
                                columns->column[c].type.width);
}

/* XXH3-128 over everything of a checkpoint. BASE_ERR_MEMORY. */
static base_status digest_of(const store_training *training, char digest[BASE_DIGEST_TEXT])
{
    XXH3_state_t *state = XXH3_createState();
    XXH128_hash_t hash;
    size_t i;
    int32_t t;

    if (!state) {
        base_log_error("out of memory for a digest");
        return BASE_ERR_MEMORY;
    }
    XXH3_128bits_reset(state);
    for (i = 0; i < LENGTH(scalars); i++)
        XXH3_128bits_update(state, (const char *)training + scalars[i].offset, scalars[i].type.width);
    if (training->start_digest[0] != 0)
        digest_text(state, training->start_digest);
    digest_text(state, training->config);
    digest_text(state, training->plan);
    for (i = 0; i < LENGTH(lists); i++)
        for (t = 0; t < *count_of(training, &lists[i]); t++) {
            const store_tensor *tensor = &(*list_of(training, &lists[i]))[t];

            digest_text(state, tensor->name);
            XXH3_128bits_update(state, tensor->data, store_tensor_count(tensor) * sizeof *tensor->data);
        }
    digest_columns(state, &store_epoch_columns, training->epoch, training->epochs);
    hash = XXH3_128bits_digest(state);
    XXH3_freeState(state);
    snprintf(digest, BASE_DIGEST_TEXT, "%016llx%016llx", (unsigned long long)hash.high64,
             (unsigned long long)hash.low64);
    return BASE_OK;
}

/* ---- writing ---- */

static const store_h5_type digest_type = STORE_H5_TYPE_TEXT(BASE_DIGEST_TEXT);

static base_status write_layout(const store_h5 *h5, const store_training *training)
{
    char digest[BASE_DIGEST_TEXT];
    base_status status = digest_of(training, digest);
    size_t i;

    for (i = 0; i < LENGTH(groups) && status == BASE_OK; i++)
        status = store_h5_make_group(h5, groups[i]);
    if (status == BASE_OK)
        status = store_attributes_write(h5, &attributes, training);
    if (status == BASE_OK && training->start_digest[0] != 0)
        status = store_attributes_put(h5, beginning, LENGTH(beginning), training);
    if (status == BASE_OK)
        status = store_h5_write_attribute(h5, "/", "digest", digest_type, 0, digest);
    if (status == BASE_OK)
        status = store_array_write_text(h5, "/config", training->config);
    if (status == BASE_OK)
        status = store_array_write_text(h5, "/plan", training->plan);
    for (i = 0; i < LENGTH(lists) && status == BASE_OK; i++)
        status = store_tensors_write(h5, lists[i].group, *list_of(training, &lists[i]),
                                     *count_of(training, &lists[i]));
    if (status == BASE_OK)
        status = store_columns_write(h5, &store_epoch_columns, training->epoch, training->epochs);
    return status;
}

base_status store_training_path(const char *folder, int file, char *path, size_t size)
{
    return base_file_join(folder, file == 0 ? "training-a.h5" : "training-b.h5", path, size);
}

base_status store_training_commit(const char *folder, int file, const store_training *training)
{
    char final[PATH_MAX - 8], temporary[PATH_MAX];
    base_status status = store_training_path(folder, file, final, sizeof final);
    store_h5 h5;

    if (status != BASE_OK)
        return status;
    snprintf(temporary, sizeof temporary, "%s.tmp", final);
    status = store_h5_create(temporary, &h5);
    if (status != BASE_OK)
        return status;
    status = write_layout(&h5, training);
    if (status == BASE_OK)
        status = store_h5_close(&h5);
    else
        store_h5_drop(&h5);
    if (status == BASE_OK)
        status = base_file_sync(temporary);
    if (status == BASE_OK)
        status = base_file_rename(temporary, final);
    if (status != BASE_OK)
        unlink(temporary);
    return status;
}

/* ---- reading ---- */

static base_status read_layout(const store_h5 *h5, store_training *training)
{
    store_training made = {0};
    base_status status = store_attributes_expect(h5, STORE_TRAINING_SCHEMA, STORE_TRAINING_VERSION);
    size_t i;

    if (status == BASE_OK)
        status = store_attributes_read(h5, &attributes, &made);
    if (status == BASE_OK)
        status = store_attributes_get_if(h5, beginning, LENGTH(beginning), &made);
    if (status == BASE_OK)
        status = store_array_read_text(h5, "/config", &made.config);
    if (status == BASE_OK)
        status = store_array_read_text(h5, "/plan", &made.plan);
    for (i = 0; i < LENGTH(lists) && status == BASE_OK; i++)
        status =
            store_tensors_read(h5, lists[i].group, list_of(&made, &lists[i]), count_of(&made, &lists[i]));
    if (status == BASE_OK)
        status = store_columns_rows(h5, &store_epoch_columns, &made.epochs);
    if (status == BASE_OK) {
        made.epoch = calloc(made.epochs + 1, sizeof *made.epoch);
        if (!made.epoch) {
            base_log_error("%s: out of memory for %zu epochs", h5->path, made.epochs);
            status = BASE_ERR_MEMORY;
        }
    }
    if (status == BASE_OK)
        status = store_columns_read(h5, &store_epoch_columns, made.epochs, made.epoch);
    if (status == BASE_OK)
        *training = made;
    else
        store_training_destroy(&made);
    return status;
}

static base_status check_digest(const store_h5 *h5, const store_training *training)
{
    char stored[BASE_DIGEST_TEXT], found[BASE_DIGEST_TEXT];
    base_status status = store_h5_read_attribute(h5, "/", "digest", digest_type, 0, stored);

    if (status == BASE_OK)
        status = digest_of(training, found);
    if (status != BASE_OK || strcmp(stored, found) == 0)
        return status;
    base_log_error("%s: attribute digest is %s, but the contents have %s", h5->path, stored, found);
    return BASE_ERR_INPUT;
}

base_status store_training_read(const char *path, store_training *training)
{
    store_training made = {0};
    store_h5 h5;
    base_status status = store_h5_open(path, &h5);

    if (status != BASE_OK)
        return status;
    status = read_layout(&h5, &made);
    if (status == BASE_OK)
        status = check_digest(&h5, &made);
    store_h5_drop(&h5);
    if (status == BASE_OK)
        status = store_check_training(&made, path, NULL);
    if (status == BASE_OK)
        *training = made;
    else
        store_training_destroy(&made);
    return status;
}

void store_training_newest(const char *folder, store_training *training, int *file)
{
    store_training newest = {0};
    int found = -1, i;

    for (i = 0; i < STORE_TRAINING_FILES; i++) {
        char path[PATH_MAX];
        store_training read;

        if (store_training_path(folder, i, path, sizeof path) != BASE_OK || !base_file_exists(path))
            continue;
        if (store_training_read(path, &read) != BASE_OK) {
            base_log_warn("%s is damaged and left aside", path);
            continue;
        }
        if (found >= 0 && read.sequence < newest.sequence) {
            store_training_destroy(&read);
            continue;
        }
        store_training_destroy(&newest);
        newest = read;
        found = i;
    }
    *file = found;
    if (found >= 0)
        *training = newest;
}

base_status store_training_remove(const char *folder)
{
    char path[PATH_MAX - 8], temporary[PATH_MAX];
    base_status status = BASE_OK;
    int i;

    for (i = 0; i < STORE_TRAINING_FILES; i++) {
        base_status joined = store_training_path(folder, i, path, sizeof path);

        if (joined != BASE_OK)
            return joined;
        snprintf(temporary, sizeof temporary, "%s.tmp", path);
        if ((unlink(path) != 0 && errno != ENOENT) || (unlink(temporary) != 0 && errno != ENOENT)) {
            base_log_error("%s: cannot remove: %s", path, strerror(errno));
            status = BASE_ERR_IO;
        }
    }
    return status;
}
