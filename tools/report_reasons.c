/* Right for the wrong reason: correct answers whose heat map lies outside the annotated mask. */
#include "base_log.h"
#include "report_page.h"
#include "report_pictures.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#define SHOWN 12 /* samples of a run */

static bool is_right(const store_evaluation *e)
{
    return e->predicted == e->label;
}

/* ---- by class ---- */

typedef struct tally {
    double right, energy, missed; /* of the right ones: hottest point outside the mask */
} tally;

static tally tally_of(const report_series *series, store_split split, size_t c)
{
    tally sum = {0, 0, 0};
    size_t i, k;

    for (i = 0; i < series->runs; i++) {
        const store_round *last = report_last(&series->run[i]);

        for (k = 0; k < last->evaluations; k++) {
            const store_evaluation *e = &last->evaluation[k];

            if (e->split != split || e->label != (int32_t)c || !is_right(e))
                continue;
            sum.right++;
            sum.energy += (double)e->energy;
            sum.missed += !e->hit;
        }
    }
    return sum;
}

static void put_tally(report_html *html, const tally *sum)
{
    if (sum->right == 0) {
        report_html_markup(html,
                           "<td class=\"n\">0</td><td class=\"n\">\u2013</td><td class=\"n\">\u2013</td>");
        return;
    }
    report_html_markup(html, "<td class=\"n\">%.0f</td><td class=\"n\">%.3f</td>", sum->right,
                       sum->energy / sum->right);
    report_html_markup(html, "<td class=\"n h\" style=\"--h:%.2f\">%.1f</td>", sum->missed / sum->right,
                       100 * sum->missed / sum->right);
}

static void put_classes(report_page *page, store_split split)
{
    const char *where = split == STORE_SPLIT_TEST ? "test" : "validation";
    report_html *html = &page->html;
    char caption[160];
    size_t s, c;

    snprintf(caption, sizeof caption, "Correct %s samples of the last round, and where their heat maps lie",
             where);
    report_html_table_open(html, "grid", caption);
    report_html_markup(html, "<thead><tr><th scope=\"col\" class=\"k\">Class</th>");
    for (s = 0; s < page->data->count; s++) {
        report_html_markup(html, "<th scope=\"col\" class=\"n\">");
        report_html_name(html, page->data->series[s].name);
        report_html_markup(html, ": right</th><th scope=\"col\" class=\"n\">in-mask energy</th>"
                                 "<th scope=\"col\" class=\"n\">hottest point outside (%%)</th>");
    }
    report_html_markup(html, "</tr></thead>\n<tbody>\n");
    for (c = 0; c < page->data->classes; c++) {
        report_html_markup(html, "<tr><th scope=\"row\">");
        report_html_name(html, page->data->name[c]);
        report_html_markup(html, "</th>");
        for (s = 0; s < page->data->count; s++) {
            tally sum = tally_of(&page->data->series[s], split, c);

            put_tally(html, &sum);
        }
        report_html_markup(html, "</tr>\n");
    }
    report_html_markup(html, "</tbody>");
    report_html_table_close(html);
}

/* ---- the worst samples ---- */

static int compare_energy(const void *left, const void *right)
{
    const store_evaluation *a = *(const store_evaluation *const *)left,
                           *b = *(const store_evaluation *const *)right;

    if (a->energy < b->energy || a->energy > b->energy)
        return a->energy < b->energy ? -1 : 1;
    return (a->sample > b->sample) - (a->sample < b->sample);
}

/* Correct ones with a heat map, lowest energy first; how many, at most SHOWN. */
static base_status find_worst(const store_round *last, const store_evaluation *worst[SHOWN], size_t *count)
{
    const store_evaluation **right = calloc(last->evaluations + 1, sizeof *right);
    size_t used = 0, k;

    if (!right) {
        base_log_error("no memory for %zu evaluations", last->evaluations);
        return BASE_ERR_MEMORY;
    }
    for (k = 0; k < last->evaluations; k++)
        if (is_right(&last->evaluation[k]) && !last->evaluation[k].cam_empty)
            right[used++] = &last->evaluation[k];
    if (used > 0)
        qsort(right, used, sizeof *right, compare_energy);
    for (k = 0; k < used && k < SHOWN; k++)
        worst[k] = right[k];
    *count = k;
    free(right);
    return BASE_OK;
}

static void put_tile(report_page *page, const store_evaluation *e, const report_shown *shown)
{
    const char *name = page->data->name[e->label];
    report_html *html = &page->html;
    char alt[240];

    report_html_markup(html, "<li>");
    if (shown) {
        report_html_markup(html, "<div class=\"two\">");
        snprintf(alt, sizeof alt, "Sample %" PRId64 " of class %s", e->sample, name);
        report_html_picture(html, shown->plain, shown->plain_size, alt);
        snprintf(alt, sizeof alt, "Heat map of %s with the mask's edge: %.1f percent of the heat within it",
                 name, 100 * (double)e->energy);
        report_html_picture(html, shown->heat, shown->heat_size, alt);
        report_html_markup(html, "</div>");
    }
    report_html_markup(html, "<p>");
    report_html_name(html, name);
    report_html_markup(html,
                       ", right with %.0f %%<br>in-mask energy %.3f<br><span class=\"soft\">sample %" PRId64
                       ", %s</span></p></li>\n",
                       100 * (double)e->confidence, (double)e->energy, e->sample,
                       e->split == STORE_SPLIT_TEST ? "test" : "validation");
}

static base_status put_run(report_page *page, const report_series *series)
{
    const report_run *run = &series->run[0];
    const store_evaluation *worst[SHOWN];
    report_wanted wanted[SHOWN];
    report_shown shown[SHOWN] = {0};
    size_t count = 0, i;
    base_status status = find_worst(report_last(run), worst, &count);

    for (i = 0; i < count; i++)
        wanted[i] = (report_wanted){worst[i]->sample, worst[i]->label, true};
    if (status == BASE_OK && page->data->dataset)
        status =
            report_pictures_make(page->data->dataset, run->round[run->rounds - 1].path, wanted, count, shown);
    if (status == BASE_OK) {
        report_series_heading(page, series);
        report_html_markup(&page->html, count > 0 ? "<ul class=\"tiles\">\n"
                                                  : "<p class=\"note\">No sample was right.</p>\n<ul>");
        for (i = 0; i < count; i++)
            put_tile(page, worst[i], page->data->dataset ? &shown[i] : NULL);
        report_html_markup(&page->html, "</ul>\n");
    }
    report_pictures_clear(shown, count);
    return status;
}

base_status report_reasons_write(report_page *page)
{
    base_status status = BASE_OK;
    size_t s;

    report_html_markup(
        &page->html,
        "<p>A network can be right because of something beside the object. In-mask energy is the share of "
        "the heat map of the true class that lies within the annotated mask (0 to 1); a small object has "
        "little of it in any case, so compare within a class.</p>\n");
    put_classes(page, STORE_SPLIT_TEST);
    report_html_markup(&page->html, "<details><summary>The same on validation samples</summary>\n");
    put_classes(page, STORE_SPLIT_VALIDATION);
    report_html_markup(
        &page->html, "</details>\n<p>The correct validation and test samples with the least of it%s.%s</p>\n",
        page->data->series[0].runs > 1 ? ", of the first seed" : "",
        page->data->dataset ? " The white line is the mask's edge." : "");
    for (s = 0; s < page->data->count && status == BASE_OK; s++)
        status = put_run(page, &page->data->series[s]);
    return status;
}
