/** Records of a struct as one dataset a field, internal to store. One table a struct serves writing, reading
 * and checking. All functions are local. */
#ifndef STORE_COLUMNS_H
#define STORE_COLUMNS_H

#include "base_status.h"
#include "store_h5.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct store_column {
    const char *name; /* GROUP/name in the file */
    store_h5_type type;
    size_t offset;   /* of the field in the record */
    bool may_be_any; /* a float that may be NaN or infinite */
} store_column;

typedef struct store_columns {
    const char *group;
    size_t record_size, count;
    const store_column *column; /* [count] */
} store_columns;

extern const store_columns store_score_columns;       /* store_score */
extern const store_columns store_query_columns;       /* store_query */
extern const store_columns store_answer_columns;      /* store_answer */
extern const store_columns store_evaluation_columns;  /* store_evaluation */
extern const store_columns store_class_columns;       /* store_class */
extern const store_columns store_class_later_columns; /* of it, what older files have not */
extern const store_columns store_epoch_columns;       /* store_epoch */
extern const store_columns store_class_name_columns;  /* char[64] of a round */
extern const store_columns store_class_info_columns;  /* store_class_info */

/** Write records[rows] into the group, which exists. BASE_ERR_IO, BASE_ERR_MEMORY. */
base_status store_columns_write(const store_h5 *h5, const store_columns *columns, const void *records,
                                size_t rows);

/** Rows of the group: the length of its first column. BASE_ERR_INPUT, BASE_ERR_IO. */
base_status store_columns_rows(const store_h5 *h5, const store_columns *columns, size_t *rows);

/** Read records[rows]; every column must have that many. BASE_ERR_INPUT, BASE_ERR_IO, BASE_ERR_MEMORY. */
base_status store_columns_read(const store_h5 *h5, const store_columns *columns, size_t rows, void *records);

/** The first value that is not finite in records[rows]: its column, or NULL if there is none.
 * @param row  out, set if there is one  @param value  out */
const store_column *store_columns_not_finite(const store_columns *columns, const void *records, size_t rows,
                                             size_t *row, double *value);

#endif
