/** camal-label: answers of people, from the files of their tools to the run that waits for them. */
#include "base_log.h"
#include "base_options.h"
#include "camal_label_pictures.h"
#include "camal_label_run.h"
#include "oracle_import.h"
#include "oracle_studio.h"
#include <stdlib.h>
#include <string.h>

#define LOCAL_FILES "/data/local-files/?d="

static const char usage[] =
    "usage: camal-label RUN FILE... [options]\n"
    "       camal-label RUN --status | --finish | --format F | --export-pictures DIR [options]\n"
    "\n"
    "Take answers of people to what a run asks.\n"
    "\n"
    "It asks in RUN/queries/round-NNN.json; answers come from the exports of people's tools: COCO\n"
    "JSON of CVAT or Label Studio, Label Studio's JSON or JSON_MIN, or the query file with its categories\n"
    "changed. Boxes, polygons, masks and choices are read.\n"
    "Answers may come in parts and from several people. Whatever is wrong in a file is named, and\n"
    "then nothing is taken from any.\n"
    "\n"
    "options:\n"
    "  --by NAME              who answered, whatever a file says (needed where it says nothing)\n"
    "  --cant-tell NAME       category, choice or ticked attribute that says that nobody can tell (default\n"
    "                         \"can't tell\"); a skipped task of Label Studio says so, too\n"
    "  --conflict open|newest|majority\n"
    "                         samples with two classes: open until people agree, the newest answer, or that\n"
    "                         of most people; kept for the round (at first: open)\n"
    "  --ignore-others        leave out annotations of pictures that were not asked for\n"
    "  --status               say what is answered and what is open, change nothing\n"
    "  --finish               go on without answers to what is open: it stays in the pool\n"
    "  --format label-studio|label-studio-interface\n"
    "                         write the queries as tasks to import, or the labelling interface for them, to\n"
    "                         standard output\n"
    "  --image-root-url URL   what comes before a picture's name in tasks (default " LOCAL_FILES ")\n"
    "  --export-pictures DIR  write the crops of the queries as DIR/query-ID.png, to be labelled where the\n"
    "                         pictures are not; what is said of such a picture is the answer\n"
    "  --dataset FILE         the data set, for --export-pictures (default: as RUN/run.yaml says)\n"
    "  --open                 --format and --export-pictures: only what is open\n"
    "  --round N              of this round, 0..9999 (default: the newest that has asked)\n"
    "  -q, --quiet            say warnings and errors only\n"
    "  -h, --help             this text\n"
    "  -V, --version          camal's version\n"
    "\n"
    "files in RUN/queries: round-NNN.json and .txt, what is asked and the names of its pictures;\n"
    "round-NNN.labels.json, the answers so far; round-NNN.new.json, boxes and outlines that people drew\n"
    "beyond answers, for camal-ingest: give it beside the run's own --annotations, with --group-duplicates.\n"
    "Two people who differ, and what they agree on, is said each time.\n"
    "\n"
    "examples:\n"
    "  camal-label runs/line3 instances_default.json --by ann\n"
    "  camal-label runs/line3 project-7.json --conflict majority\n"
    "  camal-label runs/line3 --format label-studio --image-root-url https://host/images/ > tasks.json\n"
    "  camal-label runs/line3 --status\n"
    "\n"
    "exit codes: 0 all is answered, 1 failure, 2 usage or input, nothing changed, 3 samples are open\n";

enum {
    OPTION_BY = 256,
    CANT_TELL,
    CONFLICT,
    OTHERS,
    STATUS,
    FINISH,
    FORMAT,
    ROOT,
    PICTURES,
    DATASET,
    OPEN,
    ROUND
};

typedef enum label_format { FORMAT_NONE, FORMAT_STUDIO, FORMAT_INTERFACE } label_format;

typedef struct request {
    const char *run, *dataset, *pictures, *root_url;
    char **file; /* [files] */
    size_t files;
    oracle_import_options import;
    int32_t round;
    int conflict; /* -1: as it was */
    label_format format;
    bool status, finish, open;
} request;

static void help(FILE *out)
{
    fputs(usage, out);
}

/* ---- the command line ---- */

static base_status take_value(int code, const char *text, request *asked)
{
    static const char *const formats[] = {"label-studio", "label-studio-interface"};
    base_status status = BASE_OK;
    uint64_t number;
    size_t index;

    switch (code) {
    case OPTION_BY:
        asked->import.by = text;
        if (!oracle_labels_is_name(text))
            status = base_options_refuse("--by \"%.80s\": allowed are 1 to %d bytes of UTF-8 without control "
                                         "characters",
                                         text, STORE_ANNOTATOR_MAX - 1);
        break;
    case CANT_TELL:
        asked->import.cant_tell = text;
        break;
    case CONFLICT:
        status = base_options_choice("--conflict", text, oracle_conflict_names, ORACLE_CONFLICTS, &index);
        asked->conflict = status == BASE_OK ? (int)index : -1;
        break;
    case FORMAT:
        status = base_options_choice("--format", text, formats, 2, &index);
        asked->format = status == BASE_OK ? (label_format)(index + 1) : FORMAT_NONE;
        break;
    case ROOT:
        asked->root_url = text;
        break;
    case PICTURES:
        asked->pictures = text;
        break;
    case DATASET:
        asked->dataset = text;
        break;
    default:
        status = base_options_whole("--round", text, 0, 9999, &number);
        asked->round = status == BASE_OK ? (int32_t)number : -1;
    }
    return status;
}

