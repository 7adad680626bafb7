/** camal-learn: the main job, one run = one arm. */
#include "base_config.h"
#include "base_cpu.h"
#include "base_log.h"
#include "base_options.h"
#include "base_progress.h"
#include "base_signal.h"
#include "comm_place.h"
#include "comm_watch.h"
#include "comm_world.h"
#include "learn_events.h"
#include "round_folder.h"
#include "round_run.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct options {
    const char *file;    /* RUN.yaml */
    const char *dataset; /* --dataset */
    const char *run;     /* --run */
    const char **set;    /* --set, in order */
    size_t sets;
    int32_t from_round; /* -1 if not given */
    bool show;          /* --show-config */
} options;

static const char usage[] =
    "usage: camal-learn RUN.yaml [--dataset D.h5] [--run DIR] [--set KEY=VALUE]...\n"
    "       camal-learn RUN.yaml --from-round N --run NEW [--set KEY=VALUE]...\n"
    "       camal-learn RUN.yaml --show-config\n"
    "\n"
    "Train an image classifier by active learning.\n"
    "\n"
    "Makes run.rounds rounds of training, scoring and labelling, each committed to DIR/round-NNN.h5.\n"
    "Started again on the same folder it goes on from the newest valid round, and within the next from\n"
    "its newest checkpoint (run.checkpoint). DIR/events.jsonl says as it happens what was done.\n"
    "\n"
    "options:\n"
    "  -s, --set KEY=VALUE   set a key of the configuration, such as --set train.epochs=10; the last\n"
    "                        of several counts\n"
    "  --dataset D.h5        data set, instead of data.dataset\n"
    "  --run DIR             run folder, instead of run.folder\n"
    "  --from-round N        branch, 0..9999: copy rounds 0 to N of run.folder into the new folder\n"
    "                        --run and go on from there, with other settings if asked\n"
    "  --show-config         print the configuration that would be used, as YAML, and end\n"
    "  -q, --quiet           say warnings and errors only\n"
    "  -h, --help            this text and every key of the configuration\n"
    "  -V, --version         camal's version\n"
    "\n"
    "examples:\n"
    "  mpirun -n 2 camal-learn run.yaml\n"
    "  mpirun -n 2 camal-learn run.yaml --set select.strategy=margin --set run.seed=2 --run runs/margin-2\n"
    "  mpirun -n 2 camal-learn run.yaml --from-round 2 --run runs/branch --set exclude.rule=none\n"
    "\n"
    "environment:\n"
    "  CAMAL_CACHE      folder of kernels as measured, for other runs (~/.cache/camal)\n"
    "  CAMAL_PROGRESS   bar: draw a progress bar though mpirun hides the terminal; lines: never\n"
    "  CAMAL_QUIET      1: as --quiet\n"
    "  NO_COLOR         1: a bar without colour\n"
    "\n"
    "exit codes: 0 done, 1 failure, 2 usage, configuration or input, 3 waiting for labels,\n"
    "75 interrupted by a signal (run.signals) at a safe point: the same command goes on from there\n"
    "\n"
    "configuration:\n";

static void help(FILE *out)
{
    fputs(usage, out);
    base_config_help(out);
}

static base_status take_option(int option, options *o)
{
    uint64_t round;
    base_status status = BASE_OK;

    switch (option) {
    case 's':
        o->set[o->sets++] = optarg;
        break;
    case 'd':
        o->dataset = optarg;
        break;
    case 'r':
        o->run = optarg;
        break;
    case 'f':
        status = base_options_whole("--from-round", optarg, 0, 9999, &round);
        if (status == BASE_OK)
            o->from_round = (int32_t)round;
        break;
    case 'c':
        o->show = true;
        break;
    case 'q':
        base_options_quiet();
        break;
    default: /* told already */
        status = BASE_ERR_USAGE;
    }
    return status;
}

