/* What was chosen: pictures by round and class, with the heat map, the answer and the reason. */
#include "base_log.h"
#include "report_page.h"
#include "report_pictures.h"
#include "report_words.h"
#include <inttypes.h>
#include <stdlib.h>

#define PAGE_BYTES ((size_t)3500 << 10) /* of the page, that pictures may fill */
#define TILE_BYTES ((size_t)20 << 10)   /* about what the two pictures of a sample take */

/* The choices of a round that are shown: the first of each predicted class, by class. */
typedef struct choice {
    const report_run *run;
    const report_round *round;
    size_t *query;         /* [count] */
    report_wanted *wanted; /* [count] */
    report_shown *shown;   /* [count] */
    size_t count;
    size_t pictured; /* the first so many have pictures */
} choice;

static void clear_choice(choice *made)
{
    report_pictures_clear(made->shown, made->count);
    free(made->shown);
    free(made->wanted);
    free(made->query);
}

static size_t chosen_of(const store_round *record, int32_t c)
{
    size_t count = 0, q;

    for (q = 0; q < record->queries; q++)
        count += record->query[q].predicted == c;
    return count;
}

/* The first `each` choices of every class, or only how many they are. */
static size_t list_choices(const store_round *record, size_t each, choice *made)
{
    size_t count = 0, c, q, taken;

    for (c = 0; c < record->classes; c++)
        for (q = taken = 0; q < record->queries && taken < each; q++) {
            const store_query *query = &record->query[q];

            if (query->predicted != (int32_t)c)
                continue;
            if (made) {
                made->query[count] = q;
                made->wanted[count] = (report_wanted){query->sample, query->predicted, query->answer >= 0};
            }
            count++;
            taken++;
        }
    return count;
}

/* Fewer of each class where their pictures would fill the page. */
static base_status choose(report_page *page, choice *made)
{
    const store_round *record = &made->round->record;
    size_t room = 0, each = page->pictures;

    if (page->data->dataset && fflush(page->html.out) == 0 && page->html.size < PAGE_BYTES)
        room = (PAGE_BYTES - page->html.size) / TILE_BYTES;
    while (room > 0 && each > 1 && list_choices(record, each, NULL) > room)
        each--;
    made->query = calloc(record->queries, sizeof *made->query);
    made->wanted = calloc(record->queries, sizeof *made->wanted);
    made->shown = calloc(record->queries, sizeof *made->shown);
    if (!made->query || !made->wanted || !made->shown) {
        base_log_error("no memory for a gallery of %zu samples", record->queries);
        return BASE_ERR_MEMORY;
    }
    made->count = list_choices(record, each, made);
    made->pictured = made->count < room ? made->count : room;
    return BASE_OK;
}

/* ---- one sample ---- */

static void put_answer(report_page *page, const store_query *query)
{
    report_html *html = &page->html;

    if (query->answer == STORE_LABEL_CANT_TELL) {
        report_html_markup(html, "answer: could not tell");
    } else if (query->answer < 0) {
        report_html_markup(html, "waits for its answer");
    } else if (query->answer == query->predicted) {
        report_html_markup(html, "<span class=\"yes\">answer: the same</span>");
    } else {
        report_html_markup(html, "<span class=\"no\">answer: ");
        report_html_name(html, page->data->name[query->answer]);
        report_html_markup(html, "</span>");
    }
}

static void put_pictures(report_page *page, const store_query *query, const report_shown *shown)
{
    const char *predicted = page->data->name[query->predicted];
    char alt[240];

    report_html_markup(&page->html, "<div class=\"two\">");
    snprintf(alt, sizeof alt, "Sample %" PRId64 ", predicted as %s", query->sample, predicted);
    report_html_picture(&page->html, shown->plain, shown->plain_size, alt);
    snprintf(alt, sizeof alt, shown->empty ? "Heat map of %s: empty" : "Heat map of %s over the sample",
             predicted);
    report_html_picture(&page->html, shown->heat, shown->heat_size, alt);
    report_html_markup(&page->html, "</div>");
}

