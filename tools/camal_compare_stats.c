#include "camal_compare_stats.h"
#include "base_log.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const compare_figure compare_metrics[COMPARE_METRICS] = {
    [COMPARE_INITIAL] = {"labels_start", "Labels at the start", COMPARE_COUNT},
    [COMPARE_ADDED] = {"labels_added", "Labels added", COMPARE_COUNT},
    [COMPARE_BEST] = {"best_validation", "Best Accuracy (%)", COMPARE_PERCENT},
    [COMPARE_LAST] = {"last_validation", "Last (%)", COMPARE_PERCENT},
    [COMPARE_TEST] = {"test", "Test (%)", COMPARE_PERCENT},
    [COMPARE_CAM] = {"test_cam_score", "In-mask CAM", COMPARE_SHARE},
};

const compare_figure compare_totals[COMPARE_TOTALS] = {
    [COMPARE_LABELS_START] = {"labels_start", "Labels at the start", COMPARE_COUNT},
    [COMPARE_LABELS_ADDED] = {"labels_added", "Labels added", COMPARE_COUNT},
    [COMPARE_LABELS] = {"labels", "Labels used", COMPARE_COUNT},
    [COMPARE_CLASSES_KEPT] = {"classes_kept", "Classes not excluded", COMPARE_COUNT},
    [COMPARE_BEST_99_KEPT] = {"best_99_kept", "Best >= 99 %, of the kept classes", COMPARE_COUNT},
    [COMPARE_BEST_95_KEPT] = {"best_95_kept", "Best >= 95 %, of the kept classes", COMPARE_COUNT},
    [COMPARE_BEST_99_ALL] = {"best_99_all", "Best >= 99 %, of all classes", COMPARE_COUNT},
    [COMPARE_BEST_95_ALL] = {"best_95_all", "Best >= 95 %, of all classes", COMPARE_COUNT},
    [COMPARE_TEST_99_KEPT] = {"test_99_kept", "Test >= 99 %, of the kept classes", COMPARE_COUNT},
    [COMPARE_TEST_95_KEPT] = {"test_95_kept", "Test >= 95 %, of the kept classes", COMPARE_COUNT},
    [COMPARE_TEST_99_ALL] = {"test_99_all", "Test >= 99 %, of all classes", COMPARE_COUNT},
    [COMPARE_TEST_95_ALL] = {"test_95_all", "Test >= 95 %, of all classes", COMPARE_COUNT},
    [COMPARE_TEST_KEPT] = {"test_kept", "Test, mean of the kept classes (%)", COMPARE_PERCENT},
    [COMPARE_TEST_ALL] = {"test_all", "Test, mean of all classes, excluded as errors (%)", COMPARE_PERCENT},
    [COMPARE_SAMPLES_ALL] = {"test_samples_all", "Test, right of all samples, excluded as errors (%)",
                             COMPARE_PERCENT},
    [COMPARE_CAM_KEPT] = {"test_cam_kept", "In-mask CAM on test, mean of the kept classes", COMPARE_SHARE},
};

double compare_student(size_t freedom)
{
    /* Any table of the t distribution, column 0.975. */
    static const double quantiles[] = {12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060,
                                       2.2622,  2.2281, 2.2010, 2.1788, 2.1604, 2.1448, 2.1314, 2.1199,
                                       2.1098,  2.1009, 2.0930, 2.0860, 2.0796, 2.0739, 2.0687, 2.0639,
                                       2.0595,  2.0555, 2.0518, 2.0484, 2.0452, 2.0423};
    const double z = 1.959964;
    double n = (double)freedom;

    if (freedom < 1)
        return NAN;
    if (freedom <= sizeof quantiles / sizeof *quantiles)
        return quantiles[freedom - 1];
    /* Expansion in 1/n (Abramowitz and Stegun 26.7.5), good to 5 decimals here. */
    return z + (pow(z, 3) + z) / (4 * n) + (5 * pow(z, 5) + 16 * pow(z, 3) + 3 * z) / (96 * n * n);
}

