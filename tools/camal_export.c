/** camal-export: what rounds hold, for other programs. */
#include "base_config.h"
#include "base_file.h"
#include "base_log.h"
#include "base_options.h"
#include "camal_export_csv.h"
#include "camal_export_events.h"
#include "camal_export_metrics.h"
#include "camal_export_tables.h"
#include "camal_rounds.h"
#include "store_dataset.h"
#include "store_weights.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char usage[] =
    "usage: camal-export ROUND.h5|RUN --what WHAT [-o OUT] [options]\n"
    "\n"
    "Write what a round, or all rounds of a run, hold for other programs to read.\n"
    "\n"
    "options:\n"
    "  --what scores|queries|classes|metrics|weights|tensorboard\n"
    "                         scores: CSV, a line for each pool sample that was scored;\n"
    "                         queries: CSV, a line for each sample that was chosen, by rank;\n"
    "                         classes: CSV, a line a class with status, accuracies and counts;\n"
    "                         metrics: JSON lines, one an epoch (\"kind\": \"epoch\") and one a round;\n"
    "                         weights: HDF5, arrays by torchvision's names, of a run those of its last\n"
    "                         round; tools/python/load_weights.py loads them into PyTorch;\n"
    "                         tensorboard: a folder for tensorboard --logdir: losses and accuracies by\n"
    "                         steps of training, accuracies and calibration errors by labelled samples\n"
    "  -o, --out OUT          file to write (tensorboard: folder); it must not exist. CSV and JSON lines go\n"
    "                         to standard output without it\n"
    "  --dataset D.h5         the data set of the round; scores, queries: each sample's COCO annotation and\n"
    "                         picture are written along; weights: the image size, mean and deviation by\n"
    "                         which the input is normalised\n"
    "  -q, --quiet            say warnings and errors only\n"
    "  -h, --help             this text\n"
    "  -V, --version          camal's version\n"
    "\n"
    "CSV is as RFC 4180 has it, with a line of column names, classes by name, in UTF-8; the first column is\n"
    "the round. A number that was not measured is empty (JSON: null). Files are written whole or not at "
    "all.\n"
    "\n"
    "examples:\n"
    "  camal-export runs/factory15 --what queries --dataset factory15.h5 -o queries.csv\n"
    "  camal-export runs/factory15/round-005.h5 --what scores | head\n"
    "  camal-export runs/factory15 --what metrics | jq 'select(.kind == \"round\") | .test_accuracy'\n"
    "  camal-export runs/factory15 --what weights --dataset factory15.h5 -o weights.h5\n"
    "  camal-export runs/factory15 --what tensorboard -o board/factory15 && tensorboard --logdir board\n"
    "\n"
    "exit codes: 0 done, 1 failure, 2 usage or a file that is not a round\n";

typedef enum what { SCORES, QUERIES, CLASSES, METRICS, WEIGHTS, TENSORBOARD, WHATS } what;

static const char *const what_names[WHATS] = {"scores",  "queries", "classes",
                                              "metrics", "weights", "tensorboard"};

typedef struct request {
    const char *from, *out, *dataset;
    size_t what;
} request;

/** Rounds to be read one after the other. */
typedef struct source {
    const char *path; /* as the user named it: a file, or a run's folder */
    int32_t *index;   /* [count] rounds of the folder; NULL: the path is a file */
    size_t count;
} source;

static void help(FILE *out)
{
    fputs(usage, out);
}

/* ---- the command line ---- */

