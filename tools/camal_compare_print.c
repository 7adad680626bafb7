#include "camal_compare_print.h"
#include "camal_table.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define NUMBER_TEXT COMPARE_NUMBER_TEXT
#define LINE_WIDTH  110

/* A mean of counts: whole where it is whole. */
static void count_text(double value, char text[NUMBER_TEXT])
{
    if (isnan(value))
        snprintf(text, NUMBER_TEXT, "-");
    else
        snprintf(text, NUMBER_TEXT, value == floor(value) ? "%.0f" : "%.1f", value);
}

void compare_value_text(const compare_figure *figure, double value, char text[NUMBER_TEXT])
{
    if (figure->unit == COMPARE_COUNT)
        count_text(value, text);
    else if (isnan(value))
        snprintf(text, NUMBER_TEXT, "-");
    else if (figure->unit == COMPARE_PERCENT)
        snprintf(text, NUMBER_TEXT, "%.2f", 100 * value);
    else
        snprintf(text, NUMBER_TEXT, "%.3f", value);
}

/* As compare_value_text(), with a sign where it is not 0. */
void compare_difference_text(const compare_figure *figure, double value, char text[NUMBER_TEXT])
{
    char plain[NUMBER_TEXT];

    compare_value_text(figure, fabs(value), plain);
    snprintf(text, NUMBER_TEXT, "%s%.30s", value > 0 ? "+" : value < 0 ? "-" : "", plain);
}

/* The paper's notation: 122 (+ 11*2): labelled at the start, added, times each added one enters training. */
static void add_labels(camal_table *table, double start, double added, int32_t copies)
{
    char first[NUMBER_TEXT], second[NUMBER_TEXT];

    count_text(start, first);
    count_text(added, second);
    camal_table_add(table, "%s (+ %s*%" PRId32 ")", first, second, copies);
}

static void add_both(camal_table *table, const compare_figure *figure, const compare_stat *stat)
{
    char standard[NUMBER_TEXT], proposed[NUMBER_TEXT];

    compare_value_text(figure, stat->standard, standard);
    compare_value_text(figure, stat->proposed, proposed);
    camal_table_add(table, "%s > %s", standard, proposed);
}

/* Difference with its interval as half its width. */
static void add_difference(camal_table *table, const compare_figure *figure, const compare_stat *stat)
{
    char difference[NUMBER_TEXT], half[NUMBER_TEXT];

    compare_difference_text(figure, stat->difference, difference);
    compare_value_text(figure, (stat->high - stat->low) / 2, half);
    camal_table_add(table, "%s \u00b1 %s", difference, half);
}

/* ---- Table 1 ---- */

static void add_heading(camal_table *table, bool intervals)
{
    camal_table_add(table, "#");
    camal_table_add(table, "Class");
    camal_table_add(table, "Number of labeled data");
    camal_table_add(table, "Default labels");
    camal_table_add(table, "%s", compare_metrics[COMPARE_BEST].title);
    if (intervals)
        camal_table_add(table, "Best, difference");
    camal_table_add(table, "%s", compare_metrics[COMPARE_LAST].title);
    camal_table_add(table, "%s", compare_metrics[COMPARE_TEST].title);
    if (intervals)
        camal_table_add(table, "Test, difference");
    camal_table_add(table, "%s", compare_metrics[COMPARE_CAM].title);
}

static void add_name(camal_table *table, const compare_result *result, size_t c)
{
    const char *name = result->arms->proposed[0].name[c];
    size_t pairs = result->arms->pairs, standard = result->excluded[0][c], proposed = result->excluded[1][c];

    if (standard > 0)
        camal_table_add(table, "%s (excluded %zu/%zu, default %zu/%zu)", name, proposed, pairs, standard,
                        pairs);
    else if (proposed > 0 && proposed < pairs)
        camal_table_add(table, "%s (excluded %zu/%zu)", name, proposed, pairs);
    else
        camal_table_add(table, "%s", name);
}

