/* The second half of oracle_queries.h: the file. */
#include "base_log.h"
#include "oracle_queries.h"
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA  "camal-queries"
#define VERSION 1

/* ---- writing ---- */

void oracle_queries_put_binding(const oracle_queries *q, oracle_json *json, const char *schema)
{
    oracle_json_open_map(json, "camal");
    oracle_json_put_text(json, "schema", schema);
    oracle_json_put_integer(json, "version", VERSION);
    oracle_json_put_integer(json, "round", q->round);
    oracle_json_put_text(json, "dataset_digest", q->dataset_digest);
    oracle_json_put_text(json, "queries_digest", q->digest);
    oracle_json_close_map(json);
}

void oracle_queries_put_picture(const oracle_picture *picture, const char *split, oracle_json *json)
{
    oracle_json_open_map(json, NULL);
    oracle_json_put_integer(json, "id", picture->id);
    oracle_json_put_text(json, "file_name", picture->name);
    oracle_json_put_integer(json, "width", picture->width);
    oracle_json_put_integer(json, "height", picture->height);
    if (split)
        oracle_json_put_text(json, "split", split);
    oracle_json_close_map(json);
}

void oracle_queries_put_categories(const oracle_queries *q, oracle_json *json)
{
    size_t c;

    for (c = 0; c < q->categories; c++) {
        oracle_json_open_map(json, NULL);
        oracle_json_put_integer(json, "id", q->category[c].id);
        oracle_json_put_text(json, "name", q->category[c].name);
        oracle_json_put_text(json, "supercategory", q->category[c].supercategory);
        oracle_json_close_map(json);
    }
}

void oracle_queries_put_box(const double box[4], oracle_json *json)
{
    int i;

    oracle_json_put_real(json, "area", box[2] * box[3]);
    oracle_json_open_list(json, "bbox");
    for (i = 0; i < 4; i++)
        oracle_json_put_real(json, NULL, box[i]);
    oracle_json_close_list(json);
    oracle_json_put_integer(json, "iscrowd", 0);
}

static void put_query(const oracle_queries *q, const oracle_query *query, oracle_json *json)
{
    oracle_json_open_map(json, NULL);
    oracle_json_put_integer(json, "id", query->id);
    oracle_json_put_integer(json, "image_id", q->picture[query->picture].id);
    oracle_json_put_integer(json, "category_id", q->category[query->predicted].id);
    oracle_json_open_list(json, "segmentation");
    oracle_json_close_list(json);
    oracle_queries_put_box(query->box, json);
    oracle_json_put_float(json, "score", query->confidence);
    oracle_json_open_map(json, "attributes");
    oracle_json_put_integer(json, "rank", (int64_t)query->rank + 1);
    oracle_json_put_float(json, "rank_score", query->score);
    oracle_json_put_float(json, "confidence", query->confidence);
    oracle_json_put_text(json, "predicted", q->category[query->predicted].name);
    oracle_json_put_text(json, "reason", query->reason);
    oracle_json_close_map(json);
    oracle_json_close_map(json);
}

static void put_queries(const oracle_queries *q, oracle_json *json)
{
    size_t i;

    oracle_json_open_map(json, NULL);
    oracle_json_open_map(json, "info");
    oracle_json_put_text(json, "description",
                         "camal asks people for labels: give each annotation its category, then hand the "
                         "tool's export to camal-label; what is left out stays unlabelled");
    oracle_json_put_text(json, "contributor", "camal");
    oracle_queries_put_binding(q, json, SCHEMA);
    oracle_json_close_map(json);
    oracle_json_open_list(json, "licenses");
    oracle_json_close_list(json);
    oracle_json_open_list(json, "images");
    for (i = 0; i < q->pictures; i++)
        oracle_queries_put_picture(&q->picture[i], NULL, json);
    oracle_json_close_list(json);
    oracle_json_open_list(json, "annotations");
    for (i = 0; i < q->count; i++)
        put_query(q, &q->query[i], json);
    oracle_json_close_list(json);
    oracle_json_open_list(json, "categories");
    oracle_queries_put_categories(q, json);
    oracle_json_close_list(json);
    oracle_json_close_map(json);
}

/* Questions that are there already must be these: a file of other contents may hold somebody's work. */
static base_status keep_or_write(const char *path, const unsigned char *text, size_t size)
{
    base_status status;
    size_t present_size;
    char *present;
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
    base_log_error("%s is there and does not hold this round's queries; if it holds your labels, save it "
                   "under another name for camal-label, else remove it, and start again",
                   path);
    return BASE_ERR_INPUT;
}