static base_status parse_options(int argc, char **argv, options *o)
{
    static const struct option known[] = {{"set", required_argument, NULL, 's'},
                                          {"dataset", required_argument, NULL, 'd'},
                                          {"run", required_argument, NULL, 'r'},
                                          {"from-round", required_argument, NULL, 'f'},
                                          {"show-config", no_argument, NULL, 'c'},
                                          {"quiet", no_argument, NULL, 'q'},
                                          {NULL, 0, NULL, 0}};
    base_status status = BASE_OK;
    int option;

    o->from_round = -1;
    while (status == BASE_OK && (option = base_options_next(argc, argv, "s:q", known)) != -1)
        status = take_option(option, o);
    if (status != BASE_OK)
        return status;
    if (optind + 1 != argc)
        return base_options_refuse("one RUN.yaml is needed, %d given", argc - optind);
    if (o->from_round >= 0 && !o->run)
        return base_options_refuse("--from-round needs --run NEW, the folder of the new run");
    o->file = argv[optind];
    return BASE_OK;
}

/* A text of the configuration takes the place of another. */
static base_status replace(char **text, const char *by)
{
    char *copy = strdup(by);

    if (!copy) {
        base_log_error("out of memory for the configuration");
        return BASE_ERR_MEMORY;
    }
    free(*text);
    *text = copy;
    return BASE_OK;
}

/* The effective configuration. Rank 0. */
static base_status read_config(const options *o, base_config *config)
{
    base_status status = base_config_read(config, o->file);
    size_t i;

    for (i = 0; status == BASE_OK && i < o->sets; i++)
        status = base_config_set(config, o->set[i]);
    if (status == BASE_OK && o->dataset)
        status = replace(&config->data.dataset, o->dataset);
    if (status == BASE_OK && o->run && o->from_round < 0)
        status = replace(&config->run.folder, o->run);
    return status == BASE_OK ? base_config_check(config) : status;
}

/* Copy the rounds of the old run and turn the configuration to the new folder. Rank 0. */
static base_status branch(const options *o, base_config *config)
{
    char *old = config->run.folder;
    base_status status;

    config->run.folder = strdup(o->run);
    if (!config->run.folder) {
        config->run.folder = old;
        return BASE_ERR_MEMORY;
    }
    status = round_folder_branch(old, o->from_round, o->run);
    free(old);
    return status == BASE_OK ? round_folder_check(config) : status;
}

/* Configuration and folder on rank 0: everything that can be refused before the others begin. */
static base_status prepare(const options *o, base_config *config, int *lock)
{
    base_status status = read_config(o, config);

    if (status == BASE_OK && !base_file_exists(config->data.dataset)) {
        base_log_error("%s: no such data set (data.dataset); camal-ingest makes one", config->data.dataset);
        status = BASE_ERR_USAGE;
    }
    if (status == BASE_OK)
        status = round_folder_hold(o->from_round >= 0 ? o->run : config->run.folder, lock);
    if (status == BASE_OK && o->from_round >= 0)
        return branch(o, config);
    return status == BASE_OK ? round_folder_check(config) : status;
}

/* "2", or "1 to 2" where nodes or ranks differ. */
static const char *span_text(int fewest, int most, char *text, size_t size)
{
    if (fewest == most)
        snprintf(text, size, "%d", most);
    else
        snprintf(text, size, "%d to %d", fewest, most);
    return text;
}

/* Where the job runs; one that would crowd a node is refused. Collective. */
static base_status look_around(const comm_world *world, const base_config *config)
{
    bool allowed = config->run.oversubscribe == BASE_YES;
    comm_place place;
    char cpu[256], ranks[32], cores[32];
    base_status status = comm_place_find(world, config->run.threads, allowed, &place);

    if (status != BASE_OK || world->rank != 0)
        return status;
    base_cpu_text(cpu, sizeof cpu);
    base_log_info(
        "ranks: %d, threads a rank: %d, nodes: %d; ranks a node: %s, on %d cores%s; cores a rank: %s%s",
        world->size, config->run.threads, place.nodes,
        span_text(place.fewest_ranks, place.most_ranks, ranks, sizeof ranks), place.fewest_cores,
        place.nodes > 1 ? " or more" : "", span_text(place.fewest_own, place.most_own, cores, sizeof cores),
        place.most_own < place.fewest_cores ? " (bound)" : "");
    base_log_info("%s; gradients are summed by %s", cpu,
                  config->train.reduction == BASE_REDUCTION_TREE ? "the tree" : "MPI");
    if (place.crowded)
        base_log_warn("more threads than cores: slow, and allowed by run.oversubscribe");
    return BASE_OK;
}

static bool goes_on(const base_config *config, const round_state *state)
{
    return state->next <= config->run.rounds && !state->stopped;
}

