#include "oracle_queries.h"
#include "base_log.h"
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void oracle_queries_destroy(oracle_queries *q)
{
    size_t i;

    if (!q)
        return;
    for (i = 0; q->picture && i < q->pictures; i++)
        free(q->picture[i].name);
    for (i = 0; q->query && i < q->count; i++)
        free(q->query[i].reason);
    free(q->picture);
    free(q->category);
    free(q->query);
    memset(q, 0, sizeof *q);
}

base_status oracle_queries_path(const char *run, int32_t round, const char *suffix, char *path)
{
    char name[64];

    snprintf(name, sizeof name, "queries/round-%03" PRId32 ".%s", round, suffix);
    return base_file_join(run, name, path, PATH_MAX);
}

const oracle_query *oracle_queries_find(const oracle_queries *q, int64_t id)
{
    size_t i;

    for (i = 0; i < q->count; i++)
        if (q->query[i].id == id)
            return &q->query[i];
    return NULL;
}

int32_t oracle_queries_class(const oracle_queries *q, const char *name)
{
    size_t c;

    for (c = 0; c < q->categories; c++)
        if (strcmp(q->category[c].name, name) == 0)
            return (int32_t)c;
    return -1;
}

int32_t oracle_queries_class_of_id(const oracle_queries *q, int64_t category)
{
    size_t c;

    for (c = 0; c < q->categories; c++)
        if (q->category[c].id == category)
            return (int32_t)c;
    return -1;
}

/* ---- from a round's records ---- */

static const char *ordinal(size_t number)
{
    size_t ten = number % 100 / 10, one = number % 10;

    return ten == 1 || one == 0 || one > 3 ? "th" : one == 1 ? "st" : one == 2 ? "nd" : "rd";
}

static char *reason_text(const oracle_round *round, const store_query *asked, size_t count, size_t index,
                         const char *class_name)
{
    const store_query *query = &asked[index];
    const store_class *state = &round->class_state[query->predicted];
    size_t place = 1, alike = 0, i;
    char accuracy[48] = "", *text;
    int length;

    for (i = 0; i < count; i++) {
        bool same = asked[i].reason == query->reason &&
                    (query->reason != STORE_QUERY_QUOTA || asked[i].predicted == query->predicted);

        alike += same;
        place += same && i < index;
    }
    if (state->validation_accuracy >= 0)
        snprintf(accuracy, sizeof accuracy, ", whose accuracy is %.0f %%",
                 100 * (double)state->validation_accuracy);
    if (query->reason == STORE_QUERY_QUOTA)
        length = asprintf(&text, "%zu%s of the %zu granted to %s%s", place, ordinal(place), alike, class_name,
                          accuracy);
    else if (query->reason == STORE_QUERY_FILL)
        length = asprintf(&text,
                          "%zu%s of the %zu best of the rest: the quotas of the classes left budget over; "
                          "predicted as %s%s",
                          place, ordinal(place), alike, class_name, accuracy);
    else
        length = asprintf(&text, "%zu%s of the %zu best of the whole pool; predicted as %s%s", place,
                          ordinal(place), alike, class_name, accuracy);
    return length < 0 ? NULL : text;
}

static int compare_score_sample(const void *key, const void *element)
{
    int64_t sample = *(const int64_t *)key, other = ((const store_score *)element)->sample;

    return (sample > other) - (sample < other);
}

static float confidence_of(const oracle_round *round, int64_t sample)
{
    const store_score *found = round->scores ? bsearch(&sample, round->score, round->scores,
                                                       sizeof *round->score, compare_score_sample)
                                             : NULL;

    return found ? found->confidence : NAN;
}

static base_status check_asked(const store_table *table, const store_query *asked, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (asked[i].sample >= 0 && (uint64_t)asked[i].sample < table->samples && asked[i].predicted >= 0 &&
            (size_t)asked[i].predicted < table->classes)
            continue;
        base_log_error("oracle: query %zu asks for sample %" PRId64 " of class %" PRId32
                       ", the data set has %zu samples of %zu classes",
                       i, asked[i].sample, asked[i].predicted, table->samples, table->classes);
        return BASE_ERR_INPUT;
    }
    return BASE_OK;
}

