/* Which class is taken for which: confusion matrices of the last round. */
#include "base_log.h"
#include "report_page.h"
#include <inttypes.h>
#include <stdlib.h>

#define MATRIX_CLASSES_MAX 60 /* more make no readable table: only the list of what is confused most */
#define CONFUSED_MAX       8

typedef struct confused {
    size_t from, to;
    int64_t count, of;
} confused;

/* Sum over the runs of a series, [classes,classes]; NULL without memory. */
static int64_t *sum_of(const report_series *series, size_t classes, store_split split)
{
    int64_t *sum = calloc(classes * classes, sizeof *sum);
    size_t i, k;

    if (!sum) {
        base_log_error("no memory for a matrix of %zu classes", classes);
        return NULL;
    }
    for (i = 0; i < series->runs; i++) {
        const store_round *last = report_last(&series->run[i]);
        const int64_t *from = split == STORE_SPLIT_TEST ? last->test_confusion : last->validation_confusion;

        for (k = 0; k < classes * classes; k++)
            sum[k] += from[k];
    }
    return sum;
}

static int64_t row_sum(const int64_t *matrix, size_t classes, size_t c)
{
    int64_t sum = 0;
    size_t k;

    for (k = 0; k < classes; k++)
        sum += matrix[c * classes + k];
    return sum;
}

static void put_row(report_page *page, const int64_t *matrix, size_t c)
{
    size_t classes = page->data->classes, k;
    int64_t all = row_sum(matrix, classes, c);
    report_html *html = &page->html;

    report_html_markup(html, "<tr><th scope=\"row\">");
    report_html_name(html, page->data->name[c]);
    report_html_markup(html, "</th>");
    for (k = 0; k < classes; k++) {
        int64_t count = matrix[c * classes + k];

        if (count == 0)
            report_html_markup(html, k == c ? "<td class=\"d n\">0</td>" : "<td></td>");
        else
            report_html_markup(html, "<td class=\"%sn h\" style=\"--h:%.2f\">%" PRId64 "</td>",
                               k == c ? "d " : "", (double)count / (double)all, count);
    }
    report_html_markup(html, "<td class=\"n\">%" PRId64 "</td><td class=\"n\">", all);
    report_html_percent(html, compare_recall(matrix, classes, c), 1);
    report_html_markup(html, "</td></tr>\n");
}

static void put_matrix(report_page *page, const report_series *series, const int64_t *matrix,
                       store_split split)
{
    report_html *html = &page->html;
    size_t classes = page->data->classes, c;
    char caption[200];

    snprintf(caption, sizeof caption,
             "Confusion on %s samples, %.80s, last round: rows are true, columns predicted",
             split == STORE_SPLIT_TEST ? "test" : "validation", series->name);
    report_html_table_open(html, "grid matrix", caption);
    report_html_markup(html, "<thead><tr><th scope=\"col\" class=\"k\">True class</th>");
    for (c = 0; c < classes; c++) {
        report_html_markup(html, "<th scope=\"col\" class=\"up\"><span>");
        report_html_name(html, page->data->name[c]);
        report_html_markup(html, "</span></th>");
    }
    report_html_markup(html, "<th scope=\"col\" class=\"n\">All</th><th scope=\"col\" class=\"n\">Right "
                             "(%%)</th></tr></thead>\n<tbody>\n");
    for (c = 0; c < classes; c++)
        put_row(page, matrix, c);
    report_html_markup(html, "</tbody>");
    report_html_table_close(html);
}

static int compare_confused(const void *left, const void *right)
{
    const confused *a = left, *b = right;

    if (a->count != b->count)
        return a->count < b->count ? 1 : -1;
    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    return (a->to > b->to) - (a->to < b->to);
}

/* The pairs that are taken for each other most, in words. */
static base_status put_list(report_page *page, const int64_t *matrix)
{
    size_t classes = page->data->classes, count = 0, c, k;
    confused *pairs = calloc(classes * classes, sizeof *pairs);
    report_html *html = &page->html;

    if (!pairs) {
        base_log_error("no memory for pairs of %zu classes", classes);
        return BASE_ERR_MEMORY;
    }
    for (c = 0; c < classes; c++)
        for (k = 0; k < classes; k++)
            if (c != k && matrix[c * classes + k] > 0)
                pairs[count++] = (confused){c, k, matrix[c * classes + k], row_sum(matrix, classes, c)};
    if (count > 0)
        qsort(pairs, count, sizeof *pairs, compare_confused);
    report_html_markup(html, count > 0 ? "<p>Confused most:</p>\n<ol class=\"plain\">\n"
                                       : "<p>No errors.</p>\n<ol>");
    for (c = 0; c < count && c < CONFUSED_MAX; c++) {
        report_html_markup(html, "<li>");
        report_html_name(html, page->data->name[pairs[c].from]);
        report_html_markup(html, " taken for ");
        report_html_name(html, page->data->name[pairs[c].to]);
        report_html_markup(html, ": %" PRId64 " of %" PRId64 " (%.1f %%)</li>\n", pairs[c].count, pairs[c].of,
                           100 * (double)pairs[c].count / (double)pairs[c].of);
    }
    report_html_markup(html, "</ol>\n");
    free(pairs);
    return BASE_OK;
}

static base_status put_split(report_page *page, const report_series *series, store_split split)
{
    size_t classes = page->data->classes;
    int64_t *matrix = sum_of(series, classes, split);
    base_status status;

    if (!matrix)
        return BASE_ERR_MEMORY;
    if (classes <= MATRIX_CLASSES_MAX)
        put_matrix(page, series, matrix, split);
    status = put_list(page, matrix);
    free(matrix);
    return status;
}

base_status report_confusion_write(report_page *page)
{
    base_status status = BASE_OK;
    size_t s;

    report_html_markup(&page->html,
                       "<p>Samples of the last round, by true and by predicted class%s. Darker: a larger "
                       "share of the true class. A class that was excluded before the round is never "
                       "predicted.</p>\n",
                       page->data->series[0].runs > 1 ? ", summed over seeds" : "");
    for (s = 0; s < page->data->count && status == BASE_OK; s++) {
        const report_series *series = &page->data->series[s];

        report_series_heading(page, series);
        status = put_split(page, series, STORE_SPLIT_TEST);
        report_html_markup(&page->html, "<details><summary>The same on validation samples</summary>\n");
        if (status == BASE_OK)
            status = put_split(page, series, STORE_SPLIT_VALIDATION);
        report_html_markup(&page->html, "</details>\n");
    }
    return status;
}
