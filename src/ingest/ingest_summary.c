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
#define PAIRS_WRITTEN 100

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
    text(gen, "group_duplicates");
    yajl_gen_bool(gen, options->group_duplicates);
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

/* ---- quality ---- */

static bool contradict(const ingest_plan *plan, const ingest_pair *pair)
{
    int32_t a = plan->label[pair->a], b = plan->label[pair->b];

    return a != STORE_LABEL_UNKNOWN && b != STORE_LABEL_UNKNOWN && a != b;
}

typedef struct doubts {
    size_t straddling, contradicting; /* pairs in two splits, of two classes */
} doubts;

static doubts count_doubts(const ingest_plan *plan)
{
    doubts d = {0};
    size_t i;

    for (i = 0; i < plan->quality.pair_count; i++) {
        const ingest_pair *pair = &plan->quality.pairs[i];

        d.straddling += plan->split[pair->a] != plan->split[pair->b];
        d.contradicting += contradict(plan, pair);
    }
    return d;
}

static const ingest_annotation *annotation_of(const ingest_summary *summary, size_t row)
{
    return &summary->coco->annotations[summary->plan->rows[row]];
}

static const char *picture_of(const ingest_summary *summary, size_t row)
{
    return summary->coco->text + summary->coco->images[annotation_of(summary, row)->image].file_name;
}

static const char *class_of(const ingest_summary *summary, size_t row)
{
    int32_t label = summary->plan->label[row];

    if (label == STORE_LABEL_UNKNOWN)
        return NULL;
    return summary->coco->text + summary->coco->categories[summary->plan->categories[label]].name;
}

static void write_half(yajl_gen gen, const ingest_summary *summary, const char *key, size_t row)
{
    text(gen, key);
    yajl_gen_map_open(gen);
    text(gen, "annotation_id");
    yajl_gen_integer(gen, annotation_of(summary, row)->id);
    text_pair(gen, "file_name", picture_of(summary, row));
    text_pair(gen, "class", class_of(summary, row));
    yajl_gen_map_close(gen);
}

/* The first pairs, or the first of those whose labels contradict each other. */
static void write_pairs(yajl_gen gen, const ingest_summary *summary, const char *key, bool contradicting)
{
    size_t i, written = 0;

    text(gen, key);
    yajl_gen_array_open(gen);
    for (i = 0; i < summary->plan->quality.pair_count && written < PAIRS_WRITTEN; i++) {
        const ingest_pair *pair = &summary->plan->quality.pairs[i];

        if (contradicting && !contradict(summary->plan, pair))
            continue;
        yajl_gen_map_open(gen);
        write_half(gen, summary, "a", pair->a);
        write_half(gen, summary, "b", pair->b);
        whole_pair(gen, "bits", (size_t)pair->distance);
        yajl_gen_map_close(gen);
        written++;
    }
    yajl_gen_array_close(gen);
}

/* Samples by the longer side of their box in pixels. */
static void write_sizes(yajl_gen gen, const ingest_summary *summary)
{
    static const char *const names[] = {"below_16",  "below_32",  "below_64",
                                        "below_128", "below_256", "from_256"};
    size_t counts_of[6] = {0}, row, i;

    for (row = 0; row < summary->plan->samples; row++) {
        const float *box = summary->table->bbox + 4 * row;
        float longer = box[2] > box[3] ? box[2] : box[3], limit = 16;

        for (i = 0; i < 5 && longer >= limit; i++)
            limit *= 2;
        counts_of[i]++;
    }
    text(gen, "box_sizes");
    yajl_gen_map_open(gen);
    for (i = 0; i < 6; i++)
        whole_pair(gen, names[i], counts_of[i]);
    yajl_gen_map_close(gen);
}

static void write_quality(yajl_gen gen, const ingest_summary *summary)
{
    const ingest_quality *quality = &summary->plan->quality;
    doubts d = count_doubts(summary->plan);

    text(gen, "quality");
    yajl_gen_map_open(gen);
    write_sizes(gen, summary);
    whole_pair(gen, "boxes_past_the_edge", quality->boxes_outside);
    whole_pair(gen, "pictures_of_the_same_bytes", quality->same_bytes);
    whole_pair(gen, "near_copies", quality->pair_count);
    whole_pair(gen, "near_copies_in_two_splits", d.straddling);
    whole_pair(gen, "near_copies_of_two_classes", d.contradicting);
    write_pairs(gen, summary, "first_near_copies", false);
    write_pairs(gen, summary, "suspicious_labels", true);
    yajl_gen_map_close(gen);
}

static void print_quality(const ingest_summary *summary, FILE *out)
{
    const ingest_quality *quality = &summary->plan->quality;
    doubts d = count_doubts(summary->plan);
    bool loose = d.straddling && !summary->options->group_duplicates;

    if (quality->boxes_outside)
        fprintf(out, "%zu boxes pass their picture's edge by more than a pixel\n", quality->boxes_outside);
    if (quality->same_bytes)
        fprintf(out, "%zu %s the same bytes as another\n", quality->same_bytes,
                quality->same_bytes == 1 ? "picture has" : "pictures have");
    if (quality->pair_count)
        fprintf(out, "%zu pairs of samples are near copies: %zu in two splits%s, %zu of two classes%s\n",
                quality->pair_count, d.straddling, loose ? " (--group-duplicates keeps them together)" : "",
                d.contradicting, d.contradicting ? " (suspicious labels)" : "");
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
            write_quality(gen, summary);
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
    size_t outlines = c->sources[INGEST_MASK_POLYGONS] + c->sources[INGEST_MASK_RUNS];

    print_refused(summary, out);
    fprintf(out, "masks: %zu from polygons, %zu from runs, %zu from boxes%s\n",
            c->sources[INGEST_MASK_POLYGONS], c->sources[INGEST_MASK_RUNS], c->sources[INGEST_MASK_BOX],
            c->sources[INGEST_MASK_BOX] > outlines
                ? ": for most samples train.in_mask and in-mask figures mean the box"
                : "");
    print_quality(summary, out);
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
