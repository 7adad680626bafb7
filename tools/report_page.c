#include "report_page.h"
#include "camal_picture.h"
#include "report_words.h"

void report_series_heading(report_page *page, const report_series *series)
{
    char seeds[32];

    report_html_markup(&page->html, "<h3>");
    report_html_name(&page->html, series->name);
    if (series->runs > 1) {
        report_words_count(series->runs, "seed", "seeds", seeds, sizeof seeds);
        report_html_markup(&page->html, " <span class=\"soft\">%s</span>", seeds);
    }
    report_html_markup(&page->html, "</h3>\n");
}

void report_legend(report_page *page, const char *name)
{
    size_t s;

    report_html_markup(&page->html, "<ul class=\"legend\" aria-label=\"Legend\">");
    for (s = 0; s < page->data->count; s++) {
        report_html_markup(&page->html, "<li>");
        report_plot_swatch(name, s, &page->html);
        report_html_name(&page->html, page->data->series[s].name);
        report_html_markup(&page->html, "</li>");
    }
    report_html_markup(&page->html, "</ul>\n");
}

void report_heat_scale(report_page *page)
{
    uint8_t scale[256][3];
    int i;

    camal_picture_scale(scale);
    report_html_markup(&page->html,
                       "<p class=\"scale\"><span>no heat</span><span class=\"bar\" aria-hidden=\"true\" "
                       "style=\"background:linear-gradient(to right");
    for (i = 0; i < 256; i += 15)
        report_html_markup(&page->html, ",rgb(%d,%d,%d)", scale[i][0], scale[i][1], scale[i][2]);
    report_html_markup(&page->html, ")\"></span><span>the map's hottest</span></p>\n");
}

bool report_left_out(const store_round *round, size_t c)
{
    return !store_round_trained(round, c);
}
