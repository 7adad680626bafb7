#include "bench_report.h"
#include "base_file.h"
#include "base_log.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_tree.h>

static void keep(bench_report *report, yajl_gen_status status)
{
    if (status != yajl_gen_status_ok)
        report->failed = true;
}

static void put_text(bench_report *report, const char *text)
{
    keep(report, yajl_gen_string(report->gen, (const unsigned char *)text, strlen(text)));
}

bench_report bench_report_begin(bool json)
{
    bench_report report = {.json = json};

    if (!json)
        return report;
    report.gen = yajl_gen_alloc(NULL);
    if (!report.gen) {
        report.failed = true;
        return report;
    }
    yajl_gen_config(report.gen, yajl_gen_beautify, 1);
    yajl_gen_config(report.gen, yajl_gen_indent_string, "  ");
    keep(&report, yajl_gen_map_open(report.gen));
    return report;
}

void bench_report_text(bench_report *report, const char *key, const char *value)
{
    if (!report->json)
        printf("%-28s %s\n", key, value);
    if (!report->gen)
        return;
    if (key)
        put_text(report, key);
    put_text(report, value);
}

void bench_report_number(bench_report *report, const char *key, double value, const char *unit)
{
    char digits[32];

    snprintf(digits, sizeof digits, "%.9g", value);
    if (!report->json)
        printf("%-28s %.5g%s%s\n", key, value, *unit ? " " : "", unit);
    if (!report->gen)
        return;
    if (key)
        put_text(report, key);
    keep(report,
         isfinite(value) ? yajl_gen_number(report->gen, digits, strlen(digits)) : yajl_gen_null(report->gen));
}

void bench_report_open_list(bench_report *report, const char *key)
{
    if (!report->gen)
        return;
    put_text(report, key);
    keep(report, yajl_gen_array_open(report->gen));
}

void bench_report_close_list(bench_report *report)
{
    if (report->gen)
        keep(report, yajl_gen_array_close(report->gen));
}

void bench_report_open_map(bench_report *report)
{
    if (report->gen)
        keep(report, yajl_gen_map_open(report->gen));
}

void bench_report_close_map(bench_report *report)
{
    if (report->gen)
        keep(report, yajl_gen_map_close(report->gen));
}

base_status bench_report_finish(bench_report *report)
{
    const unsigned char *text = NULL;
    base_status status = BASE_OK;
    size_t size = 0;

    if (report->gen)
        bench_report_close_map(report);
    if (report->failed ||
        (report->gen && yajl_gen_get_buf(report->gen, &text, &size) != yajl_gen_status_ok)) {
        base_log_error("cannot make the JSON (out of memory?)");
        status = BASE_ERR_LIBRARY;
    } else if (fwrite(text ? text : (const unsigned char *)"", 1, size, stdout) != size ||
               fflush(stdout) != 0) {
        base_log_error("cannot write the figures to standard output: %m");
        status = BASE_ERR_IO;
    }
    if (report->gen)
        yajl_gen_free(report->gen);
    report->gen = NULL;
    return status;
}

base_status bench_report_read(const char *path, const char *key, double *value)
{
    const char *steps[] = {key, NULL};
    char *text = NULL, fault[256] = "";
    size_t size = 0;
    yajl_val tree, found;
    base_status status = base_file_read_text(path, &text, &size);

    if (status != BASE_OK)
        return status;
    tree = yajl_tree_parse(text, fault, sizeof fault);
    free(text);
    if (!YAJL_IS_OBJECT(tree)) {
        base_log_error("%s: not the JSON that camal-bench --json writes: %s", path,
                       *fault ? fault : "its outermost value is no map");
        yajl_tree_free(tree);
        return BASE_ERR_INPUT;
    }
    found = yajl_tree_get(tree, steps, yajl_t_any);
    if (found && !YAJL_IS_NUMBER(found)) {
        base_log_error("%s: '%s' is not a number", path, key);
        status = BASE_ERR_INPUT;
    } else if (found) {
        *value = strtod(YAJL_GET_NUMBER(found), NULL);
    }
    yajl_tree_free(tree);
    return status;
}