static base_status write_list(const oracle_queries *q, const char *path)
{
    size_t size = 0, used = 0, i;
    base_status status;
    char *text;

    for (i = 0; i < q->pictures; i++)
        size += strlen(q->picture[i].name) + 1;
    text = malloc(size + 1);
    if (!text) {
        base_log_error("%s: out of memory for %zu names", path, q->pictures);
        return BASE_ERR_MEMORY;
    }
    for (i = 0; i < q->pictures; i++)
        used += (size_t)sprintf(text + used, "%s\n", q->picture[i].name);
    status = base_file_write(path, text, used);
    free(text);
    return status;
}

base_status oracle_queries_write(const oracle_queries *q, const char *run)
{
    char path[PATH_MAX], list[PATH_MAX];
    const unsigned char *text;
    base_status status = base_file_join(run, "queries", path, sizeof path);
    oracle_json json;
    size_t size;

    if (status == BASE_OK)
        status = base_file_make_folder(path);
    if (status == BASE_OK)
        status = oracle_queries_path(run, q->round, "json", path);
    if (status == BASE_OK)
        status = oracle_queries_path(run, q->round, "txt", list);
    if (status != BASE_OK)
        return status;
    json = oracle_json_begin();
    put_queries(q, &json);
    status = oracle_json_bytes(&json, path, &text, &size);
    if (status == BASE_OK)
        status = write_list(q, list);
    if (status == BASE_OK)
        status = keep_or_write(path, text, size); /* last: whoever sees it finds the list, too */
    oracle_json_end(&json);
    return status;
}

/* ---- reading ---- */

static bool take_word(yajl_val value, char *word, size_t size)
{
    const char *text = oracle_json_text(value);

    if (!text || strlen(text) >= size)
        return false;
    snprintf(word, size, "%s", text);
    return true;
}

bool oracle_queries_take_box(yajl_val value, double box[4])
{
    bool good = oracle_json_length(value) == 4;
    double found[4];
    size_t i;

    for (i = 0; good && i < 4; i++)
        good = oracle_json_real(value->u.array.values[i], &found[i]);
    if (!good || found[2] < 0 || found[3] < 0)
        return false;
    memcpy(box, found, sizeof found);
    return true;
}

base_status oracle_queries_check_binding(const oracle_queries *q, yajl_val camal, const char *path,
                                         char schema[32])
{
    char digest[BASE_DIGEST_TEXT] = "", dataset[BASE_DIGEST_TEXT] = "";
    int64_t round = -1;

    schema[0] = 0;
    if (!camal)
        return BASE_OK;
    if (!take_word(oracle_json_member(camal, "schema"), schema, 32) ||
        !oracle_json_integer(oracle_json_member(camal, "round"), &round) ||
        !take_word(oracle_json_member(camal, "dataset_digest"), dataset, sizeof dataset) ||
        !take_word(oracle_json_member(camal, "queries_digest"), digest, sizeof digest)) {
        base_log_error("%s: its `camal` lacks schema, round, dataset_digest or queries_digest", path);
        return BASE_ERR_INPUT;
    }
    if (strcmp(digest, q->digest) == 0)
        return BASE_OK;
    if (strcmp(dataset, q->dataset_digest) != 0)
        base_log_error("%s: is of the data set %s, this run has %s", path, dataset, q->dataset_digest);
    else
        base_log_error("%s: answers the queries %s of round %" PRId64 ", expected %s of round %" PRId32
                       ": they are of another run or round",
                       path, digest, round, q->digest, q->round);
    return BASE_ERR_INPUT;
}

static bool read_picture(yajl_val value, oracle_picture *picture)
{
    const char *name = oracle_json_text(oracle_json_member(value, "file_name"));
    int64_t width, height;

    if (!oracle_json_integer(oracle_json_member(value, "id"), &picture->id) || !name ||
        !oracle_json_integer(oracle_json_member(value, "width"), &width) ||
        !oracle_json_integer(oracle_json_member(value, "height"), &height) || width < 0 ||
        width > INT32_MAX || height < 0 || height > INT32_MAX)
        return false;
    picture->width = (int32_t)width;
    picture->height = (int32_t)height;
    picture->name = strdup(name);
    return picture->name;
}

static bool read_category(yajl_val value, oracle_category *category)
{
    return oracle_json_integer(oracle_json_member(value, "id"), &category->id) &&
           take_word(oracle_json_member(value, "name"), category->name, sizeof category->name) &&
           take_word(oracle_json_member(value, "supercategory"), category->supercategory,
                     sizeof category->supercategory);
}

