/** camal-learn: the main job, one run = one arm. */
#include "base_config.h"
#include "base_cpu.h"
#include "base_log.h"
#include "base_signal.h"
#include "comm_place.h"
#include "comm_watch.h"
#include "comm_world.h"
#include "round_folder.h"
#include "round_run.h"
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct options {
    const char *file; /* RUN.yaml */
    const char *run;  /* --run */
    const char **set; /* --set, in order */
    size_t sets;
    int32_t from_round; /* -1 if not given */
    bool help, version;
} options;

static const char usage[] =
    "usage: camal-learn RUN.yaml [--set KEY=VALUE]... [--run DIR]\n"
    "       camal-learn RUN.yaml --from-round N --run NEW [--set KEY=VALUE]...\n"
    "\n"
    "Train an image classifier by active learning: run.rounds rounds of training, scoring and labelling, "
    "each\n"
    "committed to DIR/round-NNN.h5. Started again on the same folder it goes on from the newest valid round, "
    "and\n"
    "within the next from its newest checkpoint (run.checkpoint).\n"
    "\n"
    "  --set KEY=VALUE   override a key of the configuration, such as --set train.epochs=10\n"
    "  --run DIR         run folder, instead of run.folder\n"
    "  --from-round N    branch: copy rounds 0..N of run.folder into the new folder --run and go on from "
    "there,\n"
    "                    with other settings if asked\n"
    "  --help            this text and every key of the configuration\n"
    "  --version         camal's version\n"
    "\n"
    "examples:\n"
    "  mpirun -n 2 camal-learn run.yaml\n"
    "  mpirun -n 2 camal-learn run.yaml --set select.strategy=margin --set run.seed=2 --run runs/margin-2\n"
    "  mpirun -n 2 camal-learn run.yaml --from-round 2 --run runs/branch --set exclude.rule=none\n"
    "\n"
    "exit codes: 0 done, 1 failure, 2 usage, configuration or input, 3 waiting for labels, 75 interrupted by "
    "a "
    "signal\n"
    "(run.signals) at a safe point: the same command goes on from there\n"
    "\n"
    "configuration:\n";

static base_status parse_round(const char *text, int32_t *round)
{
    char *end;
    long value = strtol(text, &end, 10);

    if (end == text || *end || value < 0 || value > 9999) {
        base_log_error("--from-round %s: allowed are 0 to 9999", text);
        return BASE_ERR_USAGE;
    }
    *round = (int32_t)value;
    return BASE_OK;
}

static base_status parse_options(int argc, char **argv, options *o)
{
    static const struct option known[] = {
        {"set", required_argument, NULL, 's'},        {"run", required_argument, NULL, 'r'},
        {"from-round", required_argument, NULL, 'f'}, {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'v'},          {NULL, 0, NULL, 0}};
    base_status status = BASE_OK;
    int c;

    o->from_round = -1;
    opterr = base_log_rank() == 0;
    while (status == BASE_OK && (c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (c == 's')
            o->set[o->sets++] = optarg;
        else if (c == 'r')
            o->run = optarg;
        else if (c == 'f')
            status = parse_round(optarg, &o->from_round);
        else if (c == 'h')
            o->help = true;
        else if (c == 'v')
            o->version = true;
        else
            status = BASE_ERR_USAGE;
    }
    if (status != BASE_OK || o->help || o->version)
        return status;
    if (optind + 1 != argc) {
        base_log_error("one RUN.yaml is needed, %d given; see camal-learn --help", argc - optind);
        return BASE_ERR_USAGE;
    }
    if (o->from_round >= 0 && !o->run) {
        base_log_error("--from-round needs --run NEW, the folder of the new run");
        return BASE_ERR_USAGE;
    }
    o->file = argv[optind];
    return BASE_OK;
}

/* The effective configuration. Rank 0. */
static base_status read_config(const options *o, base_config *config)
{
    base_status status = base_config_read(config, o->file);
    size_t i;

    for (i = 0; status == BASE_OK && i < o->sets; i++)
        status = base_config_set(config, o->set[i]);
    if (status == BASE_OK && o->run && o->from_round < 0) {
        free(config->run.folder);
        config->run.folder = strdup(o->run);
        status = config->run.folder ? BASE_OK : BASE_ERR_MEMORY;
    }
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

/* Where the job runs; one that would crowd a node is refused. Collective. */
static base_status look_around(const comm_world *world, const base_config *config)
{
    bool allowed = config->run.oversubscribe == BASE_YES;
    comm_place place;
    char cpu[256];
    base_status status = comm_place_find(world, config->run.threads, allowed, &place);

    if (status != BASE_OK || world->rank != 0)
        return status;
    base_cpu_text(cpu, sizeof cpu);
    base_log_info("ranks: %d, threads a rank: %d, nodes: %d; ranks a node: %d to %d, on %d cores or more; "
                  "cores a rank: %d to %d%s",
                  world->size, config->run.threads, place.nodes, place.fewest_ranks, place.most_ranks,
                  place.fewest_cores, place.fewest_own, place.most_own,
                  place.most_own < place.fewest_cores ? " (bound)" : "");
    base_log_info("%s; gradients are summed by %s", cpu,
                  config->train.reduction == BASE_REDUCTION_TREE ? "the tree" : "MPI");
    if (place.crowded)
        base_log_warn("more threads than cores: slow, and allowed by run.oversubscribe");
    return BASE_OK;
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
    while (status == BASE_OK && state.next <= config->run.rounds) {
        status = round_run(&job, &state);
        if (status == BASE_OK && state.next <= config->run.rounds)
            status = comm_agree(world, base_signal_caught() ? BASE_INTERRUPTED : BASE_OK);
    }
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

static base_status answer(const options *o, const comm_world *world)
{
    if (o->help && world->rank == 0) {
        fputs(usage, stdout);
        base_config_help(stdout);
    }
    if (!o->help && world->rank == 0)
        puts("camal-learn " CAMAL_VERSION);
    return BASE_OK;
}

int main(int argc, char **argv)
{
    options o = {0};
    comm_world world;
    base_status status = comm_world_open(&argc, &argv, &world);

    if (status != BASE_OK)
        return base_status_exit_code(status);
    o.set = calloc((size_t)argc + 1, sizeof *o.set);
    status = o.set ? parse_options(argc, argv, &o) : BASE_ERR_MEMORY;
    status = comm_agree(&world, status);
    if (status == BASE_OK)
        status = o.help || o.version ? answer(&o, &world) : learn(&o, &world);
    free(o.set);
    comm_world_close(&world);
    return base_status_exit_code(status);
}
