/** HTML as it is written: markup comes from the program, text from files, and only the one is escaped.
 *
 * Numbers are written by printf in the C locale. What fails on the way (memory) shows in report_html_end().
 * All functions are local.
 */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include "base_status.h"
#include "camal_table.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** The sheet and the script that go into the page (report.css, report.js), made at build. */
extern const char report_css[], report_js[];

typedef struct report_html {
    FILE *out; /* into text */
    char *text;
    size_t size;
} report_html;

/** BASE_ERR_MEMORY. */
base_status report_html_begin(report_html *html);

/** Markup, formatted as by printf. Nothing that a file says may be in it but numbers. */
void report_html_markup(report_html *html, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Text: signs that mean something in HTML are escaped, bytes that are no UTF-8 and control characters become
 * U+FFFD. Good in attributes, too. */
void report_html_text(report_html *html, const char *text);

/** The same, formatted first. */
void report_html_textf(report_html *html, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** A name, set apart so that its direction of writing does not reach what is around it. */
void report_html_name(report_html *html, const char *name);

/** A share in per cent with so many decimals; a dash for what was not measured. */
void report_html_percent(report_html *html, double share, int decimals);

/** A difference of shares in points, with its sign. */
void report_html_points(report_html *html, double share);

/** A picture within the page. `alt` is text. */
void report_html_picture(report_html *html, const void *png, size_t size, const char *alt);

/** Open a table in a box of its own that scrolls; `class` is the table's, "" for none. The caption is text.
 */
void report_html_table_open(report_html *html, const char *class, const char *caption);
void report_html_table_close(report_html *html);

/** A cell that is shaded by `share` (0 to 1) of the strongest shade. */
void report_html_shaded(report_html *html, double share, const char *text);

/** A table of texts, which is freed: its first row and its column `head` are headings, those of `head` set
 * apart as names. BASE_ERR_MEMORY. */
base_status report_html_table(report_html *html, camal_table *table, size_t head, const char *class,
                              const char *caption);

/** Write all to a file, whole or not at all. BASE_ERR_MEMORY, BASE_ERR_IO. */
base_status report_html_end(report_html *html, const char *path);

/** NULL-safe. */
void report_html_clear(report_html *html);

#endif
