#include "report_data.h"
#include "base_log.h"
#include "camal_rounds.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- a round ---- */

static int compare_samples(const void *left, const void *right)
{
    const store_score *a = left, *b = right;

    return (a->sample > b->sample) - (a->sample < b->sample);
}

static base_status keep_chosen(report_round *round)
{
    const store_round *record = &round->record;
    size_t i;

    round->chosen = calloc(record->queries + 1, sizeof *round->chosen);
    if (!round->chosen) {
        base_log_error("no memory for %zu scores", record->queries);
        return BASE_ERR_MEMORY;
    }
    for (i = 0; i < record->queries; i++) {
        const store_score key = {.sample = record->query[i].sample},
                          *found = record->scores == 0 ? NULL
                                                       : bsearch(&key, record->score, record->scores,
                                                                 sizeof *record->score, compare_samples);

        round->chosen[i] = found ? *found : (store_score){.sample = -1};
    }
    return BASE_OK;
}

/* Free what grows with the network and the pool: many rounds are held at once. */
static void slim(store_round *record, bool last)
{
    store_tensor_list_destroy(&record->model, record->model_tensors);
    store_tensor_list_destroy(&record->optimizer, record->optimizer_tensors);
    record->model_tensors = record->optimizer_tensors = 0;
    free(record->score);
    free(record->pool_state);
    free(record->pool_round);
    free(record->pool_copies);
    free(record->pool_label);
    record->score = NULL;
    record->scores = 0;
    record->pool_state = NULL;
    record->pool_round = record->pool_copies = record->pool_label = NULL;
    if (last)
        return;
    free(record->evaluation);
    record->evaluation = NULL;
    record->evaluations = 0;
}

static base_status read_round(const char *folder, int32_t index, bool last, report_round *round)
{
    base_status status = store_round_path(folder, index, round->path, sizeof round->path);
    struct stat about;

    if (status == BASE_OK)
        status = camal_rounds_read(round->path, &round->record);
    if (status == BASE_OK)
        status = keep_chosen(round);
    if (status != BASE_OK)
        return status;
    slim(&round->record, last);
    if (stat(round->path, &about) == 0)
        round->written = about.st_mtime;
    return BASE_OK;
}

static int compare_answers(const void *left, const void *right)
{
    const store_answer *a = left, *b = right;

    return (a->sample > b->sample) - (a->sample < b->sample);
}

/* What people answered to a round's queries is in the next one. */
static void take_answers(store_round *asked, const store_round *next)
{
    size_t q;

    for (q = 0; q < asked->queries && next->answers > 0; q++) {
        store_query *query = &asked->query[q];
        const store_answer key = {.sample = query->sample},
                           *found = bsearch(&key, next->answer, next->answers, sizeof key, compare_answers);

        if (query->answer == STORE_LABEL_UNKNOWN && found)
            query->answer = found->answer;
    }
}

/* compare_run_read() has seen that rounds 0 to facts->rounds are all there. */
static base_status read_run(const compare_run *facts, report_run *run)
{
    size_t count = (size_t)facts->rounds + 1, i;
    base_status status = BASE_OK;

    run->facts = facts;
    run->round = calloc(count, sizeof *run->round);
    if (!run->round) {
        base_log_error("no memory for %zu rounds", count);
        return BASE_ERR_MEMORY;
    }
    run->rounds = count;
    for (i = 0; i < count && status == BASE_OK; i++)
        status = read_round(facts->path, (int32_t)i, i + 1 == count, &run->round[i]);
    for (i = 0; i + 1 < count && status == BASE_OK; i++)
        take_answers(&run->round[i].record, &run->round[i + 1].record);
    return status;
}

/* ---- series ---- */

static base_status add_series(report_data *data, const char *name, const compare_run *facts, size_t runs)
{
    report_series *series = &data->series[data->count];
    base_status status = BASE_OK;
    size_t i;

    series->run = calloc(runs, sizeof *series->run);
    if (!series->run) {
        base_log_error("no memory for %zu runs", runs);
        return BASE_ERR_MEMORY;
    }
    data->count++;
    series->name = name;
    series->runs = runs;
    for (i = 0; i < runs && status == BASE_OK; i++) {
        status = read_run(&facts[i], &series->run[i]);
        if (series->run[i].rounds > data->rounds)
            data->rounds = series->run[i].rounds;
    }
    return status;
}

static base_status read_arms(const report_request *asked, report_data *data)
{
    base_status status =
        compare_arms_read(asked->standard, asked->standards, asked->proposed, asked->proposeds, &data->arms);

    if (status != BASE_OK)
        return status;
    data->paired = true;
    status = compare_result_of(&data->arms, &data->result);
    if (status == BASE_OK)
        status = add_series(data, "default", data->arms.standard, data->arms.pairs);
    if (status == BASE_OK)
        status = add_series(data, "proposed", data->arms.proposed, data->arms.pairs);
    return status;
}

