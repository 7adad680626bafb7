#include "camal_inspect.h"
#include "camal_table.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#define SHARE_TEXT 16

/* A share in per cent; what was not measured (-1, not a number) is a dash. Returns text. */
static const char *share_text(double share, char text[SHARE_TEXT])
{
    snprintf(text, SHARE_TEXT, share >= 0 ? "%.2f" : "-", 100 * share);
    return text;
}

static void add_share(camal_table *table, double share)
{
    char text[SHARE_TEXT];

    camal_table_add(table, "%s", share_text(share, text));
}

static size_t weights_of(const store_round *round)
{
    size_t sum = 0;
    int32_t i;

    for (i = 0; i < round->model_tensors; i++)
        sum += store_tensor_count(&round->model[i]);
    return sum;
}

static void print_provenance(const char *path, const store_round *round, const inspect_counts *counts)
{
    printf("%s: round %" PRId32 " of a run, by camal %s\n\n", path, round->index, round->version);
    printf("  data set    %s, %zu samples, %zu classes\n", round->dataset_digest, round->samples,
           round->classes);
    printf("  parent      %s\n", round->parent_digest[0] ? round->parent_digest : "none: the first round");
    printf("  made with   seed %" PRIu64 ", ranks %" PRId32 ", threads of a rank %" PRId32 "\n", round->seed,
           round->ranks, round->threads);
    printf("  network     %" PRId32 " tensors, %zu numbers\n", round->model_tensors, weights_of(round));
    if (round->start_digest[0])
        printf("  begun with  the weights of the file %s\n", round->start_digest);
    printf("  labelled    %" PRId64 " trained on: %" PRId64 " of the start, %" PRId64 " added\n",
           counts->start + counts->added, counts->start, counts->added);
    printf("  pool        %" PRId64 " samples left without label; %" PRId64 " are for validation and test\n",
           counts->pool, counts->outside);
    printf("  classes     %" PRId64 " active, %" PRId64 " finished, %" PRId64 " excluded",
           counts->status[STORE_CLASS_ACTIVE], counts->status[STORE_CLASS_FINISHED],
           counts->status[STORE_CLASS_EXCLUDED]);
    if (counts->status[STORE_CLASS_PAUSED] > 0)
        printf(", %" PRId64 " paused", counts->status[STORE_CLASS_PAUSED]);
    putchar('\n');
}

static void print_metrics(const store_round *round)
{
    const store_timing *seconds = &round->timing;
    char first[SHARE_TEXT], second[SHARE_TEXT];

    printf("  accuracy    validation %s %%, test %s %% (mean recall of the classes trained on)\n",
           share_text(round->validation_accuracy, first), share_text(round->test_accuracy, second));
    printf("  samples     test %s %% of the classes trained on, %s %% of all with excluded classes as "
           "errors\n",
           share_text(round->kept_test_accuracy, first), share_text(round->all_test_accuracy, second));
    printf("  calibration error %.4f on validation, %.4f on test\n", round->validation_calibration,
           round->test_calibration);
    if (isfinite(round->agreement))
        printf("  agreement   kappa %.4f with the round before, over %" PRId64 " pool samples of both\n",
               round->agreement, round->agreement_samples);
    printf("  seconds     train %.1f, evaluate %.1f, score %.1f, select %.1f\n", seconds->train,
           seconds->evaluate, seconds->score, seconds->select);
}

static void print_choices(const store_round *round, const inspect_counts *counts)
{
    if (round->queries == 0) {
        printf("  chosen      nothing: %s\n", round->stopped
                                                  ? "stop.rule ended the run here"
                                                  : "the run's last round, or nothing left to choose from");
        return;
    }
    printf("  chosen      %zu samples of %zu scored: %" PRId64 " within quotas, %" PRId64
           " beyond them, %" PRId64 " without quotas\n",
           round->queries, round->scores, counts->by_reason[STORE_QUERY_QUOTA],
           counts->by_reason[STORE_QUERY_FILL], counts->by_reason[STORE_QUERY_STRATEGY]);
    printf("  answered    %" PRId64 ", of them %" PRId64 " as predicted\n", counts->answered,
           counts->as_predicted);
}

static base_status print_classes(const store_round *round, const select_exclusion_options *options)
{
    static const char *const heads[] = {"Class",  "Labelled", "(added)", "Valid. %", "Best %",
                                        "Test %", "CAM",      "Need",    "Pool",     "Quota",
                                        "Chosen", "Answers",  "Status"};
    camal_table table = camal_table_begin("lrrrrrrrrrrrl");
    char reason[160];
    size_t i;

    for (i = 0; i < sizeof heads / sizeof *heads; i++)
        camal_table_add(&table, "%s", heads[i]);
    for (i = 0; i < round->classes; i++) {
        const store_class *c = &round->class_state[i];

        camal_table_add(&table, "%s", round->class_name[i]);
        camal_table_add(&table, "%" PRId64, c->labelled);
        camal_table_add(&table, "(+%" PRId64 ")", c->added);
        add_share(&table, (double)c->validation_accuracy);
        add_share(&table, (double)c->best_validation_accuracy);
        add_share(&table, (double)c->test_accuracy);
        if (c->cam_score >= 0)
            camal_table_add(&table, "%.3f", (double)c->cam_score);
        else
            camal_table_add(&table, "-");
        camal_table_add(&table, "%.3f", (double)c->need);
        camal_table_add(&table, "%" PRId64, c->pool_predicted);
        camal_table_add(&table, "%" PRId64, c->quota);
        camal_table_add(&table, "%" PRId64, inspect_queries_of(round, (int32_t)i, 0));
        camal_table_add(&table, "%" PRId64, inspect_queries_of(round, (int32_t)i, 1));
        select_exclusion_reason(c, options, reason, sizeof reason);
        camal_table_add(&table, "%s", reason);
    }
    return camal_table_print(&table, false, stdout);
}

