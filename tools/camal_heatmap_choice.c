#include "camal_heatmap_choice.h"
#include "base_log.h"
#include "base_nearest.h"
#include "base_options.h"
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Samples as they are found; a sample is taken once. */
typedef struct collection {
    const store_round *round;
    const store_table *table;
    uint8_t *taken; /* [samples] */
    heatmap_item *item;
    size_t count, space;
} collection;

/* ---- what may be said of a sample ---- */

static int compare_evaluation(const void *key, const void *record)
{
    int64_t a = *(const int64_t *)key, b = ((const store_evaluation *)record)->sample;

    return (a > b) - (a < b);
}

static int compare_score(const void *key, const void *record)
{
    int64_t a = *(const int64_t *)key, b = ((const store_score *)record)->sample;

    return (a > b) - (a < b);
}

static const char *name_set(const store_round *round, const store_table *table, int64_t sample)
{
    switch (round->pool_state[sample]) {
    case STORE_POOL_OUTSIDE:
        return table->split[sample] == STORE_SPLIT_VALIDATION ? "validation" : "test";
    case STORE_POOL_LABELLED:
        return "labelled";
    case STORE_POOL_UNLABELLED:
        return "pool";
    default:
        return "aside";
    }
}

static heatmap_item describe(const store_round *round, const store_table *table, int64_t sample)
{
    uint8_t state = round->pool_state[sample];
    const store_evaluation *judged = bsearch(&sample, round->evaluation, round->evaluations,
                                             sizeof *round->evaluation, compare_evaluation);
    const store_score *scored =
        bsearch(&sample, round->score, round->scores, sizeof *round->score, compare_score);
    heatmap_item item = {.sample = sample, .label = STORE_LABEL_UNKNOWN, .energy = NAN, .activation = NAN};

    item.set = name_set(round, table, sample);
    item.has_mask = state == STORE_POOL_OUTSIDE || state == STORE_POOL_LABELLED;
    if (state == STORE_POOL_OUTSIDE)
        item.label = table->label[sample];
    if (state == STORE_POOL_LABELLED)
        item.label = round->pool_label[sample];
    if (judged)
        item.energy = judged->energy;
    if (scored)
        item.activation = scored->cam_activation;
    return item;
}

static base_status take(collection *c, int64_t sample)
{
    if (c->taken[sample])
        return BASE_OK;
    if (c->count == c->space) {
        size_t space = c->space ? 2 * c->space : 64;
        heatmap_item *more = realloc(c->item, space * sizeof *more);

        if (!more) {
            base_log_error("out of memory for a list of %zu samples", space);
            return BASE_ERR_MEMORY;
        }
        c->item = more;
        c->space = space;
    }
    c->taken[sample] = 1;
    c->item[c->count++] = describe(c->round, c->table, sample);
    return BASE_OK;
}

/* ---- the kinds of choice ---- */

static base_status read_number(const char **text, size_t samples, int64_t *number)
{
    char *end;
    long long value;

    errno = 0;
    value = strtoll(*text, &end, 10);
    if (end == *text || **text < '0' || **text > '9')
        return base_options_refuse("--samples: \"%.40s\" is no list of samples, such as 3,17,40-49", *text);
    if (errno || value >= (long long)samples)
        return base_options_refuse("--samples: %.*s is not in the data set, which has 0 to %zu",
                                   (int)(end - *text), *text, samples - 1);
    *text = end;
    *number = value;
    return BASE_OK;
}

/* "3,17,40-49" */
static base_status take_list(collection *c, const char *text)
{
    int64_t first, last;
    base_status status = BASE_OK;

    for (;;) {
        status = read_number(&text, c->table->samples, &first);
        last = first;
        if (status == BASE_OK && *text == '-') {
            text++;
            status = read_number(&text, c->table->samples, &last);
        }
        if (status == BASE_OK && last < first)
            return base_options_refuse("--samples: %" PRId64 "-%" PRId64 " runs backwards", first, last);
        for (; status == BASE_OK && first <= last; first++)
            status = take(c, first);
        if (status != BASE_OK || *text == 0)
            return status;
        if (*text != ',')
            return base_options_refuse("--samples: \"%.40s\": a comma is expected there", text);
        text++;
    }
}

