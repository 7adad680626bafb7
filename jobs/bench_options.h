/** What camal-bench is asked to do: one table makes the options, their ranges and their help. */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include "base_config.h"
#include "base_status.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define BENCH_FROM_MAX 4

typedef enum bench_work {
    BENCH_WORK_TRAIN,
    BENCH_WORK_SCORE,
    BENCH_WORK_READ,
    BENCH_WORK_REDUCE,
    BENCH_WORK_MODEL,
    BENCH_WORK_SELECT
} bench_work;

/** Choices are held as numbers of the enumeration named beside them. */
typedef struct bench_options {
    bench_work work;
    int64_t network;       /* base_network */
    int64_t stem;          /* base_stem */
    int64_t dtype;         /* base_dtype */
    int64_t kernels;       /* base_kernels */
    int64_t reduction;     /* base_reduction */
    int64_t size;          /* pixels */
    int64_t classes;       /* K */
    int64_t batch;         /* samples of a micro-batch */
    int64_t microbatches;  /* a rank and step */
    int64_t threads;       /* OpenMP threads of a rank */
    int64_t steps;         /* most steps, or passes over the pool */
    double seconds;        /* most time of a measurement */
    int64_t samples;       /* of the synthetic data set */
    int64_t floats;        /* of the buffer to reduce, 0: the network's */
    int64_t readers;       /* threads that read chunks */
    const char *dataset;   /* NULL: a synthetic one */
    const char *folder;    /* where the synthetic one goes, NULL: $TMPDIR */
    bool keep;             /* the synthetic one stays */
    double latency;        /* us between nodes */
    double bandwidth;      /* GB/s of a node's link, each way */
    double node_latency;   /* us between ranks of a node */
    double node_bandwidth; /* GB/s between ranks of a node, all together */
    int64_t nodes_first, nodes_last;
    int64_t ranks_per_node;
    int64_t total_batch;                      /* of strong scaling, in micro-batches */
    int64_t pool;                             /* samples to be scored */
    int64_t records, width, budget, labelled; /* of a pool to choose from */
    const char *strategy;                     /* select.strategy */
    const char *from[BENCH_FROM_MAX];         /* JSON of earlier measurements */
    int64_t froms;
    bool plan, json;
} bench_options;

/** Read the command line. Local. BASE_ERR_USAGE names the option, the value and what is allowed; messages
 * come from rank 0 alone. */
base_status bench_options_read(int argc, char **argv, bench_options *options);

/** The text of --help. */
void bench_options_help(FILE *out);

/** "train", "score" ... Static storage. */
const char *bench_work_name(bench_work work);

/** The name of a choice's value: of "network", "stem", "dtype", "kernels" or "reduction". Static storage. */
const char *bench_choice_name(const char *option, int64_t value);

#endif
