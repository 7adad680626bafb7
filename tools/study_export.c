#include "base_log.h"
#include "camal_compare_print.h"
#include "camal_json.h"
#include "study_tables.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static const char *dataset_name(const study_file *study, size_t dataset)
{
    return dataset == study->dataset_count ? "all" : study->datasets[dataset].name;
}

/* ---- learning curves ---- */

/* A point of an arm's mean curve: labels and test recall after a round, over the runs that have it. */
typedef struct point {
    double labels, all, kept;
    size_t runs;
} point;

/* Curves of one run, all and kept. */
typedef struct run_curves {
    study_curve all, kept;
    double *memory;
} run_curves;

static base_status make_curves(const study_data *data, const study_result *run, run_curves *made)
{
    size_t n = (size_t)run->rounds;

    made->memory = calloc(4 * n + 1, sizeof *made->memory);
    if (!made->memory) {
        base_log_error("no memory for a curve of %zu rounds", n);
        return BASE_ERR_MEMORY;
    }
    made->all = study_curve_of(data, run, &(study_keepers){NULL, NULL}, made->memory, made->memory + n);
    made->kept =
        study_curve_of(data, run, &(study_keepers){run, NULL}, made->memory + 2 * n, made->memory + 3 * n);
    return BASE_OK;
}

/* The mean over the runs of an arm that have this round; runs == 0 if there are none. */
static base_status mean_point(const study_results *results, size_t dataset, size_t arm, size_t round,
                              point *mean)
{
    const study_file *study = results->study;
    size_t s;

    *mean = (point){0, 0, 0, 0};
    for (s = 0; s < study->seed_count; s++) {
        const study_result *run = &results->result[study_results_task(study, dataset, arm, s)];
        run_curves made;

        if (!run->known || round >= (size_t)run->rounds)
            continue;
        if (make_curves(&results->data[dataset], run, &made) != BASE_OK)
            return BASE_ERR_MEMORY;
        mean->labels += made.all.labels[round];
        mean->all += made.all.accuracy[round];
        mean->kept += made.kept.accuracy[round];
        mean->runs++;
        free(made.memory);
    }
    if (mean->runs > 0) {
        mean->labels /= (double)mean->runs;
        mean->all /= (double)mean->runs;
        mean->kept /= (double)mean->runs;
    }
    return BASE_OK;
}

/* ---- CSV ---- */

static void put_row(const study_file *study, size_t dataset, size_t arm, const char *against,
                    study_figure figure, const study_interval *of, FILE *out)
{
    compare_csv_text(dataset_name(study, dataset), out);
    putc(',', out);
    compare_csv_text(study->arms[arm].name, out);
    putc(',', out);
    compare_csv_text(against, out);
    fprintf(out, ",%s", study_figures[figure].key);
    compare_csv_number(of->mean, out);
    compare_csv_number(of->low, out);
    compare_csv_number(of->high, out);
    compare_csv_number(of->t_low, out);
    compare_csv_number(of->t_high, out);
    fprintf(out, ",%zu,%s\n", of->count, *against ? study_summary_judge(of, figure) : "");
}

static void put_arms(const study_summary *summary, FILE *out)
{
    const study_file *study = summary->results->study;
    size_t d, a;
    int f;

    for (d = 0; d < study->dataset_count; d++)
        for (a = 0; a < study->arm_count; a++)
            for (f = 0; f < STUDY_SAVED_ALL; f++)
                put_row(study, d, a, "", (study_figure)f, &study_summary_arm(summary, d, a)[f], out);
}

static void put_point(const study_file *study, size_t dataset, size_t arm, size_t round, const point *mean,
                      FILE *out)
{
    static const char *const keys[] = {"labels", "test_all", "test_kept"};
    const double value[] = {mean->labels, mean->all, mean->kept};
    size_t i;

    for (i = 0; i < sizeof keys / sizeof *keys; i++) {
        fprintf(out, "%s,%s,,round_%zu_%s", study->datasets[dataset].name, study->arms[arm].name, round,
                keys[i]);
        compare_csv_number(value[i], out);
        fprintf(out, ",,,,,%zu,\n", mean->runs);
    }
}

static base_status put_curves(const study_results *results, FILE *out)
{
    const study_file *study = results->study;
    base_status status = BASE_OK;
    size_t d, a, r;
    point mean;

    for (d = 0; d < study->dataset_count; d++)
        for (a = 0; a < study->arm_count; a++)
            for (r = 0; status == BASE_OK; r++) {
                status = mean_point(results, d, a, r, &mean);
                if (status != BASE_OK || mean.runs == 0)
                    break;
                put_point(study, d, a, r, &mean, out);
            }
    return status;
}

base_status study_export_csv(const study_summary *summary, FILE *out)
{
    const study_file *study = summary->results->study;
    base_status status;
    size_t i;
    int f;

    fputs("dataset,arm,against,figure,mean,low,high,t_low,t_high,runs,verdict\n", out);
    put_arms(summary, out);
    for (i = 0; i < summary->pairs; i++)
        for (f = 0; f < STUDY_FIGURES; f++)
            put_row(study, summary->pair[i].dataset, summary->pair[i].arm,
                    study->arms[summary->pair[i].against].name, (study_figure)f,
                    &summary->pair[i].difference[f], out);
    status = put_curves(summary->results, out);
    if (status == BASE_OK && ferror(out)) {
        base_log_error("cannot write the CSV (disk full, or its reader gone)");
        status = BASE_ERR_IO;
    }
    return status;
}

