#include "bench_scale.h"
#include "base_log.h"
#include "bench_model.h"
#include "bench_reduce.h"
#include "bench_report.h"
#include "bench_score.h"
#include "bench_setup.h"
#include "bench_train.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define ENOUGH     0.95 /* efficiency at which a larger batch has nothing to offer */
#define ROWS_MAX   21   /* powers of two up to 2^20 nodes */
#define MICRO      1e-6
#define GIGA       1e9
#define DIFFERENCE 1.02 /* closer than this, two reductions count as equal */

/* One figure that earlier measurements may hold. */
typedef struct figure {
    const char *key;
    double *value;
    double least, most; /* what makes sense */
} figure;

/* What the files of --from hold; the later file wins, NAN is left where none says. Rank 0. */
static base_status read_files(const bench_options *options, bench_costs *costs)
{
    const figure figures[] = {{"gradient_seconds", &costs->gradient, 1e-9, 1e6},
                              {"update_seconds", &costs->update, 0, 1e6},
                              {"batch", &costs->batch, 1, 1e6},
                              {"reduce_floats", &costs->floats, 1, 1e12},
                              {"add_seconds_per_float", &costs->add, 0, 1},
                              {"reduce_hidden_share", &costs->hidden, 0, 1},
                              {"score_rank_seconds_per_image", &costs->score, 1e-9, 1e6}};
    base_status status = BASE_OK;
    int64_t f;
    size_t i;

    for (f = 0; f < options->froms; f++)
        for (i = 0; i < sizeof figures / sizeof *figures && status == BASE_OK; i++) {
            status = bench_report_read(options->from[f], figures[i].key, figures[i].value);
            if (status == BASE_OK &&
                (*figures[i].value < figures[i].least || *figures[i].value > figures[i].most)) {
                base_log_error("%s: %s is %g, allowed are %g to %g", options->from[f], figures[i].key,
                               *figures[i].value, figures[i].least, figures[i].most);
                status = BASE_ERR_INPUT;
            }
        }
    return status;
}

static base_status measure_training(const comm_world *world, const bench_options *options, bench_costs *costs)
{
    bench_training found;
    base_status status = bench_train_measure(world, options, &found);

    if (status != BASE_OK)
        return status;
    costs->gradient = found.gradient;
    costs->update = found.update;
    costs->batch = (double)options->batch;
    costs->floats = (double)found.floats;
    costs->hidden = found.hidden;
    return BASE_OK;
}

static base_status measure_scoring(const comm_world *world, const bench_options *options, bench_costs *costs)
{
    bench_scoring found;
    base_status status = bench_score_measure(world, options, &found);

    if (status == BASE_OK)
        costs->score = found.pass.median * world->size / found.samples;
    return status;
}

/* Two leaves on one rank are one addition. */
static base_status measure_adding(const bench_options *options, bench_costs *costs)
{
    const comm_world self = {.comm = MPI_COMM_SELF, .size = 1};
    bench_options two = *options;
    comm_reduce *reduce = NULL;
    double seconds = 0;
    base_status status;

    two.microbatches = 2;
    status = bench_reduce_create(&self, &two, BASE_REDUCTION_TREE, (size_t)costs->floats, &reduce);
    if (status == BASE_OK)
        status = bench_reduce_measure(&self, &two, reduce, (size_t)costs->floats, &seconds);
    costs->add = seconds / costs->floats;
    comm_reduce_destroy(&reduce);
    return status;
}

