#include "study_tables.h"
#include "base_log.h"
#include "camal_compare_print.h"
#include "camal_table.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

#define CELL_BYTES (4 * COMPARE_NUMBER_TEXT)

const char *const study_part_names[STUDY_PARTS] = {"arms",  "classes",  "against",
                                                   "claim", "ablation", "notes"};

static const study_figure of_arms[] = {STUDY_LABELS,    STUDY_CLASSES_KEPT, STUDY_TEST_ALL,
                                       STUDY_TEST_KEPT, STUDY_BEST_KEPT,    STUDY_AREA_ALL,
                                       STUDY_CAM_KEPT,  STUDY_CALIBRATION};
static const study_figure of_classes[] = {STUDY_BEST_99_KEPT, STUDY_BEST_95_KEPT, STUDY_BEST_99_ALL,
                                          STUDY_BEST_95_ALL,  STUDY_TEST_99_KEPT, STUDY_TEST_95_KEPT,
                                          STUDY_TEST_99_ALL,  STUDY_TEST_95_ALL};
static const study_figure of_pairs[] = {STUDY_AREA_ALL, STUDY_TEST_ALL,  STUDY_AREA_KEPT, STUDY_TEST_KEPT,
                                        STUDY_CAM_KEPT, STUDY_SAVED_ALL, STUDY_SAVED_KEPT};

#define COUNT(list) (sizeof(list) / sizeof *(list))

/* ---- cells ---- */

/* Mean and half the width of Student's interval, where there is one. */
static void add_mean(camal_table *table, const compare_figure *figure, const study_interval *interval)
{
    char mean[COMPARE_NUMBER_TEXT], half[COMPARE_NUMBER_TEXT];

    compare_value_text(figure, interval->mean, mean);
    compare_value_text(figure, (interval->t_high - interval->t_low) / 2, half);
    if (isnan(interval->t_low))
        camal_table_add(table, "%s", mean);
    else
        camal_table_add(table, "%s \u00b1 %s", mean, half);
}

static void interval_text(const compare_figure *figure, const study_interval *interval, char text[CELL_BYTES])
{
    char low[COMPARE_NUMBER_TEXT], high[COMPARE_NUMBER_TEXT];

    compare_difference_text(figure, interval->low, low);
    compare_difference_text(figure, interval->high, high);
    snprintf(text, CELL_BYTES, isnan(interval->low) ? "-" : "%s to %s", low, high);
}

/* A difference with its bootstrap interval. */
static void add_difference(camal_table *table, const compare_figure *figure, const study_interval *interval)
{
    char mean[COMPARE_NUMBER_TEXT], ends[CELL_BYTES];

    compare_difference_text(figure, interval->mean, mean);
    interval_text(figure, interval, ends);
    if (isnan(interval->low))
        camal_table_add(table, "%s", mean);
    else
        camal_table_add(table, "%s (%s)", mean, ends);
}

static base_status end_table(camal_table *table, const study_view *view, FILE *out)
{
    base_status status = camal_table_print(table, view->markdown, out);

    putc('\n', out);
    return status;
}

static void heading(const study_view *view, const char *text, FILE *out)
{
    fprintf(out, view->markdown ? "**%s**\n\n" : "%s\n\n", text);
}

static const char *dataset_name(const study_file *study, size_t dataset)
{
    return dataset == study->dataset_count ? "all data sets" : study->datasets[dataset].name;
}

/* ---- arms ---- */

static base_status print_arms(const study_summary *summary, size_t dataset, const study_figure *figure,
                              size_t figures, const char *title, const study_view *view, FILE *out)
{
    const study_file *study = summary->results->study;
    camal_table table = camal_table_begin("lrrrrrrrrr");
    char text[CELL_BYTES];
    size_t a, f;

    table.columns = figures + 2;
    camal_table_add(&table, "Arm");
    camal_table_add(&table, "Seeds");
    for (f = 0; f < figures; f++)
        camal_table_add(&table, "%s", study_figures[figure[f]].title);
    for (a = 0; a < study->arm_count; a++) {
        const study_interval *of = study_summary_arm(summary, dataset, a);

        camal_table_add(&table, "%s", study->arms[a].name);
        camal_table_add(&table, "%zu", of[STUDY_LABELS].count);
        for (f = 0; f < figures; f++)
            add_mean(&table, &study_figures[figure[f]], &of[figure[f]]);
    }
    snprintf(text, sizeof text, "%s: %s", dataset_name(study, dataset), title);
    heading(view, text, out);
    return end_table(&table, view, out);
}

