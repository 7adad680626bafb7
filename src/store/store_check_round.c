#include "base_config.h"
#include "base_log.h"
#include "store_check.h"
#include "store_columns.h"
#include "store_report.h"
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A round under inspection and what its records add up to. */
typedef struct inspection {
    const store_round *round;
    store_report report;
    uint8_t *queried;      /* [samples] 1: in /queries */
    store_class *counted;  /* [classes] labelled, added, pool_predicted, validation_count, test_count; quota:
                              queries  within it */
    int64_t *confusion[2]; /* [classes,classes] validation, test */
    size_t answered;       /* queries with an answer */
} inspection;

static bool is_class(const inspection *in, int64_t class)
{
    return class >= 0 && (uint64_t) class < in->round->classes;
}

static bool is_sample(const inspection *in, int64_t sample)
{
    return sample >= 0 && (uint64_t)sample < in->round->samples;
}

/* Did this round's model learn from the sample's label? */
static bool was_trained_on(const store_round *round, size_t sample)
{
    return round->pool_state[sample] == STORE_POOL_LABELLED && round->pool_round[sample] <= round->index;
}

static bool is_digest(const char *text)
{
    return strspn(text, "0123456789abcdef") == BASE_DIGEST_TEXT - 1;
}

/* ---- what is said once ---- */

static void check_provenance(inspection *in)
{
    const store_round *r = in->round;
    int i;

    if (r->index < 0 || r->index >= INT32_MAX - 1)
        store_report_add(&in->report, "attribute index is %d, expected 0 or more", (int)r->index);
    if (r->version[0] == 0)
        store_report_add(&in->report, "attribute version is empty, expected camal's version");
    if (!is_digest(r->dataset_digest))
        store_report_add(&in->report, "attribute dataset_digest is \"%.32s\", expected %d hexadecimal digits",
                         r->dataset_digest, BASE_DIGEST_TEXT - 1);
    if (r->index > 0 ? !is_digest(r->parent_digest) : r->parent_digest[0] != 0)
        store_report_add(&in->report, "attribute parent_digest is \"%.32s\", expected %s", r->parent_digest,
                         r->index > 0 ? "32 hexadecimal digits" : "nothing in round 0");
    if (r->start_digest[0] != 0 && !is_digest(r->start_digest))
        store_report_add(&in->report, "attribute start_digest is \"%.32s\", expected 32 hexadecimal digits",
                         r->start_digest);
    if (r->ranks < 1 || r->threads < 1)
        store_report_add(&in->report, "attributes ranks and threads are %d and %d, expected at least 1",
                         (int)r->ranks, (int)r->threads);
    if (r->size < 0)
        store_report_add(&in->report, "attribute size of /model is %d, expected pixels", (int)r->size);
    for (i = 0; i < 3 && r->size > 0; i++)
        if (!isfinite(r->mean[i]) || !isfinite(r->std[i]) || r->std[i] <= 0)
            store_report_add(&in->report,
                             "attributes mean[%d] and std[%d] of /model are %g and %g, expected finite "
                             "numbers, std above 0",
                             i, i, (double)r->mean[i], (double)r->std[i]);
    if (!r->config || r->config[0] == 0)
        store_report_add(&in->report, "/config is empty, expected the effective configuration");
    if (!r->plan)
        store_report_add(&in->report, "/plan is missing");
}

static void check_tensors(inspection *in, const char *group, const store_tensor *list, int32_t count)
{
    int32_t i;

    for (i = 0; i < count; i++) {
        size_t elements = store_tensor_count(&list[i]), k = 0;

        while (k < elements && isfinite(list[i].data[k]))
            k++;
        if (k < elements) {
            store_report_add(&in->report, "%s/%s has %g at element %zu, expected finite numbers", group,
                             list[i].name, (double)list[i].data[k], k);
            return;
        }
        if (store_tensor_find(list, i, list[i].name)) {
            store_report_add(&in->report, "%s/%s is there twice", group, list[i].name);
            return;
        }
    }
}

