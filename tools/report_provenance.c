/* Where all of it comes from: enough to make it again. */
#include "base_file.h"
#include "report_page.h"
#include "report_words.h"
#include <inttypes.h>
#include <string.h>

static void date_text(time_t when, char *text, size_t size)
{
    struct tm parts;

    if (when == 0 || !gmtime_r(&when, &parts) || strftime(text, size, "%Y-%m-%d %H:%M UTC", &parts) == 0)
        snprintf(text, size, "\u2013");
}

typedef struct column {
    const report_series *series;
    const report_run *run;
} column;

static const char *dtype_of(const base_config *config)
{
    static const char *const names[] = {
        [BASE_DTYPE_F32] = "f32", [BASE_DTYPE_BF16] = "bf16", [BASE_DTYPE_AUTO] = "auto"};

    return names[config->train.dtype];
}

/* ---- one row of the table each ---- */

static void put_folder(report_html *html, const column *at)
{
    report_html_name(html, at->run->facts->path);
}

static void put_seed(report_html *html, const column *at)
{
    report_html_markup(html, "%" PRIu64, at->run->facts->seed);
}

static void put_choice(report_html *html, const column *at)
{
    char text[80];

    report_words_choice(&at->run->facts->config, text, sizeof text);
    report_html_text(html, text);
}

static void put_version(report_html *html, const column *at)
{
    report_html_text(html, report_last(at->run)->version);
}

static void put_dataset(report_html *html, const column *at)
{
    report_html_markup(html, "<code>%s</code>", at->run->facts->digest);
}

static void put_ranks(report_html *html, const column *at)
{
    const store_round *last = report_last(at->run);

    report_html_markup(html, "%" PRId32 " ranks, %" PRId32 " %s each", last->ranks, last->threads,
                       last->threads == 1 ? "thread" : "threads");
}

static void put_dtype(report_html *html, const column *at)
{
    report_html_text(html, dtype_of(&at->run->facts->config));
}

static void put_plan(report_html *html, const column *at)
{
    const char *plan = report_last(at->run)->plan;
    char digest[BASE_DIGEST_TEXT];

    base_file_digest_bytes(plan, strlen(plan), digest);
    report_html_markup(html, "<code>%s</code>", digest);
}

static void put_start(report_html *html, const column *at)
{
    report_html_markup(html, "<code>%s</code>", at->run->facts->start);
}

static void put_first_date(report_html *html, const column *at)
{
    char text[40];

    date_text(at->run->round[0].written, text, sizeof text);
    report_html_text(html, text);
}

static void put_last_date(report_html *html, const column *at)
{
    char text[40];

    date_text(at->run->round[at->run->rounds - 1].written, text, sizeof text);
    report_html_text(html, text);
}

static void put_parents(report_html *html, const column *at)
{
    size_t r;

    for (r = 1; r < at->run->rounds; r++) {
        report_html_markup(html, "%sround %zu: <code>", r > 1 ? "<br>" : "", r - 1);
        report_html_text(html, at->run->round[r].record.parent_digest);
        report_html_markup(html, "</code>");
    }
}

static const struct {
    const char *title;
    void (*put)(report_html *html, const column *at);
} rows[] = {{"Folder", put_folder},
            {"Seed", put_seed},
            {"How it chooses", put_choice},
            {"camal", put_version},
            {"Ranks and threads, last round", put_ranks},
            {"Type of activations (train.dtype)", put_dtype},
            {"Data set's digest", put_dataset},
            {"Digest of the kernel plan, last round", put_plan},
            {"Digest of round 0's weights", put_start},
            {"First round's file is of", put_first_date},
            {"Last round's file is of", put_last_date},
            {"Digests of round files, as their followers name them", put_parents}};

static void put_table(report_page *page)
{
    const report_data *data = page->data;
    report_html *html = &page->html;
    size_t r, s, i;

    report_html_table_open(html, "words", "The runs and what they were made from");
    report_html_markup(html, "<thead><tr><th scope=\"col\" class=\"k\">Run</th>");
    for (s = 0; s < data->count; s++)
        for (i = 0; i < data->series[s].runs; i++) {
            report_html_markup(html, "<th scope=\"col\">");
            report_html_name(html, data->series[s].name);
            report_html_markup(html, "</th>");
        }
    report_html_markup(html, "</tr></thead>\n<tbody>\n");
    for (r = 0; r < sizeof rows / sizeof *rows; r++) {
        report_html_markup(html, "<tr><th scope=\"row\">%s</th>", rows[r].title);
        for (s = 0; s < data->count; s++)
            for (i = 0; i < data->series[s].runs; i++) {
                const column at = {&data->series[s], &data->series[s].run[i]};

                report_html_markup(html, "<td>");
                rows[r].put(html, &at);
                report_html_markup(html, "</td>");
            }
        report_html_markup(html, "</tr>\n");
    }
    report_html_markup(html, "</tbody>");
    report_html_table_close(html);
}

/* Runs of an arm differ in their seed only: one configuration an arm. */
static void put_configurations(report_page *page)
{
    report_html *html = &page->html;
    size_t s;

    for (s = 0; s < page->data->count; s++) {
        report_html_markup(html, "<details><summary>Configuration of ");
        report_html_name(html, page->data->series[s].name);
        report_html_markup(html, "</summary><pre tabindex=\"0\">");
        report_html_text(html, report_last(&page->data->series[s].run[0])->config);
        report_html_markup(html, "</pre></details>\n");
    }
}

base_status report_provenance_write(report_page *page)
{
    put_table(page);
    put_configurations(page);
    return BASE_OK;
}
