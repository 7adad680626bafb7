/** camal-compare: the paper's Table 1 from the runs of two arms; or all arms of a study. */
#include "base_file.h"
#include "base_log.h"
#include "base_options.h"
#include "camal_compare_print.h"
#include "study_tables.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: camal-compare --default RUN... --proposed RUN... [--format F] [--out FILE]\n"
    "       camal-compare --study STUDY.yaml [--results FILE] [--save FILE] [--part P]... [--dataset D]\n"
    "\n"
    "Print the paper's Table 1 of two arms, or compare all arms of a study.\n"
    "\n"
    "Table 1: labelled counts and best accuracy of each class, kept classes first, then the excluded ones;\n"
    "beside them the last and the test accuracy, the in-mask heat-map score, a summary with excluded "
    "classes\n"
    "counted as errors, and what can be concluded from it. Runs are paired by seed. Runs of other data\n"
    "sets, splits or first labels are refused. With two seeds or more, figures are means, and differences\n"
    "come with their 95 % interval.\n"
    "\n"
    "A study (camal-study): for each data set the arms' means over seeds; differences, paired by seed, from\n"
    "the arms that compare.against names, with bootstrap intervals; labels saved at equal accuracy; what\n"
    "each part of the proposed arm gives; a verdict in words; and the same over all data sets. Runs that "
    "are\n"
    "not done are left out. What test data show decides nothing.\n"
    "\n"
    "options:\n"
    "  --default RUN...   run folders of the default arm\n"
    "  --proposed RUN...  run folders of the proposed arm, one for each seed of the default arm\n"
    "  --study FILE       a study file: compare its arms\n"
    "  --results FILE     with --study: read what --save wrote, not the run folders\n"
    "  --save FILE        with --study: write each run's and round's numbers there, as JSON lines\n"
    "  --part arms|classes|against|claim|ablation|notes\n"
    "                     with --study: only this part of the text; may be given several times\n"
    "  --dataset D        with --study: only this data set of the text; all: what all say together\n"
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
    "  camal-compare --study jobs/studies/strategies.yaml --save jobs/studies/strategies.jsonl\n"
    "  camal-compare --study jobs/studies/strategies.yaml --results jobs/studies/strategies.jsonl\n"
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
    const char *out;                    /* NULL: standard output */
    const char *study, *results, *save; /* NULL: not given */
    study_view view;
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
    if (asked->study)
        return asked->standards + asked->proposeds == 0
                   ? BASE_OK
                   : base_options_refuse("--study goes neither with --default nor with --proposed");
    if (asked->results || asked->save || asked->view.parts || asked->view.dataset)
        return base_options_refuse("--results, --save, --part and --dataset are for --study");
    if (asked->standards == 0 || asked->proposeds == 0)
        return base_options_refuse("no run for %s", asked->standards == 0 ? "--default" : "--proposed");
    return BASE_OK;
}

static base_status take_part(const char *name, study_view *view)
{
    size_t which;
    base_status status = base_options_choice("--part", name, study_part_names, STUDY_PARTS, &which);

    if (status == BASE_OK)
        view->parts |= 1u << which;
    return status;
}

static base_status take_option(int option, int argc, char **argv, request *asked)
{
    base_status status = BASE_OK;

    switch (option) {
    case 'd':
        take_runs(argc, argv, asked->standard, &asked->standards);
        break;
    case 'p':
        take_runs(argc, argv, asked->proposed, &asked->proposeds);
        break;
    case 's':
        asked->study = optarg;
        break;
    case 'r':
        asked->results = optarg;
        break;
    case 'w':
        asked->save = optarg;
        break;
    case 't':
        status = take_part(optarg, &asked->view);
        break;
    case 'n':
        asked->view.dataset = optarg;
        break;
    case 'f':
        status = parse_format(optarg, &asked->format);
        break;
    case 'j':
        asked->format = FORMAT_JSON;
        break;
    case 'o':
        asked->out = optarg;
        break;
    default: /* told already */
        status = BASE_ERR_USAGE;
    }
    return status;
}

