#include "oracle_truth.h"
#include "base_log.h"
#include "base_random.h"
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

base_status oracle_truth_label(const store_table *table, int64_t sample, int32_t *label)
{
    if (sample < 0 || (uint64_t)sample >= table->samples || table->split[sample] != STORE_SPLIT_TRAIN) {
        base_log_error("oracle: sample %" PRId64
                       " is not of the train split of the data set's %zu samples; only "
                       "those may be asked for",
                       sample, table->samples);
        return BASE_ERR_INPUT;
    }
    if (table->label[sample] == STORE_LABEL_UNKNOWN) {
        base_log_error("oracle: sample %" PRId64
                       " is a picture that nobody has labelled, so the data set cannot answer; "
                       "ask people: oracle.kind=people",
                       sample);
        return BASE_ERR_INPUT;
    }
    *label = table->label[sample];
    return BASE_OK;
}

/* A class's part of the draw. */
typedef struct stratum {
    size_t class_index, size, take;
    size_t first; /* of its samples in the list by class */
    double remainder;
} stratum;

/* Largest remainder first, ties by class number. */
static int compare_remainders(const void *left, const void *right)
{
    const stratum *a = left, *b = right;

    if (a->remainder != b->remainder)
        return a->remainder > b->remainder ? -1 : 1;
    return (a->class_index > b->class_index) - (a->class_index < b->class_index);
}

static int compare_samples(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

    return (a > b) - (a < b);
}

/* How many of each class. The order of the strata is changed. */
static void apportion(stratum *strata, size_t classes, double share, size_t train)
{
    size_t wanted = (size_t)llround(share * (double)train), sum = 0, c;

    for (c = 0; c < classes; c++) {
        double exact = share * (double)strata[c].size;

        strata[c].take = (size_t)floor(exact);
        strata[c].remainder = exact - floor(exact);
        if (strata[c].take == 0 && strata[c].size > 0) {
            strata[c].take = 1;
            strata[c].remainder = 0; /* has had more than its share */
        }
        sum += strata[c].take;
    }
    qsort(strata, classes, sizeof *strata, compare_remainders);
    for (c = 0; c < classes && sum < wanted; c++) {
        if (strata[c].take == strata[c].size)
            continue;
        strata[c].take++;
        sum++;
    }
}

/* Pictures without a label are of no class: never in L0. */
static bool is_known(const store_table *table, size_t i)
{
    return table->split[i] == STORE_SPLIT_TRAIN && table->label[i] != STORE_LABEL_UNKNOWN;
}

/* Count the train samples of each class and list them class by class: by_class[train]. */
static void sort_by_class(const store_table *table, stratum *strata, int64_t *by_class)
{
    size_t i, c, first = 0;

    for (i = 0; i < table->samples; i++)
        if (is_known(table, i))
            strata[table->label[i]].size++;
    for (c = 0; c < table->classes; c++) {
        strata[c].class_index = c;
        strata[c].first = first;
        first += strata[c].size;
        strata[c].size = 0; /* counted again while filling */
    }
    for (i = 0; i < table->samples; i++) {
        stratum *s = is_known(table, i) ? &strata[table->label[i]] : NULL;

        if (s)
            by_class[s->first + s->size++] = (int64_t)i;
    }
}

base_status oracle_truth_draw(const store_table *table, double share, uint64_t seed, int64_t **samples,
                              size_t *count)
{
    stratum *strata = calloc(table->classes + 1, sizeof *strata);
    int64_t *by_class = malloc((table->samples + 1) * sizeof *by_class);
    int64_t *drawn = malloc((table->samples + 1) * sizeof *drawn);
    base_status status = BASE_OK;
    size_t c, used = 0, train = 0;

    if (!strata || !by_class || !drawn) {
        base_log_error("oracle: no memory to draw from %zu samples", table->samples);
        status = BASE_ERR_MEMORY;
        goto out;
    }
    if (!(share >= 0 && share <= 1)) {
        base_log_error("oracle: data.initial is %g, allowed is 0 to 1", share);
        status = BASE_ERR_USAGE;
        goto out;
    }
    sort_by_class(table, strata, by_class);
    for (c = 0; c < table->classes; c++)
        train += strata[c].size;
    apportion(strata, table->classes, share, train);
    for (c = 0; c < table->classes; c++) {
        const stratum *s = &strata[c];
        base_random random = base_random_at(seed, BASE_RANDOM_INITIAL_LABELS, 0, 0, s->class_index);

        base_random_shuffle(&random, by_class + s->first, s->size);
        memcpy(drawn + used, by_class + s->first, s->take * sizeof *drawn);
        used += s->take;
    }
    qsort(drawn, used, sizeof *drawn, compare_samples);
    *samples = drawn;
    *count = used;
    drawn = NULL;
out:
    free(drawn);
    free(by_class);
    free(strata);
    return status;
}
