#include "report_plot.h"
#include "base_log.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define GNUPLOT_MISSING 127

/* Colours stand for what they are used for and become the page's (report_css): 1, 1, n. */
enum { COLOUR_AXIS = 1, COLOUR_GRID, COLOUR_TEXT, COLOUR_SERIES = 16 };

/* Filled circle, square, triangle, diamond, then open ones; dashes in units of the line's width. */
static const struct {
    int point;
    const char *dash;
} looks[REPORT_SERIES_MAX] = {{7, ""},     {5, "6,3"},     {9, "2,3"}, {13, "8,3,2,3"},
                              {6, "10,4"}, {4, "4,2,1,2"}, {8, "1,3"}, {12, "8,2,2,2,2,2"}};

base_status report_plot_begin(report_plot *plot)
{
    *plot = (report_plot){0};
    plot->script = open_memstream(&plot->script_text, &plot->script_size);
    if (plot->script)
        return BASE_OK;
    base_log_error("no memory for the script of the figures");
    return BASE_ERR_MEMORY;
}

void report_plot_figure(report_plot *plot, const char *name, const char *x, const char *y)
{
    FILE *out = plot->script;

    snprintf(plot->name[plot->figures++], sizeof *plot->name, "%s", name);
    fprintf(out, "reset\nset terminal svg size 420,300 dynamic font 'inherit,13' name '%s' linewidth 1\n",
            name);
    fprintf(out, "set border 3 lc rgb '#0101%02x'\nset tics nomirror out scale 0.5\n", COLOUR_AXIS);
    fprintf(out, "set tics textcolor rgb '#0101%02x'\nset grid y lt 1 lw 0.6 lc rgb '#0101%02x'\n",
            COLOUR_TEXT, COLOUR_GRID);
    fprintf(out, "set xlabel '%s' textcolor rgb '#0101%02x'\nset ylabel '%s' textcolor rgb '#0101%02x'\n", x,
            COLOUR_TEXT, y, COLOUR_TEXT);
    fprintf(out, "set style fill transparent solid 0.18 noborder\nunset key\n");
}

void report_plot_style(report_plot *plot, size_t series, bool sized)
{
    fprintf(plot->script, " lc rgb '#0101%02x' lw 2 pt %d ps %s", (unsigned)(COLOUR_SERIES + series),
            looks[series].point, sized ? "variable" : "0.7");
    if (*looks[series].dash)
        fprintf(plot->script, " dt (%s)", looks[series].dash);
    else
        fprintf(plot->script, " dt solid");
}

void report_plot_fill(report_plot *plot, size_t series)
{
    fprintf(plot->script, " lc rgb '#0101%02x'", (unsigned)(COLOUR_SERIES + series));
}

void report_plot_rule(report_plot *plot)
{
    fprintf(plot->script, " lc rgb '#0101%02x' lw 1 dt solid", COLOUR_AXIS);
}

/* ---- the process ---- */

/* A file without a name that the child reads or writes. */
static base_status open_scratch(FILE **file)
{
    *file = tmpfile();
    if (*file)
        return BASE_OK;
    base_log_error("cannot make a temporary file: %m");
    return BASE_ERR_IO;
}

/* In the child, which may only use what is safe after fork(). */
static void become_gnuplot(FILE *script, FILE *drawn, FILE *said)
{
    static char *const arguments[] = {"gnuplot", "-d", NULL}; /* -d: nobody's settings */

    if (dup2(fileno(script), STDIN_FILENO) >= 0 && dup2(fileno(drawn), STDOUT_FILENO) >= 0 &&
        dup2(fileno(said), STDERR_FILENO) >= 0)
        execvp(arguments[0], arguments);
    _exit(GNUPLOT_MISSING);
}

static base_status judge(int state, FILE *said)
{
    char text[200] = "";
    size_t size;

    if (WIFEXITED(state) && WEXITSTATUS(state) == GNUPLOT_MISSING) {
        base_log_error("cannot run gnuplot, which draws the figures; install the package gnuplot-nox");
        return BASE_ERR_LIBRARY;
    }
    rewind(said);
    size = fread(text, 1, sizeof text - 1, said);
    while (size > 0 && text[size - 1] == '\n')
        text[--size] = 0;
    if (WIFEXITED(state) && WEXITSTATUS(state) == 0 && size == 0)
        return BASE_OK;
    base_log_error("gnuplot failed: %s", size > 0 ? text : "no message");
    return BASE_ERR_LIBRARY;
}

static base_status run_gnuplot(FILE *script, FILE *drawn, FILE *said)
{
    int state = 0;
    pid_t child;

    setenv("LC_ALL", "C", 1); /* decimal points */
    child = fork();
    if (child == 0)
        become_gnuplot(script, drawn, said);
    if (child < 0) {
        base_log_error("cannot start gnuplot: %m");
        return BASE_ERR_LIBRARY;
    }
    while (waitpid(child, &state, 0) < 0) {
        if (errno == EINTR)
            continue;
        base_log_error("cannot wait for gnuplot: %m");
        return BASE_ERR_LIBRARY;
    }
    return judge(state, said);
}

static base_status read_all(FILE *file, char **text)
{
    long size = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    char *made;

    if (size < 0) {
        base_log_error("cannot read the figures: %m");
        return BASE_ERR_IO;
    }
    made = malloc((size_t)size + 1);
    if (!made) {
        base_log_error("no memory for figures of %ld bytes", size);
        return BASE_ERR_MEMORY;
    }
    rewind(file);
    if (fread(made, 1, (size_t)size, file) != (size_t)size) {
        base_log_error("cannot read the figures: %m");
        free(made);
        return BASE_ERR_IO;
    }
    made[size] = 0;
    *text = made;
    return BASE_OK;
}

