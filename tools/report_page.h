/** The page while it is made, and its sections: each has a file of its own.
 *
 * A section with figures has a function that asks for them; all are drawn at once before any section is
 * written. Local, all of them; errors are logged where they are found. */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include "report_data.h"
#include "report_html.h"
#include "report_plot.h"

typedef struct report_page {
    const report_data *data;
    size_t pictures; /* chosen samples shown of a class in a round, at most */
    report_plot plot;
    report_html html;
} report_page;

base_status report_verdict_write(report_page *page);
base_status report_table_write(report_page *page);
base_status report_curves_plot(report_page *page);
base_status report_curves_write(report_page *page);
base_status report_timeline_write(report_page *page);
base_status report_budget_write(report_page *page);
base_status report_confusion_write(report_page *page);
base_status report_reliability_plot(report_page *page);
base_status report_reliability_write(report_page *page);
base_status report_gallery_write(report_page *page);
base_status report_reasons_write(report_page *page);
base_status report_time_write(report_page *page);
base_status report_provenance_write(report_page *page);

/** Name of a series, and of how many seeds its figures are, as a heading of level 3. */
void report_series_heading(report_page *page, const report_series *series);

/** Which series is which in the figure `name`. */
void report_legend(report_page *page, const char *name);

/** The colours of heat maps, from no heat to the hottest. */
void report_heat_scale(report_page *page);

/** True where a class was left out of the round's training. */
bool report_left_out(const store_round *round, size_t c);

#endif