static base_status parse(int argc, char **argv, request *asked)
{
    static const struct option known[] = {{"default", required_argument, NULL, 'd'},
                                          {"proposed", required_argument, NULL, 'p'},
                                          {"study", required_argument, NULL, 's'},
                                          {"results", required_argument, NULL, 'r'},
                                          {"save", required_argument, NULL, 'w'},
                                          {"part", required_argument, NULL, 't'},
                                          {"dataset", required_argument, NULL, 'n'},
                                          {"format", required_argument, NULL, 'f'},
                                          {"json", no_argument, NULL, 'j'},
                                          {"out", required_argument, NULL, 'o'},
                                          {NULL, 0, NULL, 0}};
    base_status status = BASE_OK;
    int option;

    /* "+": take_runs() needs argv in order */
    while (status == BASE_OK && (option = base_options_next(argc, argv, "+o:", known)) != -1)
        status = take_option(option, argc, argv, asked);
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

static base_status print_study(const study_summary *summary, const request *asked, FILE *out)
{
    study_view view = asked->view;

    if (asked->format == FORMAT_JSON)
        return study_export_json(summary, out);
    if (asked->format == FORMAT_CSV)
        return study_export_csv(summary, out);
    view.markdown = asked->format == FORMAT_MARKDOWN;
    view.parts = view.parts ? view.parts : UINT32_MAX;
    return study_tables_print(summary, &view, out);
}

/* One of the two is there. */
static base_status print_either(const compare_result *result, const study_summary *summary,
                                const request *asked, FILE *out)
{
    return result ? print(result, asked->format, out) : print_study(summary, asked, out);
}

/* A file is written whole or not at all. */
static base_status write_file(const compare_result *result, const study_summary *summary,
                              const request *asked)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    base_status status = BASE_ERR_MEMORY;

    if (out) {
        status = print_either(result, summary, asked, out);
        if (fclose(out) != 0 && status == BASE_OK)
            status = BASE_ERR_MEMORY;
    }
    if (status == BASE_ERR_MEMORY)
        base_log_error("--out %s: no memory to write it", asked->out);
    if (status == BASE_OK)
        status = base_file_write(asked->out, text, size);
    free(text);
    return status;
}

static base_status show(const compare_result *result, const study_summary *summary, const request *asked)
{
    base_status status;

    if (asked->out)
        return write_file(result, summary, asked);
    status = print_either(result, summary, asked, stdout);
    if (fclose(stdout) != 0 && status == BASE_OK) {
        base_log_error("standard output: cannot be written: %s", strerror(errno));
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
        status = show(&result, NULL, asked);
    compare_result_clear(&result);
    compare_arms_clear(&arms);
    return status;
}

/* The data set that is asked for, the number of data sets for "all", or STUDY_EVERY_DATASET. */
static size_t find_dataset(const request *asked, const study_file *study)
{
    size_t d = 0;

    if (asked->view.parts == 1u << STUDY_PART_NOTES && asked->format <= FORMAT_MARKDOWN)
        return study->dataset_count + 1; /* notes need no figures */
    if (!asked->view.dataset || asked->format == FORMAT_CSV || asked->format == FORMAT_JSON)
        return STUDY_EVERY_DATASET;
    while (d < study->dataset_count && strcmp(study->datasets[d].name, asked->view.dataset) != 0)
        d++;
    return d;
}

static base_status check_dataset(const request *asked, const study_file *study)
{
    size_t d = find_dataset(asked, study);

    if (!asked->view.dataset || d != study->dataset_count || strcmp(asked->view.dataset, "all") == 0)
        return BASE_OK;
    return base_options_refuse("--dataset %s: %s has no data set of that name", asked->view.dataset,
                               study->path);
}

static base_status compare_study(const request *asked)
{
    study_file study = {0};
    study_results results = {0};
    study_summary summary = {0};
    base_status status = study_file_read(asked->study, &study);

    if (status == BASE_OK)
        status = check_dataset(asked, &study);
    if (status == BASE_OK)
        status = study_results_create(&study, &results);
    if (status == BASE_OK)
        status = asked->results ? study_results_load(&results, asked->results) : study_results_read(&results);
    if (status == BASE_OK && asked->save)
        status = study_results_save(&results, asked->save);
    if (status == BASE_OK)
        status = study_summary_of(&results, find_dataset(asked, &study), &summary);
    if (status == BASE_OK)
        status = show(NULL, &summary, asked);
    study_summary_clear(&summary);
    study_results_clear(&results);
    study_file_clear(&study);
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
        status = asked.study ? compare_study(&asked) : compare(&asked);
    free(asked.proposed);
    free(asked.standard);
    return base_status_exit_code(status);
}
