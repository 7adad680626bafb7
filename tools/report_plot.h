/** Figures by gnuplot: one script, one process, and SVG that takes its colours from the page. Local. */
#ifndef REPORT_PLOT_H
#define REPORT_PLOT_H

#include "base_status.h"
#include "report_html.h"
#include <stddef.h>
#include <stdio.h>

#define REPORT_FIGURES_MAX 16

/** Series that colours, dashes and markers tell apart. */
#define REPORT_SERIES_MAX 8

typedef struct report_plot {
    FILE *script; /* what gnuplot is to do; write to it after report_plot_figure() */
    char *script_text;
    size_t script_size;
    size_t figures;
    char name[REPORT_FIGURES_MAX][24];
    char *drawn;                            /* all that gnuplot gave back */
    const char *figure[REPORT_FIGURES_MAX]; /* where in it */
} report_plot;

/** BASE_ERR_MEMORY. */
base_status report_plot_begin(report_plot *plot);

/** The next figure, with axes of these names; its plot commands follow. `name`, of letters and _, is an id in
 * the page. At most REPORT_FIGURES_MAX. */
void report_plot_figure(report_plot *plot, const char *name, const char *x, const char *y);

/** Colour, dash and marker of a series, for a plot command; markers of one size, or of that in column 3. */
void report_plot_style(report_plot *plot, size_t series, bool sized);

/** Colour of the band around a series. */
void report_plot_fill(report_plot *plot, size_t series);

/** Look of a line that only helps to read. */
void report_plot_rule(report_plot *plot);

/** Let gnuplot draw all figures. BASE_ERR_LIBRARY (it is not installed, or refused the script), BASE_ERR_IO,
 * BASE_ERR_MEMORY. */
base_status report_plot_draw(report_plot *plot);

/** True if there is a figure of that name. */
bool report_plot_has(const report_plot *plot, const char *name);

/** The figure into the page; `label` says in words what it shows. BASE_ERR_INTERNAL if there is none of that
 * name. */
base_status report_plot_put(const report_plot *plot, const char *name, const char *label, report_html *html);

/** The dash and marker of a series, as drawn in the figure `name`. */
void report_plot_swatch(const char *name, size_t series, report_html *html);

/** NULL-safe. */
void report_plot_clear(report_plot *plot);

#endif
