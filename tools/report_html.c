#include "report_html.h"
#include "base_file.h"
#include "base_log.h"
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

base_status report_html_begin(report_html *html)
{
    *html = (report_html){0};
    html->out = open_memstream(&html->text, &html->size);
    if (html->out)
        return BASE_OK;
    base_log_error("no memory for the page");
    return BASE_ERR_MEMORY;
}

void report_html_markup(report_html *html, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vfprintf(html->out, format, arguments);
    va_end(arguments);
}

/* Bytes of the character of UTF-8 at text (RFC 3629, table 3-7 of Unicode), 0 if there is none. */
static size_t character_size(const unsigned char *text)
{
    static const struct {
        unsigned char first, last, second_first, second_last;
        size_t size;
    } forms[] = {{0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
                 {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
                 {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};
    size_t f, i;

    if (text[0] < 0x80)
        return text[0] >= 0x20 && text[0] != 0x7f;
    for (f = 0; f < sizeof forms / sizeof *forms; f++) {
        if (text[0] < forms[f].first || text[0] > forms[f].last)
            continue;
        if (text[1] < forms[f].second_first || text[1] > forms[f].second_last)
            return 0;
        for (i = 2; i < forms[f].size; i++)
            if ((text[i] & 0xc0) != 0x80)
                return 0;
        return forms[f].size;
    }
    return 0;
}

static void put_character(report_html *html, const unsigned char *text, size_t size)
{
    switch (*text) {
    case '&':
        fputs("&amp;", html->out);
        return;
    case '<':
        fputs("&lt;", html->out);
        return;
    case '>':
        fputs("&gt;", html->out);
        return;
    case '"':
        fputs("&quot;", html->out);
        return;
    case '\'':
        fputs("&#39;", html->out);
        return;
    default:
        fwrite(text, 1, size, html->out);
    }
}

void report_html_text(report_html *html, const char *text)
{
    const unsigned char *at = (const unsigned char *)text;

    while (*at) {
        size_t size = character_size(at);

        if (size > 0)
            put_character(html, at, size);
        else
            fputs(*at == '\n' ? "\n" : "\xef\xbf\xbd", html->out);
        at += size > 0 ? size : 1;
    }
}

void report_html_textf(report_html *html, const char *format, ...)
{
    va_list arguments;
    char *text;
    int size;

    va_start(arguments, format);
    size = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (size < 0)
        return;
    report_html_text(html, text);
    free(text);
}

void report_html_name(report_html *html, const char *name)
{
    fputs("<bdi>", html->out);
    report_html_text(html, name);
    fputs("</bdi>", html->out);
}

void report_html_percent(report_html *html, double share, int decimals)
{
    if (isfinite(share))
        report_html_markup(html, "%.*f", decimals, 100 * share);
    else
        fputs("\u2013", html->out);
}

void report_html_points(report_html *html, double share)
{
    double points = round(1e4 * share) / 1e2;

    if (!isfinite(share))
        fputs("\u2013", html->out);
    else if (points == 0)
        fputs("0.00", html->out);
    else
        report_html_markup(html, "%s%.2f", points > 0 ? "+" : "\u2212", fabs(points));
}

/* RFC 4648, section 4. */
static void put_base64(report_html *html, const unsigned char *bytes, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t i;

    for (i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t word = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                        (left > 2 ? bytes[i + 2] : 0);

        putc(digits[word >> 18], html->out);
        putc(digits[word >> 12 & 63], html->out);
        putc(left > 1 ? digits[word >> 6 & 63] : '=', html->out);
        putc(left > 2 ? digits[word & 63] : '=', html->out);
    }
}

void report_html_picture(report_html *html, const void *png, size_t size, const char *alt)
{
    fputs("<img alt=\"", html->out);
    report_html_text(html, alt);
    fputs("\" src=\"data:image/png;base64,", html->out);
    put_base64(html, png, size);
    fputs("\">", html->out);
}

void report_html_table_open(report_html *html, const char *class, const char *caption)
{
    report_html_markup(html, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"");
    report_html_text(html, caption);
    report_html_markup(html, "\"><table class=\"%s\"><caption><span>", class);
    report_html_text(html, caption);
    fputs("</span></caption>\n", html->out);
}

void report_html_table_close(report_html *html)
{
    fputs("</table></div>\n", html->out);
}

void report_html_shaded(report_html *html, double share, const char *text)
{
    if (share > 0)
        report_html_markup(html, "<td class=\"n h\" style=\"--h:%.2f\">", share < 1 ? share : 1);
    else
        fputs("<td class=\"n h\">", html->out);
    report_html_text(html, text);
    fputs("</td>", html->out);
}

/* A class's name; what camal-compare says behind it stays outside, as the name may run from right to left. */
static void put_head(report_html *html, const char *text)
{
    const char *behind = strstr(text, " (excluded ");
    char name[256];

    snprintf(name, sizeof name, "%.*s", behind ? (int)(behind - text) : (int)strlen(text), text);
    report_html_name(html, name);
    report_html_text(html, behind ? behind : "");
}

static void put_cell(report_html *html, const camal_table *table, size_t row, size_t column, size_t head)
{
    const char *text = table->cell[row * table->columns + column];
    const char *class = column == head && row == 0    ? " class=\"k\""
                        : table->align[column] == 'r' ? " class=\"n\""
                                                      : "";

    if (row == 0)
        report_html_markup(html, "<th scope=\"col\"%s>", class);
    else
        report_html_markup(html, column == head ? "<th scope=\"row\"%s>" : "<td%s>", class);
    if (row > 0 && column == head)
        put_head(html, text);
    else
        report_html_text(html, text);
    report_html_markup(html, row == 0 || column == head ? "</th>" : "</td>");
}

base_status report_html_table(report_html *html, camal_table *table, size_t head, const char *class,
                              const char *caption)
{
    size_t rows = table->cells / table->columns, r, c;
    base_status status = BASE_OK;

    if (table->failed) {
        base_log_error("no memory for a table of %zu cells", table->cells);
        status = BASE_ERR_MEMORY;
    }
    report_html_table_open(html, class, caption);
    for (r = 0; r < rows; r++) {
        fputs(r == 0 ? "<thead><tr>" : r == 1 ? "<tbody>\n<tr>" : "<tr>", html->out);
        for (c = 0; c < table->columns; c++)
            put_cell(html, table, r, c, head);
        fputs(r == 0 ? "</tr></thead>\n" : "</tr>\n", html->out);
    }
    fputs(rows > 1 ? "</tbody>" : "", html->out);
    report_html_table_close(html);
    camal_table_clear(table);
    return status;
}

base_status report_html_end(report_html *html, const char *path)
{
    bool failed = ferror(html->out) || fflush(html->out) != 0;

    if (failed) {
        base_log_error("no memory for a page of %zu bytes", html->size);
        return BASE_ERR_MEMORY;
    }
    return base_file_write(path, html->text, html->size);
}

void report_html_clear(report_html *html)
{
    if (!html)
        return;
    if (html->out)
        fclose(html->out);
    free(html->text);
    *html = (report_html){0};
}
