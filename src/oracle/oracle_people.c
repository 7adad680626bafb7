#include "oracle_people.h"
#include "base_file.h"
#include "base_log.h"
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_gen.h>
#include <yajl/yajl_tree.h>

/** Wrong answers named one by one; the rest is counted. */
#define NAMED_PROBLEMS 10

/* ---- writing the questions ---- */

static bool put_text(yajl_gen gen, const char *text)
{
    return yajl_gen_string(gen, (const unsigned char *)text, strlen(text)) == yajl_gen_status_ok;
}

static bool put_key_text(yajl_gen gen, const char *key, const char *text)
{
    return put_text(gen, key) && put_text(gen, text);
}

static bool put_key_integer(yajl_gen gen, const char *key, int64_t value)
{
    return put_text(gen, key) && yajl_gen_integer(gen, value) == yajl_gen_status_ok;
}

/* Nine digits give the same float back; JSON has no word for what is not finite. */
static bool put_float(yajl_gen gen, float value)
{
    char text[32];

    if (!isfinite(value))
        return yajl_gen_null(gen) == yajl_gen_status_ok;
    snprintf(text, sizeof text, "%.9g", (double)value);
    return yajl_gen_number(gen, text, strlen(text)) == yajl_gen_status_ok;
}

static bool open_list(yajl_gen gen, const char *key)
{
    return put_text(gen, key) && yajl_gen_array_open(gen) == yajl_gen_status_ok;
}

static bool close_list(yajl_gen gen)
{
    return yajl_gen_array_close(gen) == yajl_gen_status_ok;
}

static bool open_map(yajl_gen gen)
{
    return yajl_gen_map_open(gen) == yajl_gen_status_ok;
}

static bool close_map(yajl_gen gen)
{
    return yajl_gen_map_close(gen) == yajl_gen_status_ok;
}

static int compare_ids(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

    return (a > b) - (a < b);
}

/* The images of the queries, each once, by id. The table's are in order of id, so one walk over both finds
 * them. */
static bool put_images(yajl_gen gen, const store_table *table, const store_query *queries, size_t count)
{
    int64_t *ids = malloc((count ? count : 1) * sizeof *ids);
    bool good = ids && open_list(gen, "images");
    size_t i, k = 0;

    for (i = 0; good && i < count; i++)
        ids[i] = table->image_id[queries[i].sample];
    if (good)
        qsort(ids, count, sizeof *ids, compare_ids);
    for (i = 0; good && i < table->images; i++) {
        const store_image_info *image = &table->image_info[i];

        while (k < count && ids[k] < image->id)
            k++;
        if (k == count || ids[k] != image->id)
            continue;
        good = open_map(gen) && put_key_integer(gen, "id", image->id) &&
               put_key_text(gen, "file_name", image->file_name ? image->file_name : "") &&
               put_key_integer(gen, "width", image->width) && put_key_integer(gen, "height", image->height) &&
               close_map(gen);
    }
    free(ids);
    return good && close_list(gen);
}

static const char *reason_text(uint8_t reason)
{
    if (reason == STORE_QUERY_QUOTA)
        return "within the quota of its predicted class";
    if (reason == STORE_QUERY_FILL)
        return "best of the rest: the quotas left budget over";
    return "best of the pool";
}

static bool put_question(yajl_gen gen, const store_table *table, const store_query *query)
{
    const float *box = table->bbox + 4 * query->sample;
    bool good;
    int i;

    good = open_map(gen) && put_key_integer(gen, "id", table->annotation_id[query->sample]) &&
           put_key_integer(gen, "image_id", table->image_id[query->sample]) &&
           put_key_integer(gen, "category_id", table->class_info[query->predicted].category_id) &&
           open_list(gen, "bbox");
    for (i = 0; good && i < 4; i++)
        good = put_float(gen, box[i]);
    return good && close_list(gen) && put_text(gen, "area") && put_float(gen, box[2] * box[3]) &&
           put_key_integer(gen, "iscrowd", 0) && put_text(gen, "score") && put_float(gen, query->score) &&
           put_key_integer(gen, "rank", query->rank) &&
           put_key_text(gen, "reason", reason_text(query->reason)) && close_map(gen);
}

static bool put_categories(yajl_gen gen, const store_table *table)
{
    bool good = open_list(gen, "categories");
    size_t c;

    for (c = 0; good && c < table->classes; c++) {
        const store_class_info *info = &table->class_info[c];

        good = open_map(gen) && put_key_integer(gen, "id", info->category_id) &&
               put_key_text(gen, "name", info->name) &&
               put_key_text(gen, "supercategory", info->supercategory) && close_map(gen);
    }
    return good && close_list(gen);
}

