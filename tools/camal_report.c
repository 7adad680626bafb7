/** camal-report: one HTML file on one run, several side by side, or two arms. */
#include "base_log.h"
#include "base_options.h"
#include "report_page.h"
#include "report_words.h"
#include <stdlib.h>
#include <sys/stat.h>

#define PICTURES     3 /* of a class in a round */
#define PICTURES_MAX 1000

static void help(FILE *out)
{
    fputs("usage: camal-report RUN... -o R.html [--dataset DATA.h5]\n"
          "       camal-report --default RUN... --proposed RUN... -o R.html [--dataset DATA.h5]\n"
          "\n"
          "Make one HTML file of the rounds of runs, to be read without a network.\n"
          "\n"
          "On a screen, a phone and in print: what it comes to, Table 1, accuracy against labels, status of "
          "the\n"
          "classes, budget, confusion, reliability, what was chosen and why, what is right for the wrong "
          "reason,\n"
          "time, and provenance. Runs are shown side by side; runs of two arms are paired by seed, as by\n"
          "camal-compare, and differences come with their interval.\n"
          "\n"
          "options:\n"
          "  --default RUN...   run folders of the default arm\n"
          "  --proposed RUN...  run folders of the proposed arm, one for each seed of the default arm\n"
          "  -o, --out R.html   the report\n"
          "  --dataset DATA.h5  the data set of the runs: with it, samples are shown with their heat maps\n"
          "  --pictures N       chosen samples shown of each class in each round, 0..1000 (default 3);\n"
          "                     fewer where the file would grow beyond about 4 MB\n"
          "  -q, --quiet        say warnings and errors only\n"
          "  -h, --help         this text\n"
          "  -V, --version      camal's version\n"
          "\n"
          "Figures are drawn by gnuplot (Debian's gnuplot-nox).\n"
          "\n"
          "examples:\n"
          "  camal-report --default runs/default --proposed runs/proposed --dataset data.h5 -o report.html\n"
          "  camal-report --default runs/default-* --proposed runs/proposed-* -o seeds.html\n"
          "  camal-report runs/margin runs/entropy --dataset data.h5 -o two.html\n"
          "\n"
          "exit codes: 0 done, 1 failure (gnuplot is missing, the report cannot be written), 2 usage or runs "
          "that do\n"
          "not go together\n",
          out);
}

/* ---- the command line ---- */

typedef struct request {
    report_request runs;
    const char *out;
    uint64_t pictures;
} request;

/* The runs that follow an option's first, up to the next option. */
static void take_runs(int argc, char **argv, char **runs, size_t *count)
{
    runs[(*count)++] = optarg;
    while (optind < argc && argv[optind][0] != '-')
        runs[(*count)++] = argv[optind++];
}

static base_status check_request(const request *asked)
{
    const report_request *runs = &asked->runs;

    if (!asked->out)
        return base_options_refuse("no --out FILE for the report");
    if (runs->runs > 0 && (runs->standards > 0 || runs->proposeds > 0))
        return base_options_refuse(
            "'%s' stands beside --default and --proposed: runs are of two arms, or none is", runs->run[0]);
    if (runs->runs == 0 && runs->standards == 0 && runs->proposeds == 0)
        return base_options_refuse("no run to report on");
    if (runs->runs == 0 && (runs->standards == 0 || runs->proposeds == 0))
        return base_options_refuse("no run for %s", runs->standards == 0 ? "--default" : "--proposed");
    if (runs->runs > REPORT_SERIES_MAX)
        return base_options_refuse("%zu runs, at most %d are shown side by side", runs->runs,
                                   REPORT_SERIES_MAX);
    if (runs->standards > REPORT_RUNS_MAX || runs->proposeds > REPORT_RUNS_MAX)
        return base_options_refuse("%zu runs of an arm, at most %d are allowed",
                                   runs->standards > runs->proposeds ? runs->standards : runs->proposeds,
                                   REPORT_RUNS_MAX);
    return BASE_OK;
}

