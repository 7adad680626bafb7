/* Which class was active, finished, excluded or paused in which round, and why. */
#include "report_page.h"
#include "report_words.h"
#include <string.h>

static const char *const marks[] = {[STORE_CLASS_ACTIVE] = "active",
                                    [STORE_CLASS_FINISHED] = "finished",
                                    [STORE_CLASS_EXCLUDED] = "excluded",
                                    [STORE_CLASS_PAUSED] = "paused"};

static const store_class *class_in(const report_run *run, size_t round, size_t c)
{
    return round < run->rounds ? &run->round[round].record.class_state[c] : NULL;
}

/* One run: its status. Several: the gravest decision, excluded first, finished last, and in how many. */
static void put_cell(report_page *page, const report_series *series, size_t round, size_t c)
{
    size_t count[STORE_CLASS_STATUSES] = {0}, seen = 0, i;
    const store_class *state = NULL;
    int status;

    for (i = 0; i < series->runs; i++) {
        const store_class *found = class_in(&series->run[i], round, c);

        if (!found)
            continue;
        state = found;
        count[found->status]++;
        seen++;
    }
    if (seen == 0) {
        report_html_markup(&page->html, "<td></td>");
        return;
    }
    if (series->runs == 1) {
        report_html_markup(&page->html, "<td class=\"s %s\">%s</td>", marks[state->status],
                           report_words_status(state));
        return;
    }
    status = count[STORE_CLASS_EXCLUDED] > 0   ? STORE_CLASS_EXCLUDED
             : count[STORE_CLASS_PAUSED] > 0   ? STORE_CLASS_PAUSED
             : count[STORE_CLASS_FINISHED] > 0 ? STORE_CLASS_FINISHED
                                               : STORE_CLASS_ACTIVE;
    report_html_markup(&page->html, "<td class=\"s %s\">%s",
                       count[status] * 2 >= seen ? marks[status] : "some", marks[status]);
    if (status != STORE_CLASS_ACTIVE)
        report_html_markup(&page->html, " %zu/%zu", count[status], seen);
    report_html_markup(&page->html, "</td>");
}

/* Why, as of each run's last round. */
static void put_reasons(report_page *page, const report_series *series, size_t c)
{
    char sentence[200];
    size_t told = 0, i;

    report_html_markup(&page->html, "<td class=\"words\">");
    for (i = 0; i < series->runs; i++) {
        const report_run *run = &series->run[i];
        const store_class *state = &report_last(run)->class_state[c];

        if (state->reason == STORE_REASON_NONE)
            continue;
        report_words_reason(state, &run->facts->config, sentence, sizeof sentence);
        if (told++ > 0)
            report_html_markup(&page->html, "<br>");
        if (series->runs > 1)
            report_html_markup(&page->html, "seed %llu: ", (unsigned long long)run->facts->seed);
        report_html_text(&page->html, sentence);
    }
    report_html_markup(&page->html, told > 0 ? "</td>" : "active</td>");
}

/* Nothing was ever decided or watched. */
static bool is_uneventful(const report_series *series)
{
    size_t i, r, c;

    for (i = 0; i < series->runs; i++)
        for (r = 0; r < series->run[i].rounds; r++) {
            const store_round *record = &series->run[i].round[r].record;

            for (c = 0; c < record->classes; c++)
                if (record->class_state[c].reason != STORE_REASON_NONE)
                    return false;
        }
    return true;
}

static void put_series(report_page *page, const report_series *series)
{
    report_html *html = &page->html;
    char caption[160];
    size_t r, c;

    report_series_heading(page, series);
    if (is_uneventful(series)) {
        report_html_markup(html, "<p>All classes were active in every round.</p>\n");
        return;
    }
    snprintf(caption, sizeof caption, "Status of the classes by round, %.100s", series->name);
    report_html_table_open(html, "grid", caption);
    report_html_markup(html, "<thead><tr><th scope=\"col\" class=\"k\">Class</th>");
    for (r = 0; r < page->data->rounds; r++)
        report_html_markup(html, "<th scope=\"col\">Round %zu</th>", r);
    report_html_markup(html, "<th scope=\"col\">In words, at the end</th></tr></thead>\n<tbody>\n");
    for (c = 0; c < page->data->classes; c++) {
        report_html_markup(html, "<tr><th scope=\"row\">");
        report_html_name(html, page->data->name[c]);
        report_html_markup(html, "</th>");
        for (r = 0; r < page->data->rounds; r++)
            put_cell(page, series, r, c);
        put_reasons(page, series, c);
        report_html_markup(html, "</tr>\n");
    }
    report_html_markup(html, "</tbody>");
    report_html_table_close(html);
}

base_status report_timeline_write(report_page *page)
{
    size_t s;

    report_html_markup(
        &page->html,
        "<p>After each round's decision. A finished class trains on but takes no more labels; an "
        "excluded one leaves training; a paused one trains on but takes no labels for now. Watched, "
        "improving, affordable, kept and too early: below the threshold of "
        "accuracy, but not excluded, for that reason.</p>\n");
    for (s = 0; s < page->data->count; s++)
        put_series(page, &page->data->series[s]);
    return BASE_OK;
}