static base_status parse(int argc, char **argv, request *asked)
{
    static const struct option known[] = {{"what", required_argument, NULL, 'w'},
                                          {"out", required_argument, NULL, 'o'},
                                          {"dataset", required_argument, NULL, 'd'},
                                          {"quiet", no_argument, NULL, 'q'},
                                          {NULL, 0, NULL, 0}};
    base_status status = BASE_OK;
    int option;

    asked->what = WHATS;
    while (status == BASE_OK && (option = base_options_next(argc, argv, "o:q", known)) != -1) {
        if (option == 'w')
            status = base_options_choice("--what", optarg, what_names, WHATS, &asked->what);
        else if (option == 'o')
            asked->out = optarg;
        else if (option == 'd')
            asked->dataset = optarg;
        else if (option == 'q')
            base_options_quiet();
        else
            status = BASE_ERR_USAGE;
    }
    if (status != BASE_OK)
        return status;
    if (optind != argc - 1)
        return base_options_refuse("one round file or run folder is needed, %d are given", argc - optind);
    asked->from = argv[optind];
    if (asked->what == WHATS)
        return base_options_refuse("--what is needed");
    if (!asked->out && asked->what >= WEIGHTS)
        return base_options_refuse("--what %s needs --out", what_names[asked->what]);
    if (asked->dataset && asked->what != WEIGHTS && asked->what != SCORES && asked->what != QUERIES)
        return base_options_refuse("--dataset is for --what scores, queries or weights");
    return BASE_OK;
}

static base_status check_out(const char *out)
{
    if (!out || !base_file_exists(out))
        return BASE_OK;
    base_log_error("--out %s exists already: remove it, or give another name", out);
    return BASE_ERR_USAGE;
}

/* A place that the user named and that cannot be written is the user's error. */
static base_status check_folder(const char *out)
{
    char folder[PATH_MAX];
    const char *slash = out ? strrchr(out, '/') : NULL;

    if (!slash || slash == out)
        return BASE_OK;
    if ((size_t)(slash - out) >= sizeof folder) {
        base_log_error("--out: path of %zu bytes, allowed are %d", strlen(out), PATH_MAX - 1);
        return BASE_ERR_USAGE;
    }
    snprintf(folder, sizeof folder, "%.*s", (int)(slash - out), out);
    return base_file_make_folder(folder) == BASE_OK ? BASE_OK : BASE_ERR_USAGE;
}

/* ---- rounds ---- */

static base_status open_source(const char *path, source *from)
{
    struct stat info;

    *from = (source){.path = path, .count = 1};
    if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode))
        return BASE_OK; /* reading it says what is wrong */
    return camal_rounds_list(path, &from->index, &from->count);
}

static base_status read_round(const source *from, size_t i, store_round *round)
{
    char path[PATH_MAX];
    base_status status;

    if (!from->index)
        return camal_rounds_read(from->path, round);
    status = store_round_path(from->path, from->index[i], path, sizeof path);
    return status == BASE_OK ? camal_rounds_read(path, round) : status;
}

/* Read each round and give it to `take`, until one fails. */
static base_status for_rounds(const source *from,
                              base_status (*take)(const store_round *round, void *context), void *context)
{
    base_status status = BASE_OK;
    store_round round;
    size_t i;

    for (i = 0; status == BASE_OK && i < from->count; i++) {
        status = read_round(from, i, &round);
        if (status != BASE_OK)
            return status;
        status = take(&round, context);
        store_round_destroy(&round);
    }
    return status;
}

/* ---- the kinds ---- */

static base_status open_dataset(const char *path, const store_round *round, store_dataset **dataset)
{
    base_status status;

    if (!base_file_exists(path)) {
        base_log_error("%s: no such file", path);
        return BASE_ERR_NOT_FOUND;
    }
    status = store_dataset_open(path, dataset);
    if (status != BASE_OK)
        return status == BASE_ERR_IO ? BASE_ERR_INPUT : status;
    if (strcmp(store_dataset_table(*dataset)->digest, round->dataset_digest) == 0 &&
        store_dataset_table(*dataset)->samples == round->samples)
        return BASE_OK;
    base_log_error("%s is the data set %s, the round was made from %s: give that", path,
                   store_dataset_table(*dataset)->digest, round->dataset_digest);
    return BASE_ERR_INPUT;
}

typedef struct table_work {
    const export_table *table;
    store_dataset *dataset; /* NULL: not given */
    const char *path;       /* of the data set */
    camal_csv csv;
} table_work;

static base_status take_table(const store_round *round, void *context)
{
    table_work *work = context;
    base_status status = BASE_OK;

    if (work->path && !work->dataset)
        status = open_dataset(work->path, round, &work->dataset);
    if (status == BASE_OK)
        work->table->add(round, work->dataset ? store_dataset_table(work->dataset) : NULL, &work->csv);
    return status;
}

