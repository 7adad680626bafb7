/** camal-compare: the paper's Table 1 from the runs of two arms. */
#include "base_log.h"
#include "camal_compare_print.h"
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: camal-compare --default RUN... --proposed RUN... [--format text|markdown|csv|json]\n"
    "\n"
    "Prints the paper's Table 1 from the round files of two arms: labelled counts and best accuracy of each "
    "class,\n"
    "kept classes first, then the excluded ones; beside them the last and the test accuracy, the in-mask "
    "heat-map\n"
    "score, a summary with excluded classes counted as errors, and what can be concluded from it.\n"
    "Runs are paired by seed. Runs of other data sets, splits or first labels are refused. With two seeds or "
    "more,\n"
    "figures are means, and differences come with their 95 % interval.\n"
    "\n"
    "  --default RUN...   run folders of the default arm\n"
    "  --proposed RUN...  run folders of the proposed arm, one for each seed of the default arm\n"
    "  --format F         text (default), markdown, csv (one figure a line) or json\n"
    "  --help             this text\n"
    "  --version          the version\n"
    "\n"
    "examples:\n"
    "  camal-compare --default runs/default --proposed runs/proposed\n"
    "  camal-compare --default runs/default-* --proposed runs/proposed-* --format markdown > table1.md\n"
    "\n"
    "exit codes: 0 done, 1 failure, 2 usage or runs that cannot be compared\n";

typedef enum format { FORMAT_TEXT, FORMAT_MARKDOWN, FORMAT_CSV, FORMAT_JSON, FORMATS } format;

typedef struct request {
    char **standard, **proposed; /* [argc] entries of argv */
    size_t standards, proposeds;
    format format;
    bool done; /* --help or --version has been answered */
} request;

static base_status parse_format(const char *name, format *out)
{
    static const char *const names[FORMATS] = {"text", "markdown", "csv", "json"};
    int i;

    for (i = 0; i < FORMATS; i++) {
        if (strcmp(name, names[i]) != 0)
            continue;
        *out = (format)i;
        return BASE_OK;
    }
    base_log_error("--format is '%s', allowed are text, markdown, csv and json", name);
    return BASE_ERR_USAGE;
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
    if (optind < argc) {
        base_log_error("'%s' belongs to no option; see --help", argv[optind]);
        return BASE_ERR_USAGE;
    }
    if (asked->standards == 0 || asked->proposeds == 0) {
        base_log_error("no run for %s; see --help", asked->standards == 0 ? "--default" : "--proposed");
        return BASE_ERR_USAGE;
    }
    return BASE_OK;
}

static base_status parse(int argc, char **argv, request *asked)
{
    static const struct option options[] = {
        {"default", required_argument, NULL, 'd'}, {"proposed", required_argument, NULL, 'p'},
        {"format", required_argument, NULL, 'f'},  {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'v'},       {0}};
    base_status status;
    int option;

    opterr = 0;
    while ((option = getopt_long(argc, argv, "+", options, NULL)) !=
           -1) { /* +: take_runs() needs argv in order */
        switch (option) {
        case 'd':
            take_runs(argc, argv, asked->standard, &asked->standards);
            break;
        case 'p':
            take_runs(argc, argv, asked->proposed, &asked->proposeds);
            break;
        case 'f':
            status = parse_format(optarg, &asked->format);
            if (status != BASE_OK)
                return status;
            break;
        case 'h':
            fputs(help, stdout);
            asked->done = true;
            return BASE_OK;
        case 'v':
            puts("camal-compare " CAMAL_VERSION);
            asked->done = true;
            return BASE_OK;
        default:
            base_log_error("unknown option, or one without its value: '%s'; see --help", argv[optind - 1]);
            return BASE_ERR_USAGE;
        }
    }
    return check_request(argc, argv, asked);
}

static base_status show(const compare_result *result, format wanted)
{
    switch (wanted) {
    case FORMAT_JSON:
        return compare_export_json(result, stdout);
    case FORMAT_CSV:
        return compare_export_csv(result, stdout);
    default:
        return compare_print(result, wanted == FORMAT_MARKDOWN, stdout);
    }
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
        status = show(&result, asked->format);
    compare_result_clear(&result);
    compare_arms_clear(&arms);
    return status;
}

int main(int argc, char **argv)
{
    request asked = {.format = FORMAT_TEXT};
    base_status status = BASE_ERR_MEMORY;

    asked.standard = calloc((size_t)argc, sizeof *asked.standard);
    asked.proposed = calloc((size_t)argc, sizeof *asked.proposed);
    if (asked.standard && asked.proposed)
        status = parse(argc, argv, &asked);
    else
        base_log_error("no memory for %d arguments", argc);
    if (status == BASE_OK && !asked.done)
        status = compare(&asked);
    free(asked.proposed);
    free(asked.standard);
    if (fflush(stdout) != 0 && status == BASE_OK) {
        base_log_error("cannot write to standard output: %m");
        status = BASE_ERR_IO;
    }
    return base_status_exit_code(status);
}