static bool put_questions(yajl_gen gen, const store_table *table, int32_t round, const store_query *queries,
                          size_t count)
{
    bool good;
    size_t i;

    good = open_map(gen) && put_text(gen, "info") && open_map(gen) &&
           put_key_text(gen, "description",
                        "camal asks for labels: set category_id of each annotation and save the file as "
                        "round-NNN.labels.json beside this one; what is left out stays unlabelled") &&
           put_key_integer(gen, "round", round) && put_key_text(gen, "dataset_digest", table->digest) &&
           close_map(gen) && put_images(gen, table, queries, count) && open_list(gen, "annotations");
    for (i = 0; good && i < count; i++)
        good = put_question(gen, table, &queries[i]);
    return good && close_list(gen) && put_categories(gen, table) && close_map(gen);
}

/* Write the file, or see that it is there already with the same bytes: a file that differs may hold labels
 * that somebody put into the wrong place, and is not overwritten. */
static base_status keep_or_write(const char *path, const char *labels, const unsigned char *text, size_t size)
{
    char *present;
    size_t present_size;
    base_status status;
    bool same;

    if (!base_file_exists(path))
        return base_file_write(path, text, size);
    status = base_file_read(path, &present, &present_size);
    if (status != BASE_OK)
        return status;
    same = present_size == size && memcmp(present, text, size) == 0;
    free(present);
    if (same)
        return BASE_OK;
    base_log_error(
        "%s is there and does not hold this round's queries; if it holds your labels, rename it to %s, "
        "else remove it, and start again",
        path, labels);
    return BASE_ERR_INPUT;
}

static base_status write_questions(const store_table *table, const char *path, const char *labels,
                                   int32_t round, const store_query *queries, size_t count)
{
    yajl_gen gen = yajl_gen_alloc(NULL);
    const unsigned char *text;
    size_t size;
    base_status status;

    if (!gen) {
        base_log_error("oracle: no memory to write %s", path);
        return BASE_ERR_MEMORY;
    }
    if (!yajl_gen_config(gen, yajl_gen_beautify, 1) || !put_questions(gen, table, round, queries, count) ||
        yajl_gen_get_buf(gen, &text, &size) != yajl_gen_status_ok) {
        base_log_error("oracle: cannot make the JSON of %zu queries for %s (out of memory?)", count, path);
        status = BASE_ERR_LIBRARY;
    } else {
        status = keep_or_write(path, labels, text, size);
    }
    yajl_gen_free(gen);
    return status;
}

/* ---- reading the answers ---- */

/* Where the answer to an annotation belongs. */
typedef struct slot {
    int64_t annotation;
    size_t query;
} slot;

/* What is needed while answers are read. */
typedef struct reading {
    const store_table *table;
    const char *path;
    int32_t round;
    slot *slots; /* [count] by annotation */
    size_t count, problems;
    int32_t *answers;
} reading;

static int compare_slots(const void *left, const void *right)
{
    const slot *a = left, *b = right;

    return (a->annotation > b->annotation) - (a->annotation < b->annotation);
}

/* Class of a category id, -1 if the data set has none. */
static int32_t class_of(const store_table *table, int64_t category)
{
    size_t c;

    for (c = 0; c < table->classes; c++)
        if (table->class_info[c].category_id == category)
            return (int32_t)c;
    return -1;
}

static yajl_val member(yajl_val object, const char *key)
{
    const char *path[] = {key, NULL};

    return yajl_tree_get(object, path, yajl_t_any);
}

/* Take the answer of entry `index`; false and one logged line if it is wrong. */
static bool read_answer(reading *r, yajl_val entry, size_t index)
{
    yajl_val id = YAJL_IS_OBJECT(entry) ? member(entry, "id") : NULL, category;
    bool loud = r->problems < NAMED_PROBLEMS;
    slot key, *found;
    int32_t answer;

    if (!id || !YAJL_IS_INTEGER(id)) {
        if (loud)
            base_log_error("%s: annotations[%zu] has no integer id", r->path, index);
        return false;
    }
    key.annotation = YAJL_GET_INTEGER(id);
    found = bsearch(&key, r->slots, r->count, sizeof *r->slots, compare_slots);
    if (!found) {
        if (loud)
            base_log_error("%s: annotation %" PRId64 " is not among the %zu queries of round %" PRId32,
                           r->path, key.annotation, r->count, r->round);
        return false;
    }
    category = member(entry, "category_id");
    if (!category || YAJL_IS_NULL(category))
        return true; /* not answered */
    answer = YAJL_IS_INTEGER(category) ? class_of(r->table, YAJL_GET_INTEGER(category)) : -1;
    if (answer < 0) {
        if (loud)
            base_log_error("%s: annotation %" PRId64 " has category_id %s, allowed are the ids of the %zu "
                           "categories in the query file",
                           r->path, key.annotation,
                           YAJL_IS_NUMBER(category) ? YAJL_GET_NUMBER(category) : "of another type",
                           r->table->classes);
        return false;
    }
    if (r->answers[found->query] != STORE_LABEL_UNKNOWN && r->answers[found->query] != answer) {
        if (loud)
            base_log_error("%s: annotation %" PRId64 " is answered twice, as %s and as %s", r->path,
                           key.annotation, r->table->class_info[r->answers[found->query]].name,
                           r->table->class_info[answer].name);
        return false;
    }
    r->answers[found->query] = answer;
    return true;
}

