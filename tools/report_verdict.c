/* What the report comes to, in a sentence and the figures behind it: first, and in words. */
#include "report_page.h"
#include "report_words.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Of all classes, what is excluded counted as errors: the figure that exclusion cannot flatter. */
static const char *headline(const compare_stat *all)
{
    const char *judged = compare_judge(all);

    if (strcmp(judged, "better") == 0)
        return "Better than";
    return strcmp(judged, "worse") == 0 ? "Worse than" : "Not shown to be better than";
}

static const char *mark(const compare_stat *all)
{
    const char *judged = compare_judge(all);

    return strcmp(judged, "better") == 0 ? "good" : strcmp(judged, "worse") == 0 ? "bad" : "open";
}

static void put_figure(report_page *page, const char *title, const compare_stat *stat)
{
    report_html *html = &page->html;

    report_html_markup(html, "<div class=\"fact\"><dt>");
    report_html_text(html, title);
    report_html_markup(html, "</dt><dd><strong>");
    report_html_points(html, stat->difference);
    report_html_markup(html, "</strong> points<br><span class=\"soft\">");
    report_html_percent(html, stat->standard, 2);
    report_html_markup(html, " %% to ");
    report_html_percent(html, stat->proposed, 2);
    report_html_markup(html, " %%<br>");
    if (stat->pairs > 1) {
        report_html_markup(html, "95 %% interval ");
        report_html_points(html, stat->low);
        report_html_markup(html, " to ");
        report_html_points(html, stat->high);
    } else {
        report_html_markup(html, "one seed: no interval");
    }
    report_html_markup(html, "</span></dd></div>\n");
}

static void put_labels(report_page *page, const compare_stat *labels)
{
    report_html_markup(&page->html,
                       "<div class=\"fact\"><dt>Labels used</dt><dd><strong>%.0f</strong> proposed<br>"
                       "<span class=\"soft\">%.0f default</span></dd></div>\n",
                       labels->proposed, labels->standard);
}

static void put_paired(report_page *page)
{
    const compare_result *result = &page->data->result;
    const compare_stat *all = &result->total[COMPARE_TEST_ALL];
    report_html *html = &page->html;
    char sentence[1024], choice[80];

    compare_verdict(result, sentence, sizeof sentence);
    if (sentence[0] >= 'a' && sentence[0] <= 'z')
        sentence[0] = (char)(sentence[0] - 'a' + 'A');
    report_html_markup(html, "<div class=\"verdict %s\"><p class=\"headline\">", mark(all));
    report_words_choice(&result->arms->standard[0].config, choice, sizeof choice);
    report_html_textf(html, "%s %s.", headline(all), choice);
    report_html_markup(html, "</p>\n<p>");
    report_html_text(html, sentence);
    report_html_markup(html, "</p>\n<dl class=\"facts\">\n");
    put_figure(page, "Test accuracy, all classes, excluded ones as errors", all);
    put_figure(page, "Test accuracy, kept classes", &result->total[COMPARE_TEST_KEPT]);
    put_labels(page, &result->total[COMPARE_LABELS]);
    report_html_markup(html, "</dl></div>\n");
}

static void put_alone(report_page *page)
{
    const report_data *data = page->data;
    report_html *html = &page->html;
    size_t s;

    report_html_markup(html,
                       "<div class=\"verdict open\"><p class=\"headline\">Nothing to compare with.</p>\n"
                       "<p>No arm that chooses at random is in this report, so it cannot tell whether the "
                       "choice of samples helped. Give <code>--default</code> and <code>--proposed</code> "
                       "runs to find out.</p>\n<dl class=\"facts\">\n");
    for (s = 0; s < data->count; s++) {
        const store_round *last = report_last(&data->series[s].run[0]);

        report_html_markup(html, "<div class=\"fact\"><dt>");
        report_html_name(html, data->series[s].name);
        report_html_markup(html, ", test accuracy</dt><dd><strong>");
        report_html_percent(html, report_recall(last, STORE_SPLIT_TEST), 2);
        report_html_markup(
            html,
            "</strong> %%<br><span class=\"soft\">all classes, excluded ones as errors, with %" PRId64
            " labels</span></dd></div>\n",
            report_labels(last));
    }
    report_html_markup(html, "</dl></div>\n");
}

base_status report_verdict_write(report_page *page)
{
    if (page->data->paired)
        put_paired(page);
    else
        put_alone(page);
    return BASE_OK;
}
