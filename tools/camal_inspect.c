/** camal-inspect: a round file, or the rounds of a run, for people and programs. */
#include "camal_inspect.h"
#include "base_config.h"
#include "base_log.h"
#include "base_options.h"
#include "camal_rounds.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static const char usage[] =
    "usage: camal-inspect ROUND.h5|RUN [--json | --plan | --config]\n"
    "\n"
    "Show what a round file holds, or the rounds of a run.\n"
    "\n"
    "Where it comes from, its classes with their status and the reason for it, what was chosen, how\n"
    "training went, accuracies and times. For a run folder, a line for each round, and what each rule of\n"
    "stop would have saved.\n"
    "\n"
    "options:\n"
    "  --json           the same for programs\n"
    "  --plan           only the kernel plan of the round: for training and for scoring the kernel of\n"
    "                   every pass of every layer, and the copies between layouts (\"copy ...\") that they\n"
    "                   need\n"
    "  --config         only the configuration of the round, as YAML\n"
    "  -h, --help       this text\n"
    "  -V, --version    camal's version\n"
    "\n"
    "examples:\n"
    "  camal-inspect runs/factory15-proposed\n"
    "  camal-inspect runs/factory15-proposed/round-003.h5\n"
    "  camal-inspect runs/factory15-proposed --json | jq '.rounds[].test_accuracy'\n"
    "  camal-inspect runs/factory15-proposed/round-003.h5 --config > again.yaml\n"
    "  camal-inspect runs/factory15-proposed/round-003.h5 --plan | grep -c winograd\n"
    "\n"
    "exit codes: 0 done, 1 failure, 2 usage or a file that is not a round\n";

static void help(FILE *out)
{
    fputs(usage, out);
}

typedef struct request {
    const char *path;
    bool json, plan, config;
} request;

static base_status parse(int argc, char **argv, request *asked)
{
    static const struct option known[] = {{"json", no_argument, NULL, 'j'},
                                          {"plan", no_argument, NULL, 'p'},
                                          {"config", no_argument, NULL, 'c'},
                                          {NULL, 0, NULL, 0}};
    int option;

    while ((option = base_options_next(argc, argv, "", known)) != -1) {
        if (option == 'j')
            asked->json = true;
        else if (option == 'p')
            asked->plan = true;
        else if (option == 'c')
            asked->config = true;
        else
            return BASE_ERR_USAGE;
    }
    if (argc - optind != 1)
        return base_options_refuse("%d files given, expected one ROUND.h5 or one run folder", argc - optind);
    if (asked->json + asked->plan + asked->config > 1)
        return base_options_refuse("--json, --plan and --config exclude each other");
    asked->path = argv[optind];
    return BASE_OK;
}

/* How the run excludes, from the configuration that the round keeps. */
static base_status exclusion_of(const store_round *round, const char *path, select_exclusion_options *options)
{
    base_config config;
    base_status status = camal_rounds_config(round, path, &config);

    if (status != BASE_OK)
        return status;
    *options = select_exclusion_options_of(&config);
    base_config_clear(&config);
    return BASE_OK;
}

static base_status show_round(const request *asked)
{
    select_exclusion_options options;
    store_round round;
    base_status status = camal_rounds_read(asked->path, &round);

    if (status != BASE_OK)
        return status;
    if (asked->plan) {
        fputs(round.plan, stdout);
    } else if (asked->config) {
        fputs(round.config, stdout);
    } else {
        status = exclusion_of(&round, asked->path, &options);
        if (status == BASE_OK)
            status = asked->json ? inspect_json_round(asked->path, &round, &options)
                                 : inspect_text_round(asked->path, &round, &options);
    }
    store_round_destroy(&round);
    return status;
}

static base_status read_line(const char *folder, int32_t index, inspect_line *line, camal_stops *stops)
{
    char path[4096];
    inspect_counts counts;
    store_round round;
    base_status status = store_round_path(folder, index, path, sizeof path);

    if (status == BASE_OK)
        status = camal_rounds_read(path, &round);
    if (status != BASE_OK)
        return status;
    counts = inspect_count(&round);
    *line = (inspect_line){.round = round.index,
                           .labelled = counts.start + counts.added,
                           .validation = round.validation_accuracy,
                           .test = round.test_accuracy,
                           .kept_test = round.kept_test_accuracy,
                           .all_test = round.all_test_accuracy,
                           .agreement = round.agreement,
                           .active = counts.status[STORE_CLASS_ACTIVE],
                           .finished = counts.status[STORE_CLASS_FINISHED],
                           .excluded = counts.status[STORE_CLASS_EXCLUDED],
                           .paused = counts.status[STORE_CLASS_PAUSED],
                           .stopped = round.stopped,
                           .queries = round.queries,
                           .seconds = round.timing.train + round.timing.evaluate + round.timing.score +
                                      round.timing.select};
    status = camal_stops_add(stops, &round, path);
    store_round_destroy(&round);
    return status;
}

static base_status show_run(const request *asked)
{
    inspect_line *lines = NULL;
    int32_t *indices = NULL;
    camal_stops stops = {0};
    base_status status;
    size_t count, i;

    if (asked->plan || asked->config) {
        base_log_error("%s is a folder: --plan and --config are of one round; name a round file",
                       asked->path);
        return BASE_ERR_USAGE;
    }
    status = camal_rounds_list(asked->path, &indices, &count);
    if (status != BASE_OK)
        return status;
    lines = calloc(count, sizeof *lines);
    if (!lines) {
        base_log_error("no memory for %zu rounds", count);
        status = BASE_ERR_MEMORY;
    }
    for (i = 0; i < count && status == BASE_OK; i++)
        status = read_line(asked->path, indices[i], &lines[i], &stops);
    if (status == BASE_OK)
        status = asked->json ? inspect_json_run(asked->path, lines, count, &stops)
                             : inspect_text_run(asked->path, lines, count, &stops);
    camal_stops_destroy(&stops);
    free(lines);
    free(indices);
    return status;
}

int main(int argc, char **argv)
{
    request asked = {0};
    struct stat about;
    base_status status;

    if (base_options_answer(argc, argv, help, &status))
        return base_status_exit_code(status);
    status = parse(argc, argv, &asked);
    if (status == BASE_OK) {
        bool folder = stat(asked.path, &about) == 0 && S_ISDIR(about.st_mode);

        status = folder ? show_run(&asked) : show_round(&asked);
    }
    if ((fflush(stdout) != 0 || ferror(stdout)) && status == BASE_OK) {
        base_log_error("cannot write to standard output: %m");
        status = BASE_ERR_IO;
    }
    return base_status_exit_code(status);
}
