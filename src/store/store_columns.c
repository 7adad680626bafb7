#include "store_columns.h"
#include "base_log.h"
#include "store_array.h"
#include "store_dataset.h"
#include "store_records.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define U8(record, field)                                                                                    \
    {                                                                                                        \
#field, STORE_H5_TYPE_U8, offsetof(record, field), false                                             \
    }
#define I32(record, field)                                                                                   \
    {                                                                                                        \
#field, STORE_H5_TYPE_I32, offsetof(record, field), false                                            \
    }
#define I64(record, field)                                                                                   \
    {                                                                                                        \
#field, STORE_H5_TYPE_I64, offsetof(record, field), false                                            \
    }
#define F32(record, field)                                                                                   \
    {                                                                                                        \
#field, STORE_H5_TYPE_F32, offsetof(record, field), false                                            \
    }
#define ANY(record, field)                                                                                   \
    {                                                                                                        \
#field, STORE_H5_TYPE_F32, offsetof(record, field), true                                             \
    }
#define TABLE(columns) sizeof(columns) / sizeof *(columns), columns

static const store_column score[] = {
    I64(store_score, sample),      I32(store_score, predicted),      I32(store_score, second),
    F32(store_score, confidence),  F32(store_score, margin),         F32(store_score, entropy),
    F32(store_score, cam_sum),     F32(store_score, cam_activation), F32(store_score, cam_area),
    F32(store_score, cam_entropy), F32(store_score, cam_overlap),    F32(store_score, cam_agreement),
    U8(store_score, cam_empty),
};
const store_columns store_score_columns = {"/scores", sizeof(store_score), TABLE(score)};

static const store_column query[] = {
    I64(store_query, sample), I32(store_query, predicted), I32(store_query, rank),
    F32(store_query, score),  I32(store_query, answer),    U8(store_query, reason),
};
const store_columns store_query_columns = {"/queries", sizeof(store_query), TABLE(query)};

static const store_column answer[] = {
    I64(store_answer, sample),
    I32(store_answer, answer),
    {"annotator", STORE_H5_TYPE_TEXT(STORE_ANNOTATOR_MAX), offsetof(store_answer, annotator), false},
    {"answered_at", STORE_H5_TYPE_TEXT(STORE_TIME_MAX), offsetof(store_answer, answered_at), false},
};
const store_columns store_answer_columns = {"/answers", sizeof(store_answer), TABLE(answer)};

/* The loss of a sample whose class is excluded is infinite. */
static const store_column evaluation[] = {
    I64(store_evaluation, sample),        I32(store_evaluation, label), I32(store_evaluation, predicted),
    F32(store_evaluation, confidence),    ANY(store_evaluation, loss),  F32(store_evaluation, energy),
    F32(store_evaluation, attention_iou), U8(store_evaluation, hit),    U8(store_evaluation, cam_empty),
    U8(store_evaluation, split),
};
const store_columns store_evaluation_columns = {"/evaluation", sizeof(store_evaluation), TABLE(evaluation)};

static const store_column class[] = {
    I32(store_class, status),
    I32(store_class, reason),
    I32(store_class, decided_round),
    I32(store_class, below),
    F32(store_class, validation_accuracy),
    F32(store_class, best_validation_accuracy),
    F32(store_class, test_accuracy),
    F32(store_class, cam_score),
    F32(store_class, test_cam_score),
    F32(store_class, need),
    I64(store_class, quota),
    I64(store_class, labelled),
    I64(store_class, added),
    I64(store_class, pool_predicted),
    I64(store_class, validation_count),
    I64(store_class, test_count),
};
const store_columns store_class_columns = {"/classes", sizeof(store_class), TABLE(class)};

static const store_column class_later[] = {I64(store_class, labels_needed)};
const store_columns store_class_later_columns = {"/classes", sizeof(store_class), TABLE(class_later)};

static const store_column epoch[] = {
    I32(store_epoch, epoch),
    I64(store_epoch, steps),
    F32(store_epoch, rate),
    F32(store_epoch, train_loss),
    F32(store_epoch, train_accuracy),
    ANY(store_epoch, validation_loss),
    ANY(store_epoch, validation_accuracy),
};
const store_columns store_epoch_columns = {"/metrics/epoch", sizeof(store_epoch), TABLE(epoch)};