static base_status parse(int argc, char **argv, request *asked)
{
    static const struct option known[] = {{"default", required_argument, NULL, 'd'},
                                          {"proposed", required_argument, NULL, 'p'},
                                          {"out", required_argument, NULL, 'o'},
                                          {"dataset", required_argument, NULL, 'D'},
                                          {"pictures", required_argument, NULL, 'n'},
                                          {"quiet", no_argument, NULL, 'q'},
                                          {0}};
    base_status status = BASE_OK;
    int option;

    while (status == BASE_OK && optind < argc) {
        if (argv[optind][0] != '-') { /* in order, since take_runs() needs argv so */
            asked->runs.run[asked->runs.runs++] = argv[optind++];
            continue;
        }
        option = base_options_next(argc, argv, "+o:q", known);
        switch (option) {
        case 'd':
            take_runs(argc, argv, asked->runs.standard, &asked->runs.standards);
            break;
        case 'p':
            take_runs(argc, argv, asked->runs.proposed, &asked->runs.proposeds);
            break;
        case 'o':
            asked->out = optarg;
            break;
        case 'D':
            asked->runs.dataset = optarg;
            break;
        case 'n':
            status = base_options_whole("--pictures", optarg, 0, PICTURES_MAX, &asked->pictures);
            break;
        case 'q':
            base_options_quiet();
            break;
        case -1: /* "--": what follows are runs */
            while (optind < argc)
                asked->runs.run[asked->runs.runs++] = argv[optind++];
            break;
        default:
            status = BASE_ERR_USAGE;
        }
    }
    return status == BASE_OK ? check_request(asked) : status;
}

/* ---- the report ---- */

static const struct section {
    const char *id, *title;
    base_status (*plot)(report_page *page); /* ask for figures; NULL: there are none */
    base_status (*write)(report_page *page);
} plan[] = {
    {"table-1", "Table 1: labels and accuracy by class", NULL, report_table_write},
    {"curves", "Accuracy against labels", report_curves_plot, report_curves_write},
    {"timeline", "Status of the classes", NULL, report_timeline_write},
    {"budget", "Where the budget went", NULL, report_budget_write},
    {"confusion", "Confusion matrix", NULL, report_confusion_write},
    {"reliability", "Reliability and calibration", report_reliability_plot, report_reliability_write},
    {"gallery", "What was chosen, and why", NULL, report_gallery_write},
    {"reasons", "Right for the wrong reason", NULL, report_reasons_write},
    {"time", "Time", NULL, report_time_write},
    {"provenance", "Provenance", NULL, report_provenance_write},
};

enum { SECTIONS = sizeof plan / sizeof *plan };

static const char *title_of(const report_page *page, size_t i)
{
    return i == 0 && !page->data->paired ? "Labels and accuracy by class" : plan[i].title;
}

static base_status plot_all(report_page *page)
{
    base_status status = report_plot_begin(&page->plot);
    size_t i;

    for (i = 0; i < SECTIONS && status == BASE_OK; i++)
        if (plan[i].plot)
            status = plan[i].plot(page);
    return status == BASE_OK ? report_plot_draw(&page->plot) : status;
}

static void put_names(report_page *page)
{
    const report_data *data = page->data;
    size_t s;

    for (s = 0; s < data->count; s++) {
        report_html_markup(&page->html, s == 0 ? "" : s + 1 == data->count ? " and " : ", ");
        report_html_text(&page->html, data->series[s].name);
    }
}

static void put_subtitle(report_page *page)
{
    const report_run *run = &page->data->series[0].run[0];
    char seeds[32], rounds[32];

    report_words_count(page->data->series[0].runs, "seed", "seeds", seeds, sizeof seeds);
    report_words_count((size_t)run->facts->rounds, "round", "rounds", rounds, sizeof rounds);
    report_html_markup(&page->html, "<p class=\"soft\">");
    report_html_textf(&page->html, "%zu samples of %zu classes, %s of labelling, %s; data set %.8s",
                      run->facts->samples, page->data->classes, rounds, seeds, run->facts->digest);
    report_html_markup(&page->html, "</p>\n");
}