/* Rounds to the last, each told of when it is committed. Collective. */
static base_status run_on(const comm_world *world, const base_config *config, round_job *job,
                          round_state *state)
{
    base_status status =
        comm_agree(world, world->rank == 0 ? learn_events_start(world, config, state) : BASE_OK);

    while (status == BASE_OK && goes_on(config, state)) {
        double start = base_progress_clock();
        base_status told = BASE_OK;

        status = round_run(job, state);
        if ((status == BASE_OK || status == BASE_WAITING) && world->rank == 0)
            told = learn_events_round(config, state, base_progress_clock() - start);
        told = comm_agree(world, told);
        if (told != BASE_OK)
            status = told;
        if (status == BASE_OK && goes_on(config, state))
            status = comm_agree(world, base_signal_caught() ? BASE_INTERRUPTED : BASE_OK);
    }
    if (world->rank == 0) {
        base_status told = learn_events_end(config, state, status);

        status = status == BASE_OK ? told : status;
    }
    return comm_agree(world, status);
}

static base_status run_rounds(const comm_world *world, const base_config *config)
{
    round_job job;
    round_state state = {0};
    base_status status = round_job_open(world, config, &job);

    if (status != BASE_OK)
        return status;
    status = comm_agree(world, round_state_create(job.table, &job.graph, &state));
    if (status == BASE_OK)
        status = round_folder_resume(&job, &state);
    if (status == BASE_OK)
        status = run_on(world, config, &job, &state);
    if (status == BASE_INTERRUPTED)
        base_log_info("interrupted at a safe point: the same command goes on from here");
    if (status == BASE_OK)
        base_log_info("done: %s/round-000.h5 to round-%03d.h5; next: camal-inspect %s", config->run.folder,
                      state.next - 1, config->run.folder);
    round_state_destroy(&state);
    round_job_close(&job);
    return status;
}

static base_status learn(const options *o, const comm_world *world)
{
    comm_watch *watch = NULL;
    base_config config;
    int lock = -1;
    base_status status = comm_agree(world, base_config_defaults(&config));

    if (status != BASE_OK)
        return status;
    if (world->rank == 0)
        status = prepare(o, &config, &lock);
    status = comm_agree(world, status);
    if (status == BASE_OK)
        status = comm_broadcast_config(world, &config);
    if (status == BASE_OK)
        status = comm_agree(world, base_signal_catch(config.run.signals));
    if (status == BASE_OK)
        status = look_around(world, &config);
    if (status == BASE_OK)
        status = comm_watch_start(world, config.run.timeout, &watch);
    if (status == BASE_OK)
        status = run_rounds(world, &config);
    comm_watch_stop(&watch);
    round_folder_release(o->run ? o->run : config.run.folder, lock);
    base_config_clear(&config);
    return status;
}

/* Print the effective configuration. Rank 0. */
static base_status show(const options *o)
{
    base_config config;
    char *text = NULL;
    size_t size;
    base_status status = base_config_defaults(&config);

    if (status != BASE_OK)
        return status;
    status = read_config(o, &config);
    if (status == BASE_OK)
        status = base_config_write(&config, &text, &size);
    if (status == BASE_OK && (fputs(text, stdout) == EOF || fflush(stdout) != 0)) {
        base_log_error("cannot write to standard output: %s", strerror(errno));
        status = BASE_ERR_IO;
    }
    free(text);
    base_config_clear(&config);
    return status;
}

int main(int argc, char **argv)
{
    options o = {0};
    comm_world world;
    base_status status;

    if (base_options_answer(argc, argv, help, &status))
        return base_status_exit_code(status);
    status = comm_world_open(&argc, &argv, &world);
    if (status != BASE_OK)
        return base_status_exit_code(status);
    o.set = calloc((size_t)argc + 1, sizeof *o.set);
    status = o.set ? parse_options(argc, argv, &o) : BASE_ERR_MEMORY;
    status = comm_agree(&world, status);
    if (status == BASE_OK && o.show)
        status = comm_agree(&world, world.rank == 0 ? show(&o) : BASE_OK);
    else if (status == BASE_OK)
        status = learn(&o, &world);
    free(o.set);
    comm_world_close(&world);
    return base_status_exit_code(status);
}
