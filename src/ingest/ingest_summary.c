#include "ingest_summary.h"
#include "base_file.h"
#include "base_log.h"
#include "ingest_mask.h"
#include "ingest_reason.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_gen.h>

#define REFUSED_SHOWN 5

typedef struct counts {
    size_t reasons[INGEST_REASONS];
    size_t sources[3], thin;          /* of samples' masks */
    size_t splits[INGEST_SPLITS];     /* of samples with a label */
    size_t unknown;                   /* samples without */
    size_t (*classes)[INGEST_SPLITS]; /* [classes] */
} counts;

static base_status count(const ingest_summary *summary, counts *c)
{
    size_t i;

    memset(c, 0, sizeof *c);
    c->classes = calloc(summary->plan->classes + 1, sizeof *c->classes);
    if (!c->classes) {
        base_log_error("no memory for a summary");
        return BASE_ERR_MEMORY;
    }
    for (i = 0; i < summary->coco->annotation_count; i++) {
        const ingest_outcome *outcome = &summary->outcomes[i];

        c->reasons[outcome->reason]++;
        if (outcome->reason != INGEST_USED)
            continue;
        c->sources[outcome->source]++;
        c->thin += outcome->cover == INGEST_MASK_THIN;
    }
    for (i = 0; i < summary->plan->samples; i++) {
        if (summary->plan->label[i] == STORE_LABEL_UNKNOWN) {
            c->unknown++;
            continue;
        }
        c->splits[summary->plan->split[i]]++;
        c->classes[summary->plan->label[i]][summary->plan->split[i]]++;
    }
    return BASE_OK;
}

static const char *file_name(const ingest_summary *summary, const ingest_sight *sight)
{
    return summary->coco->text + summary->coco->images[sight->image].file_name;
}

/* ---- JSON ---- */

static void text(yajl_gen gen, const char *value)
{
    if (value)
        yajl_gen_string(gen, (const unsigned char *)value, strlen(value));
    else
        yajl_gen_null(gen);
}

static void text_pair(yajl_gen gen, const char *key, const char *value)
{
    text(gen, key);
    text(gen, value);
}

static void whole_pair(yajl_gen gen, const char *key, size_t value)
{
    text(gen, key);
    yajl_gen_integer(gen, (long long)value);
}

static void real_pair(yajl_gen gen, const char *key, double value)
{
    text(gen, key);
    yajl_gen_double(gen, value);
}

static void write_options(yajl_gen gen, const ingest_options *options)
{
    char seed[24]; /* as text: yajl's integers end at 2^63 */
    size_t i;

    text(gen, "options");
    yajl_gen_map_open(gen);
    text(gen, "sources");
    yajl_gen_array_open(gen);
    for (i = 0; i < options->source_count; i++) {
        yajl_gen_map_open(gen);
        text_pair(gen, "annotations", options->sources[i].annotations);
        text_pair(gen, "images", options->sources[i].images);
        yajl_gen_map_close(gen);
    }
    yajl_gen_array_close(gen);
    text_pair(gen, "map", options->map);
    text_pair(gen, "mode", options->mode == INGEST_IMAGE ? "image" : "instance");
    text_pair(gen, "empty_class", options->empty_class);
    text_pair(gen, "classes", options->classes);
    whole_pair(gen, "size", (size_t)options->size);
    real_pair(gen, "context", options->context);
    real_pair(gen, "min_box", options->min_box);
    text(gen, "split");
    yajl_gen_array_open(gen);
    for (i = 0; i < INGEST_SPLITS; i++)
        yajl_gen_integer(gen, options->parts[i]);
    yajl_gen_array_close(gen);
    text_pair(gen, "group_key", options->group_key);
    text_pair(gen, "split_key", options->split_key);
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)options->seed);
    text(gen, "seed");
    yajl_gen_number(gen, seed, strlen(seed));
    yajl_gen_map_close(gen);
}

