#include "bench_options.h"
#include "base_file.h"
#include "base_options.h"
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#define CHOICES_MAX 2
#define SPECS       (sizeof specs / sizeof *specs)
#define NAME_BYTES  32
#define CODE_FIRST  256 /* of an option for getopt_long, beyond characters */

enum { TRAIN = 1, SCORE = 2, READ = 4, REDUCE = 8, MODEL = 16, ALL = 31, SELECT = 32 }; /* ALL: of networks */

typedef enum kind { CHOICE, INTEGER, REAL, TEXT, FLAG, RANGE, FILES } kind;

typedef struct spec {
    const char *name;
    kind kind;
    unsigned works; /* that it means something to */
    size_t offset;
    const char *initial;
    double least, most;
    const char *choices[CHOICES_MAX];
    const char *help;
    const char *place; /* of text: what stands for it in --help */
} spec;

#define AT(field) offsetof(bench_options, field)

/* Rows of the table below. */
#define ONE_OF(name, works, field, initial, first, second, help)                                             \
    {                                                                                                        \
        name, CHOICE, works, AT(field), initial, 0, 0, {first, second}, help, NULL                           \
    }
#define WHOLE(name, works, field, initial, least, most, help)                                                \
    {                                                                                                        \
        name, INTEGER, works, AT(field), initial, least, most, {NULL}, help, NULL                            \
    }
#define NUMBER(name, works, field, initial, least, most, help)                                               \
    {                                                                                                        \
        name, REAL, works, AT(field), initial, least, most, {NULL}, help, NULL                               \
    }
#define OTHER(name, kind, works, field, initial, help)                                                       \
    {                                                                                                        \
        name, kind, works, AT(field), initial, 1, 1048576, {NULL}, help, NULL                                \
    }

#define WORDS(name, works, field, initial, place, help)                                                      \
    {                                                                                                        \
        name, TEXT, works, AT(field), initial, 0, 0, {NULL}, help, place                                     \
    }

static const char *const works[] = {"train", "score", "read", "reduce", "model", "select"};

/* clang-format off */
static const spec specs[] = {
    ONE_OF("network", ALL & ~READ, network, "resnet18", "resnet8", "resnet18", "network"),
    ONE_OF("stem", ALL & ~READ, stem, "imagenet", "small", "imagenet", "resnet18's first layers"),
    WHOLE("size", ALL, size, "64", 8, 4096, "pixels, width and height"),
    WHOLE("classes", ALL | SELECT, classes, "15", 2, 65536, "classes"),
    WHOLE("batch", TRAIN | MODEL, batch, "32", 1, 65536, "samples of a micro-batch"),
    WHOLE("microbatches", TRAIN | REDUCE, microbatches, "1", 1, 1024, "of a rank in a step, a power of two"),
    WHOLE("threads", TRAIN | SCORE | MODEL, threads, "1", 1, 1024, "OpenMP threads a rank"),
    ONE_OF("dtype", TRAIN | SCORE | MODEL, dtype, "f32", "f32", "bf16", "type of activations"),
    ONE_OF("kernels", TRAIN | SCORE | MODEL, kernels, "tuned", "tuned", "direct",
           "the fastest kernels found, or the library's first choice"),
    ONE_OF("reduction", TRAIN, reduction, "tree", "tree", "mpi", "sum of gradients"),
    WHOLE("steps", ALL & ~REDUCE, steps, "50", 1, 1000000, "most steps, or passes over the data"),
    NUMBER("seconds", ALL & ~REDUCE, seconds, "10", 0.001, 86400, "most seconds of a measurement"),
    WHOLE("samples", SCORE | READ | MODEL, samples, "2048", 1, 10000000, "of the synthetic data set"),
    WHOLE("floats", REDUCE, floats, "0", 0, 1e9, "to sum; 0: as many as the network's gradient"),
    WHOLE("readers", READ, readers, "1", 1, 64, "threads a rank that read chunks"),
    WORDS("dataset", SCORE | READ, dataset, NULL, "D.h5", "an existing data set in place of a synthetic one"),
    WORDS("folder", SCORE | READ | MODEL, folder, NULL, "DIR",
         "of the synthetic one; every node sees it (default $TMPDIR)"),
    OTHER("keep", FLAG, SCORE | READ, keep, NULL, "leave the synthetic data set there"),
    NUMBER("latency", MODEL, latency, "2", 0, 1e6, "microseconds of a message between nodes"),
    NUMBER("bandwidth", MODEL, bandwidth, "12.5", 0.001, 1e6, "GB/s of a node's link, each way"),
    NUMBER("node-latency", MODEL, node_latency, "0.5", 0, 1e6, "microseconds within a node"),
    NUMBER("node-bandwidth", MODEL, node_bandwidth, "10", 0.001, 1e6,
           "GB/s within a node, its ranks together"),
    OTHER("nodes", RANGE, MODEL, nodes_first, "1:1024", "from A nodes, a power of two, doubling up to B"),
    WHOLE("ranks-per-node", MODEL, ranks_per_node, "1", 1, 1024, "a power of two"),
    WHOLE("total-batch", MODEL, total_batch, "64", 1, 1048576,
          "micro-batches a step, strong scaling; a power of two"),
    WHOLE("pool", MODEL, pool, "1000000", 1, 1e12, "samples to be scored"),
    OTHER("from", FILES, MODEL, from, NULL, "JSON of an earlier train, score or model: not measured again"),
    OTHER("plan", FLAG, TRAIN | SCORE, plan, NULL, "print the kernels and copies too, before the figures"),
    WORDS("strategy", SELECT, strategy, "badge", "NAME", "select.strategy of camal-learn"),
    WHOLE("records", SELECT, records, "1000000", 1, 1e10, "pool samples to choose from, synthetic"),
    WHOLE("width", SELECT, width, "512", 1, 65536, "floats of a feature vector"),
    WHOLE("budget", SELECT, budget, "500", 1, 1e8, "samples to choose"),
    WHOLE("labelled", SELECT, labelled, "0", 0, 1e9, "labelled samples beside the pool (coreset, typiclust)"),
    OTHER("json", FLAG, ALL | SELECT, json, NULL, "figures as JSON, on standard output"),
};
/* clang-format on */