static base_status read_annotations(reading *r, yajl_val root)
{
    yajl_val list = root && YAJL_IS_OBJECT(root) ? member(root, "annotations") : NULL;
    size_t i, answered = 0;

    if (!list || !YAJL_IS_ARRAY(list)) {
        base_log_error("%s: no list `annotations` in it; expected COCO JSON like the query file beside it",
                       r->path);
        return BASE_ERR_INPUT;
    }
    for (i = 0; i < list->u.array.len; i++)
        if (!read_answer(r, list->u.array.values[i], i))
            r->problems++;
    if (r->problems > 0) {
        base_log_error("%s: %zu of %zu annotations are wrong; correct them and start again", r->path,
                       r->problems, list->u.array.len);
        return BASE_ERR_INPUT;
    }
    for (i = 0; i < r->count; i++)
        answered += r->answers[i] != STORE_LABEL_UNKNOWN;
    base_log_info("%zu of %zu queries of round %" PRId32 " answered by %s", answered, r->count, r->round,
                  r->path);
    return BASE_OK;
}

static base_status read_labels(reading *r, const store_query *queries)
{
    char *text, problem[512];
    yajl_val root = NULL;
    base_status status;
    size_t size, i;

    for (i = 0; i < r->count; i++) {
        r->slots[i].annotation = r->table->annotation_id[queries[i].sample];
        r->slots[i].query = i;
        r->answers[i] = STORE_LABEL_UNKNOWN;
    }
    qsort(r->slots, r->count, sizeof *r->slots, compare_slots);
    status = base_file_read(r->path, &text, &size);
    if (status != BASE_OK)
        return status;
    root = yajl_tree_parse(text, problem, sizeof problem);
    free(text);
    if (!root) {
        problem[strcspn(problem, "\n")] = 0;
        base_log_error("%s: not JSON: %s", r->path, problem);
        return BASE_ERR_INPUT;
    }
    status = read_annotations(r, root);
    yajl_tree_free(root);
    return status;
}

/* ---- the two together ---- */

static base_status check_queries(const store_table *table, const store_query *queries, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (queries[i].sample >= 0 && (uint64_t)queries[i].sample < table->samples &&
            queries[i].predicted >= 0 && (size_t)queries[i].predicted < table->classes)
            continue;
        base_log_error("oracle: query %zu asks for sample %" PRId64 " of class %" PRId32
                       ", the data set has %zu "
                       "samples of %zu classes",
                       i, queries[i].sample, queries[i].predicted, table->samples, table->classes);
        return BASE_ERR_INPUT;
    }
    return BASE_OK;
}

/* FOLDER/queries/round-NNN.SUFFIX into path[PATH_MAX]; the folder is made. */
static base_status query_path(const char *folder, int32_t round, const char *suffix, char *path)
{
    char queries[PATH_MAX], name[64];
    base_status status;

    status = base_file_join(folder, "queries", queries, sizeof queries);
    if (status != BASE_OK)
        return status;
    status = base_file_make_folder(queries);
    if (status != BASE_OK)
        return status;
    snprintf(name, sizeof name, "round-%03" PRId32 ".%s", round, suffix);
    return base_file_join(queries, name, path, PATH_MAX);
}

base_status oracle_people_answer(const store_table *table, const char *folder, int32_t round,
                                 const store_query *queries, size_t count, int32_t *answers)
{
    char path[PATH_MAX], labels[PATH_MAX];
    reading r = {table, labels, round, NULL, count, 0, answers};
    base_status status;

    status = check_queries(table, queries, count);
    if (status != BASE_OK)
        return status;
    status = query_path(folder, round, "json", path);
    if (status != BASE_OK)
        return status;
    status = query_path(folder, round, "labels.json", labels);
    if (status != BASE_OK)
        return status;
    if (!base_file_exists(labels)) {
        status = write_questions(table, path, labels, round, queries, count);
        if (status != BASE_OK)
            return status;
        base_log_info("waiting for the labels of %zu samples: label %s and save it as %s", count, path,
                      labels);
        return BASE_WAITING;
    }
    r.slots = malloc((count ? count : 1) * sizeof *r.slots);
    if (!r.slots) {
        base_log_error("oracle: no memory for %zu answers", count);
        return BASE_ERR_MEMORY;
    }
    status = read_labels(&r, queries);
    free(r.slots);
    return status;
}