static bool make_categories(const store_table *table, oracle_queries *q)
{
    bool usable = true;
    size_t c;

    q->category = calloc(table->classes + 1, sizeof *q->category);
    if (!q->category)
        return false;
    q->categories = table->classes;
    for (c = 0; c < table->classes; c++)
        usable = usable && table->class_info[c].category_id != 0;
    for (c = 0; c < table->classes; c++) {
        q->category[c].id = usable ? table->class_info[c].category_id : (int64_t)c + 1;
        memcpy(q->category[c].name, table->class_info[c].name, sizeof q->category[c].name);
        memcpy(q->category[c].supercategory, table->class_info[c].supercategory,
               sizeof q->category[c].supercategory);
    }
    return true;
}

static int compare_ids(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

    return (a > b) - (a < b);
}

/* The pictures of the queries, each once, by id. The table's are in order of id, so one walk over both finds
 * them. */
static bool make_pictures(const store_table *table, const store_query *asked, size_t count, oracle_queries *q)
{
    int64_t *ids = calloc(count + 1, sizeof *ids);
    bool good;
    size_t i, k = 0;

    q->picture = calloc(count + 1, sizeof *q->picture);
    good = ids && q->picture;
    for (i = 0; good && i < count; i++)
        ids[i] = table->image_id[asked[i].sample];
    if (good)
        qsort(ids, count, sizeof *ids, compare_ids);
    for (i = 0; good && i < table->images; i++) {
        const store_image_info *image = &table->image_info[i];
        oracle_picture *picture = &q->picture[q->pictures];

        while (k < count && ids[k] < image->id)
            k++;
        if (k == count || ids[k] != image->id)
            continue;
        *picture = (oracle_picture){image->id, strdup(image->file_name ? image->file_name : ""), image->width,
                                    image->height};
        good = picture->name;
        q->pictures++;
    }
    free(ids);
    return good;
}

static int compare_picture_id(const void *key, const void *element)
{
    int64_t id = *(const int64_t *)key, other = ((const oracle_picture *)element)->id;

    return (id > other) - (id < other);
}

static bool make_list(const store_table *table, const oracle_round *round, const store_query *asked,
                      size_t count, oracle_queries *q)
{
    size_t i, k;

    q->query = calloc(count + 1, sizeof *q->query);
    if (!q->query)
        return false;
    for (i = 0; i < count; i++) {
        oracle_query *query = &q->query[i];
        const oracle_picture *picture = bsearch(&table->image_id[asked[i].sample], q->picture, q->pictures,
                                                sizeof *q->picture, compare_picture_id);

        q->count++;
        query->id = table->annotation_id[asked[i].sample];
        query->picture = picture ? (size_t)(picture - q->picture) : 0; /* a table has all its pictures */
        query->predicted = asked[i].predicted;
        for (k = 0; k < 4; k++)
            query->box[k] = (double)table->bbox[4 * asked[i].sample + (int64_t)k];
        query->rank = asked[i].rank;
        query->score = asked[i].score;
        query->confidence = confidence_of(round, asked[i].sample);
        query->reason = reason_text(round, asked, count, i, q->category[asked[i].predicted].name);
        if (!query->reason)
            return false;
    }
    return true;
}

/* "DATASET ROUND ID ID ..." */
static bool make_digest(oracle_queries *q)
{
    size_t room = BASE_DIGEST_TEXT + 16 + 24 * q->count, used, i;
    char *text = malloc(room);

    if (!text)
        return false;
    used = (size_t)snprintf(text, room, "%s %" PRId32, q->dataset_digest, q->round);
    for (i = 0; i < q->count; i++)
        used += (size_t)snprintf(text + used, room - used, " %" PRId64, q->query[i].id);
    base_file_digest_bytes(text, used, q->digest);
    free(text);
    return true;
}

base_status oracle_queries_make(const store_table *table, const oracle_round *round, const store_query *asked,
                                size_t count, oracle_queries *queries)
{
    oracle_queries made = {.round = round->index};
    base_status status = check_asked(table, asked, count);

    if (status != BASE_OK)
        return status;
    memcpy(made.dataset_digest, table->digest, sizeof made.dataset_digest);
    if (!make_categories(table, &made) || !make_pictures(table, asked, count, &made) ||
        !make_list(table, round, asked, count, &made) || !make_digest(&made)) {
        base_log_error("oracle: no memory for %zu queries", count);
        oracle_queries_destroy(&made);
        return BASE_ERR_MEMORY;
    }
    *queries = made;
    return BASE_OK;
}
