#include "base_log.h"
#include "camal_compare_print.h"
#include "camal_json.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- JSON ---- */

static void put_stat(camal_json *json, const char *key, const compare_stat *stat)
{
    camal_json_open_map(json, key);
    camal_json_real(json, "default", stat->standard);
    camal_json_real(json, "proposed", stat->proposed);
    camal_json_real(json, "difference", stat->difference);
    camal_json_real(json, "low", stat->low);
    camal_json_real(json, "high", stat->high);
    camal_json_integer(json, "pairs", (int64_t)stat->pairs);
    camal_json_close_map(json);
}

static void put_run(camal_json *json, const char *key, const compare_run *run)
{
    int m;
    size_t c;

    camal_json_open_map(json, key);
    camal_json_text(json, "path", run->path);
    camal_json_integer(json, "rounds", run->rounds);
    camal_json_integer(json, "copies", run->config.select.copies);
    camal_json_real(json, "test_samples_kept", run->kept_samples);
    camal_json_real(json, "test_samples_all", run->all_samples);
    camal_json_open_list(json, "classes");
    for (c = 0; c < run->classes; c++) {
        camal_json_open_map(json, NULL);
        camal_json_text(json, "name", run->name[c]);
        camal_json_boolean(json, "excluded", run->class[c].excluded);
        for (m = 0; m < COMPARE_METRICS; m++)
            camal_json_real(json, compare_metrics[m].key, run->class[c].metric[m]);
        camal_json_close_map(json);
    }
    camal_json_close_list(json);
    camal_json_close_map(json);
}

static void put_class(camal_json *json, const compare_result *result, size_t c)
{
    int m;

    camal_json_open_map(json, NULL);
    camal_json_text(json, "name", result->arms->proposed[0].name[c]);
    camal_json_boolean(json, "excluded", compare_result_excluded(result, c));
    camal_json_integer(json, "excluded_default", (int64_t)result->excluded[0][c]);
    camal_json_integer(json, "excluded_proposed", (int64_t)result->excluded[1][c]);
    for (m = 0; m < COMPARE_METRICS; m++)
        put_stat(json, compare_metrics[m].key, &result->class[c][m]);
    camal_json_close_map(json);
}

static void put_pairs(camal_json *json, const compare_arms *arms)
{
    size_t i;

    camal_json_open_list(json, "pairs");
    for (i = 0; i < arms->pairs; i++) {
        camal_json_open_map(json, NULL);
        camal_json_unsigned(json, "seed", arms->proposed[i].seed);
        camal_json_boolean(json, "same_round_0",
                           strcmp(arms->standard[i].start, arms->proposed[i].start) == 0);
        put_run(json, "default", &arms->standard[i]);
        put_run(json, "proposed", &arms->proposed[i]);
        camal_json_close_map(json);
    }
    camal_json_close_list(json);
}

base_status compare_export_json(const compare_result *result, FILE *out)
{
    camal_json json = camal_json_begin();
    char verdict[1024];
    size_t c;
    int t;

    compare_verdict(result, verdict, sizeof verdict);
    camal_json_text(&json, "dataset_digest", result->arms->proposed[0].digest);
    camal_json_text(&json, "verdict", verdict);
    camal_json_text(&json, "verdict_kept", compare_judge(&result->total[COMPARE_TEST_KEPT]));
    camal_json_text(&json, "verdict_all", compare_judge(&result->total[COMPARE_TEST_ALL]));
    if (result->arms->differs)
        camal_json_text(&json, "arms_differ", result->arms->differs);
    camal_json_open_map(&json, "summary");
    for (t = 0; t < COMPARE_TOTALS; t++)
        put_stat(&json, compare_totals[t].key, &result->total[t]);
    camal_json_close_map(&json);
    camal_json_open_list(&json, "classes");
    for (c = 0; c < result->classes; c++)
        put_class(&json, result, c);
    camal_json_close_list(&json);
    put_pairs(&json, result->arms);
    return camal_json_finish(&json, out);
}

/* ---- CSV ---- */

void compare_csv_text(const char *text, FILE *out)
{
    const char *c;
    bool quote = false;

    for (c = text; *c; c++)
        quote = quote || *c == ',' || *c == '"' || *c == '\n' || *c == '\r';
    if (quote)
        putc('"', out);
    for (c = text; *c; c++) {
        if (*c == '"')
            putc('"', out);
        putc(*c, out);
    }
    if (quote)
        putc('"', out);
}

void compare_csv_number(double value, FILE *out)
{
    char text[40];
    int digits;

    putc(',', out);
    if (!isfinite(value))
        return;
    for (digits = 6; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    fputs(text, out);
}

static void put_line(const char *name, const char *status, const char *figure, const compare_stat *stat,
                     FILE *out)
{
    compare_csv_text(name, out);
    fprintf(out, ",%s,%s", status, figure);
    compare_csv_number(stat->standard, out);
    compare_csv_number(stat->proposed, out);
    compare_csv_number(stat->difference, out);
    compare_csv_number(stat->low, out);
    compare_csv_number(stat->high, out);
    fprintf(out, ",%zu\n", stat->pairs);
}

base_status compare_export_csv(const compare_result *result, FILE *out)
{
    size_t c;
    int k;

    fputs("class,status,figure,default,proposed,difference,low,high,pairs\n", out);
    for (c = 0; c < result->classes; c++)
        for (k = 0; k < COMPARE_METRICS; k++)
            put_line(result->arms->proposed[0].name[c],
                     compare_result_excluded(result, c) ? "excluded" : "kept", compare_metrics[k].key,
                     &result->class[c][k], out);
    for (k = 0; k < COMPARE_TOTALS; k++)
        put_line("", "summary", compare_totals[k].key, &result->total[k], out);
    if (!ferror(out))
        return BASE_OK;
    base_log_error("cannot write the CSV (disk full, or its reader gone)");
    return BASE_ERR_IO;
}