/* Where each figure starts, and a 0 behind it. */
static base_status split(report_plot *plot)
{
    char *at = plot->drawn;
    size_t i;

    for (i = 0; i < plot->figures; i++) {
        char *start = at ? strstr(at, "<svg") : NULL, *end = start ? strstr(start, "</svg>") : NULL;

        if (!end) {
            base_log_error("gnuplot drew %zu of %zu figures", i, plot->figures);
            return BASE_ERR_LIBRARY;
        }
        *end = 0;
        plot->figure[i] = start;
        at = end + 1;
    }
    return BASE_OK;
}

base_status report_plot_draw(report_plot *plot)
{
    FILE *script = NULL, *drawn = NULL, *said = NULL;
    base_status status;

    if (fflush(plot->script) != 0) {
        base_log_error("no memory for the script of the figures");
        return BASE_ERR_MEMORY;
    }
    status = open_scratch(&script);
    if (status == BASE_OK)
        status = open_scratch(&drawn);
    if (status == BASE_OK)
        status = open_scratch(&said);
    if (status == BASE_OK && (fwrite(plot->script_text, 1, plot->script_size, script) != plot->script_size ||
                              fflush(script) != 0)) {
        base_log_error("cannot write the script of the figures: %m");
        status = BASE_ERR_IO;
    }
    if (status == BASE_OK) {
        rewind(script);
        status = run_gnuplot(script, drawn, said);
    }
    if (status == BASE_OK)
        status = read_all(drawn, &plot->drawn);
    if (status == BASE_OK)
        status = split(plot);
    if (said)
        fclose(said);
    if (drawn)
        fclose(drawn);
    if (script)
        fclose(script);
    return status;
}

/* ---- into the page ---- */

/* The page's colour for gnuplot's at text ("rgb(1, 1, 17)"); returns what follows, NULL if it is none. */
static const char *put_colour(const char *text, report_html *html)
{
    int red, green, blue, size = 0;

    if (sscanf(text, "rgb(%d,%d,%d)%n", &red, &green, &blue, &size) != 3 || size == 0 || red != 1 ||
        green != 1)
        return NULL;
    if (blue >= COLOUR_SERIES)
        report_html_markup(html, "var(--series-%d)", blue - COLOUR_SERIES);
    else
        report_html_markup(html, "var(--%s)",
                           blue == COLOUR_GRID   ? "line"
                           : blue == COLOUR_AXIS ? "axis"
                                                 : "soft");
    return text + size;
}

/* What follows the title or description of a group, which would show as a hint under the mouse; NULL at
 * anything else. */
static const char *skip_title(const char *text)
{
    static const char *const ends[][2] = {{"<title>", "</title>"}, {"<desc>", "</desc>"}};
    size_t i;

    for (i = 0; i < 2; i++)
        if (strncmp(text, ends[i][0], strlen(ends[i][0])) == 0) {
            const char *end = strstr(text, ends[i][1]);

            return end ? end + strlen(ends[i][1]) : NULL;
        }
    return NULL;
}

/* Ids are made the figure's own, since several share the page. */
static bool starts_id(const char *text)
{
    return strncmp(text, "id='", 4) == 0 || strncmp(text, "id=\"", 4) == 0;
}

static size_t find(const report_plot *plot, const char *name)
{
    size_t i = 0;

    while (i < plot->figures && strcmp(plot->name[i], name) != 0)
        i++;
    return i;
}

bool report_plot_has(const report_plot *plot, const char *name)
{
    return find(plot, name) < plot->figures;
}

base_status report_plot_put(const report_plot *plot, const char *name, const char *label, report_html *html)
{
    size_t i = find(plot, name);
    const char *at, *next;

    if (i == plot->figures) {
        base_log_error("figure '%s' was not drawn", name);
        return BASE_ERR_INTERNAL;
    }
    report_html_markup(html, "<svg role=\"img\" aria-label=\"");
    report_html_text(html, label);
    report_html_markup(html, "\"");
    for (at = plot->figure[i] + strlen("<svg"); *at;) {
        if (*at == 'r' && (next = put_colour(at, html)) != NULL) {
            at = next;
        } else if (*at == '<' && (next = skip_title(at)) != NULL) {
            at = next;
        } else if (*at == 'i' && starts_id(at)) {
            report_html_markup(html, "%.4s%s-", at, name);
            at += 4;
        } else if (*at == '#' && strncmp(at, "#gp", 3) == 0) {
            report_html_markup(html, "#%s-", name);
            at++;
        } else {
            putc(*at++, html->out);
        }
    }
    report_html_markup(html, "</svg>\n");
    return BASE_OK;
}

void report_plot_swatch(const char *name, size_t series, report_html *html)
{
    report_html_markup(html,
                       "<svg class=\"swatch\" viewBox=\"0 0 40 12\" aria-hidden=\"true\"><path d=\"M0,6h40\" "
                       "stroke=\"var(--series-%zu)\" stroke-width=\"2\" stroke-dasharray=\"%s\"/>"
                       "<use href=\"#%s-gpPt%d\" transform=\"translate(20,6) scale(4)\" "
                       "color=\"var(--series-%zu)\"/></svg>",
                       series, *looks[series].dash ? looks[series].dash : "none", name,
                       looks[series].point - 1, series);
}

void report_plot_clear(report_plot *plot)
{
    if (!plot)
        return;
    if (plot->script)
        fclose(plot->script);
    free(plot->script_text);
    free(plot->drawn);
    *plot = (report_plot){0};
}