static bool read_query(yajl_val value, const oracle_queries *q, oracle_query *query)
{
    yajl_val about = oracle_json_member(value, "attributes");
    const char *reason = oracle_json_text(oracle_json_member(about, "reason"));
    int64_t picture, category, rank;
    double number;
    size_t i = 0;

    if (!oracle_json_integer(oracle_json_member(value, "id"), &query->id) ||
        !oracle_json_integer(oracle_json_member(value, "image_id"), &picture) ||
        !oracle_json_integer(oracle_json_member(value, "category_id"), &category) ||
        !oracle_json_integer(oracle_json_member(about, "rank"), &rank) || !reason || rank < 1 ||
        rank > INT32_MAX || !oracle_queries_take_box(oracle_json_member(value, "bbox"), query->box))
        return false;
    while (i < q->pictures && q->picture[i].id != picture)
        i++;
    query->picture = i;
    query->predicted = oracle_queries_class_of_id(q, category);
    query->rank = (int32_t)rank - 1;
    query->score = oracle_json_real(oracle_json_member(about, "rank_score"), &number) ? (float)number : 0;
    query->confidence =
        oracle_json_real(oracle_json_member(about, "confidence"), &number) ? (float)number : 0;
    query->reason = strdup(reason);
    return query->reason && i < q->pictures && query->predicted >= 0;
}

static base_status refuse_entry(const char *path, const char *list, size_t index)
{
    base_log_error("%s: %s[%zu] is not as camal writes it; start camal-learn again after removing the file",
                   path, list, index);
    return BASE_ERR_INPUT;
}

static base_status read_lists(yajl_val root, const char *path, oracle_queries *q)
{
    yajl_val pictures = oracle_json_member(root, "images"), queries = oracle_json_member(root, "annotations");
    yajl_val categories = oracle_json_member(root, "categories");
    size_t i;

    q->picture = calloc(oracle_json_length(pictures) + 1, sizeof *q->picture);
    q->category = calloc(oracle_json_length(categories) + 1, sizeof *q->category);
    q->query = calloc(oracle_json_length(queries) + 1, sizeof *q->query);
    if (!q->picture || !q->category || !q->query) {
        base_log_error("%s: out of memory for %zu queries", path, oracle_json_length(queries));
        return BASE_ERR_MEMORY;
    }
    for (i = 0; i < oracle_json_length(pictures); i++) {
        q->pictures++;
        if (!read_picture(pictures->u.array.values[i], &q->picture[i]))
            return refuse_entry(path, "images", i);
    }
    for (i = 0; i < oracle_json_length(categories); i++) {
        q->categories++;
        if (!read_category(categories->u.array.values[i], &q->category[i]))
            return refuse_entry(path, "categories", i);
    }
    for (i = 0; i < oracle_json_length(queries); i++) {
        q->count++;
        if (!read_query(queries->u.array.values[i], q, &q->query[i]))
            return refuse_entry(path, "annotations", i);
    }
    return BASE_OK;
}

static base_status read_root(yajl_val root, const char *path, oracle_queries *q)
{
    yajl_val camal = oracle_json_member(oracle_json_member(root, "info"), "camal");
    char schema[32] = "";
    int64_t round = -1, version = 0;
    base_status status;

    if (!take_word(oracle_json_member(camal, "schema"), schema, sizeof schema) ||
        strcmp(schema, SCHEMA) != 0 || !oracle_json_integer(oracle_json_member(camal, "version"), &version) ||
        version != VERSION || !oracle_json_integer(oracle_json_member(camal, "round"), &round) || round < 0 ||
        round > INT32_MAX ||
        !take_word(oracle_json_member(camal, "dataset_digest"), q->dataset_digest,
                   sizeof q->dataset_digest) ||
        !take_word(oracle_json_member(camal, "queries_digest"), q->digest, sizeof q->digest)) {
        base_log_error("%s: no query file of this version: info.camal has schema \"%s\" version %" PRId64
                       ", expected %s version %d with round and digests",
                       path, schema, version, SCHEMA, VERSION);
        return BASE_ERR_INPUT;
    }
    q->round = (int32_t)round;
    status = read_lists(root, path, q);
    return status;
}

base_status oracle_queries_read(const char *path, oracle_queries *queries)
{
    oracle_queries made = {0};
    yajl_val root;
    base_status status = oracle_json_read(path, &root);

    if (status != BASE_OK)
        return status;
    status = read_root(root, path, &made);
    yajl_tree_free(root);
    if (status == BASE_OK)
        *queries = made;
    else
        oracle_queries_destroy(&made);
    return status;
}
