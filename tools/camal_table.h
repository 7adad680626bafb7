/** A table of texts, printed with aligned columns or as Markdown. */
#ifndef CAMAL_TABLE_H
#define CAMAL_TABLE_H

#include "base_status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef struct camal_table {
    const char *align; /* one letter a column: l or r */
    size_t columns, cells, space;
    char **cell; /* [cells] row by row; the first row is the heading */
    bool failed; /* out of memory on the way; shows in camal_table_print() */
} camal_table;

/** An empty table of strlen(align) columns; `align` must outlive it. Local. */
camal_table camal_table_begin(const char *align);

/** The next cell, row by row, formatted as by printf. Local. */
void camal_table_add(camal_table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Fill the row that is begun with empty cells. Local. */
void camal_table_end_row(camal_table *table);

/** Print and free. Columns are two spaces apart; widths are counted in characters of UTF-8. In Markdown the
 * signs that would mean something there are escaped. BASE_ERR_MEMORY, BASE_ERR_IO. Local. */
base_status camal_table_print(camal_table *table, bool markdown, FILE *out);

/** Free without printing; a table that was printed is empty already. Local. */
void camal_table_clear(camal_table *table);

#endif