const char *bench_work_name(bench_work work)
{
    return works[work];
}

const char *bench_choice_name(const char *option, int64_t value)
{
    size_t i;

    for (i = 0; i < SPECS; i++)
        if (specs[i].kind == CHOICE && strcmp(specs[i].name, option) == 0)
            return specs[i].choices[value];
    return "";
}

/* "--size", for messages. */
static const char *written(const spec *s, char name[NAME_BYTES])
{
    snprintf(name, NAME_BYTES, "--%s", s->name);
    return name;
}

static base_status read_integer(const spec *s, const char *text, int64_t *value)
{
    char name[NAME_BYTES];
    uint64_t read;
    base_status status =
        base_options_whole(written(s, name), text, (uint64_t)s->least, (uint64_t)s->most, &read);

    if (status == BASE_OK)
        *value = (int64_t)read;
    return status;
}

static base_status read_real(const spec *s, const char *text, double *value)
{
    char name[NAME_BYTES];

    return base_options_real(written(s, name), text, s->least, s->most, value);
}

static base_status read_choice(const spec *s, const char *text, int64_t *value)
{
    char name[NAME_BYTES];
    size_t which;
    base_status status = base_options_choice(written(s, name), text, s->choices, CHOICES_MAX, &which);

    if (status == BASE_OK)
        *value = (int64_t)which;
    return status;
}

static base_status read_range(const spec *s, const char *text, int64_t *range)
{
    size_t first = strcspn(text, ":");
    char lower[32];
    base_status status;

    snprintf(lower, sizeof lower, "%.*s", (int)first, text);
    status = read_integer(s, lower, &range[0]);
    range[1] = range[0];
    if (status == BASE_OK && text[first])
        status = read_integer(s, text + first + 1, &range[1]);
    if (status == BASE_OK && range[1] < range[0])
        return base_options_refuse("--%s %s: the second number is below the first", s->name, text);
    return status;
}

static base_status read_files(const spec *s, const char *text, bench_options *options)
{
    if (options->froms == BENCH_FROM_MAX)
        return base_options_refuse("--%s %s: at most %d files are read", s->name, text, BENCH_FROM_MAX);
    options->from[options->froms++] = text;
    return BASE_OK;
}

static base_status read_value(const spec *s, const char *text, bench_options *options)
{
    void *field = (char *)options + s->offset;

    switch (s->kind) {
    case CHOICE:
        return read_choice(s, text, field);
    case INTEGER:
        return read_integer(s, text, field);
    case REAL:
        return read_real(s, text, field);
    case TEXT:
        *(const char **)field = text;
        return BASE_OK;
    case FLAG:
        *(bool *)field = true;
        return BASE_OK;
    case RANGE:
        return read_range(s, text, field);
    case FILES:
        return read_files(s, text, options);
    }
    return BASE_ERR_INTERNAL;
}

static base_status read_work(const char *text, bench_work *work)
{
    size_t which;
    base_status status = base_options_choice("work", text, works, sizeof works / sizeof *works, &which);

    if (status == BASE_OK)
        *work = (bench_work)which;
    return status;
}

static bool is_power_of_two(int64_t value)
{
    return (value & (value - 1)) == 0;
}

/* Files that are to be read are there. */
static base_status check_files(const bench_options *o)
{
    const char *missing = o->dataset && !base_file_exists(o->dataset) ? o->dataset : NULL;
    int64_t i;

    for (i = 0; i < o->froms && !missing; i++)
        missing = base_file_exists(o->from[i]) ? NULL : o->from[i];
    if (!missing)
        return BASE_OK;
    base_options_refuse("%s: no such file", missing);
    return BASE_ERR_NOT_FOUND;
}

