#include "camal_export_tables.h"
#include "select_exclusion.h"
#include <stdlib.h>

/* ---- words ---- */

const char *export_query_word(int32_t reason)
{
    static const char *const words[] = {"strategy", "quota", "fill"};

    return reason >= 0 && reason < 3 ? words[reason] : "unknown";
}

int64_t export_labelled(const store_round *round)
{
    int64_t sum = 0;
    size_t c;

    for (c = 0; c < round->classes; c++)
        sum += round->class_state[c].labelled;
    return sum;
}

/* A class by number; empty for one that is none, such as an answer that is awaited. */
static const char *class_word(const store_round *round, int32_t number)
{
    if (number == STORE_LABEL_CANT_TELL)
        return "can't tell";
    return number >= 0 && (size_t)number < round->classes ? round->class_name[number] : "";
}

/* ---- tables ---- */

static void add_place(const store_table *samples, int64_t sample, camal_csv *csv)
{
    if (!samples)
        return;
    camal_csv_integer(csv, samples->annotation_id[sample]);
    camal_csv_text(csv, store_table_picture(samples, (size_t)sample));
}

static void add_scores(const store_round *round, const store_table *samples, camal_csv *csv)
{
    size_t i, j;

    for (i = 0; i < round->scores; i++) {
        const store_score *s = &round->score[i];
        const float values[] = {s->confidence,  s->margin,         s->entropy,
                                s->cam_sum,     s->cam_activation, s->cam_area,
                                s->cam_entropy, s->cam_overlap,    s->cam_agreement};

        camal_csv_integer(csv, round->index);
        camal_csv_integer(csv, s->sample);
        camal_csv_text(csv, class_word(round, s->predicted));
        camal_csv_text(csv, class_word(round, s->second));
        for (j = 0; j < sizeof values / sizeof *values; j++)
            camal_csv_float(csv, values[j]);
        camal_csv_integer(csv, s->cam_empty);
        add_place(samples, s->sample, csv);
        camal_csv_end_line(csv);
    }
}

const export_table export_scores = {
    "round,sample,predicted,second,confidence,margin,entropy,cam_sum,cam_activation,cam_area,cam_entropy,"
    "cam_overlap,cam_agreement,cam_empty",
    add_scores};

static void add_queries(const store_round *round, const store_table *samples, camal_csv *csv)
{
    size_t i;

    for (i = 0; i < round->queries; i++) {
        const store_query *q = &round->query[i];

        camal_csv_integer(csv, round->index);
        camal_csv_integer(csv, q->rank);
        camal_csv_integer(csv, q->sample);
        camal_csv_text(csv, class_word(round, q->predicted));
        camal_csv_float(csv, q->score);
        camal_csv_text(csv, export_query_word(q->reason));
        camal_csv_text(csv, class_word(round, q->answer));
        add_place(samples, q->sample, csv);
        camal_csv_end_line(csv);
    }
}

const export_table export_queries = {"round,rank,sample,predicted,score,reason,answer", add_queries};

/* Empty where the rule does not look at it. */
static void put_labels_needed(camal_csv *csv, int64_t labels)
{
    if (labels == STORE_LABELS_NEVER)
        camal_csv_text(csv, "never");
    else if (labels < 0)
        camal_csv_text(csv, "");
    else
        camal_csv_integer(csv, labels);
}

static void add_classes(const store_round *round, const store_table *samples, camal_csv *csv)
{
    size_t i, j;

    (void)samples;
    for (i = 0; i < round->classes; i++) {
        const store_class *c = &round->class_state[i];
        const float shares[] = {c->validation_accuracy, c->best_validation_accuracy, c->test_accuracy,
                                c->cam_score, c->test_cam_score};
        const int64_t counts[] = {c->quota,          c->labelled,         c->added,
                                  c->pool_predicted, c->validation_count, c->test_count};

        camal_csv_integer(csv, round->index);
        camal_csv_text(csv, round->class_name[i]);
        camal_csv_text(csv, select_exclusion_status_name(c->status));
        camal_csv_text(csv, select_exclusion_reason_name(c->reason));
        camal_csv_integer(csv, c->decided_round);
        for (j = 0; j < sizeof shares / sizeof *shares; j++)
            camal_csv_share(csv, shares[j]);
        camal_csv_float(csv, c->need);
        for (j = 0; j < sizeof counts / sizeof *counts; j++)
            camal_csv_integer(csv, counts[j]);
        camal_csv_integer(csv, c->below);
        put_labels_needed(csv, c->labels_needed);
        camal_csv_end_line(csv);
    }
}

const export_table export_classes = {
    "round,class,status,reason,decided_round,validation_accuracy,best_validation_accuracy,test_accuracy,"
    "cam_score,test_cam_score,need,quota,labelled,added,pool_predicted,validation_count,test_count,below,"
    "labels_needed",
    add_classes};