compare_stat compare_stat_of(const double *standard, const double *proposed, size_t count)
{
    compare_stat stat = {0, 0, 0, NAN, NAN, 0};
    double squares = 0, half;
    size_t i;

    for (i = 0; i < count; i++) {
        if (isnan(standard[i]) || isnan(proposed[i]))
            continue;
        stat.standard += standard[i];
        stat.proposed += proposed[i];
        stat.pairs++;
    }
    stat.standard = stat.pairs ? stat.standard / (double)stat.pairs : NAN;
    stat.proposed = stat.pairs ? stat.proposed / (double)stat.pairs : NAN;
    stat.difference = stat.proposed - stat.standard;
    if (stat.pairs < 2)
        return stat;
    for (i = 0; i < count; i++)
        if (!isnan(standard[i]) && !isnan(proposed[i]))
            squares += pow(proposed[i] - standard[i] - stat.difference, 2);
    half = compare_student(stat.pairs - 1) * sqrt(squares / (double)(stat.pairs - 1) / (double)stat.pairs);
    stat.low = stat.difference - half;
    stat.high = stat.difference + half;
    return stat;
}

/* ---- figures over the classes of a run ---- */

static double sum_of(const compare_run *run, compare_metric metric)
{
    double sum = 0;
    size_t c;

    for (c = 0; c < run->classes; c++)
        sum += run->class[c].metric[metric];
    return sum;
}

/* Classes at or above a limit. kept: of which only the classes not excluded there count; NULL = all. */
static double count_from(const compare_run *run, const compare_run *kept, compare_metric metric, double limit)
{
    double count = 0;
    size_t c;

    for (c = 0; c < run->classes; c++)
        if (!run->class[c].excluded && !(kept && kept->class[c].excluded) &&
            run->class[c].metric[metric] >= limit)
            count++;
    return count;
}

static double mean_of(const compare_run *run, const compare_run *kept, compare_metric metric)
{
    double sum = 0, count = 0;
    size_t c;

    for (c = 0; c < run->classes; c++) {
        if ((kept && kept->class[c].excluded) || isnan(run->class[c].metric[metric]))
            continue;
        sum += run->class[c].metric[metric];
        count++;
    }
    return count > 0 ? sum / count : NAN;
}

static double kept_classes(const compare_run *run)
{
    double count = 0;
    size_t c;

    for (c = 0; c < run->classes; c++)
        count += !run->class[c].excluded;
    return count;
}

/* One figure of a run; `kept` is the proposed run of its pair. */
static double total_of(const compare_run *run, const compare_run *kept, compare_total total)
{
    switch (total) {
    case COMPARE_LABELS_START:
        return sum_of(run, COMPARE_INITIAL);
    case COMPARE_LABELS_ADDED:
        return sum_of(run, COMPARE_ADDED);
    case COMPARE_LABELS:
        return sum_of(run, COMPARE_INITIAL) + sum_of(run, COMPARE_ADDED);
    case COMPARE_CLASSES_KEPT:
        return kept_classes(run);
    case COMPARE_BEST_99_KEPT:
        return count_from(run, kept, COMPARE_BEST, 0.99);
    case COMPARE_BEST_95_KEPT:
        return count_from(run, kept, COMPARE_BEST, 0.95);
    case COMPARE_BEST_99_ALL:
        return count_from(run, NULL, COMPARE_BEST, 0.99);
    case COMPARE_BEST_95_ALL:
        return count_from(run, NULL, COMPARE_BEST, 0.95);
    case COMPARE_TEST_99_KEPT:
        return count_from(run, kept, COMPARE_TEST, 0.99);
    case COMPARE_TEST_95_KEPT:
        return count_from(run, kept, COMPARE_TEST, 0.95);
    case COMPARE_TEST_99_ALL:
        return count_from(run, NULL, COMPARE_TEST, 0.99);
    case COMPARE_TEST_95_ALL:
        return count_from(run, NULL, COMPARE_TEST, 0.95);
    case COMPARE_TEST_KEPT:
        return mean_of(run, kept, COMPARE_TEST);
    case COMPARE_TEST_ALL:
        return mean_of(run, NULL, COMPARE_TEST);
    case COMPARE_SAMPLES_ALL:
        return run->all_samples;
    case COMPARE_CAM_KEPT:
        return mean_of(run, kept, COMPARE_CAM);
    case COMPARE_TOTALS:
        break;
    }
    return NAN;
}

/* ---- the result ---- */

