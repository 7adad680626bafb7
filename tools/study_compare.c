#include "study_compare.h"
#include "base_log.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static base_status no_memory(void)
{
    base_log_error("no memory to compare the arms of a study");
    return BASE_ERR_MEMORY;
}

static const study_result *result_of(const study_results *results, size_t dataset, size_t arm, size_t seed)
{
    return &results->result[study_results_task(results->study, dataset, arm, seed)];
}

/* ---- arms ---- */

static base_status summarise_arm(const study_results *results, size_t dataset, size_t arm, double *value,
                                 study_interval *figures)
{
    const study_data *data = &results->data[dataset];
    size_t seeds = results->study->seed_count, s;
    base_status status = BASE_OK;
    int f;

    for (f = 0; f < STUDY_FIGURES && status == BASE_OK; f++) {
        for (s = 0; s < seeds && status == BASE_OK; s++) {
            const study_result *run = result_of(results, dataset, arm, s);

            value[s] = NAN;
            if (run->known)
                status = study_figure_of(data, run, &(study_keepers){run, NULL}, (study_figure)f, &value[s]);
        }
        if (status == BASE_OK)
            status = study_interval_of(value, &seeds, 1, &figures[f]);
    }
    return status;
}

/* ---- pairs ---- */

static void take_values(const study_curve *arm, const study_curve *against, study_figure figure,
                        double value[2])
{
    double from, to;

    if (figure == STUDY_SAVED_ALL || figure == STUDY_SAVED_KEPT) {
        value[0] = study_curve_saved(arm, against);
        value[1] = 0;
        return;
    }
    from = fmax(arm->labels[0], against->labels[0]);
    to = fmin(arm->labels[arm->points - 1], against->labels[against->points - 1]);
    value[0] = study_curve_area(arm, from, to);
    value[1] = study_curve_area(against, from, to);
}

/* Figures of two learning curves, over the labels that both have. */
static base_status compare_curves(const study_data *data, const study_result *arm,
                                  const study_result *against, study_figure figure, double value[2])
{
    bool over_kept = figure == STUDY_AREA_KEPT || figure == STUDY_SAVED_KEPT;
    const study_keepers kept = {over_kept ? arm : NULL, over_kept ? against : NULL};
    size_t a = (size_t)arm->rounds, b = (size_t)against->rounds;
    double *memory = calloc(2 * (a + b), sizeof *memory);
    study_curve curve, other;

    if (!memory)
        return no_memory();
    curve = study_curve_of(data, arm, &kept, memory, memory + a);
    other = study_curve_of(data, against, &kept, memory + 2 * a, memory + 2 * a + b);
    take_values(&curve, &other, figure, value);
    free(memory);
    return BASE_OK;
}

/* The figure of both runs of a pair; not numbers if one is not known. */
static base_status compare_runs(const study_data *data, const study_result *arm, const study_result *against,
                                study_figure figure, double value[2])
{
    const study_keepers both = {arm, against};
    base_status status;

    value[0] = value[1] = NAN;
    if (!arm->known || !against->known)
        return BASE_OK;
    if (figure == STUDY_AREA_ALL || figure == STUDY_AREA_KEPT || figure == STUDY_SAVED_ALL ||
        figure == STUDY_SAVED_KEPT)
        return compare_curves(data, arm, against, figure, value);
    status = study_figure_of(data, arm, &both, figure, &value[0]);
    return status == BASE_OK ? study_figure_of(data, against, &both, figure, &value[1]) : status;
}

/* One figure of a pair's runs on data sets first .. first + count - 1, a stratum each. value, size: room for
 * all. */
static base_status compare_figure_of(const study_results *results, size_t first, size_t count,
                                     study_figure figure, double *value, size_t *size, study_pair *pair)
{
    const study_file *study = results->study;
    double both[2], mean[2] = {0, 0};
    size_t used = 0, sets = 0, d, s;
    base_status status = BASE_OK;

    for (d = first; d < first + count; d++) {
        double sum[2] = {0, 0};
        size_t pairs = 0;

        size[d - first] = study->seed_count;
        for (s = 0; s < study->seed_count && status == BASE_OK; s++) {
            status = compare_runs(&results->data[d], result_of(results, d, pair->arm, s),
                                  result_of(results, d, pair->against, s), figure, both);
            value[used++] = both[0] - both[1];
            if (isnan(both[0] - both[1]))
                continue;
            sum[0] += both[0];
            sum[1] += both[1];
            pairs++;
        }
        if (pairs == 0)
            continue;
        mean[0] += sum[0] / (double)pairs; /* each data set counts the same, as in the difference */
        mean[1] += sum[1] / (double)pairs;
        sets++;
    }
    pair->mean[0][figure] = sets ? mean[0] / (double)sets : NAN;
    pair->mean[1][figure] = sets ? mean[1] / (double)sets : NAN;
    return status == BASE_OK ? study_interval_of(value, size, count, &pair->difference[figure]) : status;
}