static void put_tile(report_page *page, const choice *made, size_t i)
{
    const store_query *query = &made->round->record.query[made->query[i]];
    const store_score *score = &made->round->chosen[made->query[i]];
    report_html *html = &page->html;
    char reason[240];

    report_words_query(query, made->round->record.queries, &made->run->facts->config, reason, sizeof reason);
    report_html_markup(html, "<li>");
    if (i < made->pictured)
        put_pictures(page, query, &made->shown[i]);
    report_html_markup(html, "<p>predicted ");
    report_html_name(html, page->data->name[query->predicted]);
    if (score->sample >= 0)
        report_html_markup(html, ", %.0f %%", 100 * (double)score->confidence);
    report_html_markup(html, "<br>");
    put_answer(page, query);
    report_html_markup(html, "<br><span class=\"soft\">");
    report_html_text(html, reason);
    report_html_markup(html, "</span></p></li>\n");
}

/* ---- one round ---- */

static void put_classes(report_page *page, const choice *made)
{
    report_html *html = &page->html;
    size_t i = 0;

    report_html_markup(html, "<div class=\"classes\">\n");
    while (i < made->count) {
        int32_t c = made->wanted[i].class_index;
        size_t all = chosen_of(&made->round->record, c), first = i;

        while (i < made->count && made->wanted[i].class_index == c)
            i++;
        report_html_markup(html, "<div class=\"group\" data-class=\"%" PRId32 "\"><h4>", c);
        report_html_name(html, page->data->name[c]);
        report_html_markup(html,
                           " <span class=\"soft\">%zu of %zu chosen</span></h4>\n<ul class=\"tiles\">\n",
                           i - first, all);
        for (; first < i; first++)
            put_tile(page, made, first);
        report_html_markup(html, "</ul></div>\n");
    }
    report_html_markup(html, "</div>\n");
}

static base_status put_round(report_page *page, const report_run *run, size_t r, bool open)
{
    choice made = {.run = run, .round = &run->round[r]};
    base_status status = choose(page, &made);

    if (status == BASE_OK)
        status = report_pictures_make(page->data->dataset, made.round->path, made.wanted, made.pictured,
                                      made.shown);
    if (status == BASE_OK) {
        report_html_markup(&page->html,
                           "<details class=\"round\"%s><summary>Round %zu: %zu chosen</summary>\n",
                           open ? " open" : "", r, made.round->record.queries);
        if (page->data->dataset && made.pictured < made.count)
            report_html_markup(&page->html, "<p class=\"note\">%s, so that this file stays small.</p>\n",
                               made.pictured > 0 ? "Some without pictures" : "Without pictures");
        put_classes(page, &made);
        report_html_markup(&page->html, "</details>\n");
    }
    clear_choice(&made);
    return status;
}

/* Newest first. */
static base_status put_run(report_page *page, const report_series *series)
{
    const report_run *run = &series->run[0];
    base_status status = BASE_OK;
    bool open = true;
    size_t r;

    report_series_heading(page, series);
    if (series->runs > 1)
        report_html_markup(&page->html, "<p>Of seed %" PRIu64 ".</p>\n", run->facts->seed);
    for (r = run->rounds; r-- > 0 && status == BASE_OK;) {
        if (run->round[r].record.queries == 0)
            continue;
        status = put_round(page, run, r, open);
        open = false;
    }
    if (open)
        report_html_markup(&page->html, "<p class=\"note\">Nothing was chosen.</p>\n");
    return status;
}

base_status report_gallery_write(report_page *page)
{
    const report_data *data = page->data;
    base_status status = BASE_OK;
    size_t s;

    report_html_markup(
        &page->html,
        "<p>The first choices of each class as the model predicted it, at most %zu a class and round%s. "
        "Confidence is that of the model that chose.",
        page->pictures, data->paired ? ", of the proposed arm" : "");
    if (data->dataset)
        report_html_markup(&page->html,
                           " The heat map shows where that model saw the predicted class; the white line "
                           "is the edge of the annotated mask, which the choice did not know.");
    report_html_markup(&page->html, "</p>\n");
    if (!data->dataset)
        report_html_markup(&page->html,
                           "<p class=\"note\">Give <code>--dataset</code> to see the pictures.</p>\n");
    else
        report_heat_scale(page);
    report_html_markup(&page->html, "<div class=\"gallery\">\n");
    for (s = data->paired ? 1 : 0; s < data->count && status == BASE_OK; s++)
        status = put_run(page, &data->series[s]);
    report_html_markup(&page->html, "</div>\n");
    return status;
}