/* ---- against ---- */

/* "better: a, b; worse: none; ...": the arms by their verdict. */
static void print_words(const study_summary *summary, size_t dataset, size_t against, const study_view *view,
                        FILE *out)
{
    static const char *const words[] = {"better", "worse", "not distinguishable", "too few seeds"};
    const study_file *study = summary->results->study;
    char text[8192];
    size_t used, w, a;

    used = (size_t)snprintf(text, sizeof text,
                            "Against %s on %s, by the area over all classes:", study->arms[against].name,
                            dataset_name(study, dataset));
    for (w = 0; w < COUNT(words); w++) {
        size_t found = 0;

        for (a = 0; a < study->arm_count && used < sizeof text - 2 * STUDY_NAME_MAX; a++) {
            const study_pair *pair = a == against ? NULL : study_summary_pair(summary, dataset, a, against);

            if (!pair || strcmp(study_judge(&pair->difference[STUDY_AREA_ALL]), words[w]) != 0)
                continue;
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%s%s", found ? ", " : " ",
                                     found ? "" : words[w], found ? "" : ": ");
            used += (size_t)snprintf(text + used, sizeof text - used, "%s", study->arms[a].name);
            found++;
        }
        if (found)
            used += (size_t)snprintf(text + used, sizeof text - used, ".");
    }
    compare_print_wrapped(view->markdown, out, text);
    putc('\n', out);
}

static void add_pair_heading(camal_table *table, const char *first, const char *second)
{
    size_t f;

    camal_table_add(table, "%s", first);
    camal_table_add(table, "%s", second);
    for (f = 0; f < COUNT(of_pairs); f++)
        camal_table_add(table, "%s", study_figures[of_pairs[f]].title);
    camal_table_add(table, "Verdict, all");
    camal_table_add(table, "Verdict, kept");
}

/* A difference's verdict, as "better" or as another word for it. */
static const char *word_of(const study_interval *difference, bool part)
{
    const char *word = study_judge(difference);

    if (!part || strcmp(word, "not distinguishable") == 0)
        return word;
    return strcmp(word, "better") == 0 ? "helps" : strcmp(word, "worse") == 0 ? "harms" : word;
}

static void add_pair_figures(camal_table *table, const study_pair *pair, bool part)
{
    size_t f;

    for (f = 0; f < COUNT(of_pairs); f++)
        add_difference(table, &study_figures[of_pairs[f]], &pair->difference[of_pairs[f]]);
    camal_table_add(table, "%s", word_of(&pair->difference[STUDY_AREA_ALL], part));
    camal_table_add(table, "%s", word_of(&pair->difference[STUDY_AREA_KEPT], part));
}

static base_status print_against(const study_summary *summary, size_t dataset, size_t against,
                                 const study_view *view, FILE *out)
{
    const study_file *study = summary->results->study;
    camal_table table = camal_table_begin("lrrrrrrrrll");
    char text[CELL_BYTES];
    base_status status;
    size_t a;

    add_pair_heading(&table, "Arm", "Pairs");
    for (a = 0; a < study->arm_count; a++) {
        const study_pair *pair = a == against ? NULL : study_summary_pair(summary, dataset, a, against);

        if (!pair)
            continue;
        camal_table_add(&table, "%s", study->arms[a].name);
        camal_table_add(&table, "%zu", pair->difference[STUDY_TEST_ALL].count);
        add_pair_figures(&table, pair, false);
    }
    snprintf(text, sizeof text, "%s: differences from %s", dataset_name(study, dataset),
             study->arms[against].name);
    heading(view, text, out);
    status = end_table(&table, view, out);
    if (status == BASE_OK)
        print_words(summary, dataset, against, view, out);
    return status;
}

