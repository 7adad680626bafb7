/* Where the labels went, by class and round. */
#include "base_log.h"
#include "report_page.h"
#include <math.h>
#include <stdlib.h>

/* Mean over the runs of the samples that were chosen in a round and are of the class; while the answer is not
 * known, that are predicted as it. */
static double spent(const report_series *series, size_t round, size_t c)
{
    double sum = 0, runs = 0;
    size_t i, q;

    for (i = 0; i < series->runs; i++) {
        const store_round *record;

        if (round >= series->run[i].rounds)
            continue;
        record = &series->run[i].round[round].record;
        for (q = 0; q < record->queries; q++) {
            const store_query *query = &record->query[q];

            sum += (query->answer < 0 ? query->predicted : query->answer) == (int32_t)c;
        }
        runs++;
    }
    return runs > 0 ? sum / runs : 0;
}

static double largest(const report_data *data)
{
    double most = 0;
    size_t s, r, c;

    for (s = 0; s < data->count; s++)
        for (r = 0; r < data->rounds; r++)
            for (c = 0; c < data->classes; c++)
                most = fmax(most, spent(&data->series[s], r, c));
    return most;
}

static void put_count(report_html *html, double share, double count)
{
    char text[32];

    snprintf(text, sizeof text, count == floor(count) ? "%.0f" : "%.1f", count);
    report_html_shaded(html, share, text);
}

/* A round is shown if any series chose in it: the last one of a finished run chose nothing. */
static bool shown(const report_data *data, size_t round)
{
    size_t s, i;

    for (s = 0; s < data->count; s++)
        for (i = 0; i < data->series[s].runs; i++)
            if (round < data->series[s].run[i].rounds &&
                data->series[s].run[i].round[round].record.queries > 0)
                return true;
    return false;
}

static void put_row(report_page *page, const report_series *series, size_t c, double most, double *total)
{
    const report_data *data = page->data;
    report_html *html = &page->html;
    double row = 0;
    size_t r;

    report_html_markup(html, "<tr><th scope=\"row\">");
    report_html_name(html, data->name[c]);
    report_html_markup(html, "</th>");
    for (r = 0; r < data->rounds; r++) {
        double count = spent(series, r, c);

        if (!shown(data, r))
            continue;
        put_count(html, most > 0 ? count / most : 0, count);
        total[r] += count;
        row += count;
    }
    put_count(html, 0, row);
    report_html_markup(html, "</tr>\n");
}

static base_status put_series(report_page *page, const report_series *series, double most)
{
    const report_data *data = page->data;
    double *total = calloc(data->rounds, sizeof *total), all = 0;
    report_html *html = &page->html;
    char caption[160];
    size_t r, c;

    if (!total) {
        base_log_error("no memory for %zu rounds", data->rounds);
        return BASE_ERR_MEMORY;
    }
    report_html_markup(html, "<div>");
    report_series_heading(page, series);
    snprintf(caption, sizeof caption, "Samples chosen, by their class and the round that chose them, %.80s",
             series->name);
    report_html_table_open(html, "grid", caption);
    report_html_markup(html, "<thead><tr><th scope=\"col\" class=\"k\">Class</th>");
    for (r = 0; r < data->rounds; r++)
        if (shown(data, r))
            report_html_markup(html, "<th scope=\"col\" class=\"n\">Round %zu</th>", r);
    report_html_markup(html, "<th scope=\"col\" class=\"n\">All</th></tr></thead>\n<tbody>\n");
    for (c = 0; c < data->classes; c++)
        put_row(page, series, c, most, total);
    report_html_markup(html, "</tbody>\n<tfoot><tr><th scope=\"row\">All classes</th>");
    for (r = 0; r < data->rounds; r++) {
        if (shown(data, r))
            put_count(html, 0, total[r]);
        all += total[r];
    }
    put_count(html, 0, all);
    report_html_markup(html, "</tr></tfoot>");
    report_html_table_close(html);
    report_html_markup(html, "</div>\n");
    free(total);
    return BASE_OK;
}

base_status report_budget_write(report_page *page)
{
    double most = largest(page->data);
    base_status status = BASE_OK;
    size_t s;

    report_html_markup(&page->html,
                       "<p>A sample counts for the class that the answer gave it, or, while it waits for "
                       "its answer, for the predicted one. Darker: more labels; the same scale "
                       "everywhere.%s</p>\n<div class=\"pair\">\n",
                       page->data->series[0].runs > 1 ? " Means over seeds." : "");
    for (s = 0; s < page->data->count && status == BASE_OK; s++)
        status = put_series(page, &page->data->series[s], most);
    report_html_markup(&page->html, "</div>\n");
    return status;
}