static void add_class(camal_table *table, const compare_result *result, size_t c, bool intervals)
{
    const compare_stat *stat = result->class[c];

    camal_table_add(table, "%zu", c + 1);
    add_name(table, result, c);
    add_labels(table, stat[COMPARE_INITIAL].proposed, stat[COMPARE_ADDED].proposed,
               result->arms->proposed[0].config.select.copies);
    add_labels(table, stat[COMPARE_INITIAL].standard, stat[COMPARE_ADDED].standard,
               result->arms->standard[0].config.select.copies);
    add_both(table, &compare_metrics[COMPARE_BEST], &stat[COMPARE_BEST]);
    if (intervals)
        add_difference(table, &compare_metrics[COMPARE_BEST], &stat[COMPARE_BEST]);
    add_both(table, &compare_metrics[COMPARE_LAST], &stat[COMPARE_LAST]);
    add_both(table, &compare_metrics[COMPARE_TEST], &stat[COMPARE_TEST]);
    if (intervals)
        add_difference(table, &compare_metrics[COMPARE_TEST], &stat[COMPARE_TEST]);
    add_both(table, &compare_metrics[COMPARE_CAM], &stat[COMPARE_CAM]);
}

/* Kept classes first, then the excluded ones, as in the paper. */
camal_table compare_table_classes(const compare_result *result)
{
    bool intervals = result->arms->pairs > 1;
    camal_table table = camal_table_begin(intervals ? "rlrrrrrrrr" : "rlrrrrrr");
    size_t excluded = 0, c;

    add_heading(&table, intervals);
    for (c = 0; c < result->classes; c++)
        if (compare_result_excluded(result, c))
            excluded++;
        else
            add_class(&table, result, c, intervals);
    camal_table_add(&table, "%s", "");
    camal_table_add(&table, excluded > 0 ? "Excluded: %zu" : "Excluded: none", excluded);
    camal_table_end_row(&table);
    for (c = 0; c < result->classes; c++)
        if (compare_result_excluded(result, c))
            add_class(&table, result, c, intervals);
    return table;
}

/* ---- summary ---- */

static void add_total(camal_table *table, const compare_figure *figure, const compare_stat *stat,
                      bool intervals)
{
    char text[NUMBER_TEXT], low[NUMBER_TEXT], high[NUMBER_TEXT];

    camal_table_add(table, "%s", figure->title);
    compare_value_text(figure, stat->standard, text);
    camal_table_add(table, "%s", text);
    compare_value_text(figure, stat->proposed, text);
    camal_table_add(table, "%s", text);
    compare_difference_text(figure, stat->difference, text);
    camal_table_add(table, "%s", text);
    if (!intervals)
        return;
    compare_difference_text(figure, stat->low, low);
    compare_difference_text(figure, stat->high, high);
    camal_table_add(table, "%s to %s", low, high);
}

camal_table compare_table_summary(const compare_result *result)
{
    bool intervals = result->arms->pairs > 1;
    camal_table table = camal_table_begin(intervals ? "lrrrr" : "lrrr");
    int t;

    camal_table_add(&table, "Summary");
    camal_table_add(&table, "Default");
    camal_table_add(&table, "Proposed");
    camal_table_add(&table, "Difference");
    if (intervals)
        camal_table_add(&table, "95 %% interval");
    for (t = 0; t < COMPARE_TOTALS; t++)
        add_total(&table, &compare_totals[t], &result->total[t], intervals);
    return table;
}

/* ---- around the tables ---- */

