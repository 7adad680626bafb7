#include "bench_model.h"
#include <math.h>

#define FLOAT_BYTES    4.0
#define BATCH          32.0 /* samples, as the scorer's */
#define BACKWARD_SHARE (2.0 / 3)
#define ENOUGH_MOST    1024

/* The terms of one message. */
typedef struct hop {
    double latency, per_float;
} hop;

/* Between partners at a distance within, or beyond, a node; every rank of the node sends at once. */
static hop hop_at(const bench_links *links, int64_t distance)
{
    double sharing = FLOAT_BYTES * (double)links->ranks_per_node;

    if (distance < links->ranks_per_node)
        return (hop){links->node_latency, sharing / links->node_bandwidth};
    return (hop){links->latency, sharing / links->bandwidth};
}

/* Seconds to exchange floats with a partner, in buckets. */
static double exchange(hop h, double floats)
{
    return ceil(floats / BENCH_MODEL_BUCKET) * h.latency + floats * h.per_float;
}

/* Halving and doubling over partners at distances [first, last). `floats` is what a rank holds at `first`. */
static double halve_and_double(const bench_costs *costs, const bench_links *links, double floats,
                               int64_t first, int64_t last)
{
    double seconds = 0;
    int64_t distance;

    for (distance = first; distance < last; distance *= 2) {
        floats /= 2;
        seconds += 2 * exchange(hop_at(links, distance), floats) + floats * costs->add;
    }
    return seconds;
}

double bench_model_tree(const bench_costs *costs, const bench_links *links, int64_t ranks)
{
    return halve_and_double(costs, links, costs->floats, 1, ranks);
}

/* One bucket between nodes, by MPI's best. `floats` is a rank's part of it. */
static double allreduce(const bench_costs *costs, hop h, double floats, double nodes)
{
    double levels = log2(nodes), part = (nodes - 1) / nodes * floats;
    double doubling = levels * (h.latency + floats * (h.per_float + costs->add));
    double halving = 2 * levels * h.latency + part * (2 * h.per_float + costs->add);
    double ring = 2 * (nodes - 1) * h.latency + part * (h.per_float + fmax(h.per_float, costs->add));

    return fmin(doubling, fmin(halving, ring));
}

double bench_model_mpi(const bench_costs *costs, const bench_links *links, int64_t ranks)
{
    int64_t inside = links->ranks_per_node < ranks ? links->ranks_per_node : ranks;
    double nodes = (double)(ranks / inside), buckets = ceil(costs->floats / BENCH_MODEL_BUCKET);
    double seconds = halve_and_double(costs, links, costs->floats, 1, inside);

    if (nodes > 1)
        seconds += buckets *
                   allreduce(costs, hop_at(links, inside), costs->floats / buckets / (double)inside, nodes);
    return seconds;
}

double bench_model_step(const bench_costs *costs, double reduction, int64_t microbatches)
{
    double hidden = fmin(costs->hidden * reduction, BACKWARD_SHARE * costs->gradient);
    double leaves = (double)microbatches;

    return leaves * costs->gradient + (leaves - 1) * costs->floats * costs->add + costs->update + reduction -
           hidden;
}

double bench_model_scoring(const bench_costs *costs, const bench_links *links, int64_t ranks, double pool,
                           double record)
{
    double batches = ceil(ceil(pool / BATCH) / (double)ranks);
    double remote = (double)(ranks - 1);

    return batches * BATCH * costs->score + remote * links->latency +
           pool * record * remote / (double)ranks / links->bandwidth;
}

/* Images/s of a rank against those of a rank alone with as many micro-batches. */
static double efficiency(const bench_costs *costs, double reduction, int64_t microbatches)
{
    return bench_model_step(costs, 0, microbatches) / bench_model_step(costs, reduction, microbatches);
}

static int64_t find_enough(const bench_costs *costs, double reduction, double wanted)
{
    int64_t microbatches;

    for (microbatches = 1; microbatches <= ENOUGH_MOST; microbatches *= 2)
        if (efficiency(costs, reduction, microbatches) >= wanted)
            return microbatches;
    return 0;
}

bench_prediction bench_model_predict(const bench_costs *costs, const bench_links *links,
                                     const bench_question *question, int64_t nodes)
{
    bench_prediction p = {.nodes = nodes, .ranks = nodes * links->ranks_per_node};
    double alone = bench_model_step(costs, 0, question->total), ranks = (double)p.ranks, strong;

    p.tree = bench_model_tree(costs, links, p.ranks);
    p.mpi = bench_model_mpi(costs, links, p.ranks);
    p.weak_step = bench_model_step(costs, p.tree, 1);
    p.weak_rate = ranks * costs->batch / p.weak_step;
    p.weak_efficiency = efficiency(costs, p.tree, 1);
    p.weak_mpi_efficiency = efficiency(costs, p.mpi, 1);
    p.enough = find_enough(costs, p.tree, question->efficiency);

    p.strong_ranks = p.ranks < question->total ? p.ranks : question->total;
    strong = bench_model_tree(costs, links, p.strong_ranks);
    p.strong_step = bench_model_step(costs, strong, question->total / p.strong_ranks);
    p.strong_rate = (double)question->total * costs->batch / p.strong_step;
    p.strong_efficiency = alone / (ranks * p.strong_step);

    p.score_seconds = bench_model_scoring(costs, links, p.ranks, question->pool, question->record);
    p.score_rate = question->pool / p.score_seconds;
    p.score_efficiency =
        bench_model_scoring(costs, links, 1, question->pool, question->record) / (ranks * p.score_seconds);
    return p;
}