static void put_head(report_page *page)
{
    report_html *html = &page->html;
    size_t i;

    report_html_markup(
        html, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
              "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
              "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
              "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n" /* no network */
              "<meta name=\"color-scheme\" content=\"light dark\">\n"
              "<meta name=\"generator\" content=\"camal-report " CAMAL_VERSION "\">\n"
              "<link rel=\"icon\" href=\"data:,\">\n<title>camal report: ");
    put_names(page);
    report_html_markup(html, "</title>\n<style>\n%s</style>\n</head>\n<body>\n", report_css);
    report_html_markup(
        html, "<a class=\"skip\" href=\"#main\">Skip to the report</a>\n<header>\n<h1>Active learning: ");
    put_names(page);
    report_html_markup(html, "</h1>\n");
    put_subtitle(page);
    report_html_markup(html, "</header>\n<nav aria-label=\"Sections\"><ul>\n");
    for (i = 0; i < SECTIONS; i++)
        report_html_markup(html, "<li><a href=\"#%s\">%s</a></li>\n", plan[i].id, title_of(page, i));
    report_html_markup(html, "</ul></nav>\n<main id=\"main\" tabindex=\"-1\">\n");
}

static base_status write_all(report_page *page)
{
    base_status status;
    size_t i;

    put_head(page);
    status = report_verdict_write(page);
    for (i = 0; i < SECTIONS && status == BASE_OK; i++) {
        report_html_markup(&page->html,
                           "<section id=\"%s\" aria-labelledby=\"%s-title\">\n<h2 id=\"%s-title\">%s</h2>\n",
                           plan[i].id, plan[i].id, plan[i].id, title_of(page, i));
        status = plan[i].write(page);
        report_html_markup(&page->html, "</section>\n");
    }
    report_html_markup(&page->html,
                       "</main>\n<footer><p>Made by camal-report " CAMAL_VERSION
                       " from the round files%s.</p></footer>\n<script>\n%s</script>\n</body>\n</html>\n",
                       page->data->dataset ? " and the data set" : " alone", report_js);
    return status;
}

/* The report takes the place of what is there: let that be no device and no folder. */
static base_status check_out(const char *path)
{
    struct stat about;

    if (stat(path, &about) != 0 || S_ISREG(about.st_mode))
        return BASE_OK;
    base_log_error("%s is there and not a regular file: name another --out", path);
    return BASE_ERR_USAGE;
}

static base_status report(const request *asked)
{
    report_data data = {0};
    report_page page = {.data = &data, .pictures = (size_t)asked->pictures};
    base_status status = check_out(asked->out);

    if (status == BASE_OK)
        status = report_data_read(&asked->runs, &data);
    if (status == BASE_OK)
        status = plot_all(&page);
    if (status == BASE_OK)
        status = report_html_begin(&page.html);
    if (status == BASE_OK)
        status = write_all(&page);
    if (status == BASE_OK)
        status = report_html_end(&page.html, asked->out);
    if (status == BASE_OK)
        base_log_info("%s: %zu bytes", asked->out, page.html.size);
    report_html_clear(&page.html);
    report_plot_clear(&page.plot);
    report_data_clear(&data);
    return status;
}

int main(int argc, char **argv)
{
    request asked = {.pictures = PICTURES};
    base_status status;

    if (base_options_answer(argc, argv, help, &status))
        return base_status_exit_code(status);
    asked.runs.run = calloc((size_t)argc, sizeof *asked.runs.run);
    asked.runs.standard = calloc((size_t)argc, sizeof *asked.runs.standard);
    asked.runs.proposed = calloc((size_t)argc, sizeof *asked.runs.proposed);
    if (asked.runs.run && asked.runs.standard && asked.runs.proposed) {
        status = parse(argc, argv, &asked);
    } else {
        base_log_error("no memory for %d arguments", argc);
        status = BASE_ERR_MEMORY;
    }
    if (status == BASE_OK)
        status = report(&asked);
    free(asked.runs.proposed);
    free(asked.runs.standard);
    free(asked.runs.run);
    return base_status_exit_code(status);
}