static void check_epochs(inspection *in)
{
    const store_round *r = in->round;
    bool found = r->best_epoch == -1;
    size_t i;

    for (i = 0; i < r->epochs; i++) {
        if (i > 0 && r->epoch[i].epoch <= r->epoch[i - 1].epoch) {
            store_report_add(&in->report,
                             "/metrics/epoch/epoch[%zu] is %d after %d, expected increasing numbers", i,
                             (int)r->epoch[i].epoch, (int)r->epoch[i - 1].epoch);
            return;
        }
        found = found || r->epoch[i].epoch == r->best_epoch;
    }
    if (!found)
        store_report_add(&in->report,
                         "/metrics: attribute best_epoch is %d, which is not in /metrics/epoch/epoch",
                         (int)r->best_epoch);
}

static void check_finite(inspection *in, const store_columns *columns, const void *records, size_t rows)
{
    const store_column *column;
    double value;
    size_t row;

    column = store_columns_not_finite(columns, records, rows, &row, &value);
    if (column)
        store_report_add(&in->report, "%s/%s[%zu] is %g, expected a finite number", columns->group,
                         column->name, row, value);
}

static void check_ending(inspection *in)
{
    const store_round *r = in->round;
    bool known = r->agreement_samples > 0;

    if (r->agreement_samples < 0 || (uint64_t)r->agreement_samples > r->scores ||
        (known ? !(r->agreement >= -1 && r->agreement <= 1) : !isnan(r->agreement)))
        store_report_add(&in->report,
                         "/metrics: attributes agreement and agreement_samples are %g and %lld, expected -1 "
                         "to 1 over 1 to %zu samples, or not a number over 0",
                         r->agreement, (long long)r->agreement_samples, r->scores);
    if (r->stopped < 0 || r->stopped > BASE_STOP_AGREEMENT || (r->stopped > 0 && r->queries > 0))
        store_report_add(&in->report,
                         "/metrics: attribute stopped is %d and /queries has %zu rows, allowed are 0 to %d, "
                         "and no rows in a round that ended the run",
                         (int)r->stopped, r->queries, BASE_STOP_AGREEMENT);
}

/* ---- row by row: false, and a message, for the first row that breaks a rule ---- */

static bool check_pool_row(inspection *in, size_t i)
{
    const store_round *r = in->round;
    int32_t label = r->pool_label[i], since = r->pool_round[i], copies = r->pool_copies[i];

    if (r->pool_state[i] > STORE_POOL_ASIDE) {
        store_report_add(&in->report, "/pool/state[%zu] is %d, allowed are 0 to %d", i, r->pool_state[i],
                         STORE_POOL_ASIDE);
        return false;
    }
    if (r->pool_state[i] != STORE_POOL_LABELLED) {
        if (label == STORE_LABEL_UNKNOWN && since == -1 && copies == 0)
            return true;
        store_report_add(&in->report,
                         "/pool: sample %zu is not labelled, but has label %d, round_labelled %d, copies %d, "
                         "expected -1, -1, 0",
                         i, (int)label, (int)since, (int)copies);
        return false;
    }
    if (!is_class(in, label) || since < 0 || since > r->index + 1 || copies < 0) {
        store_report_add(
            &in->report,
            "/pool: sample %zu is labelled with label %d, round_labelled %d, copies %d, allowed are 0 "
            "to %zu, 0 to %d, 0 or more",
            i, (int)label, (int)since, (int)copies, r->classes - 1, (int)r->index + 1);
        return false;
    }
    if (was_trained_on(r, i)) {
        in->counted[label].labelled++;
        in->counted[label].added += since > 0;
    }
    return true;
}

static bool check_score_row(inspection *in, size_t i)
{
    const store_round *r = in->round;
    const store_score *s = &r->score[i];

    if (!is_sample(in, s->sample) || (i > 0 && s->sample <= s[-1].sample)) {
        store_report_add(&in->report,
                         "/scores/sample[%zu] is %lld, expected increasing numbers from 0 to %zu", i,
                         (long long)s->sample, r->samples - 1);
        return false;
    }
    if (r->pool_state[s->sample] == STORE_POOL_OUTSIDE || r->pool_state[s->sample] == STORE_POOL_ASIDE ||
        was_trained_on(r, (size_t)s->sample)) {
        store_report_add(&in->report,
                         "/scores/sample[%zu] is %lld, which was not in the pool (/pool/state %d)", i,
                         (long long)s->sample, r->pool_state[s->sample]);
        return false;
    }
    if (!is_class(in, s->predicted) || !is_class(in, s->second) || s->cam_empty > 1) {
        store_report_add(
            &in->report,
            "/scores[%zu] has predicted %d, second %d, cam_empty %d, allowed are 0 to %zu, 0 to %zu, 0 "
            "to 1",
            i, (int)s->predicted, (int)s->second, s->cam_empty, r->classes - 1, r->classes - 1);
        return false;
    }
    in->counted[s->predicted].pool_predicted++;
    return true;
}