static void fill_classes(compare_result *result, double *standard, double *proposed)
{
    const compare_arms *arms = result->arms;
    size_t c, i;
    int m;

    for (c = 0; c < result->classes; c++) {
        for (m = 0; m < COMPARE_METRICS; m++) {
            for (i = 0; i < arms->pairs; i++) {
                standard[i] = arms->standard[i].class[c].metric[m];
                proposed[i] = arms->proposed[i].class[c].metric[m];
            }
            result->class[c][m] = compare_stat_of(standard, proposed, arms->pairs);
        }
        for (i = 0; i < arms->pairs; i++) {
            result->excluded[0][c] += arms->standard[i].class[c].excluded;
            result->excluded[1][c] += arms->proposed[i].class[c].excluded;
        }
    }
}

base_status compare_result_of(const compare_arms *arms, compare_result *result)
{
    compare_result made = {.arms = arms, .classes = arms->proposed[0].classes};
    double *standard = calloc(arms->pairs, sizeof *standard),
           *proposed = calloc(arms->pairs, sizeof *proposed);
    base_status status = BASE_ERR_MEMORY;
    size_t i;
    int t;

    made.class = calloc(made.classes, sizeof *made.class);
    made.excluded[0] = calloc(made.classes, sizeof *made.excluded[0]);
    made.excluded[1] = calloc(made.classes, sizeof *made.excluded[1]);
    if (!standard || !proposed || !made.class || !made.excluded[0] || !made.excluded[1]) {
        base_log_error("no memory to compare %zu classes", made.classes);
        compare_result_clear(&made);
        goto out;
    }
    fill_classes(&made, standard, proposed);
    for (t = 0; t < COMPARE_TOTALS; t++) {
        for (i = 0; i < arms->pairs; i++) {
            standard[i] = total_of(&arms->standard[i], &arms->proposed[i], (compare_total)t);
            proposed[i] = total_of(&arms->proposed[i], &arms->proposed[i], (compare_total)t);
        }
        made.total[t] = compare_stat_of(standard, proposed, arms->pairs);
    }
    *result = made;
    status = BASE_OK;
out:
    free(proposed);
    free(standard);
    return status;
}

void compare_result_clear(compare_result *result)
{
    if (!result)
        return;
    free(result->class);
    free(result->excluded[0]);
    free(result->excluded[1]);
    memset(result, 0, sizeof *result);
}

bool compare_result_excluded(const compare_result *result, size_t c)
{
    return 2 * result->excluded[1][c] >= result->arms->pairs;
}

/* ---- the verdict ---- */

const char *compare_judge(const compare_stat *stat)
{
    if (stat->pairs < 2)
        return "no interval";
    if (stat->low > 0)
        return "better";
    return stat->high < 0 ? "worse" : "not distinguishable";
}

static void labels_text(const compare_stat *labels, char *text, size_t size)
{
    if (labels->difference == 0)
        snprintf(text, size, "with as many labels");
    else
        snprintf(text, size, "with %.4g %s %s", fabs(labels->difference),
                 fabs(labels->difference) == 1 ? "label" : "labels",
                 labels->difference < 0 ? "fewer" : "more");
}

void compare_verdict(const compare_result *result, char *text, size_t size)
{
    const compare_stat *kept = &result->total[COMPARE_TEST_KEPT], *all = &result->total[COMPARE_TEST_ALL];
    char labels[64];

    labels_text(&result->total[COMPARE_LABELS], labels, sizeof labels);
    if (result->arms->pairs < 2) {
        snprintf(text, size,
                 "one seed: no interval. Proposed against default, mean test accuracy: kept classes %+.2f "
                 "points, all "
                 "classes with excluded ones as errors %+.2f points, %s. Whether that is more than chance, "
                 "one seed "
                 "cannot tell.",
                 100 * kept->difference, 100 * all->difference, labels);
        return;
    }
    snprintf(
        text, size,
        "proposed against default, mean test accuracy over %zu seeds: kept classes %s (%+.2f points, 95 %% "
        "interval "
        "%+.2f to %+.2f); all classes with excluded ones as errors %s (%+.2f points, %+.2f to %+.2f); %s.",
        result->arms->pairs, compare_judge(kept), 100 * kept->difference, 100 * kept->low, 100 * kept->high,
        compare_judge(all), 100 * all->difference, 100 * all->low, 100 * all->high, labels);
}
