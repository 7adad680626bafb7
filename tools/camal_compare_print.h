/** A comparison as people and programs read it. */
#ifndef CAMAL_COMPARE_PRINT_H
#define CAMAL_COMPARE_PRINT_H

#include "camal_compare_stats.h"
#include <stdbool.h>
#include <stdio.h>

/** The paper's Table 1 with its further columns, the summary, the verdict and the notes that a reader needs.
 * Local. BASE_ERR_MEMORY, BASE_ERR_IO. */
base_status compare_print(const compare_result *result, bool markdown, FILE *out);

/** All numbers: one JSON document; or CSV with one figure a line. Local. BASE_ERR_LIBRARY, BASE_ERR_IO. */
base_status compare_export_json(const compare_result *result, FILE *out);
base_status compare_export_csv(const compare_result *result, FILE *out);

#endif