static base_status check_request(const request *asked)
{
    bool changes = asked->files > 0 || asked->finish || asked->conflict >= 0;
    int kinds = changes + asked->status + (asked->format != FORMAT_NONE) + (asked->pictures != NULL);

    if (!asked->run)
        return base_options_refuse("a RUN folder is needed");
    if (kinds == 0)
        return base_options_refuse(
            "nothing to do: give FILE, --status, --finish, --format or --export-pictures");
    if (kinds > 1)
        return base_options_refuse("%s",
                                   "FILE, --finish and --conflict change labels; --status, --format and "
                                   "--export-pictures do not: ask for one of them");
    return BASE_OK;
}

static base_status parse(int argc, char **argv, request *asked)
{
    static const struct option known[] = {{"by", required_argument, NULL, OPTION_BY},
                                          {"cant-tell", required_argument, NULL, CANT_TELL},
                                          {"conflict", required_argument, NULL, CONFLICT},
                                          {"ignore-others", no_argument, NULL, OTHERS},
                                          {"status", no_argument, NULL, STATUS},
                                          {"finish", no_argument, NULL, FINISH},
                                          {"format", required_argument, NULL, FORMAT},
                                          {"image-root-url", required_argument, NULL, ROOT},
                                          {"export-pictures", required_argument, NULL, PICTURES},
                                          {"dataset", required_argument, NULL, DATASET},
                                          {"open", no_argument, NULL, OPEN},
                                          {"round", required_argument, NULL, ROUND},
                                          {"quiet", no_argument, NULL, 'q'},
                                          {NULL, 0, NULL, 0}};
    base_status status = BASE_OK;
    int code;

    *asked =
        (request){.round = -1, .conflict = -1, .root_url = LOCAL_FILES, .import.cant_tell = ORACLE_CANT_TELL};
    while (status == BASE_OK && (code = base_options_next(argc, argv, "q", known)) != -1) {
        if (code == '?')
            status = BASE_ERR_USAGE;
        else if (code == 'q')
            base_options_quiet();
        else if (code == OTHERS)
            asked->import.ignore_others = true;
        else if (code == STATUS)
            asked->status = true;
        else if (code == FINISH)
            asked->finish = true;
        else if (code == OPEN)
            asked->open = true;
        else
            status = take_value(code, optarg, asked);
    }
    if (status != BASE_OK)
        return status;
    if (optind < argc) {
        asked->run = argv[optind];
        asked->file = argv + optind + 1;
        asked->files = (size_t)(argc - optind - 1);
    }
    return check_request(asked);
}

/* ---- the work ---- */

static void print_import(const char *path, const oracle_import *c)
{
    base_log_info(
        "%s: %zu answers new, %zu changed, %zu as before, %zu older than what the same person said; "
        "boxes kept: %zu of new objects, %zu drawn anew or outlined",
        path, c->added, c->changed, c->same, c->outdated, c->fresh, c->redrawn);
    if (c->empty > 0)
        base_log_info("%s: %zu annotations without a class: not answered", path, c->empty);
    if (c->others > 0)
        base_log_info("%s: %zu annotations of other pictures left out", path, c->others);
    if (c->unread > 0)
        base_log_warn("%s: %zu results are not read: allowed are rectanglelabels, polygonlabels and choices",
                      path, c->unread);
}

static base_status change(const request *asked, label_run *run)
{
    base_status status = label_run_claim(run);
    oracle_import counts;
    size_t i;

    if (status == BASE_OK && oracle_queries_class(&run->queries, asked->import.cant_tell) >= 0) {
        base_log_error(
            "\"%s\" is a class of the data set: say with --cant-tell what else stands for what nobody "
            "can tell",
            asked->import.cant_tell);
        status = BASE_ERR_USAGE;
    }
    for (i = 0; status == BASE_OK && i < asked->files; i++) {
        status = oracle_import_file(asked->file[i], &run->queries, &asked->import, &run->labels, &run->boxes,
                                    &counts);
        if (status == BASE_OK)
            print_import(asked->file[i], &counts);
    }
    if (asked->conflict >= 0)
        run->labels.conflict = (oracle_conflict)asked->conflict;
    run->labels.finished = run->labels.finished || asked->finish;
    return status == BASE_OK ? label_run_save(run) : status;
}

/* What people are to work on. */
static base_status hand_out(const request *asked, const label_run *run)
{
    uint8_t *which = calloc(run->queries.count + 1, 1);
    base_status status;

    if (!which) {
        base_log_error("out of memory for %zu queries", run->queries.count);
        return BASE_ERR_MEMORY;
    }
    label_run_asked(run, !asked->open, which);
    if (asked->pictures)
        status = label_pictures_write(run, which, asked->dataset, asked->pictures);
    else if (asked->format == FORMAT_STUDIO)
        status = oracle_studio_write(&run->queries, which, asked->root_url, stdout);
    else
        status = oracle_studio_write_interface(&run->queries, stdout);
    free(which);
    return status;
}

static base_status work(const request *asked, label_run *run)
{
    base_status status;

    if (asked->pictures || asked->format != FORMAT_NONE)
        return hand_out(asked, run);
    status = asked->status ? BASE_OK : change(asked, run);
    return status == BASE_OK ? label_run_report(run) : status;
}

int main(int argc, char **argv)
{
    request asked;
    label_run run = {.lock = -1};
    base_status status;

    if (base_options_answer(argc, argv, help, &status))
        return base_status_exit_code(status);
    status = parse(argc, argv, &asked);
    if (status == BASE_OK)
        status = label_run_open(asked.run, asked.round, &run);
    if (status == BASE_OK)
        status = work(&asked, &run);
    label_run_close(&run);
    return base_status_exit_code(status);
}