/* ---- JSON ---- */

static void put_interval(camal_json *json, const char *key, const study_interval *of)
{
    camal_json_open_map(json, key);
    camal_json_real(json, "mean", of->mean);
    camal_json_real(json, "low", of->low);
    camal_json_real(json, "high", of->high);
    camal_json_real(json, "t_low", of->t_low);
    camal_json_real(json, "t_high", of->t_high);
    camal_json_integer(json, "runs", (int64_t)of->count);
    camal_json_close_map(json);
}

static base_status put_run(camal_json *json, const study_results *results, size_t dataset, size_t arm,
                           size_t seed)
{
    const study_file *study = results->study;
    const study_result *run = &results->result[study_results_task(study, dataset, arm, seed)];
    base_status status = BASE_OK;
    run_curves made;
    double value;
    int f, r;

    if (!run->known)
        return BASE_OK;
    status = make_curves(&results->data[dataset], run, &made);
    if (status != BASE_OK)
        return status;
    camal_json_open_map(json, NULL);
    camal_json_unsigned(json, "seed", study->seeds[seed]);
    for (f = 0; f < STUDY_SAVED_ALL && status == BASE_OK; f++) {
        status = study_figure_of(&results->data[dataset], run, &(study_keepers){run, NULL}, (study_figure)f,
                                 &value);
        camal_json_real(json, study_figures[f].key, value);
    }
    camal_json_open_list(json, "curve");
    for (r = 0; r < run->rounds; r++) {
        camal_json_open_map(json, NULL);
        camal_json_integer(json, "labels", run->round[r].labels);
        camal_json_real(json, "test_all", made.all.accuracy[r]);
        camal_json_real(json, "test_kept", made.kept.accuracy[r]);
        camal_json_close_map(json);
    }
    camal_json_close_list(json);
    camal_json_close_map(json);
    free(made.memory);
    return status;
}

static base_status put_arm(camal_json *json, const study_summary *summary, size_t dataset, size_t arm)
{
    const study_file *study = summary->results->study;
    base_status status = BASE_OK;
    size_t s;
    int f;

    camal_json_open_map(json, NULL);
    camal_json_text(json, "dataset", study->datasets[dataset].name);
    camal_json_text(json, "arm", study->arms[arm].name);
    camal_json_open_map(json, "figures");
    for (f = 0; f < STUDY_SAVED_ALL; f++)
        put_interval(json, study_figures[f].key, &study_summary_arm(summary, dataset, arm)[f]);
    camal_json_close_map(json);
    camal_json_open_list(json, "runs");
    for (s = 0; s < study->seed_count && status == BASE_OK; s++)
        status = put_run(json, summary->results, dataset, arm, s);
    camal_json_close_list(json);
    camal_json_close_map(json);
    return status;
}

static void put_pair(camal_json *json, const study_file *study, const study_pair *pair)
{
    int f;

    camal_json_open_map(json, NULL);
    camal_json_text(json, "dataset", dataset_name(study, pair->dataset));
    camal_json_text(json, "arm", study->arms[pair->arm].name);
    camal_json_text(json, "against", study->arms[pair->against].name);
    camal_json_text(json, "verdict_all", study_judge(&pair->difference[STUDY_AREA_ALL]));
    camal_json_text(json, "verdict_kept", study_judge(&pair->difference[STUDY_AREA_KEPT]));
    if (study->arms[pair->against].without && pair->arm == study->proposed)
        camal_json_text(json, "part", study->arms[pair->against].without);
    camal_json_open_map(json, "differences");
    for (f = 0; f < STUDY_FIGURES; f++)
        put_interval(json, study_figures[f].key, &pair->difference[f]);
    camal_json_close_map(json);
    camal_json_close_map(json);
}

base_status study_export_json(const study_summary *summary, FILE *out)
{
    const study_file *study = summary->results->study;
    camal_json json = camal_json_begin();
    base_status status = BASE_OK, written;
    size_t d, a, i;

    camal_json_text(&json, "study", study->path);
    camal_json_integer(&json, "runs", (int64_t)summary->results->known);
    camal_json_integer(&json, "tasks", (int64_t)summary->results->tasks);
    camal_json_open_list(&json, "arms");
    for (d = 0; d < study->dataset_count; d++)
        for (a = 0; a < study->arm_count && status == BASE_OK; a++)
            status = put_arm(&json, summary, d, a);
    camal_json_close_list(&json);
    camal_json_open_list(&json, "pairs");
    for (i = 0; i < summary->pairs; i++)
        put_pair(&json, study, &summary->pair[i]);
    camal_json_close_list(&json);
    written = camal_json_finish(&json, out);
    return status == BASE_OK ? written : status;
}
