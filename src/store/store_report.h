/** Problems of one file, counted and logged, internal to store. Local. */
#ifndef STORE_REPORT_H
#define STORE_REPORT_H

#include "base_status.h"
#include <stddef.h>

typedef struct store_report {
    const char *where; /* what messages call the file */
    size_t problems;
} store_report;

/** Log "WHERE: ..." as an error and count it. */
void store_report_add(store_report *report, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** BASE_ERR_INPUT if there were problems; their number into *problems where that is not NULL. */
base_status store_report_end(const store_report *report, size_t *problems);

#endif
