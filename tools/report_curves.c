/* Accuracy against labels: the learning curves. */
#include "report_page.h"
#include <inttypes.h>
#include <math.h>

static const struct {
    store_split split;
    const char *figure, *title;
} sides[] = {{STORE_SPLIT_VALIDATION, "curve_validation", "Validation"},
             {STORE_SPLIT_TEST, "curve_test", "Test"}};

enum { SIDES = sizeof sides / sizeof *sides };

/* Recalls and labels of all runs of a series in a round; runs that ended before are not a number. */
static void values_of(const report_series *series, size_t round, store_split split, double *recall,
                      double *labels)
{
    size_t i;

    for (i = 0; i < series->runs; i++) {
        const report_run *run = &series->run[i];

        recall[i] = labels[i] = NAN;
        if (round >= run->rounds)
            continue;
        recall[i] = report_recall(&run->round[round].record, split);
        labels[i] = (double)report_labels(&run->round[round].record);
    }
}

static compare_stat recall_at(const report_series *series, size_t round, store_split split, double *labels)
{
    double recall[REPORT_RUNS_MAX], used[REPORT_RUNS_MAX];

    values_of(series, round, split, recall, used);
    *labels = report_mean(used, series->runs).difference;
    return report_mean(recall, series->runs);
}

static double or_else(double value, double instead)
{
    return isfinite(value) ? value : instead;
}

/* ---- the figures ---- */

typedef struct bounds {
    double left, right, low, high;
} bounds;

/* The series' points as data of gnuplot; how many. */
static size_t put_points(report_page *page, size_t s, int side, bounds *around)
{
    size_t points = 0, r;

    fprintf(page->plot.script, "$curve%d_%zu << EOD\n", side, s);
    for (r = 0; r < page->data->rounds; r++) {
        double labels, low, high;
        compare_stat at = recall_at(&page->data->series[s], r, sides[side].split, &labels);

        if (at.pairs == 0)
            continue;
        low = or_else(at.low, at.difference);
        high = or_else(at.high, at.difference);
        fprintf(page->plot.script, "%.8g %.8g %.8g %.8g\n", labels, 100 * at.difference, 100 * low,
                100 * high);
        around->left = fmin(around->left, labels);
        around->right = fmax(around->right, labels);
        around->low = fmin(around->low, 100 * fmax(low, 0));
        around->high = fmax(around->high, 100 * fmin(high, 1));
        points++;
    }
    fprintf(page->plot.script, "EOD\n");
    return points;
}

static void plot_side(report_page *page, int side)
{
    bounds around = {INFINITY, -INFINITY, INFINITY, -INFINITY};
    size_t points[REPORT_SERIES_MAX], all = 0, s;
    FILE *script = page->plot.script;
    const char *comma = "";
    double margin;

    for (s = 0; s < page->data->count; s++) {
        points[s] = put_points(page, s, side, &around);
        all += points[s];
    }
    if (all == 0)
        return;
    report_plot_figure(&page->plot, sides[side].figure, "Labels", "Mean recall of all classes (%)");
    margin = fmax(0.05 * (around.high - around.low), 0.5);
    fprintf(script, "set xrange [%.8g:%.8g]\nset yrange [%.8g:%.8g]\nplot ", around.left - 1,
            around.right + 1, fmax(around.low - margin, 0), fmin(around.high + margin, 100.5));
    for (s = 0; s < page->data->count; s++) {
        if (points[s] == 0)
            continue;
        if (page->data->series[s].runs > 1) {
            fprintf(script, "%s$curve%d_%zu using 1:3:4 with filledcurves", comma, side, s);
            report_plot_fill(&page->plot, s);
            comma = ", ";
        }
        fprintf(script, "%s$curve%d_%zu using 1:2 with linespoints", comma, side, s);
        report_plot_style(&page->plot, s, false);
        comma = ", ";
    }
    fprintf(script, "\n");
}

base_status report_curves_plot(report_page *page)
{
    int side;

    for (side = 0; side < SIDES; side++)
        plot_side(page, side);
    return BASE_OK;
}

/* ---- their figures as a table ---- */

static void put_stat(report_html *html, const compare_stat *stat)
{
    report_html_markup(html, "<td class=\"n\">");
    report_html_percent(html, stat->difference, 2);
    if (stat->pairs > 1) {
        report_html_markup(html, " <span class=\"soft\">(");
        report_html_percent(html, stat->low, 2);
        report_html_markup(html, " to ");
        report_html_percent(html, stat->high, 2);
        report_html_markup(html, ")</span>");
    }
    report_html_markup(html, "</td>");
}