/* An answered query's sample is labelled so from the next round on; one without an answer is still in the
 * pool. */
static bool is_settled(const store_round *r, const store_query *q)
{
    if (q->answer == STORE_LABEL_UNKNOWN)
        return r->pool_state[q->sample] == STORE_POOL_UNLABELLED;
    return r->pool_state[q->sample] == STORE_POOL_LABELLED && r->pool_label[q->sample] == q->answer &&
           r->pool_round[q->sample] == r->index + 1;
}

static bool check_query_row(inspection *in, size_t i)
{
    const store_round *r = in->round;
    const store_query *q = &r->query[i];

    if (!is_sample(in, q->sample) || in->queried[q->sample]) {
        store_report_add(&in->report,
                         "/queries/sample[%zu] is %lld, expected different numbers from 0 to %zu", i,
                         (long long)q->sample, r->samples - 1);
        return false;
    }
    in->queried[q->sample] = 1;
    if (!is_class(in, q->predicted) || q->rank != (int32_t)i || q->reason > STORE_QUERY_FILL ||
        (q->answer != STORE_LABEL_UNKNOWN && !is_class(in, q->answer))) {
        store_report_add(
            &in->report,
            "/queries[%zu] has predicted %d, rank %d, answer %d, reason %d, allowed are 0 to %zu, %zu, "
            "-1 to %zu, 0 to %d",
            i, (int)q->predicted, (int)q->rank, (int)q->answer, q->reason, r->classes - 1, i, r->classes - 1,
            STORE_QUERY_FILL);
        return false;
    }
    if (!is_settled(r, q)) {
        store_report_add(&in->report,
                         "/queries[%zu]: sample %lld was answered %d, but /pool has state %d, label %d, "
                         "round_labelled %d",
                         i, (long long)q->sample, (int)q->answer, r->pool_state[q->sample],
                         (int)r->pool_label[q->sample], (int)r->pool_round[q->sample]);
        return false;
    }
    in->answered += q->answer != STORE_LABEL_UNKNOWN;
    in->counted[q->predicted].quota += q->reason == STORE_QUERY_QUOTA;
    return true;
}

/* What people said of the round before is in the sets that this round's model was trained on. */
static bool check_answer_row(inspection *in, size_t i)
{
    const store_round *r = in->round;
    const store_answer *a = &r->answer[i];
    bool trained;

    if (!is_sample(in, a->sample) || (i > 0 && a->sample <= a[-1].sample)) {
        store_report_add(&in->report,
                         "/answers/sample[%zu] is %lld, expected increasing numbers from 0 to %zu", i,
                         (long long)a->sample, r->samples - 1);
        return false;
    }
    if ((a->answer != STORE_LABEL_CANT_TELL && !is_class(in, a->answer)) || a->annotator[0] == 0 ||
        a->answered_at[0] == 0) {
        store_report_add(
            &in->report,
            "/answers[%zu] has answer %d by \"%.63s\" at \"%.31s\", allowed are -2 and 0 to %zu by "
            "somebody at some time",
            i, (int)a->answer, a->annotator, a->answered_at, r->classes - 1);
        return false;
    }
    trained = was_trained_on(r, (size_t)a->sample);
    if (a->answer == STORE_LABEL_CANT_TELL
            ? !trained
            : trained && r->pool_label[a->sample] == a->answer && r->pool_round[a->sample] == r->index)
        return true;
    store_report_add(&in->report,
                     "/answers[%zu]: sample %lld was answered %d, but /pool has state %d, label %d, "
                     "round_labelled %d",
                     i, (long long)a->sample, (int)a->answer, r->pool_state[a->sample],
                     (int)r->pool_label[a->sample], (int)r->pool_round[a->sample]);
    return false;
}