/* ---- claim ---- */

static base_status print_claim(const study_summary *summary, size_t dataset, const study_view *view,
                               FILE *out)
{
    const study_file *study = summary->results->study;
    const study_pair *pair = study_summary_pair(summary, dataset, study->proposed, study->standard);
    camal_table table = camal_table_begin("lrrrrl");
    char text[CELL_BYTES];
    int f, i;

    camal_table_add(&table, "Figure");
    camal_table_add(&table, "%s", study->arms[study->standard].name);
    camal_table_add(&table, "%s", study->arms[study->proposed].name);
    camal_table_add(&table, "Difference");
    camal_table_add(&table, "95 %% interval");
    camal_table_add(&table, "Verdict");
    for (f = 0; f < STUDY_FIGURES && pair; f++) {
        const compare_figure *figure = &study_figures[f];
        bool saved = f == STUDY_SAVED_ALL || f == STUDY_SAVED_KEPT;

        camal_table_add(&table, "%s", figure->title);
        for (i = 1; i >= 0; i--) {
            compare_value_text(figure, saved ? NAN : pair->mean[i][f], text);
            camal_table_add(&table, "%s", text);
        }
        compare_difference_text(figure, pair->difference[f].mean, text);
        camal_table_add(&table, "%s", text);
        interval_text(figure, &pair->difference[f], text);
        camal_table_add(&table, "%s", text);
        camal_table_add(&table, "%s", study_summary_judge(&pair->difference[f], (study_figure)f));
    }
    snprintf(text, sizeof text, "%s: %s (default) against %s (proposed)", dataset_name(study, dataset),
             study->arms[study->standard].name, study->arms[study->proposed].name);
    heading(view, text, out);
    return end_table(&table, view, out);
}

/* ---- ablation ---- */

static base_status print_ablation(const study_summary *summary, size_t dataset, const study_view *view,
                                  FILE *out)
{
    const study_file *study = summary->results->study;
    camal_table table = camal_table_begin("llrrrrrrrll");
    char text[CELL_BYTES];
    size_t rows = 0, a;

    add_pair_heading(&table, "Part", "Arm without it");
    for (a = 0; a < study->arm_count; a++) {
        const study_pair *pair =
            study->arms[a].without ? study_summary_pair(summary, dataset, study->proposed, a) : NULL;

        if (!pair)
            continue;
        camal_table_add(&table, "%s", study->arms[a].without);
        camal_table_add(&table, "%s", study->arms[a].name);
        add_pair_figures(&table, pair, true);
        rows++;
    }
    if (rows == 0) {
        camal_table_clear(&table);
        return BASE_OK;
    }
    snprintf(text, sizeof text, "%s: what each part gives: %s minus the arm without the part",
             dataset_name(study, dataset), study->arms[study->proposed].name);
    heading(view, text, out);
    return end_table(&table, view, out);
}

/* ---- the whole ---- */

static void print_title(const study_summary *summary, const study_view *view, FILE *out)
{
    const study_results *results = summary->results;
    const study_file *study = results->study;
    size_t s;

    fprintf(out, "%sStudy %s: %zu data %s, %zu arms, %zu %s (", view->markdown ? "**" : "", study->path,
            study->dataset_count, study->dataset_count == 1 ? "set" : "sets", study->arm_count,
            study->seed_count, study->seed_count == 1 ? "seed" : "seeds");
    for (s = 0; s < study->seed_count; s++)
        fprintf(out, "%s%" PRIu64, s ? ", " : "", study->seeds[s]);
    fprintf(out, "); %zu of %zu runs%s\n\n", results->known, results->tasks, view->markdown ? "**" : "");
}

