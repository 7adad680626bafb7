#include "store_check.h"
#include "store_columns.h"
#include "store_report.h"
#include <math.h>
#include <stdbool.h>
#include <string.h>

static void check_digest(store_report *report, const char *name, const char *digest)
{
    if (strspn(digest, "0123456789abcdef") != BASE_DIGEST_TEXT - 1)
        store_report_add(report, "attribute %s is \"%.32s\", expected %d hexadecimal digits", name, digest,
                         BASE_DIGEST_TEXT - 1);
}

static void check_provenance(store_report *report, const store_scores *s)
{
    size_t i;

    check_digest(report, "round_digest", s->round_digest);
    check_digest(report, "trained_digest", s->trained_digest);
    check_digest(report, "dataset_digest", s->dataset_digest);
    if (s->round < 0)
        store_report_add(report, "attribute round is %d, expected 0 or more", (int)s->round);
    if (s->version[0] == 0 || s->network[0] == 0 || s->layer[0] == 0)
        store_report_add(report, "attribute version, network or layer is empty");
    if (!(s->threshold > 0 && s->threshold <= 1))
        store_report_add(report, "attribute threshold is %g, expected a number above 0, at most 1",
                         s->threshold);
    if (s->size < 1 || s->size > STORE_SIZE_MAX)
        store_report_add(report, "attribute size is %d, allowed are 1 to %d", (int)s->size, STORE_SIZE_MAX);
    for (i = 0; i < 3; i++)
        if (!isfinite(s->mean[i]) || !isfinite(s->std[i]) || s->std[i] <= 0)
            store_report_add(report,
                             "attributes mean[%zu] and std[%zu] are %g and %g, expected finite numbers, std "
                             "above 0",
                             i, i, (double)s->mean[i], (double)s->std[i]);
    if (s->samples < 1 || s->scores > (uint64_t)s->samples)
        store_report_add(report, "attribute samples is %lld, but /scores has %zu rows", (long long)s->samples,
                         s->scores);
    if (!s->config || s->config[0] == 0 || !s->plan || s->plan[0] == 0)
        store_report_add(report, "/config or /plan is empty");
}

static void check_classes(store_report *report, const store_scores *s)
{
    size_t c, active = 0;

    for (c = 0; c < s->classes; c++) {
        if (s->class_name[c][0] == 0 || !memchr(s->class_name[c], 0, sizeof s->class_name[c]) ||
            s->class_active[c] > 1) {
            store_report_add(report,
                             "/classes[%zu]: name is no text of 1 to %zu bytes, or active is %d, allowed are "
                             "0 and 1",
                             c, sizeof s->class_name[c] - 1, s->class_active[c]);
            return;
        }
        active += s->class_active[c];
    }
    if (active == 0)
        store_report_add(report, "/classes/active has %zu rows and no 1: no class that scores are over",
                         s->classes);
}

static bool is_active(const store_scores *s, int32_t class)
{
    return class >= 0 && (uint64_t) class < s->classes && s->class_active[class] == 1;
}

/* Up to the first row that breaks a rule. */
static void check_rows(store_report *report, const store_scores *s)
{
    const store_column *column;
    double value;
    size_t i, row;

    for (i = 0; i < s->scores; i++) {
        const store_score *r = &s->score[i];

        if (r->sample < 0 || r->sample >= s->samples || (i > 0 && r->sample <= r[-1].sample)) {
            store_report_add(report,
                             "/scores/sample[%zu] is %lld, expected increasing numbers from 0 to %lld", i,
                             (long long)r->sample, (long long)s->samples - 1);
            break;
        }
        if (!is_active(s, r->predicted) || !is_active(s, r->second) || r->cam_empty > 1) {
            store_report_add(
                report,
                "/scores[%zu] has predicted %d, second %d, cam_empty %d, expected active classes "
                "of 0 to %zu, and 0 or 1",
                i, (int)r->predicted, (int)r->second, r->cam_empty, s->classes - 1);
            break;
        }
    }
    column = store_columns_not_finite(&store_score_columns, s->score, s->scores, &row, &value);
    if (column)
        store_report_add(report, "/scores/%s[%zu] is %g, expected a finite number", column->name, row, value);
}

base_status store_check_scores(const store_scores *scores, const char *where, size_t *problems)
{
    store_report report = {.where = where};

    check_provenance(&report, scores);
    check_classes(&report, scores);
    if (report.problems == 0)
        check_rows(&report, scores);
    return store_report_end(&report, problems);
}