static bool check_evaluation_row(inspection *in, size_t i)
{
    const store_round *r = in->round;
    const store_evaluation *e = &r->evaluation[i];
    bool test = e->split == STORE_SPLIT_TEST;

    if (!is_sample(in, e->sample) || (i > 0 && e->sample <= e[-1].sample) ||
        r->pool_state[e->sample] != STORE_POOL_OUTSIDE) {
        store_report_add(
            &in->report,
            "/evaluation/sample[%zu] is %lld, expected increasing numbers of samples outside the pool", i,
            (long long)e->sample);
        return false;
    }
    if (!is_class(in, e->label) || !is_class(in, e->predicted) ||
        (!test && e->split != STORE_SPLIT_VALIDATION) || e->hit > 1 || e->cam_empty > 1) {
        store_report_add(
            &in->report,
            "/evaluation[%zu] has label %d, predicted %d, split %d, hit %d, cam_empty %d, allowed are 0 "
            "to %zu, 0 to %zu, 1 to 2, 0 to 1, 0 to 1",
            i, (int)e->label, (int)e->predicted, e->split, e->hit, e->cam_empty, r->classes - 1,
            r->classes - 1);
        return false;
    }
    in->confusion[test][(size_t)e->label * r->classes + (size_t)e->predicted]++;
    if (test)
        in->counted[e->label].test_count++;
    else
        in->counted[e->label].validation_count++;
    return true;
}

/* After all the others: the counts are complete. */
static bool check_class_row(inspection *in, size_t i)
{
    const store_round *r = in->round;
    const store_class *c = &r->class_state[i], *n = &in->counted[i];
    const struct {
        const char *name;
        int64_t said, counted;
    } counts[] = {{"labelled", c->labelled, n->labelled},
                  {"added", c->added, n->added},
                  {"pool_predicted", c->pool_predicted, n->pool_predicted},
                  {"validation_count", c->validation_count, n->validation_count},
                  {"test_count", c->test_count, n->test_count}};
    size_t k;

    if (r->class_name[i][0] == 0 || !memchr(r->class_name[i], 0, sizeof r->class_name[i])) {
        store_report_add(&in->report, "/classes/name[%zu] is no text of 1 to %zu bytes", i,
                         sizeof r->class_name[i] - 1);
        return false;
    }
    if (c->status < STORE_CLASS_ACTIVE || c->status >= STORE_CLASS_STATUSES ||
        c->reason < STORE_REASON_NONE || c->reason >= STORE_CLASS_REASONS || c->decided_round < -1 ||
        c->decided_round > r->index || c->below < 0) {
        store_report_add(
            &in->report,
            "/classes[%zu] has status %d, reason %d, decided_round %d, below %d, allowed are 0 to %d, 0 "
            "to %d, -1 to %d, 0 or more",
            i, (int)c->status, (int)c->reason, (int)c->decided_round, (int)c->below, STORE_CLASS_STATUSES - 1,
            STORE_CLASS_REASONS - 1, (int)r->index);
        return false;
    }
    if (c->labels_needed < -1 || c->labels_needed > STORE_LABELS_NEVER) {
        store_report_add(&in->report, "/classes/labels_needed[%zu] is %lld, allowed are -1 to %d", i,
                         (long long)c->labels_needed, STORE_LABELS_NEVER);
        return false;
    }
    for (k = 0; k < sizeof counts / sizeof *counts; k++) {
        if (counts[k].said != counts[k].counted) {
            store_report_add(&in->report, "/classes/%s[%zu] is %lld, but the records add up to %lld",
                             counts[k].name, i, (long long)counts[k].said, (long long)counts[k].counted);
            return false;
        }
    }
    if (c->quota < n->quota || c->quota > c->pool_predicted) {
        store_report_add(
            &in->report,
            "/classes/quota[%zu] is %lld, expected %lld (queries within it) to %lld (pool_predicted)", i,
            (long long)c->quota, (long long)n->quota, (long long)c->pool_predicted);
        return false;
    }
    return true;
}

/* ---- sums over rows ---- */

