/** camal-compare: the paper's Table 1 from the runs of two arms. */
#include "base_log.h"
#include "base_options.h"
#include "camal_compare_print.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: camal-compare --default RUN... --proposed RUN... [--format F] [--out FILE]\n"
    "\n"
    "Print the paper's Table 1 from the runs of two arms.\n"
    "\n"
    "Labelled counts and best accuracy of each class, kept classes first, then the excluded ones; beside\n"
    "them the last and the test accuracy, the in-mask heat-map score, a summary with excluded classes\n"
    "counted as errors, and what can be concluded from it. Runs are paired by seed. Runs of other data\n"
    "sets, splits or first labels are refused. With two seeds or more, figures are means, and differences\n"
    "come with their 95 % interval.\n"
    "\n"
    "options:\n"
    "  --default RUN...   run folders of the default arm\n"
    "  --proposed RUN...  run folders of the proposed arm, one for each seed of the default arm\n"
    "  --format text|markdown|csv|json\n"
    "                     csv: one figure a line (default text)\n"
    "  --json             the same as --format json\n"
    "  -o, --out FILE     write there, not to standard output\n"
    "  -h, --help         this text\n"
    "  -V, --version      camal's version\n"
    "\n"
    "examples:\n"
    "  camal-compare --default runs/default --proposed runs/proposed\n"
    "  camal-compare --default runs/default-* --proposed runs/proposed-* --format markdown > table1.md\n"
    "\n"
    "exit codes: 0 done, 1 failure, 2 usage or runs that cannot be compared\n";

static void help(FILE *out)
{
    fputs(usage, out);
}

typedef enum format { FORMAT_TEXT, FORMAT_MARKDOWN, FORMAT_CSV, FORMAT_JSON, FORMATS } format;

typedef struct request {
    char **standard, **proposed; /* [argc] entries of argv */
    size_t standards, proposeds;
    format format;
    const char *out; /* NULL: standard output */
} request;

static base_status parse_format(const char *name, format *out)
{
    static const char *const names[FORMATS] = {"text", "markdown", "csv", "json"};
    size_t which;
    base_status status = base_options_choice("--format", name, names, FORMATS, &which);

    if (status == BASE_OK)
        *out = (format)which;
    return status;
}

/* The runs that follow an option's first, up to the next option. */
static void take_runs(int argc, char **argv, char **runs, size_t *count)
{
    runs[(*count)++] = optarg;
    while (optind < argc && argv[optind][0] != '-')
        runs[(*count)++] = argv[optind++];
}

static base_status check_request(int argc, char **argv, const request *asked)
{
    if (optind < argc)
        return base_options_refuse("'%s' belongs to no option", argv[optind]);
    if (asked->standards == 0 || asked->proposeds == 0)
        return base_options_refuse("no run for %s", asked->standards == 0 ? "--default" : "--proposed");
    return BASE_OK;
}

static base_status parse(int argc, char **argv, request *asked)
{
    static const struct option known[] = {
        {"default", required_argument, NULL, 'd'}, {"proposed", required_argument, NULL, 'p'},
        {"format", required_argument, NULL, 'f'},  {"json", no_argument, NULL, 'j'},
        {"out", required_argument, NULL, 'o'},     {NULL, 0, NULL, 0}};
    base_status status = BASE_OK;
    int option;

    /* "+": take_runs() needs argv in order */
    while (status == BASE_OK && (option = base_options_next(argc, argv, "+o:", known)) != -1) {
        if (option == 'd')
            take_runs(argc, argv, asked->standard, &asked->standards);
        else if (option == 'p')
            take_runs(argc, argv, asked->proposed, &asked->proposeds);
        else if (option == 'f')
            status = parse_format(optarg, &asked->format);
        else if (option == 'j')
            asked->format = FORMAT_JSON;
        else if (option == 'o')
            asked->out = optarg;
        else
            status = BASE_ERR_USAGE;
    }
    return status == BASE_OK ? check_request(argc, argv, asked) : status;
}

static base_status print(const compare_result *result, format wanted, FILE *out)
{
    switch (wanted) {
    case FORMAT_JSON:
        return compare_export_json(result, out);
    case FORMAT_CSV:
        return compare_export_csv(result, out);
    default:
        return compare_print(result, wanted == FORMAT_MARKDOWN, out);
    }
}

static base_status show(const compare_result *result, const request *asked)
{
    const char *name = asked->out ? asked->out : "standard output";
    FILE *out = asked->out ? fopen(asked->out, "w") : stdout;
    base_status status;

    if (!out) {
        base_log_error("--out %s: cannot be written: %s", asked->out, strerror(errno));
        return BASE_ERR_USAGE;
    }
    status = print(result, asked->format, out);
    if (fclose(out) != 0 && status == BASE_OK) {
        base_log_error("%s: cannot be written: %s", name, strerror(errno));
        status = BASE_ERR_IO;
    }
    return status;
}

static base_status compare(const request *asked)
{
    compare_result result = {0};
    compare_arms arms = {0};
    base_status status;

    status = compare_arms_read(asked->standard, asked->standards, asked->proposed, asked->proposeds, &arms);
    if (status == BASE_OK)
        status = compare_result_of(&arms, &result);
    if (status == BASE_OK)
        status = show(&result, asked);
    compare_result_clear(&result);
    compare_arms_clear(&arms);
    return status;
}

int main(int argc, char **argv)
{
    request asked = {.format = FORMAT_TEXT};
    base_status status = BASE_ERR_MEMORY;

    if (base_options_answer(argc, argv, help, &status))
        return base_status_exit_code(status);
    asked.standard = calloc((size_t)argc, sizeof *asked.standard);
    asked.proposed = calloc((size_t)argc, sizeof *asked.proposed);
    if (asked.standard && asked.proposed)
        status = parse(argc, argv, &asked);
    else
        base_log_error("no memory for %d arguments", argc);
    if (status == BASE_OK)
        status = compare(&asked);
    free(asked.proposed);
    free(asked.standard);
    return base_status_exit_code(status);
}