base_status heatmap_find_class(const store_round *round, const char *path, const char *name, int32_t *number)
{
    const char **names = calloc(round->classes, sizeof *names), *nearest;
    base_status status = BASE_ERR_USAGE;
    size_t i;

    if (!names) {
        base_log_error("out of memory for %zu names", round->classes);
        return BASE_ERR_MEMORY;
    }
    for (i = 0; i < round->classes; i++) {
        names[i] = round->class_name[i];
        if (strcmp(names[i], name) == 0) {
            *number = (int32_t)i;
            status = BASE_OK;
        }
    }
    nearest = base_nearest(name, names, round->classes);
    if (status != BASE_OK)
        base_log_error("%s has no class \"%.80s\"%s%s%s; camal-inspect lists its %zu", path, name,
                       nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "",
                       round->classes);
    free(names);
    return status;
}

/* Validation and test samples of a class. */
static base_status take_class(collection *c, int32_t number)
{
    base_status status = BASE_OK;
    size_t i;

    for (i = 0; status == BASE_OK && i < c->round->evaluations; i++)
        if (c->round->evaluation[i].label == number)
            status = take(c, c->round->evaluation[i].sample);
    return status;
}

static int compare_loss(const void *left, const void *right)
{
    const store_evaluation *a = left, *b = right;

    if (a->loss != b->loss)
        return a->loss < b->loss ? 1 : -1;
    return (a->sample > b->sample) - (a->sample < b->sample);
}

static int compare_energy(const void *left, const void *right)
{
    const store_evaluation *a = left, *b = right;

    if (a->energy != b->energy)
        return a->energy > b->energy ? 1 : -1;
    return (a->sample > b->sample) - (a->sample < b->sample);
}

/* Validation and test samples: by loss, the surest mistakes first; by energy, of those that are right the
 * ones whose reason lies elsewhere. */
static base_status take_worst(collection *c, heatmap_measure measure, size_t most)
{
    const store_round *round = c->round;
    store_evaluation *sorted = calloc(round->evaluations + 1, sizeof *sorted);
    base_status status = BASE_OK;
    size_t i;

    if (!sorted) {
        base_log_error("out of memory for %zu samples", round->evaluations);
        return BASE_ERR_MEMORY;
    }
    if (round->evaluations > 0)
        memcpy(sorted, round->evaluation, round->evaluations * sizeof *sorted);
    qsort(sorted, round->evaluations, sizeof *sorted,
          measure == HEATMAP_BY_LOSS ? compare_loss : compare_energy);
    for (i = 0; status == BASE_OK && i < round->evaluations && c->count < most; i++)
        if (measure == HEATMAP_BY_LOSS || sorted[i].predicted == sorted[i].label)
            status = take(c, sorted[i].sample);
    free(sorted);
    return status;
}

static base_status take_queries(collection *c)
{
    base_status status = BASE_OK;
    size_t i;

    for (i = 0; status == BASE_OK && i < c->round->queries; i++)
        status = take(c, c->round->query[i].sample);
    return status;
}

static base_status take_wish(collection *c, const heatmap_wish *wish, const char *path)
{
    int32_t number;
    base_status status;

    switch (wish->kind) {
    case HEATMAP_SAMPLES:
        return take_list(c, wish->samples);
    case HEATMAP_CLASS:
        status = heatmap_find_class(c->round, path, wish->class_name, &number);
        return status == BASE_OK ? take_class(c, number) : status;
    case HEATMAP_WORST:
        return take_worst(c, wish->measure, wish->most);
    case HEATMAP_QUERIES:
        return take_queries(c);
    }
    return BASE_ERR_INTERNAL;
}

base_status heatmap_choose(const heatmap_wish *wish, const store_round *round, const char *path,
                           const store_table *table, heatmap_item **items, size_t *count)
{
    collection c = {.round = round, .table = table, .taken = calloc(table->samples + 1, 1)};
    base_status status;

    if (!c.taken) {
        base_log_error("out of memory for %zu samples", table->samples);
        return BASE_ERR_MEMORY;
    }
    status = take_wish(&c, wish, path);
    free(c.taken);
    if (status == BASE_OK && c.count == 0) {
        base_log_error("%s has no sample of what was asked for", path);
        status = BASE_ERR_INPUT;
    }
    if (status != BASE_OK) {
        free(c.item);
        return status;
    }
    *items = c.item;
    *count = wish->most > 0 && wish->most < c.count ? wish->most : c.count;
    return BASE_OK;
}