static void check_sums(inspection *in)
{
    const store_round *r = in->round;
    const int64_t *said[2] = {r->validation_confusion, r->test_confusion};
    static const char *const names[2] = {"validation", "test"};
    size_t cells = r->classes * r->classes, i, k, fresh = 0;
    int64_t quota = 0;

    for (i = 0; i < r->samples; i++)
        fresh += r->pool_state[i] == STORE_POOL_LABELLED && r->pool_round[i] == r->index + 1;
    if (fresh != in->answered)
        store_report_add(&in->report,
                         "/pool/round_labelled has %zu samples of round %d, but /queries has %zu answers",
                         fresh, (int)r->index + 1, in->answered);
    for (i = 0; i < r->classes; i++)
        quota += r->class_state[i].quota;
    if ((uint64_t)quota > r->queries)
        store_report_add(&in->report, "/classes/quota adds up to %lld, but /queries has %zu rows",
                         (long long)quota, r->queries);
    for (k = 0; k < 2; k++) {
        for (i = 0; i < cells && said[k][i] == in->confusion[k][i]; i++)
            ;
        if (i < cells)
            store_report_add(&in->report,
                             "/metrics/%s_confusion[%zu,%zu] is %lld, but /evaluation adds up to %lld",
                             names[k], i / r->classes, i % r->classes, (long long)said[k][i],
                             (long long)in->confusion[k][i]);
    }
}

/* Records by row, each list only if the one before it (which it leans on) is sound. */
static void check_records(inspection *in)
{
    static const struct {
        bool (*check)(inspection *in, size_t row);
        size_t rows; /* offset of the number in store_round */
    } rules[] = {{check_pool_row, offsetof(store_round, samples)},
                 {check_score_row, offsetof(store_round, scores)},
                 {check_query_row, offsetof(store_round, queries)},
                 {check_answer_row, offsetof(store_round, answers)},
                 {check_evaluation_row, offsetof(store_round, evaluations)},
                 {check_class_row, offsetof(store_round, classes)}};
    size_t before = in->report.problems, i, row, rows;

    for (i = 0; i < sizeof rules / sizeof *rules && in->report.problems == before; i++) {
        memcpy(&rows, (const char *)in->round + rules[i].rows, sizeof rows);
        for (row = 0; row < rows && rules[i].check(in, row); row++)
            ;
    }
    if (in->report.problems == before)
        check_sums(in);
}

static void check_all(inspection *in)
{
    const store_round *r = in->round;

    check_provenance(in);
    check_tensors(in, "/model", r->model, r->model_tensors);
    check_tensors(in, "/optimizer", r->optimizer, r->optimizer_tensors);
    check_epochs(in);
    check_ending(in);
    check_finite(in, &store_score_columns, r->score, r->scores);
    check_finite(in, &store_query_columns, r->query, r->queries);
    check_finite(in, &store_evaluation_columns, r->evaluation, r->evaluations);
    check_finite(in, &store_class_columns, r->class_state, r->classes);
    check_finite(in, &store_epoch_columns, r->epoch, r->epochs);
    check_records(in);
}

base_status store_check_round(const store_round *round, const char *where, size_t *problems)
{
    inspection in = {.round = round, .report = {.where = where}};
    base_status status;

    if (round->samples < 1 || round->samples > INT32_MAX || round->classes < 1 ||
        round->classes > INT32_MAX) {
        store_report_add(&in.report, "has %zu samples and %zu classes, expected 1 to %d", round->samples,
                         round->classes, INT32_MAX);
        return store_report_end(&in.report, problems);
    }
    in.queried = calloc(round->samples, sizeof *in.queried);
    in.counted = calloc(round->classes, sizeof *in.counted);
    in.confusion[0] = calloc(round->classes, round->classes * sizeof *in.confusion[0]);
    in.confusion[1] = calloc(round->classes, round->classes * sizeof *in.confusion[1]);
    if (in.queried && in.counted && in.confusion[0] && in.confusion[1]) {
        check_all(&in);
        status = store_report_end(&in.report, problems);
    } else {
        base_log_error("%s: out of memory to check %zu samples in %zu classes", where, round->samples,
                       round->classes);
        status = BASE_ERR_MEMORY;
    }
    free(in.confusion[1]);
    free(in.confusion[0]);
    free(in.counted);
    free(in.queried);
    return status;
}
