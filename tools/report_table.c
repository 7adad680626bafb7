/* The paper's Table 1, as camal-compare computes it; without arms, the classes of each run. */
#include "camal_compare_print.h"
#include "report_page.h"
#include "report_words.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static void put_notes(report_page *page)
{
    const compare_result *result = &page->data->result;
    const char *notes[COMPARE_NOTES_MAX];
    size_t count = compare_notes(result, notes), i;

    report_html_markup(&page->html, "<details><summary>What the columns mean</summary><ul>\n");
    for (i = 0; i < count; i++) {
        report_html_markup(&page->html, "<li>");
        report_html_text(&page->html, notes[i]);
        report_html_markup(&page->html, "</li>\n");
    }
    report_html_markup(&page->html, "</ul></details>\n");
    if (result->arms->unlike > 0)
        report_html_markup(
            &page->html,
            "<p class=\"note\">Round 0, before any choice, ended with different weights in %zu of "
            "%zu pairs: the arms did not start alike.</p>\n",
            result->arms->unlike, result->arms->pairs);
    if (result->arms->differs) {
        report_html_markup(&page->html, "<p class=\"note\">Beyond choice and exclusion the arms differ "
                                        "(default against proposed): ");
        report_html_text(&page->html, result->arms->differs);
        report_html_markup(&page->html, "</p>\n");
    }
}

static base_status put_paired(report_page *page)
{
    const compare_result *result = &page->data->result;
    camal_table classes = compare_table_classes(result), summary = compare_table_summary(result);
    char seeds[32], caption[160];
    base_status status;

    report_words_count(result->arms->pairs, "seed", "seeds", seeds, sizeof seeds);
    snprintf(caption, sizeof caption,
             "Table 1. Default > Proposed: %zu classes, %" PRId32 " rounds of labelling, %s", result->classes,
             result->arms->proposed[0].rounds, seeds);
    status = report_html_table(&page->html, &classes, 1, "", caption);
    if (status == BASE_OK)
        status = report_html_table(&page->html, &summary, 0, "wide", "Summary of both arms");
    camal_table_clear(&summary);
    put_notes(page);
    return status;
}

static void add_percent(camal_table *table, double share)
{
    if (isfinite(share))
        camal_table_add(table, "%.2f", 100 * share);
    else
        camal_table_add(table, "\u2013");
}

static void add_class(camal_table *table, const report_run *run, size_t c)
{
    const double *metric = run->facts->class[c].metric;

    camal_table_add(table, "%s", run->facts->name[c]);
    camal_table_add(table, "%.0f (+ %.0f*%" PRId32 ")", metric[COMPARE_INITIAL], metric[COMPARE_ADDED],
                    run->facts->config.select.copies);
    add_percent(table, metric[COMPARE_BEST]);
    add_percent(table, metric[COMPARE_LAST]);
    add_percent(table, metric[COMPARE_TEST]);
    if (isfinite(metric[COMPARE_CAM]))
        camal_table_add(table, "%.3f", metric[COMPARE_CAM]);
    else
        camal_table_add(table, "\u2013");
    camal_table_add(table, "%s", report_words_status(&report_last(run)->class_state[c]));
}

static base_status put_run(report_page *page, const report_series *series)
{
    static const char *const heads[] = {
        "Class", "Number of labeled data", "Best Accuracy (%)", "Last (%)", "Test (%)", "In-mask CAM",
        "Status"};
    camal_table table = camal_table_begin("lrrrrrl");
    char caption[200];
    size_t i;

    for (i = 0; i < sizeof heads / sizeof *heads; i++)
        camal_table_add(&table, "%s", heads[i]);
    for (i = 0; i < page->data->classes; i++)
        add_class(&table, &series->run[0], i);
    snprintf(caption, sizeof caption, "Classes of %.120s", series->name);
    return report_html_table(&page->html, &table, 0, "", caption);
}

base_status report_table_write(report_page *page)
{
    base_status status = BASE_OK;
    size_t s;

    if (page->data->paired)
        return put_paired(page);
    for (s = 0; s < page->data->count && status == BASE_OK; s++)
        status = put_run(page, &page->data->series[s]);
    return status;
}
