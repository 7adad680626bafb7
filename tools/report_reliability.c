/* Is the network right as often as it says: reliability and expected calibration error. */
#include "report_page.h"
#include "store_calibration.h"
#include <math.h>
#include <string.h>

#define BINS STORE_CALIBRATION_BINS

typedef store_calibration_bin bin;

static const struct {
    store_split split;
    const char *figure, *title;
} sides[] = {{STORE_SPLIT_TEST, "reliability_test", "Test"},
             {STORE_SPLIT_VALIDATION, "reliability_validation", "Validation"}};

enum { SIDES = sizeof sides / sizeof *sides };

/* Evaluations of the last round of all runs, but of classes that the model was not trained on. */
static double fill(const report_series *series, store_split split, bin bins[BINS])
{
    size_t i, k;

    memset(bins, 0, BINS * sizeof *bins);
    for (i = 0; i < series->runs; i++) {
        const store_round *last = report_last(&series->run[i]);

        for (k = 0; k < last->evaluations; k++) {
            const store_evaluation *e = &last->evaluation[k];

            if (e->split == split && !report_left_out(last, (size_t)e->label))
                store_calibration_add(bins, e);
        }
    }
    return store_calibration_count(bins);
}

static compare_stat error_of(const report_series *series, store_split split)
{
    double values[REPORT_RUNS_MAX];
    size_t i;

    for (i = 0; i < series->runs; i++) {
        const store_round *last = report_last(&series->run[i]);

        values[i] = split == STORE_SPLIT_TEST ? last->test_calibration : last->validation_calibration;
    }
    return report_mean(values, series->runs);
}

static void plot_side(report_page *page, int side)
{
    FILE *script = page->plot.script;
    double all[REPORT_SERIES_MAX], any = 0;
    bin bins[BINS];
    size_t s;
    int b;

    for (s = 0; s < page->data->count; s++) {
        any += all[s] = fill(&page->data->series[s], sides[side].split, bins);
        fprintf(script, "$bins%d_%zu << EOD\n", side, s);
        for (b = 0; b < BINS; b++)
            if (bins[b].count > 0)
                fprintf(script, "%.8g %.8g %.3g\n", 100 * bins[b].confidence / bins[b].count,
                        100 * bins[b].right / bins[b].count, 0.3 + 1.2 * sqrt(bins[b].count / all[s]));
        fprintf(script, "EOD\n");
    }
    if (any == 0)
        return;
    report_plot_figure(&page->plot, sides[side].figure, "Confidence (%)", "Right (%)");
    fprintf(script, "set xrange [0:100]\nset yrange [0:101]\nset arrow 1 from 0,0 to 100,100 nohead");
    report_plot_rule(&page->plot);
    fprintf(script, "\nplot ");
    for (s = 0, any = 0; s < page->data->count; s++) {
        if (all[s] == 0)
            continue;
        fprintf(script, "%s$bins%d_%zu using 1:2:3 with linespoints", any > 0 ? ", " : "", side, s);
        report_plot_style(&page->plot, s, true);
        any++;
    }
    fprintf(script, "\n");
}

base_status report_reliability_plot(report_page *page)
{
    int side;

    for (side = 0; side < SIDES; side++)
        plot_side(page, side);
    return BASE_OK;
}

static base_status put_figure(report_page *page, int side)
{
    char label[1024];
    size_t size, s;
    base_status status;

    size = (size_t)snprintf(label, sizeof label,
                            "Reliability diagram, %s: share of right answers against confidence.",
                            sides[side].title);
    for (s = 0; s < page->data->count && size < sizeof label; s++)
        size += (size_t)snprintf(label + size, sizeof label - size,
                                 " %.60s: expected calibration error %.3f.", page->data->series[s].name,
                                 error_of(&page->data->series[s], sides[side].split).difference);
    report_html_markup(&page->html, "<figure>");
    status = report_plot_put(&page->plot, sides[side].figure, label, &page->html);
    report_html_markup(&page->html, "<figcaption>%s</figcaption></figure>\n", sides[side].title);
    return status;
}