static const store_column class_name[] = {{"name", STORE_H5_TYPE_TEXT(STORE_CLASS_NAME_MAX), 0, false}};
const store_columns store_class_name_columns = {"/classes", STORE_CLASS_NAME_MAX, TABLE(class_name)};

static const store_column class_info[] = {
    {"name", STORE_H5_TYPE_TEXT(STORE_CLASS_NAME_MAX), offsetof(store_class_info, name), false},
    {"supercategory", STORE_H5_TYPE_TEXT(STORE_CLASS_NAME_MAX), offsetof(store_class_info, supercategory),
     false},
    I64(store_class_info, category_id),
};
const store_columns store_class_info_columns = {"/classes", sizeof(store_class_info), TABLE(class_info)};

static void column_path(const store_columns *columns, size_t i, char path[STORE_H5_OBJECT_MAX])
{
    snprintf(path, STORE_H5_OBJECT_MAX, "%s/%s", columns->group, columns->column[i].name);
}

/* One column's values, packed; NULL and a message if there is no memory. */
static char *column_buffer(const store_h5 *h5, const store_columns *columns, size_t rows)
{
    size_t width = 1, i;
    char *buffer;

    for (i = 0; i < columns->count; i++)
        width = columns->column[i].type.width > width ? columns->column[i].type.width : width;
    buffer = calloc(rows > 0 ? rows : 1, width);
    if (!buffer)
        base_log_error("%s: %s: out of memory for %zu rows of %zu bytes", h5->path, columns->group, rows,
                       width);
    return buffer;
}

base_status store_columns_write(const store_h5 *h5, const store_columns *columns, const void *records,
                                size_t rows)
{
    char *packed = column_buffer(h5, columns, rows), path[STORE_H5_OBJECT_MAX];
    base_status status = packed ? BASE_OK : BASE_ERR_MEMORY;
    size_t i, row;

    for (i = 0; i < columns->count && status == BASE_OK; i++) {
        store_h5_type type = columns->column[i].type;
        const char *field = (const char *)records + columns->column[i].offset;

        for (row = 0; row < rows; row++)
            memcpy(packed + row * type.width, field + row * columns->record_size, type.width);
        column_path(columns, i, path);
        status = store_array_write(h5, path, type, &(store_h5_shape){1, {(int64_t)rows}}, packed);
    }
    free(packed);
    return status;
}

base_status store_columns_rows(const store_h5 *h5, const store_columns *columns, size_t *rows)
{
    store_h5_type type = columns->column[0].type;
    store_h5_shape shape = {1, {-1}};
    char path[STORE_H5_OBJECT_MAX];
    base_status status;

    column_path(columns, 0, path);
    status = store_array_find(h5, path, false, &type, &shape);
    if (status == BASE_OK)
        *rows = (size_t)shape.dims[0];
    return status;
}

base_status store_columns_read(const store_h5 *h5, const store_columns *columns, size_t rows, void *records)
{
    char *packed = column_buffer(h5, columns, rows), path[STORE_H5_OBJECT_MAX];
    base_status status = packed ? BASE_OK : BASE_ERR_MEMORY;
    size_t i, row;

    for (i = 0; i < columns->count && status == BASE_OK; i++) {
        store_h5_type type = columns->column[i].type;
        char *field = (char *)records + columns->column[i].offset;

        column_path(columns, i, path);
        status = store_array_read(h5, path, type, &(store_h5_shape){1, {(int64_t)rows}}, packed);
        for (row = 0; row < rows && status == BASE_OK; row++)
            memcpy(field + row * columns->record_size, packed + row * type.width, type.width);
    }
    free(packed);
    return status;
}

const store_column *store_columns_not_finite(const store_columns *columns, const void *records, size_t rows,
                                             size_t *row, double *value)
{
    size_t i, r;

    for (i = 0; i < columns->count; i++) {
        const store_column *column = &columns->column[i];

        if (column->type.kind != STORE_H5_KIND_F32 || column->may_be_any)
            continue;
        for (r = 0; r < rows; r++) {
            float number;

            memcpy(&number, (const char *)records + r * columns->record_size + column->offset, sizeof number);
            if (isfinite(number))
                continue;
            *row = r;
            *value = (double)number;
            return column;
        }
    }
    return NULL;
}