/* Proposed minus default, paired by seed. */
static void put_difference(report_page *page, size_t round, int side)
{
    double standard[REPORT_RUNS_MAX], proposed[REPORT_RUNS_MAX], labels[REPORT_RUNS_MAX];
    compare_stat stat;

    values_of(&page->data->series[0], round, sides[side].split, standard, labels);
    values_of(&page->data->series[1], round, sides[side].split, proposed, labels);
    stat = compare_stat_of(standard, proposed, page->data->series[0].runs);
    report_html_markup(&page->html, "<td class=\"n\">");
    report_html_points(&page->html, stat.difference);
    if (stat.pairs > 1) {
        report_html_markup(&page->html, " <span class=\"soft\">(");
        report_html_points(&page->html, stat.low);
        report_html_markup(&page->html, " to ");
        report_html_points(&page->html, stat.high);
        report_html_markup(&page->html, ")</span>");
    }
    report_html_markup(&page->html, "</td>");
}

static void put_heads(report_page *page)
{
    report_html *html = &page->html;
    size_t s;
    int side;

    report_html_markup(html, "<thead><tr><th scope=\"col\" class=\"k\">Round</th>");
    for (s = 0; s < page->data->count; s++) {
        report_html_markup(html, "<th scope=\"col\" class=\"n\">");
        report_html_name(html, page->data->series[s].name);
        report_html_markup(html, ": labels</th>");
        for (side = 0; side < SIDES; side++) {
            report_html_markup(html, "<th scope=\"col\" class=\"n\">");
            report_html_name(html, page->data->series[s].name);
            report_html_markup(html, ": %s (%%)</th>", side == 0 ? "validation" : "test");
        }
    }
    if (page->data->paired)
        report_html_markup(html, "<th scope=\"col\" class=\"n\">difference, validation</th>"
                                 "<th scope=\"col\" class=\"n\">difference, test</th>");
    report_html_markup(html, "</tr></thead>\n<tbody>\n");
}

static void put_data(report_page *page)
{
    report_html *html = &page->html;
    size_t r, s;
    int side;

    report_html_markup(html, "<details><summary>The numbers of both figures</summary>\n");
    report_html_table_open(html, "", "Accuracy against labels, by round");
    put_heads(page);
    for (r = 0; r < page->data->rounds; r++) {
        report_html_markup(html, "<tr><th scope=\"row\">%zu</th>", r);
        for (s = 0; s < page->data->count; s++)
            for (side = 0; side < SIDES; side++) {
                double labels;
                compare_stat at = recall_at(&page->data->series[s], r, sides[side].split, &labels);

                if (side == 0 && isfinite(labels))
                    report_html_markup(html, "<td class=\"n\">%.6g</td>", labels);
                else if (side == 0)
                    report_html_markup(html, "<td class=\"n\">\u2013</td>");
                put_stat(html, &at);
            }
        for (side = 0; side < SIDES && page->data->paired; side++)
            put_difference(page, r, side);
        report_html_markup(html, "</tr>\n");
    }
    report_html_markup(html, "</tbody>");
    report_html_table_close(html);
    report_html_markup(html, "</details>\n");
}

/* What the figure shows, for who cannot see it: first and last point of each series. */
static base_status put_figure(report_page *page, int side)
{
    char label[1024];
    size_t size = 0, s;
    base_status status;

    size =
        (size_t)snprintf(label, sizeof label, "Line chart, %s accuracy against labels.", sides[side].title);
    for (s = 0; s < page->data->count && size < sizeof label; s++) {
        const report_series *series = &page->data->series[s];
        double from, to;
        compare_stat first = recall_at(series, 0, sides[side].split, &from),
                     last = recall_at(series, series->run[0].rounds - 1, sides[side].split, &to);

        size += (size_t)snprintf(label + size, sizeof label - size,
                                 " %.60s: %.1f percent with %.0f labels, %.1f percent with %.0f.",
                                 series->name, 100 * first.difference, from, 100 * last.difference, to);
    }
    report_html_markup(&page->html, "<figure>");
    status = report_plot_put(&page->plot, sides[side].figure, label, &page->html);
    report_html_markup(&page->html, "<figcaption>%s</figcaption></figure>\n", sides[side].title);
    return status;
}

base_status report_curves_write(report_page *page)
{
    base_status status = BASE_OK;
    const char *legend = NULL;
    int side;

    report_html_markup(&page->html,
                       "<p>Mean of the recalls of all classes, a class that is excluded counted as 0. "
                       "Test decides nothing.%s</p>\n",
                       page->data->series[0].runs > 1
                           ? " Lines are means over seeds, bands their 95 % intervals (Student's t)."
                           : "");
    for (side = 0; side < SIDES; side++)
        if (report_plot_has(&page->plot, sides[side].figure))
            legend = sides[side].figure;
    if (legend)
        report_legend(page, legend);
    report_html_markup(&page->html, "<div class=\"pair\">\n");
    for (side = 0; side < SIDES && status == BASE_OK; side++)
        if (report_plot_has(&page->plot, sides[side].figure))
            status = put_figure(page, side);
        else
            report_html_markup(&page->html, "<p class=\"note\">%s: there are no such samples.</p>\n",
                               sides[side].title);
    report_html_markup(&page->html, "</div>\n");
    put_data(page);
    return status;
}
