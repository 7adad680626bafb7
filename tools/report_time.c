/* Where the time went. */
#include "report_page.h"
#include <math.h>

enum { STAGES = 4 };

static const char *const stages[STAGES] = {"Train", "Evaluate", "Score", "Select"};

static double seconds_of(const store_timing *timing, int stage)
{
    const double all[STAGES] = {timing->train, timing->evaluate, timing->score, timing->select};

    return all[stage];
}

/* Mean over the runs that have the round, not a number if there is none. */
static double mean_seconds(const report_series *series, size_t round, int stage)
{
    double sum = 0, runs = 0;
    size_t i;

    for (i = 0; i < series->runs; i++) {
        if (round >= series->run[i].rounds)
            continue;
        sum += seconds_of(&series->run[i].round[round].record.timing, stage);
        runs++;
    }
    return runs > 0 ? sum / runs : NAN;
}

static double largest(const report_data *data)
{
    double most = 0;
    size_t s, r;
    int k;

    for (s = 0; s < data->count; s++)
        for (r = 0; r < data->rounds; r++)
            for (k = 0; k < STAGES; k++)
                most = fmax(most, mean_seconds(&data->series[s], r, k));
    return most;
}

static void put_seconds(report_html *html, double share, double seconds)
{
    char text[32];

    snprintf(text, sizeof text, "%.2f", seconds);
    report_html_shaded(html, share, text);
}

static void put_series(report_page *page, const report_series *series, double most)
{
    report_html *html = &page->html;
    double total[STAGES] = {0}, all = 0;
    char caption[160];
    size_t r;
    int k;

    report_html_markup(html, "<div>");
    report_series_heading(page, series);
    snprintf(caption, sizeof caption, "Seconds by round and stage, %.100s", series->name);
    report_html_table_open(html, "grid", caption);
    report_html_markup(html, "<thead><tr><th scope=\"col\" class=\"k\">Round</th>");
    for (k = 0; k < STAGES; k++)
        report_html_markup(html, "<th scope=\"col\" class=\"n\">%s</th>", stages[k]);
    report_html_markup(html, "<th scope=\"col\" class=\"n\">All</th></tr></thead>\n<tbody>\n");
    for (r = 0; r < page->data->rounds; r++) {
        double row = 0;

        if (isnan(mean_seconds(series, r, 0)))
            continue;
        report_html_markup(html, "<tr><th scope=\"row\">%zu</th>", r);
        for (k = 0; k < STAGES; k++) {
            double seconds = mean_seconds(series, r, k);

            put_seconds(html, most > 0 ? seconds / most : 0, seconds);
            total[k] += seconds;
            row += seconds;
        }
        put_seconds(html, 0, row);
        report_html_markup(html, "</tr>\n");
    }
    report_html_markup(html, "</tbody>\n<tfoot><tr><th scope=\"row\">All rounds</th>");
    for (k = 0; k < STAGES; k++) {
        put_seconds(html, 0, total[k]);
        all += total[k];
    }
    put_seconds(html, 0, all);
    report_html_markup(html, "</tr></tfoot>");
    report_html_table_close(html);
    report_html_markup(html, "</div>\n");
}

base_status report_time_write(report_page *page)
{
    double most = largest(page->data);
    size_t s;

    report_html_markup(&page->html, "<p>Seconds on rank 0%s.</p>\n<div class=\"pair\">\n",
                       page->data->series[0].runs > 1 ? ", means over seeds" : "");
    for (s = 0; s < page->data->count; s++)
        put_series(page, &page->data->series[s], most);
    report_html_markup(&page->html, "</div>\n");
    return BASE_OK;
}