static base_status print_epochs(const store_round *round)
{
    static const char *const heads[] = {"Epoch",   "Steps",       "Rate",     "Train loss",
                                        "Train %", "Valid. loss", "Valid. %", ""};
    camal_table table = camal_table_begin("rrrrrrrl");
    size_t i;

    for (i = 0; i < sizeof heads / sizeof *heads; i++)
        camal_table_add(&table, "%s", heads[i]);
    for (i = 0; i < round->epochs; i++) {
        const store_epoch *e = &round->epoch[i];

        camal_table_add(&table, "%" PRId32, e->epoch);
        camal_table_add(&table, "%" PRId64, e->steps);
        camal_table_add(&table, "%.4g", (double)e->rate);
        camal_table_add(&table, "%.4f", (double)e->train_loss);
        add_share(&table, (double)e->train_accuracy);
        if (isfinite(e->validation_loss))
            camal_table_add(&table, "%.4f", (double)e->validation_loss);
        else
            camal_table_add(&table, "-");
        add_share(&table, (double)e->validation_accuracy);
        camal_table_add(&table, "%s", e->epoch == round->best_epoch ? "kept" : "");
    }
    return camal_table_print(&table, false, stdout);
}

base_status inspect_text_round(const char *path, const store_round *round,
                               const select_exclusion_options *options)
{
    inspect_counts counts = inspect_count(round);
    base_status status;

    print_provenance(path, round, &counts);
    print_metrics(round);
    print_choices(round, &counts);
    putchar('\n');
    status = print_classes(round, options);
    if (status != BASE_OK || round->epochs == 0)
        return status;
    putchar('\n');
    return print_epochs(round);
}

/* What a rule did, or would have done, to the run. */
static void print_stop(const inspect_line *lines, size_t count, const camal_stops *stops, int32_t rule)
{
    const inspect_line *at = inspect_stop(lines, count, stops, rule), *last = &lines[count - 1];
    char then[SHARE_TEXT], now[SHARE_TEXT];

    if (!at)
        printf("stop.rule %s would not have stopped the run.\n", camal_stops_name(rule));
    else if (at->stopped == rule)
        printf("stop.rule %s stopped the run after round %" PRId32 "%s.\n", camal_stops_name(rule), at->round,
               at == last ? "" : "; it was let go on later");
    else if (at == last)
        printf("stop.rule %s would have stopped the run after round %" PRId32 ", its last.\n",
               camal_stops_name(rule), at->round);
    else
        printf("stop.rule %s would have stopped the run after round %" PRId32 ": %" PRId64
               " %s fewer, test accuracy %s %% instead of %s %%.\n",
               camal_stops_name(rule), at->round, last->labelled - at->labelled,
               last->labelled - at->labelled == 1 ? "label" : "labels", share_text(at->test, then),
               share_text(last->test, now));
    if (at)
        printf("  %s\n", stops->found[rule].reason);
}

base_status inspect_text_run(const char *path, const inspect_line *lines, size_t count,
                             const camal_stops *stops)
{
    static const char *const heads[] = {"Round",  "Labelled", "Valid. %", "Test %",   "Kept %",
                                        "All %",  "Kappa",    "Active",   "Finished", "Excluded",
                                        "Paused", "Chosen",   "Seconds"};
    camal_table table = camal_table_begin("rrrrrrrrrrrrr");
    size_t i;

    printf("%s: %zu rounds\n\n", path, count);
    for (i = 0; i < sizeof heads / sizeof *heads; i++)
        camal_table_add(&table, "%s", heads[i]);
    for (i = 0; i < count; i++) {
        camal_table_add(&table, "%" PRId32, lines[i].round);
        camal_table_add(&table, "%" PRId64, lines[i].labelled);
        add_share(&table, lines[i].validation);
        add_share(&table, lines[i].test);
        add_share(&table, lines[i].kept_test);
        add_share(&table, lines[i].all_test);
        if (isfinite(lines[i].agreement))
            camal_table_add(&table, "%.4f", lines[i].agreement);
        else
            camal_table_add(&table, "-");
        camal_table_add(&table, "%" PRId64, lines[i].active);
        camal_table_add(&table, "%" PRId64, lines[i].finished);
        camal_table_add(&table, "%" PRId64, lines[i].excluded);
        camal_table_add(&table, "%" PRId64, lines[i].paused);
        camal_table_add(&table, "%zu", lines[i].queries);
        camal_table_add(&table, "%.1f", lines[i].seconds);
    }
    if (camal_table_print(&table, false, stdout) != BASE_OK)
        return BASE_ERR_IO;
    printf("\nValid. and Test: mean recall of the classes trained on. Kept: test samples of those classes "
           "that are right.\n"
           "All: of all test samples, those of excluded classes counted as errors. Kappa: predictions for "
           "the pool,\nagainst the round before.\n\n");
    print_stop(lines, count, stops, BASE_STOP_PLATEAU);
    print_stop(lines, count, stops, BASE_STOP_AGREEMENT);
    return BASE_OK;
}