static base_status print_notes(const study_summary *summary, const study_view *view, FILE *out)
{
    static const char *const notes[] = {
        "All: over all classes, those that are excluded counted as errors. Kept: over classes neither "
        "excluded nor paused at the end, in a difference those that both arms keep. Best: largest validation "
        "recall over the rounds, the paper's figure; chosen after "
        "the fact, "
        "so too good. Test: recall on test samples, mean over classes; it decides nothing.",
        "Area: mean of test recall over the labels from the first round's to the last's (trapezoids); in a "
        "difference "
        "over the labels that both runs reach. Labels are all that were paid for, those of excluded classes "
        "too.",
        "Labels saved: 1 - L / L', where L and L' are the labels with which the two runs reach the highest "
        "test recall "
        "that both reach; curves are the running maximum, linear between rounds. L and L' count the labels "
        "of the "
        "start, which cannot be saved.",
        "In-mask: share of the heat map's energy within the annotation's mask, mean over test samples of a "
        "class, then "
        "over classes. Calibration error: expected, 15 bins, test.",
        "Means of arms have \u00b1 half of Student's 95 % interval over seeds. Differences are paired by "
        "seed; in "
        "brackets is the bootstrap's 95 % interval (BCa; over several data sets drawn within each, and each "
        "counts the "
        "same: it tells of these data sets, not of others). Better or worse is said only where this interval "
        "and that "
        "of Student's t both leave out 0, since with few seeds the bootstrap's is too narrow.",
    };
    size_t seeds = summary->results->study->seed_count, i;
    char text[512];

    for (i = 0; i < COUNT(notes); i++) {
        fputs(view->markdown ? "- " : "", out);
        compare_print_wrapped(view->markdown, out, notes[i]);
    }
    snprintf(
        text, sizeof text,
        "With %zu seeds a bootstrap interval cannot reach beyond the smallest and largest difference, and "
        "all "
        "differences have one sign by chance alone once in %.0f comparisons. Of every 20 comparisons without "
        "any effect about one is called better or worse.",
        seeds, pow(2, (double)seeds - 1));
    fputs(view->markdown ? "- " : "", out);
    compare_print_wrapped(view->markdown, out, text);
    return BASE_OK;
}

static base_status print_dataset(const study_summary *summary, size_t dataset, const study_view *view,
                                 FILE *out)
{
    const study_file *study = summary->results->study;
    bool one = dataset < study->dataset_count;
    base_status status = BASE_OK;
    size_t i;

    if (one && !summary->results->data[dataset].digest[0])
        return BASE_OK; /* no run of it is known */
    if (one && (view->parts & 1u << STUDY_PART_ARMS))
        status = print_arms(summary, dataset, of_arms, COUNT(of_arms), "arms", view, out);
    if (status == BASE_OK && one && (view->parts & 1u << STUDY_PART_CLASSES))
        status =
            print_arms(summary, dataset, of_classes, COUNT(of_classes), "very accurate classes", view, out);
    for (i = 0; i < study->against_count && (view->parts & 1u << STUDY_PART_AGAINST) && status == BASE_OK;
         i++)
        status = print_against(summary, dataset, study->against[i], view, out);
    if (status == BASE_OK && (view->parts & 1u << STUDY_PART_CLAIM))
        status = print_claim(summary, dataset, view, out);
    if (status == BASE_OK && (view->parts & 1u << STUDY_PART_ABLATION))
        status = print_ablation(summary, dataset, view, out);
    return status;
}

base_status study_tables_print(const study_summary *summary, const study_view *view, FILE *out)
{
    const study_file *study = summary->results->study;
    size_t sets = study->dataset_count, count = sets > 1 ? sets + 1 : 1, d;
    base_status status = BASE_OK;

    if (!view->dataset)
        print_title(summary, view, out);
    for (d = 0; d < count && status == BASE_OK; d++)
        if (!view->dataset || strcmp(view->dataset, d < sets ? study->datasets[d].name : "all") == 0)
            status = print_dataset(summary, d, view, out);
    if (status == BASE_OK && (view->parts & 1u << STUDY_PART_NOTES))
        status = print_notes(summary, view, out);
    if (status == BASE_OK && ferror(out)) {
        base_log_error("cannot write the tables (disk full, or its reader gone)");
        status = BASE_ERR_IO;
    }
    return status;
}
