/** Figures as they are found: lines of text for people, or one JSON map for programs. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include "base_status.h"
#include <stdbool.h>
#include <yajl/yajl_gen.h>

typedef struct bench_report {
    bool json;
    yajl_gen gen; /* NULL for text */
    bool failed;
} bench_report;

/** Start. A failure shows in bench_report_finish(). Rank 0. */
bench_report bench_report_begin(bool json);

/** One figure. `key` is NULL within a list; `unit` is shown in text only. */
void bench_report_text(bench_report *report, const char *key, const char *value);
void bench_report_number(bench_report *report, const char *key, double value, const char *unit);

/** Nested parts of JSON; text ignores them. */
void bench_report_open_list(bench_report *report, const char *key);
void bench_report_close_list(bench_report *report);
void bench_report_open_map(bench_report *report);
void bench_report_close_map(bench_report *report);

/** Write what is left to standard output and free. BASE_ERR_LIBRARY, BASE_ERR_IO. */
base_status bench_report_finish(bench_report *report);

/** Read one number out of a JSON file's outermost map: *value is left alone if the key is not there.
 *
 * Local. BASE_ERR_INPUT (no JSON, not a number), BASE_ERR_IO, BASE_ERR_MEMORY. */
base_status bench_report_read(const char *path, const char *key, double *value);

#endif