static base_status write_table(const request *asked, const source *from, const export_table *table)
{
    table_work work = {.table = table, .path = asked->dataset};
    char columns[256];
    base_status status;

    snprintf(columns, sizeof columns, "%s%s", table->columns, asked->dataset ? EXPORT_PLACE : "");
    status = camal_csv_begin(&work.csv, columns);
    if (status == BASE_OK)
        status = for_rounds(from, take_table, &work);
    store_dataset_close(&work.dataset);
    if (status == BASE_OK)
        return camal_csv_finish(&work.csv, asked->out);
    camal_csv_abandon(&work.csv);
    return status;
}

static base_status take_metrics(const store_round *round, void *context)
{
    return export_metrics(round, context);
}

static base_status write_metrics(const source *from, const char *out)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    base_status status;

    if (!stream) {
        base_log_error("out of memory for metrics");
        return BASE_ERR_MEMORY;
    }
    status = for_rounds(from, take_metrics, stream);
    if (fclose(stream) != 0 && status == BASE_OK) {
        base_log_error("out of memory for metrics");
        status = BASE_ERR_MEMORY;
    }
    if (status == BASE_OK)
        status = camal_export_write(out, text, size);
    free(text);
    return status;
}

static base_status take_events(const store_round *round, void *context)
{
    export_events_round(context, round);
    return BASE_OK;
}

static base_status write_events(const source *from, const char *out)
{
    export_events events;
    base_status status = export_events_begin(&events);

    if (status == BASE_OK)
        status = for_rounds(from, take_events, &events);
    if (status == BASE_OK)
        return export_events_finish(&events, out);
    export_events_abandon(&events);
    return status;
}

static base_status write_round_weights(const request *asked, const store_round *round)
{
    store_dataset *dataset = NULL;
    base_config config;
    base_status status = camal_rounds_config(round, asked->from, &config);

    if (status != BASE_OK)
        return status;
    if (asked->dataset)
        status = open_dataset(asked->dataset, round, &dataset);
    if (status == BASE_OK)
        status = store_weights_write(asked->out, round, base_config_network_name(config.network.name),
                                     base_config_stem_name(config.network.stem),
                                     dataset ? store_dataset_table(dataset) : NULL);
    store_dataset_close(&dataset);
    base_config_clear(&config);
    return status;
}

static base_status write_weights(const request *asked, const source *from)
{
    store_round round;
    base_status status = read_round(from, from->count - 1, &round);

    if (status != BASE_OK)
        return status;
    status = write_round_weights(asked, &round);
    store_round_destroy(&round);
    return status;
}

static base_status export(const request *asked, const source *from)
{
    switch (asked->what) {
    case SCORES:
        return write_table(asked, from, &export_scores);
    case QUERIES:
        return write_table(asked, from, &export_queries);
    case CLASSES:
        return write_table(asked, from, &export_classes);
    case METRICS:
        return write_metrics(from, asked->out);
    case WEIGHTS:
        return write_weights(asked, from);
    default:
        return write_events(from, asked->out);
    }
}

int main(int argc, char **argv)
{
    request asked = {0};
    source from = {0};
    base_status status;

    if (base_options_answer(argc, argv, help, &status))
        return base_status_exit_code(status);
    status = parse(argc, argv, &asked);
    if (status == BASE_OK)
        status = check_out(asked.out);
    if (status == BASE_OK)
        status = open_source(asked.from, &from);
    if (status == BASE_OK)
        status = check_folder(asked.out);
    if (status == BASE_OK)
        status = export(&asked, &from);
    if (status == BASE_OK && asked.out)
        base_log_info("%s: %s of %s, %zu %s", asked.out, what_names[asked.what], asked.from,
                      asked.what == WEIGHTS ? 1 : from.count,
                      from.count > 1 && asked.what != WEIGHTS ? "rounds" : "round");
    free(from.index);
    return base_status_exit_code(status);
}