/* The costs of one rank: what files say, and the rest measured. Collective; the same on every rank. */
static base_status find_costs(const comm_world *world, const bench_options *options, bench_costs *costs)
{
    base_status status = BASE_OK;

    *costs = (bench_costs){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    if (world->rank == 0)
        status = read_files(options, costs);
    status = comm_agree(world, status);
    comm_broadcast(world, costs, sizeof *costs);
    if (status == BASE_OK && isnan(costs->gradient + costs->update + costs->batch + costs->floats))
        status = measure_training(world, options, costs);
    if (status == BASE_OK && isnan(costs->score))
        status = measure_scoring(world, options, costs);
    comm_broadcast(world, costs, sizeof *costs);
    if (status == BASE_OK && isnan(costs->add))
        status = comm_agree(world, measure_adding(options, costs));
    if (isnan(costs->hidden))
        costs->hidden = 0;
    return status;
}

/* ---- words ---- */

static void print_assumptions(const bench_options *o, const bench_costs *c)
{
    printf("# measured on one rank: a micro-batch of %g samples %.4g ms, update %.4g ms, "
           "adding a float %.3g ns,\n"
           "#   a pool sample %.4g ms (%.5g images/s); %g floats are summed a step; %.0f %% of the sum is "
           "hidden\n",
           c->batch, 1e3 * c->gradient, 1e3 * c->update, 1e9 * c->add, 1e3 * c->score, 1 / c->score,
           c->floats, 100 * c->hidden);
    printf(
        "# assumed: %" PRId64 " ranks a node; %g us and %g GB/s each way between nodes, %g us and %g GB/s "
        "within one; ranks of\n"
        "#   a node share its link; no contention in the switches; equal nodes without jitter; a hidden sum "
        "runs beside the last\n"
        "#   backward pass; the pool's %" PRId64 " samples are read as fast as they are scored\n",
        o->ranks_per_node, o->latency, o->bandwidth, o->node_latency, o->node_bandwidth, o->pool);
    printf("# weak: one micro-batch a rank; strong: %" PRId64
           " micro-batches a step; x%.0f%%: micro-batches a "
           "rank that keep %.0f %%\n",
           o->total_batch, 100 * ENOUGH, 100 * ENOUGH);
}

/* Who does best at this number of nodes. */
static const char *advise(const bench_prediction *p)
{
    if (fmax(p->weak_efficiency, p->weak_mpi_efficiency) < ENOUGH)
        return "batch";
    if (p->mpi * DIFFERENCE < p->tree)
        return "mpi";
    return p->tree * DIFFERENCE < p->mpi ? "tree" : "either";
}

static void print_rows(const bench_prediction *rows, size_t count)
{
    size_t i;

    printf("#%6s %7s %9s %9s %11s %6s %5s %7s %11s %7s %11s %6s %s\n", "nodes", "ranks", "tree ms", "mpi ms",
           "weak img/s", "%", "x95%", "strong", "img/s", "%", "score img/s", "%", "best");
    for (i = 0; i < count; i++) {
        const bench_prediction *p = &rows[i];

        printf(" %6" PRId64 " %7" PRId64 " %9.3f %9.3f %11.0f %6.1f %5" PRId64 " %7" PRId64
               " %11.0f %7.2f %11.0f %6.1f %s\n",
               p->nodes, p->ranks, 1e3 * p->tree, 1e3 * p->mpi, p->weak_rate, 100 * p->weak_efficiency,
               p->enough, p->strong_ranks, p->strong_rate, 100 * p->strong_efficiency, p->score_rate,
               100 * p->score_efficiency, advise(p));
    }
}

/* "A wins on 2 to 8 nodes by up to 1.2 ms (30 %)", for a run of rows that one reduction wins. */
static void print_winner(const char *name, const bench_prediction *rows, size_t count, int side)
{
    double most = 0, share = 0;
    int64_t first = 0, last = 0;
    size_t i, won = 0;

    for (i = 0; i < count; i++) {
        double ours = side ? rows[i].mpi : rows[i].tree, other = side ? rows[i].tree : rows[i].mpi;

        if (ours * DIFFERENCE >= other)
            continue;
        first = won++ ? first : rows[i].nodes;
        last = rows[i].nodes;
        if (other - ours > most) {
            most = other - ours;
            share = most / other;
        }
    }
    if (won == 0)
        printf("# %s is nowhere the faster sum.\n", name);
    else
        printf("# %s is the faster sum on %zu of %zu numbers of nodes, between %" PRId64 " and %" PRId64
               ", by up to %.3g ms (%.0f %%).\n",
               name, won, count, first, last, 1e3 * most, 100 * share);
}

static void print_words(const bench_prediction *rows, size_t count)
{
    const bench_prediction *kept = NULL, *lost = NULL, *strong = NULL, *last = &rows[count - 1];
    size_t i;

    print_winner("the tree", rows, count, 0);
    print_winner("the MPI path", rows, count, 1);
    for (i = 0; i < count; i++) {
        if (rows[i].weak_efficiency >= ENOUGH)
            kept = &rows[i];
        else if (!lost)
            lost = &rows[i];
        if (rows[i].strong_efficiency >= 0.5)
            strong = &rows[i];
    }
    if (kept)
        printf("# weak scaling by the tree keeps %.0f %% up to %" PRId64 " nodes (%.0f images/s).\n",
               100 * ENOUGH, kept->nodes, kept->weak_rate);
    if (!lost)
        printf("# a larger batch has nothing to offer up to %" PRId64 " nodes.\n", last->nodes);
    else if (lost->enough)
        printf("# a larger batch wins from %" PRId64 " nodes on: %" PRId64
               " micro-batches a rank keep %.0f %% "
               "where one keeps %.1f %%.\n",
               lost->nodes, lost->enough, 100 * ENOUGH, 100 * lost->weak_efficiency);
    else
        printf("# from %" PRId64 " nodes on no batch keeps %.0f %%: the sum costs too much.\n", lost->nodes,
               100 * ENOUGH);
    if (strong)
        printf("# strong scaling pays (half or more of the ranks' work is used) up to %" PRId64 " nodes.\n",
               strong->nodes);
    printf("# scoring keeps %.1f %% on %" PRId64 " nodes.\n", 100 * last->score_efficiency, last->nodes);
}

/* ---- JSON ---- */

static void report_row(bench_report *report, const bench_prediction *p)
{
    bench_report_open_map(report);
    bench_report_number(report, "nodes", (double)p->nodes, "");
    bench_report_number(report, "ranks", (double)p->ranks, "");
    bench_report_number(report, "tree_seconds", p->tree, "");
    bench_report_number(report, "mpi_seconds", p->mpi, "");
    bench_report_number(report, "weak_images_per_second", p->weak_rate, "");
    bench_report_number(report, "weak_efficiency", p->weak_efficiency, "");
    bench_report_number(report, "weak_mpi_efficiency", p->weak_mpi_efficiency, "");
    bench_report_number(report, "microbatches_for_efficiency", (double)p->enough, "");
    bench_report_number(report, "strong_ranks", (double)p->strong_ranks, "");
    bench_report_number(report, "strong_images_per_second", p->strong_rate, "");
    bench_report_number(report, "strong_efficiency", p->strong_efficiency, "");
    bench_report_number(report, "score_images_per_second", p->score_rate, "");
    bench_report_number(report, "score_efficiency", p->score_efficiency, "");
    bench_report_text(report, "best", advise(p));
    bench_report_close_map(report);
}

static void report_json(bench_report *report, const comm_world *world, const bench_options *o,
                        const bench_costs *c, const bench_prediction *rows, size_t count)
{
    size_t i;

    bench_report_setting(report, world, o, (int32_t)o->size);
    bench_report_number(report, "batch", c->batch, "");
    bench_report_number(report, "gradient_seconds", c->gradient, "");
    bench_report_number(report, "update_seconds", c->update, "");
    bench_report_number(report, "reduce_floats", c->floats, "");
    bench_report_number(report, "add_seconds_per_float", c->add, "");
    bench_report_number(report, "reduce_hidden_share", c->hidden, "");
    bench_report_number(report, "score_rank_seconds_per_image", c->score, "");
    bench_report_number(report, "latency_us", o->latency, "");
    bench_report_number(report, "bandwidth_gb", o->bandwidth, "");
    bench_report_number(report, "node_latency_us", o->node_latency, "");
    bench_report_number(report, "node_bandwidth_gb", o->node_bandwidth, "");
    bench_report_number(report, "ranks_per_node", (double)o->ranks_per_node, "");
    bench_report_number(report, "total_microbatches", (double)o->total_batch, "");
    bench_report_number(report, "pool", (double)o->pool, "");
    bench_report_open_list(report, "rows");
    for (i = 0; i < count; i++)
        report_row(report, &rows[i]);
    bench_report_close_list(report);
}

static base_status predict(const comm_world *world, const bench_options *o, const bench_costs *costs)
{
    const bench_links links = {MICRO * o->latency, GIGA * o->bandwidth, MICRO * o->node_latency,
                               GIGA * o->node_bandwidth, o->ranks_per_node};
    const bench_question question = {o->total_batch, (double)o->pool, sizeof(store_score), ENOUGH};
    bench_prediction rows[ROWS_MAX];
    bench_report report = bench_report_begin(o->json);
    size_t count = 0;
    int64_t nodes;

    for (nodes = o->nodes_first; nodes <= o->nodes_last && count < ROWS_MAX; nodes *= 2)
        rows[count++] = bench_model_predict(costs, &links, &question, nodes);
    if (o->json) {
        report_json(&report, world, o, costs, rows, count);
    } else {
        print_assumptions(o, costs);
        print_rows(rows, count);
        print_words(rows, count);
    }
    return bench_report_finish(&report);
}

base_status bench_scale_run(const comm_world *world, const bench_options *options)
{
    bench_costs costs;
    base_status status = find_costs(world, options, &costs);

    if (status == BASE_OK && world->rank == 0)
        status = predict(world, options, &costs);
    return comm_agree(world, status);
}