static void put_bins(report_page *page, int side)
{
    report_html *html = &page->html;
    bin bins[REPORT_SERIES_MAX][BINS];
    char caption[80];
    size_t s;
    int b;

    snprintf(caption, sizeof caption, "Confidence and right answers by bin, %s samples",
             side == 0 ? "test" : "validation");
    report_html_table_open(html, "", caption);
    report_html_markup(html, "<thead><tr><th scope=\"col\" class=\"k\">Confidence (%%)</th>");
    for (s = 0; s < page->data->count; s++) {
        fill(&page->data->series[s], sides[side].split, bins[s]);
        report_html_markup(html, "<th scope=\"col\" class=\"n\">");
        report_html_name(html, page->data->series[s].name);
        report_html_markup(html, ": samples</th><th scope=\"col\" class=\"n\">mean confidence (%%)</th>"
                                 "<th scope=\"col\" class=\"n\">right (%%)</th>");
    }
    report_html_markup(html, "</tr></thead>\n<tbody>\n");
    for (b = 0; b < BINS; b++) {
        report_html_markup(html, "<tr><th scope=\"row\">%.1f to %.1f</th>", 100.0 * b / BINS,
                           100.0 * (b + 1) / BINS);
        for (s = 0; s < page->data->count; s++) {
            const bin *at = &bins[s][b];

            report_html_markup(html, "<td class=\"n\">%.0f</td><td class=\"n\">", at->count);
            report_html_percent(html, at->count > 0 ? at->confidence / at->count : NAN, 2);
            report_html_markup(html, "</td><td class=\"n\">");
            report_html_percent(html, at->count > 0 ? at->right / at->count : NAN, 2);
            report_html_markup(html, "</td>");
        }
        report_html_markup(html, "</tr>\n");
    }
    report_html_markup(html, "</tbody>");
    report_html_table_close(html);
}

static void put_errors(report_page *page)
{
    report_html *html = &page->html;
    size_t s;
    int side;

    report_html_table_open(html, "", "Expected calibration error of the last round");
    report_html_markup(
        html, "<thead><tr><th scope=\"col\" class=\"k\">Series</th><th scope=\"col\" class=\"n\">Test</th>"
              "<th scope=\"col\" class=\"n\">Validation</th></tr></thead>\n<tbody>\n");
    for (s = 0; s < page->data->count; s++) {
        report_html_markup(html, "<tr><th scope=\"row\">");
        report_html_name(html, page->data->series[s].name);
        report_html_markup(html, "</th>");
        for (side = 0; side < SIDES; side++) {
            compare_stat stat = error_of(&page->data->series[s], sides[side].split);

            report_html_markup(html, "<td class=\"n\">%.4f", stat.difference);
            if (stat.pairs > 1)
                report_html_markup(html, " <span class=\"soft\">(%.4f to %.4f)</span>", stat.low, stat.high);
            report_html_markup(html, "</td>");
        }
        report_html_markup(html, "</tr>\n");
    }
    report_html_markup(html, "</tbody>");
    report_html_table_close(html);
}

base_status report_reliability_write(report_page *page)
{
    base_status status = BASE_OK;
    const char *legend = NULL;
    int side;

    report_html_markup(
        &page->html,
        "<p>Samples of the last round in %d bins of confidence, without those of classes that the model "
        "was not trained on. On the straight line a network is right as often as it says; below it, it is "
        "too sure. The expected calibration error is the mean "
        "distance from that line. Larger marks stand for more samples; small ones scatter.</p>\n",
        BINS);
    for (side = 0; side < SIDES; side++)
        if (report_plot_has(&page->plot, sides[side].figure))
            legend = sides[side].figure;
    if (legend)
        report_legend(page, legend);
    report_html_markup(&page->html, "<div class=\"pair\">\n");
    for (side = 0; side < SIDES && status == BASE_OK; side++)
        if (report_plot_has(&page->plot, sides[side].figure))
            status = put_figure(page, side);
    report_html_markup(&page->html, "</div>\n");
    put_errors(page);
    report_html_markup(&page->html, "<details><summary>The numbers of both figures</summary>\n");
    for (side = 0; side < SIDES; side++)
        put_bins(page, side);
    report_html_markup(&page->html, "</details>\n");
    return status;
}