static void print_title(const compare_result *result, bool markdown, FILE *out)
{
    const compare_arms *arms = result->arms;
    size_t i;

    fprintf(out, "%sTable 1. Default > Proposed: %zu classes, %" PRId32 " %s of labelling, %zu %s (",
            markdown ? "**" : "", result->classes, arms->proposed[0].rounds,
            arms->proposed[0].rounds == 1 ? "round" : "rounds", arms->pairs,
            arms->pairs == 1 ? "seed" : "seeds");
    for (i = 0; i < arms->pairs; i++)
        fprintf(out, "%s%" PRIu64, i ? ", " : "", arms->proposed[i].seed);
    fprintf(out, "), data set %.8s%s\n\n", arms->proposed[0].digest, markdown ? "**" : "");
}

size_t compare_notes(const compare_result *result, const char *notes[COMPARE_NOTES_MAX])
{
    static const char *const always[] = {
        "Number of labeled data: proposed arm, n (+ m*c): n labelled at the start, m added over the rounds, "
        "each c times in training; default labels: the same of the default arm.",
        "Best: largest validation recall over the rounds, the paper's column; chosen after the fact, so too "
        "good. Last: validation recall of the last round. Test: test recall of the last round; it decides "
        "nothing.",
        "In-mask CAM: share of the heat map's energy within the annotation's mask, mean over the class's "
        "test samples.",
        "Kept classes: not excluded by the proposed arm. It tells them apart from fewer classes than an arm "
        "that excludes none, which is easier; the lines \"excluded as errors\" set that right."};
    size_t count = 0;

    for (; count < sizeof always / sizeof *always; count++)
        notes[count] = always[count];
    if (result->arms->pairs > 1)
        notes[count++] =
            "Figures are means over seeds; differences are proposed minus default, with the 95 % interval of "
            "Student's t over paired runs. A class is listed as excluded if at least half of the runs "
            "exclude it.";
    return count;
}

/* Text that a person reads: broken into lines at spaces, but for Markdown. */
void compare_print_wrapped(bool markdown, FILE *out, const char *text)
{
    size_t column = 0, word;

    for (; *text; text += word) {
        word = strcspn(text, " ");
        if (!markdown && column > 0 && column + 1 + word > LINE_WIDTH) {
            putc('\n', out);
            column = 0;
        }
        column += (size_t)fprintf(out, "%s%.*s", column > 0 ? " " : "", (int)word, text);
        word += text[word] == ' ';
    }
    putc('\n', out);
}

static void print_notes(const compare_result *result, bool markdown, FILE *out)
{
    const char *notes[COMPARE_NOTES_MAX];
    size_t count = compare_notes(result, notes), i;

    for (i = 0; i < count; i++) {
        fputs(markdown ? "- " : "", out);
        compare_print_wrapped(markdown, out, notes[i]);
    }
    if (result->arms->unlike > 0)
        fprintf(out,
                "%sRound 0, before any choice, ended with different weights in %zu of %zu pairs: the arms "
                "did not start "
                "alike.\n",
                markdown ? "- " : "", result->arms->unlike, result->arms->pairs);
    if (result->arms->differs) {
        fprintf(out, "%sBeyond select and exclude the arms differ (default against proposed):\n",
                markdown ? "- " : "");
        compare_print_wrapped(markdown, out, result->arms->differs);
    }
}

base_status compare_print(const compare_result *result, bool markdown, FILE *out)
{
    camal_table classes = compare_table_classes(result), summary = compare_table_summary(result);
    char verdict[1024], line[1100];
    base_status status;

    print_title(result, markdown, out);
    status = camal_table_print(&classes, markdown, out);
    if (status == BASE_OK)
        putc('\n', out);
    if (status == BASE_OK)
        status = camal_table_print(&summary, markdown, out);
    camal_table_clear(&summary);
    if (status != BASE_OK)
        return status;
    compare_verdict(result, verdict, sizeof verdict);
    snprintf(line, sizeof line, "%sVerdict:%s %s", markdown ? "**" : "", markdown ? "**" : "", verdict);
    putc('\n', out);
    compare_print_wrapped(markdown, out, line);
    putc('\n', out);
    print_notes(result, markdown, out);
    return BASE_OK;
}