/* The folder's name; its path where two runs share a name. */
static const char *name_of(const report_request *asked, size_t i)
{
    const char *path = asked->run[i], *slash = strrchr(path, '/'),
               *name = slash && slash[1] ? slash + 1 : path;
    size_t k;

    for (k = 0; k < asked->runs; k++) {
        const char *other = strrchr(asked->run[k], '/');

        if (k != i && strcmp(other && other[1] ? other + 1 : asked->run[k], name) == 0)
            return path;
    }
    return name;
}

static base_status read_alone(const report_request *asked, report_data *data)
{
    base_status status = BASE_OK;
    size_t i;

    data->alone = calloc(asked->runs, sizeof *data->alone);
    if (!data->alone) {
        base_log_error("no memory for %zu runs", asked->runs);
        return BASE_ERR_MEMORY;
    }
    for (i = 0; i < asked->runs && status == BASE_OK; i++) {
        const compare_run *first = &data->alone[0], *run = &data->alone[i];

        status = compare_run_read(asked->run[i], &data->alone[i]);
        data->alones += status == BASE_OK;
        if (status == BASE_OK &&
            (strcmp(first->digest, run->digest) != 0 || first->classes != run->classes)) {
            base_log_error("%s is of data set %s, %s of %s: one report is of one data set", asked->run[0],
                           first->digest, asked->run[i], run->digest);
            status = BASE_ERR_INPUT;
        }
        if (status == BASE_OK)
            status = add_series(data, name_of(asked, i), run, 1);
    }
    return status;
}

static base_status open_dataset(const char *path, report_data *data)
{
    const compare_run *first = data->series[0].run[0].facts;
    const store_table *table;
    base_status status = store_dataset_open(path, &data->dataset);

    if (status != BASE_OK)
        return status == BASE_ERR_IO ? BASE_ERR_INPUT : status;
    table = store_dataset_table(data->dataset);
    if (strcmp(table->digest, first->digest) == 0 && table->samples == first->samples &&
        table->classes == first->classes)
        return BASE_OK;
    base_log_error("%s has digest %s, but %s was made from data set %s: give that one", path, table->digest,
                   first->path, first->digest);
    return BASE_ERR_INPUT;
}

base_status report_data_read(const report_request *asked, report_data *data)
{
    base_status status;

    *data = (report_data){0};
    status = asked->runs > 0 ? read_alone(asked, data) : read_arms(asked, data);
    if (status == BASE_OK) {
        data->classes = data->series[0].run[0].facts->classes;
        data->name = data->series[0].run[0].facts->name;
    }
    if (status == BASE_OK && asked->dataset)
        status = open_dataset(asked->dataset, data);
    if (status != BASE_OK)
        report_data_clear(data);
    return status;
}

void report_data_clear(report_data *data)
{
    size_t s, i, r;

    if (!data)
        return;
    store_dataset_close(&data->dataset);
    for (s = 0; s < data->count; s++) {
        for (i = 0; i < data->series[s].runs; i++) {
            report_run *run = &data->series[s].run[i];

            for (r = 0; r < run->rounds; r++) {
                free(run->round[r].chosen);
                store_round_destroy(&run->round[r].record);
            }
            free(run->round);
        }
        free(data->series[s].run);
    }
    for (i = 0; i < data->alones; i++)
        compare_run_clear(&data->alone[i]);
    free(data->alone);
    compare_result_clear(&data->result);
    compare_arms_clear(&data->arms);
    *data = (report_data){0};
}

/* ---- figures of a round ---- */

const store_round *report_last(const report_run *run)
{
    return &run->round[run->rounds - 1].record;
}

compare_stat report_mean(const double *values, size_t count)
{
    static const double zeros[REPORT_RUNS_MAX];

    return compare_stat_of(zeros, values, count);
}

double report_recall(const store_round *round, store_split split)
{
    const int64_t *confusion =
        split == STORE_SPLIT_TEST ? round->test_confusion : round->validation_confusion;
    double sum = 0, count = 0;
    size_t c;

    for (c = 0; c < round->classes; c++) {
        double recall = compare_recall(confusion, round->classes, c);

        if (isnan(recall))
            continue;
        sum += round->class_state[c].status == STORE_CLASS_EXCLUDED ? 0 : recall;
        count++;
    }
    return count > 0 ? sum / count : NAN;
}

int64_t report_labels(const store_round *round)
{
    int64_t sum = 0;
    size_t c;

    for (c = 0; c < round->classes; c++)
        sum += round->class_state[c].labelled;
    return sum;
}
