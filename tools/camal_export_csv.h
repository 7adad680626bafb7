/** CSV as RFC 4180 has it: fields between commas, quoted where they must be, lines that end with CR LF.
 *
 * Everything is held in memory until it is written; what fails on the way (memory) shows in the end. Local.
 */
#ifndef CAMAL_EXPORT_CSV_H
#define CAMAL_EXPORT_CSV_H

#include "base_status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef struct camal_csv {
    FILE *out; /* into text */
    char *text;
    size_t size;
    bool within; /* a line is begun */
} camal_csv;

/** Begin with a header line. BASE_ERR_MEMORY.
 * @param columns  names between commas: "sample,predicted" */
base_status camal_csv_begin(camal_csv *csv, const char *columns);

/* The next field. A number that is not finite is an empty field. */
void camal_csv_text(camal_csv *csv, const char *value);
void camal_csv_integer(camal_csv *csv, int64_t value);
void camal_csv_float(camal_csv *csv, float value);
void camal_csv_real(camal_csv *csv, double value);

/** A measured share: empty where there was nothing to measure (-1 in the records). */
void camal_csv_share(camal_csv *csv, float value);

void camal_csv_end_line(camal_csv *csv);

/** Write all to a file, whole or not at all, or to standard output if the path is NULL, and free.
 * BASE_ERR_MEMORY, BASE_ERR_IO. */
base_status camal_csv_finish(camal_csv *csv, const char *path);

/** Free without writing. */
void camal_csv_abandon(camal_csv *csv);

/** Bytes to a file, whole or not at all, or to standard output if the path is NULL. BASE_ERR_IO. */
base_status camal_export_write(const char *path, const void *bytes, size_t size);

#endif