static void write_counts(yajl_gen gen, const ingest_summary *summary, const counts *c)
{
    size_t i;

    whole_pair(gen, "annotations", summary->coco->annotation_count);
    whole_pair(gen, "samples", summary->plan->samples);
    text(gen, "skipped");
    yajl_gen_map_open(gen);
    for (i = INGEST_USED + 1; i < INGEST_REASONS; i++)
        whole_pair(gen, ingest_reason_name((ingest_reason)i), c->reasons[i]);
    yajl_gen_map_close(gen);
    text(gen, "masks");
    yajl_gen_map_open(gen);
    whole_pair(gen, "polygons", c->sources[INGEST_MASK_POLYGONS]);
    whole_pair(gen, "runs", c->sources[INGEST_MASK_RUNS]);
    whole_pair(gen, "box", c->sources[INGEST_MASK_BOX]);
    whole_pair(gen, "thin", c->thin);
    yajl_gen_map_close(gen);
    text(gen, "splits");
    yajl_gen_map_open(gen);
    whole_pair(gen, "train", c->splits[STORE_SPLIT_TRAIN]);
    whole_pair(gen, "validation", c->splits[STORE_SPLIT_VALIDATION]);
    whole_pair(gen, "test", c->splits[STORE_SPLIT_TEST]);
    yajl_gen_map_close(gen);
    whole_pair(gen, "unlabelled", c->unknown);
    whole_pair(gen, "groups", summary->plan->groups);
}

static void write_classes(yajl_gen gen, const ingest_summary *summary, const counts *c)
{
    size_t i;

    text(gen, "classes");
    yajl_gen_array_open(gen);
    for (i = 0; i < summary->plan->classes; i++) {
        const ingest_category *category = &summary->coco->categories[summary->plan->categories[i]];
        const size_t *splits = c->classes[i];

        yajl_gen_map_open(gen);
        text_pair(gen, "name", summary->coco->text + category->name);
        text_pair(gen, "supercategory",
                  category->supercategory == INGEST_NONE ? ""
                                                         : summary->coco->text + category->supercategory);
        text(gen, "category_id");
        yajl_gen_integer(gen, category->id);
        whole_pair(gen, "samples",
                   splits[STORE_SPLIT_TRAIN] + splits[STORE_SPLIT_VALIDATION] + splits[STORE_SPLIT_TEST]);
        whole_pair(gen, "train", splits[STORE_SPLIT_TRAIN]);
        whole_pair(gen, "validation", splits[STORE_SPLIT_VALIDATION]);
        whole_pair(gen, "test", splits[STORE_SPLIT_TEST]);
        yajl_gen_map_close(gen);
    }
    yajl_gen_array_close(gen);
}

static void write_moments(yajl_gen gen, const char *key, const float values[3])
{
    size_t i;

    text(gen, key);
    yajl_gen_array_open(gen);
    for (i = 0; i < 3; i++)
        yajl_gen_double(gen, (double)values[i]);
    yajl_gen_array_close(gen);
}

/* The pictures that were refused, or else those that were read although the decoder complained. */
static void write_sights(yajl_gen gen, const ingest_summary *summary, bool refused)
{
    size_t i;

    yajl_gen_array_open(gen);
    for (i = 0; i < summary->sight_count; i++) {
        const ingest_picture_result *result = &summary->sights[i].result;

        if ((result->reason != INGEST_USED) != refused || (!refused && !result->detail[0]))
            continue;
        yajl_gen_map_open(gen);
        text_pair(gen, "file_name", file_name(summary, &summary->sights[i]));
        if (refused)
            text_pair(gen, "reason", ingest_reason_name(result->reason));
        text_pair(gen, "detail", result->detail);
        yajl_gen_map_close(gen);
    }
    yajl_gen_array_close(gen);
}

static void write_pictures(yajl_gen gen, const ingest_summary *summary)
{
    text(gen, "pictures");
    yajl_gen_map_open(gen);
    whole_pair(gen, "listed", summary->coco->image_count);
    whole_pair(gen, "opened", summary->sight_count);
    whole_pair(gen, "with_samples", summary->table->images);
    text(gen, "refused");
    write_sights(gen, summary, true);
    text(gen, "read_with_warnings");
    write_sights(gen, summary, false);
    yajl_gen_map_close(gen);
}

