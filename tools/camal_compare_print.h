/** A comparison as people and programs read it. */
#ifndef CAMAL_COMPARE_PRINT_H
#define CAMAL_COMPARE_PRINT_H

#include "camal_compare_stats.h"
#include "camal_table.h"
#include <stdbool.h>
#include <stdio.h>

/** The paper's Table 1 with its further columns, the summary, the verdict and the notes that a reader needs.
 * Local. BASE_ERR_MEMORY, BASE_ERR_IO. */
base_status compare_print(const compare_result *result, bool markdown, FILE *out);

/** Table 1 and its summary as texts, the class's name in column 1 and the figure's in column 0; print or
 * clear them. Local. */
camal_table compare_table_classes(const compare_result *result);
camal_table compare_table_summary(const compare_result *result);

/** What the columns of the two mean, a sentence or two each: how many; static storage. Local. */
#define COMPARE_NOTES_MAX 5
size_t compare_notes(const compare_result *result, const char *notes[COMPARE_NOTES_MAX]);

#define COMPARE_NUMBER_TEXT 32

/** A figure's value as it is shown, "-" if it is not a number; with a sign where it is not 0. Local. */
void compare_value_text(const compare_figure *figure, double value, char text[COMPARE_NUMBER_TEXT]);
void compare_difference_text(const compare_figure *figure, double value, char text[COMPARE_NUMBER_TEXT]);

/** Text that a person reads, and a line break: broken into lines at spaces, but for Markdown. Local. */
void compare_print_wrapped(bool markdown, FILE *out, const char *text);

/** A field of CSV, quoted as RFC 4180 says where it has to be; a comma and a number, or nothing if it is not
 * finite. Local. */
void compare_csv_text(const char *text, FILE *out);
void compare_csv_number(double value, FILE *out);

/** All numbers: one JSON document; or CSV with one figure a line. Local. BASE_ERR_LIBRARY, BASE_ERR_IO. */
base_status compare_export_json(const compare_result *result, FILE *out);
base_status compare_export_csv(const compare_result *result, FILE *out);

#endif