static base_status compare_pair(const study_results *results, double *value, size_t *size, study_pair *pair)
{
    bool all = pair->dataset == results->study->dataset_count;
    size_t first = all ? 0 : pair->dataset, count = all ? results->study->dataset_count : 1;
    base_status status = BASE_OK;
    int f;

    for (f = 0; f < STUDY_FIGURES && status == BASE_OK; f++)
        status = compare_figure_of(results, first, count, (study_figure)f, value, size, pair);
    return status;
}

/* The pairs of a data set into pair[], NULL: only their number. */
static size_t list_pairs(const study_file *study, size_t dataset, study_pair *pair)
{
    size_t count = 0, i, a;

    for (i = 0; i < study->against_count; i++)
        for (a = 0; a < study->arm_count; a++) {
            if (a == study->against[i])
                continue;
            if (pair)
                pair[count] = (study_pair){.dataset = dataset, .arm = a, .against = study->against[i]};
            count++;
        }
    for (a = 0; a < study->arm_count; a++) {
        if (!study->arms[a].without)
            continue;
        if (pair)
            pair[count] = (study_pair){.dataset = dataset, .arm = study->proposed, .against = a};
        count++;
    }
    return count;
}

static bool is_wanted(size_t dataset, size_t only)
{
    return only == STUDY_EVERY_DATASET || dataset == only;
}

static base_status fill(const study_results *results, size_t only, study_summary *made)
{
    const study_file *study = results->study;
    size_t room = study->dataset_count * study->seed_count, d, a, i;
    double *value = calloc(room, sizeof *value);
    size_t *size = calloc(study->dataset_count, sizeof *size);
    base_status status = value && size ? BASE_OK : no_memory();

    for (d = 0; d < study->dataset_count; d++)
        for (a = 0; a < study->arm_count && is_wanted(d, only) && status == BASE_OK; a++)
            status =
                summarise_arm(results, d, a, value, made->arm + (d * study->arm_count + a) * STUDY_FIGURES);
    for (i = 0; i < made->pairs && status == BASE_OK; i++)
        if (is_wanted(made->pair[i].dataset, only))
            status = compare_pair(results, value, size, &made->pair[i]);
    free(size);
    free(value);
    return status;
}

base_status study_summary_of(const study_results *results, size_t only, study_summary *summary)
{
    const study_file *study = results->study;
    size_t each = list_pairs(study, 0, NULL), sets = study->dataset_count, d;
    study_summary made = {.results = results};
    base_status status = BASE_OK;

    made.arm = calloc(sets * study->arm_count * STUDY_FIGURES, sizeof *made.arm);
    made.pairs = each * (sets > 1 ? sets + 1 : 1); /* over one data set there is nothing to sum up */
    made.pair = calloc(made.pairs + 1, sizeof *made.pair);
    if (!made.arm || !made.pair)
        status = no_memory();
    for (d = 0; status == BASE_OK && d * each < made.pairs; d++)
        list_pairs(study, d, made.pair + d * each);
    if (status == BASE_OK)
        status = fill(results, only, &made);
    if (status == BASE_OK)
        *summary = made;
    else
        study_summary_clear(&made);
    return status;
}

void study_summary_clear(study_summary *summary)
{
    if (!summary)
        return;
    free(summary->arm);
    free(summary->pair);
    memset(summary, 0, sizeof *summary);
}

const study_pair *study_summary_pair(const study_summary *summary, size_t dataset, size_t arm, size_t against)
{
    size_t i;

    for (i = 0; i < summary->pairs; i++)
        if (summary->pair[i].dataset == dataset && summary->pair[i].arm == arm &&
            summary->pair[i].against == against)
            return &summary->pair[i];
    return NULL;
}

const study_interval *study_summary_arm(const study_summary *summary, size_t dataset, size_t arm)
{
    return summary->arm + (dataset * summary->results->study->arm_count + arm) * STUDY_FIGURES;
}

const char *study_summary_judge(const study_interval *difference, study_figure figure)
{
    const char *word = study_judge(difference);

    if (figure == STUDY_LABELS || figure == STUDY_CLASSES_KEPT)
        return "";
    if (figure != STUDY_CALIBRATION)
        return word;
    return strcmp(word, "better") == 0 ? "worse" : strcmp(word, "worse") == 0 ? "better" : word;
}