base_status ingest_summary_write(const ingest_summary *summary, const char *path)
{
    const unsigned char *bytes = NULL;
    base_status status;
    yajl_gen gen;
    size_t size = 0;
    counts c;

    status = count(summary, &c);
    if (status != BASE_OK)
        return status;
    gen = yajl_gen_alloc(NULL);
    if (gen) {
        yajl_gen_config(gen, yajl_gen_beautify, 1);
        yajl_gen_map_open(gen);
        text_pair(gen, "dataset", summary->table ? summary->options->out : NULL);
        text_pair(gen, "digest", summary->table ? summary->table->digest : NULL);
        write_options(gen, summary->options);
        write_counts(gen, summary, &c);
        write_classes(gen, summary, &c);
        if (summary->table) {
            write_moments(gen, "mean", summary->table->mean);
            write_moments(gen, "std", summary->table->std);
            write_pictures(gen, summary);
        }
        yajl_gen_map_close(gen);
    }
    if (gen && yajl_gen_get_buf(gen, &bytes, &size) == yajl_gen_status_ok) {
        status = base_file_write(path, bytes, size);
    } else {
        base_log_error("%s: no memory for the summary", path);
        status = BASE_ERR_MEMORY;
    }
    if (gen)
        yajl_gen_free(gen);
    free(c.classes);
    return status;
}

/* ---- for people ---- */

static void print_row(FILE *out, const char *name, const size_t splits[INGEST_SPLITS])
{
    fprintf(out, "  %-24s %9zu %9zu %9zu %9zu\n", name, splits[STORE_SPLIT_TRAIN],
            splits[STORE_SPLIT_VALIDATION], splits[STORE_SPLIT_TEST],
            splits[STORE_SPLIT_TRAIN] + splits[STORE_SPLIT_VALIDATION] + splits[STORE_SPLIT_TEST]);
}

static void print_refused(const ingest_summary *summary, FILE *out)
{
    size_t i, refused = 0;

    for (i = 0; i < summary->sight_count; i++) {
        const ingest_picture_result *result = &summary->sights[i].result;

        if (result->reason == INGEST_USED)
            continue;
        if (refused++ < REFUSED_SHOWN)
            fprintf(out, "  %s: %s%s%s\n", file_name(summary, &summary->sights[i]),
                    ingest_reason_name(result->reason), result->detail[0] ? ": " : "", result->detail);
    }
    if (refused > REFUSED_SHOWN)
        fprintf(out, "  and %zu more pictures%s\n", refused - REFUSED_SHOWN,
                summary->options->summary ? " (all are in the summary)" : " (--summary FILE lists them all)");
}

/* What a run that was not dry adds. */
static void print_made(const ingest_summary *summary, const counts *c, FILE *out)
{
    print_refused(summary, out);
    fprintf(out, "masks: %zu from polygons, %zu from runs, %zu from boxes\n",
            c->sources[INGEST_MASK_POLYGONS], c->sources[INGEST_MASK_RUNS], c->sources[INGEST_MASK_BOX]);
    fprintf(out, "written: %s%s%s\n", summary->options->out, summary->options->summary ? ", " : "",
            summary->options->summary ? summary->options->summary : "");
    fprintf(out,
            "next: mpirun -n 2 camal-learn RUN.yaml --set data.dataset=%s   (its keys: camal-learn --help)\n",
            summary->options->out);
}

void ingest_summary_print(const ingest_summary *summary, FILE *out)
{
    counts c;
    size_t i;

    if (count(summary, &c) != BASE_OK)
        return;
    fprintf(out, "\n  %-24s %9s %9s %9s %9s\n", "class", "train", "val", "test", "all");
    for (i = 0; i < summary->plan->classes; i++)
        print_row(out, summary->coco->text + summary->coco->categories[summary->plan->categories[i]].name,
                  c.classes[i]);
    print_row(out, "all", c.splits);
    if (c.unknown)
        fprintf(out, "  %-24s %9zu (the pool's; only people can label them)\n", "unknown", c.unknown);
    fprintf(out, "\n%zu annotations: %zu samples in %zu groups, %zu skipped\n",
            summary->coco->annotation_count, summary->plan->samples, summary->plan->groups,
            summary->coco->annotation_count - summary->plan->samples);
    for (i = INGEST_USED + 1; i < INGEST_REASONS; i++)
        if (c.reasons[i])
            fprintf(out, "  %-24s %9zu  %s\n", ingest_reason_name((ingest_reason)i), c.reasons[i],
                    ingest_reason_text((ingest_reason)i));
    if (summary->table)
        print_made(summary, &c, out);
    else
        fprintf(out, "a dry run: no picture was opened; nothing was written%s%s\n",
                summary->options->summary ? " but " : "",
                summary->options->summary ? summary->options->summary : "");
    free(c.classes);
}