/* What the table cannot say. */
static base_status check(const bench_options *o, const bool *given)
{
    size_t i;

    for (i = 0; i < SPECS; i++)
        if (given[i] && !(specs[i].works & 1u << o->work))
            return base_options_refuse("--%s means nothing to camal-bench %s", specs[i].name, works[o->work]);
    if (o->plan && o->json)
        return base_options_refuse("--plan and --json exclude each other");
    if (!is_power_of_two(o->microbatches) || !is_power_of_two(o->ranks_per_node) ||
        !is_power_of_two(o->total_batch) || !is_power_of_two(o->nodes_first))
        return base_options_refuse(
            "--microbatches, --ranks-per-node, --total-batch and the first of --nodes must be powers of two; "
            "they are %" PRId64 ", %" PRId64 ", %" PRId64 " and %" PRId64,
            o->microbatches, o->ranks_per_node, o->total_batch, o->nodes_first);
    return check_files(o);
}

static base_status read_defaults(bench_options *options)
{
    base_status status = BASE_OK;
    size_t i;

    memset(options, 0, sizeof *options);
    for (i = 0; i < SPECS && status == BASE_OK; i++)
        if (specs[i].initial)
            status = read_value(&specs[i], specs[i].initial, options);
    return status;
}

base_status bench_options_read(int argc, char **argv, bench_options *options)
{
    struct option known[SPECS + 1] = {{0}};
    bool given[SPECS] = {false};
    base_status status = read_defaults(options);
    size_t i;
    int code;

    for (i = 0; i < SPECS; i++)
        known[i] = (struct option){specs[i].name, specs[i].kind == FLAG ? no_argument : required_argument,
                                   NULL, CODE_FIRST + (int)i};
    while (status == BASE_OK && (code = base_options_next(argc, argv, "", known)) != -1) {
        if (code < CODE_FIRST)
            return BASE_ERR_USAGE;
        given[code - CODE_FIRST] = true;
        status = read_value(&specs[code - CODE_FIRST], optarg, options);
    }
    if (status != BASE_OK)
        return status;
    if (optind + 1 != argc)
        return base_options_refuse(
            "one work is needed (train, score, read, reduce, model or select), %d given", argc - optind);
    status = read_work(argv[optind], &options->work);
    return status == BASE_OK ? check(options, given) : status;
}

static void print_spec(FILE *out, const spec *s)
{
    static const char *const value[] = {
        [INTEGER] = "N", [REAL] = "X", [RANGE] = "A:B", [FILES] = "FILE.json"};
    const char *shown = s->kind == FLAG ? "" : s->kind == TEXT ? s->place : value[s->kind];
    char left[64];

    if (s->kind == CHOICE)
        snprintf(left, sizeof left, "--%s %s|%s", s->name, s->choices[0], s->choices[1]);
    else
        snprintf(left, sizeof left, "--%s %s", s->name, shown);
    fprintf(out, "  %-28s %s", left, s->help);
    if (s->kind == INTEGER || s->kind == REAL)
        fprintf(out, ", %.7g..%.8g", s->least, s->most);
    if (s->initial)
        fprintf(out, " (default %s)", s->initial);
    fputc('\n', out);
}

void bench_options_help(FILE *out)
{
    size_t i;

    fputs("usage: camal-bench train|score|read|reduce|model|select [OPTION]...\n"
          "\n"
          "Measure how fast camal trains, scores, reads and sums on this machine.\n"
          "\n"
          "It runs the code that camal-learn runs:\n"
          "\n"
          "  train   steps on pixels in memory: gradient, sum over ranks, update\n"
          "  score   all scores of a pool read from an HDF5 data set\n"
          "  read    the data set's chunks alone\n"
          "  reduce  the sum of gradients alone, tree and mpi\n"
          "  model   predict step and scoring on many nodes from what is measured here\n"
          "  select  samples of a large pool of synthetic features\n"
          "\n"
          "options:\n",
          out);
    for (i = 0; i < SPECS; i++)
        print_spec(out, &specs[i]);
    fputs("  -h, --help                   this text\n"
          "  -V, --version                camal's version\n"
          "\n"
          "The share of time in kernels is of rank 0; times are the slowest rank's. Spread: 10th and 90th\n"
          "percentile.\n"
          "\n"
          "examples:\n"
          "  camal-bench train --network resnet18 --size 64 --batch 32 --threads 2\n"
          "  mpirun -n 2 --bind-to core camal-bench train --threads 1 --json\n"
          "  camal-bench score --dataset factory15.h5 --network resnet8 --stem small --threads 2\n"
          "  camal-bench model --latency 2 --bandwidth 12.5 --nodes 1:1024 --ranks-per-node 2\n"
          "  mpirun -n 2 camal-bench select --strategy badge --records 1000000 --width 512 --budget 500\n"
          "\n"
          "exit codes: 0 done, 1 failure, 2 usage or input\n",
          out);
}
