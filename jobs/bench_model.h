/** Scale on paper: what a step and a scoring pass would take on many nodes. Pure functions.
 *
 * Costs are those of the usual model of messages: a latency, and bytes over bandwidth. Ranks of a node share
 * its link. All counts of ranks and nodes are powers of two.
 */
#ifndef BENCH_MODEL_H
#define BENCH_MODEL_H

#include <stdint.h>

/** What one rank takes, measured. */
typedef struct bench_costs {
    double gradient; /* seconds of a micro-batch, forward and backward */
    double update;   /* seconds of the optimiser */
    double batch;    /* samples of a micro-batch */
    double floats;   /* summed over ranks in a step */
    double add;      /* seconds to add one float to a sum */
    double hidden;   /* share of the reduction that runs beside the backward pass, 0 to 1 */
    double score;    /* seconds of a pool sample, all scores */
} bench_costs;

typedef struct bench_links {
    double latency;      /* seconds of a message between nodes */
    double bandwidth;    /* bytes/s of a node's link, each way */
    double node_latency; /* the same within a node, its ranks together */
    double node_bandwidth;
    int64_t ranks_per_node;
} bench_links;

/** Prediction for one number of nodes. */
typedef struct bench_prediction {
    int64_t nodes, ranks;
    double tree, mpi;       /* seconds of one reduction */
    double weak_step;       /* seconds, one micro-batch a rank, tree */
    double weak_rate;       /* images/s */
    double weak_efficiency; /* of what as many single ranks do */
    double weak_mpi_efficiency;
    int64_t
        enough; /* least power of two of micro-batches a rank that keeps the efficiency asked for; 0: none */
    int64_t strong_ranks; /* that find work */
    double strong_step, strong_rate, strong_efficiency;
    double score_seconds, score_rate, score_efficiency;
} bench_prediction;

/** Seconds of camal's tree: recursive halving and doubling, nearest neighbour first, in messages of at most
 * BENCH_MODEL_BUCKET floats. */
double bench_model_tree(const bench_costs *costs, const bench_links *links, int64_t ranks);

/** Seconds of the MPI path: the same within nodes, and between them, for each bucket, the best of recursive
 * doubling, halving and doubling (Rabenseifner) and a ring that adds while it transfers (Thakur et al.,
 * 2005).
 */
double bench_model_mpi(const bench_costs *costs, const bench_links *links, int64_t ranks);

/** Seconds of a step of `microbatches` a rank with a reduction of `reduction` seconds: what is hidden runs
 * beside the last backward pass, taken as two thirds of its micro-batch. */
double bench_model_step(const bench_costs *costs, double reduction, int64_t microbatches);

/** Seconds to score `pool` samples in batches of 32 and to gather `record` bytes of each on rank 0. */
double bench_model_scoring(const bench_costs *costs, const bench_links *links, int64_t ranks, double pool,
                           double record);

/** What is asked of every prediction. */
typedef struct bench_question {
    int64_t total;     /* micro-batches of a step in strong scaling */
    double pool;       /* samples to be scored */
    double record;     /* bytes of a score */
    double efficiency; /* that a larger batch shall reach */
} bench_question;

bench_prediction bench_model_predict(const bench_costs *costs, const bench_links *links,
                                     const bench_question *question, int64_t nodes);

#define BENCH_MODEL_BUCKET 262144.0 /* floats, as comm_reduce's */

#endif
