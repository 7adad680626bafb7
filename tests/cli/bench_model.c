/* The arithmetic of camal-bench's model and statistics. */
#include "bench_model.h"
#include "bench_stats.h"
#include "unit_test.h"
#include <math.h>
#include <stdlib.h>

#define TOLERANCE 1e-12

/* 1 MiB of floats in 4 buckets, a microsecond a message, a byte a nanosecond. */
static const bench_costs costs = {.gradient = 0.1,
                                  .update = 0.01,
                                  .batch = 32,
                                  .floats = 4 * BENCH_MODEL_BUCKET,
                                  .add = 1e-9,
                                  .score = 1e-3};
static const bench_links flat = {
    .latency = 1e-6, .bandwidth = 1e9, .node_latency = 1e-7, .node_bandwidth = 1e10, .ranks_per_node = 1};

START_TEST(one_rank_sends_nothing)
{
    ck_assert(bench_model_tree(&costs, &flat, 1) == 0 && bench_model_mpi(&costs, &flat, 1) == 0);
}
END_TEST

START_TEST(tree_on_four_ranks_is_the_sum_of_its_messages)
{
    double half = costs.floats / 2, quarter = costs.floats / 4;
    double bytes = 2 * (half + quarter) * 4e-9, adds = (half + quarter) * 1e-9;
    double messages = 2 * (2 + 1) * 1e-6; /* buckets of the half and of the quarter, there and back */

    ck_assert_double_eq_tol(bench_model_tree(&costs, &flat, 4), bytes + adds + messages, TOLERANCE);
}
END_TEST

START_TEST(ranks_of_a_node_send_over_its_link_no_more_than_one_rank_would)
{
    bench_links shared = flat;
    double between, inside;

    shared.ranks_per_node = 4;
    inside = bench_model_tree(&costs, &shared, 4);
    between = bench_model_tree(&costs, &shared, 8) - inside;
    /* The nearest come first: an eighth of the buffer a rank is left, and four ranks share the link. */
    ck_assert_double_eq_tol(
        between,
        2 * (ceil(costs.floats / 8 / BENCH_MODEL_BUCKET) * 1e-6 + costs.floats / 8 * 4 * 4e-9) +
            costs.floats / 8 * 1e-9,
        TOLERANCE);
}
END_TEST

START_TEST(mpi_chooses_by_latency_and_volume)
{
    bench_links slow = flat;
    bench_costs small = costs;

    /* Latency is all: recursive doubling takes log2(R) messages where halving and doubling takes twice that.
     */
    slow.latency = 1;
    small.floats = 16;
    small.add = 0;
    slow.bandwidth = 1e18;
    ck_assert_double_eq_tol(bench_model_mpi(&small, &slow, 1024), 10, 1e-6);
    ck_assert_double_eq_tol(bench_model_tree(&small, &slow, 1024), 20, 1e-6);
    /* Volume is all: a ring hides its additions, the tree does not. */
    slow.latency = 0;
    slow.bandwidth = 1e9;
    ck_assert_double_eq_tol(bench_model_mpi(&costs, &slow, 2), costs.floats * 4e-9, TOLERANCE);
    ck_assert_double_eq_tol(bench_model_tree(&costs, &slow, 2), costs.floats * 4e-9 + costs.floats / 2 * 1e-9,
                            TOLERANCE);
}
END_TEST

START_TEST(a_step_hides_no_more_than_the_backward_pass)
{
    bench_costs hiding = costs;

    hiding.floats = 0;
    ck_assert_double_eq_tol(bench_model_step(&hiding, 0.05, 2), 0.2 + 0.01 + 0.05, TOLERANCE);
    hiding.hidden = 0.5;
    ck_assert_double_eq_tol(bench_model_step(&hiding, 0.05, 2), 0.2 + 0.01 + 0.025, TOLERANCE);
    hiding.hidden = 1;
    ck_assert_double_eq_tol(bench_model_step(&hiding, 1, 1), 0.1 + 0.01 + 1 - 0.2 / 3, TOLERANCE);
}
END_TEST

START_TEST(scoring_takes_whole_batches_and_gathers_records)
{
    bench_links links = flat;

    links.latency = 0;
    links.bandwidth = 1e300;
    /* 65 samples are 3 batches: two for the slower of two ranks. */
    ck_assert_double_eq_tol(bench_model_scoring(&costs, &links, 2, 65, 64), 0.064, TOLERANCE);
    links.latency = 1e-3;
    links.bandwidth = 64000;
    ck_assert_double_eq_tol(bench_model_scoring(&costs, &links, 2, 64, 64), 0.032 + 1e-3 + 0.032, TOLERANCE);
}
END_TEST

START_TEST(predictions_hold_together)
{
    const bench_question question = {64, 1e6, 64, 0.95};
    bench_prediction one = bench_model_predict(&costs, &flat, &question, 1);
    bench_prediction many = bench_model_predict(&costs, &flat, &question, 128);
    double enough =
        bench_model_step(&costs, 0, many.enough) / bench_model_step(&costs, many.tree, many.enough);
    double fewer =
        bench_model_step(&costs, 0, many.enough / 2) / bench_model_step(&costs, many.tree, many.enough / 2);

    ck_assert_double_eq_tol(one.weak_efficiency, 1, TOLERANCE);
    ck_assert_double_eq_tol(one.strong_efficiency, 1, TOLERANCE);
    ck_assert_double_eq_tol(one.score_efficiency, 1, TOLERANCE);
    ck_assert_double_eq_tol(many.weak_rate, 128 * 32 / many.weak_step, 1e-6);
    ck_assert_msg(many.strong_ranks == 64, "more ranks than micro-batches find work");
    ck_assert(many.weak_efficiency < 0.95 && enough >= 0.95 && fewer < 0.95);
}
END_TEST

START_TEST(spread_interpolates_and_slowest_is_per_step)
{
    double values[] = {5, 1, 4, 2, 3}, all[] = {1, 5, 3, 2, 4, 4}, slowest[3];
    bench_spread spread = bench_stats_spread(values, 5), single = bench_stats_spread(values, 1);

    bench_stats_slowest(all, 2, 3, slowest);
    ck_assert_double_eq_tol(spread.median, 3, TOLERANCE);
    ck_assert_double_eq_tol(spread.low, 1.4, TOLERANCE);
    ck_assert_double_eq_tol(spread.high, 4.6, TOLERANCE);
    ck_assert(single.low == single.high && single.low == single.median);
    ck_assert(slowest[0] == 2 && slowest[1] == 5 && slowest[2] == 4);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bench_model");
    TCase *tests = tcase_create("arithmetic");

    tcase_add_test(tests, one_rank_sends_nothing);
    tcase_add_test(tests, tree_on_four_ranks_is_the_sum_of_its_messages);
    tcase_add_test(tests, ranks_of_a_node_send_over_its_link_no_more_than_one_rank_would);
    tcase_add_test(tests, mpi_chooses_by_latency_and_volume);
    tcase_add_test(tests, a_step_hides_no_more_than_the_backward_pass);
    tcase_add_test(tests, scoring_takes_whole_batches_and_gathers_records);
    tcase_add_test(tests, predictions_hold_together);
    tcase_add_test(tests, spread_interpolates_and_slowest_is_per_step);
    suite_add_tcase(suite, tests);
    return unit_test_run(suite);
}
