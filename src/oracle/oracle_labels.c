#include "oracle_labels.h"
#include "base_log.h"
#include "oracle_time.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA "camal-labels"

const char *const oracle_conflict_names[ORACLE_CONFLICTS] = {"open", "newest", "majority"};

void oracle_labels_destroy(oracle_labels *labels)
{
    if (!labels)
        return;
    free(labels->label);
    memset(labels, 0, sizeof *labels);
}

const char *oracle_labels_name(const oracle_queries *queries, int32_t answer)
{
    return answer == STORE_LABEL_CANT_TELL ? ORACLE_CANT_TELL : queries->category[answer].name;
}

bool oracle_labels_is_name(const char *text)
{
    size_t length = strlen(text), i;
    oracle_json json;
    bool good;

    for (i = 0; i < length; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
            return false;
    if (length < 1 || length >= STORE_ANNOTATOR_MAX)
        return false;
    json = oracle_json_begin();
    if (json.gen)
        yajl_gen_config(json.gen, yajl_gen_validate_utf8, 1);
    oracle_json_put_text(&json, NULL, text);
    good = !json.failed;
    oracle_json_end(&json);
    return good;
}

/* ---- the answers in their order ---- */

static int compare_labels(const oracle_label *a, const oracle_label *b)
{
    int names;

    if (a->query != b->query)
        return a->query < b->query ? -1 : 1;
    names = strcmp(a->by, b->by);
    return names ? names : (a->answer > b->answer) - (a->answer < b->answer);
}

/* First row that is not before the label. */
static size_t place_of(const oracle_labels *labels, const oracle_label *label)
{
    size_t low = 0, high = labels->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_labels(&labels->label[middle], label) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static base_status insert(oracle_labels *labels, const oracle_label *label)
{
    size_t place = place_of(labels, label), room = 2 * labels->room + 64;
    oracle_label *grown;

    if (labels->count == labels->room) {
        grown = realloc(labels->label, room * sizeof *grown);
        if (!grown) {
            base_log_error("oracle: no memory for %zu answers", room);
            return BASE_ERR_MEMORY;
        }
        labels->label = grown;
        labels->room = room;
    }
    memmove(labels->label + place + 1, labels->label + place,
            (labels->count - place) * sizeof *labels->label);
    labels->label[place] = *label;
    labels->count++;
    return BASE_OK;
}

base_status oracle_labels_add(oracle_labels *labels, const oracle_label *label, oracle_added *how,
                              int32_t *before)
{
    oracle_label least = *label;
    size_t first, end;

    least.answer = INT32_MIN;
    first = place_of(labels, &least);
    for (end = first; end < labels->count && labels->label[end].query == label->query &&
                      strcmp(labels->label[end].by, label->by) == 0;
         end++) {
        oracle_label *said = &labels->label[end];

        if (said->answer == label->answer && said->at == label->at) {
            *how = ORACLE_SAME;
            return BASE_OK;
        }
    }
    if (end > first && labels->label[first].at > label->at) {
        *how = labels->label[first].answer == label->answer ? ORACLE_SAME : ORACLE_OUTDATED;
        return BASE_OK;
    }
    *how = ORACLE_ADDED;
    if (end > first && labels->label[first].at < label->at) {
        *before = labels->label[first].answer;
        *how = end == first + 1 && *before == label->answer ? ORACLE_SAME : ORACLE_CHANGED;
        memmove(labels->label + first, labels->label + end, (labels->count - end) * sizeof *labels->label);
        labels->count -= end - first;
    }
    return insert(labels, label);
}

/* ---- what they come to ---- */

/* How much an answer counts by the rule. */
static int64_t weight_of(const oracle_outcome *o, oracle_conflict rule, const oracle_label *label)
{
    int64_t votes = 0;
    size_t i;

    if (rule == ORACLE_CONFLICT_NEWEST)
        return label->at;
    for (i = 0; rule == ORACLE_CONFLICT_MAJORITY && i < o->answers; i++)
        votes += o->answer[i].answer == label->answer;
    return votes;
}

/* The class among the answers that counts most; a conflict if there are two. */
static void settle_classes(oracle_outcome *o, oracle_conflict rule)
{
    int64_t most = INT64_MIN, weight;
    int32_t any = STORE_LABEL_CANT_TELL;
    size_t i;

    for (i = 0; i < o->answers; i++) {
        const oracle_label *label = &o->answer[i];

        if (label->answer < 0)
            continue;
        o->disputed = o->disputed || (any >= 0 && any != label->answer);
        any = label->answer;
        weight = weight_of(o, rule, label);
        if (weight > most) {
            most = weight;
            o->label = label;
            o->kind = ORACLE_ANSWERED;
        } else if (weight == most && label->answer != o->label->answer) {
            o->kind = ORACLE_CONFLICTING;
        } else if (weight == most && label->at < o->label->at) {
            o->label = label; /* the first who said so */
        }
    }
}

oracle_outcome oracle_labels_settle(const oracle_labels *labels, size_t query)
{
    oracle_label least = {.query = query, .answer = INT32_MIN};
    size_t first = place_of(labels, &least), i;
    oracle_outcome o = {.kind = ORACLE_UNANSWERED};

    if (first < labels->count)
        o.answer = labels->label + first;
    for (i = first; i < labels->count && labels->label[i].query == query; i++) {
        o.answers++;
        o.people += i == first || strcmp(labels->label[i].by, labels->label[i - 1].by) != 0;
    }
    settle_classes(&o, labels->conflict);
    for (i = 0; i < o.answers && o.kind < ORACLE_CONFLICTING; i++) {
        o.label = &o.answer[i];
        o.kind = ORACLE_DOUBTED;
    }
    return o;
}

/* ---- the file ---- */

static int64_t doubt_category(const oracle_queries *queries)
{
    int64_t largest = 0;
    size_t c;

    for (c = 0; c < queries->categories; c++)
        largest = queries->category[c].id > largest ? queries->category[c].id : largest;
    return largest + 1;
}

static void put_label(const oracle_queries *queries, const oracle_label *label, int64_t id, oracle_json *json)
{
    const oracle_query *query = &queries->query[label->query];
    char at[STORE_TIME_MAX];

    oracle_time_write(label->at, at);
    oracle_json_open_map(json, NULL);
    oracle_json_put_integer(json, "id", id);
    oracle_json_put_integer(json, "image_id", queries->picture[query->picture].id);
    oracle_json_put_integer(json, "category_id",
                            label->answer < 0 ? doubt_category(queries)
                                              : queries->category[label->answer].id);
    oracle_json_open_list(json, "segmentation");
    oracle_json_close_list(json);
    oracle_queries_put_box(query->box, json);
    oracle_json_open_map(json, "attributes");
    oracle_json_put_integer(json, "query", query->id);
    oracle_json_put_text(json, "by", label->by);
    oracle_json_put_text(json, "at", at);
    if (label->answer < 0)
        oracle_json_put_true(json, "cant_tell");
    oracle_json_close_map(json);
    oracle_json_close_map(json);
}

static void put_labels(const oracle_queries *queries, const oracle_labels *labels, oracle_json *json)
{
    size_t i;

    oracle_json_open_map(json, NULL);
    oracle_json_open_map(json, "info");
    oracle_json_put_text(json, "description", "answers of people, kept by camal-label");
    oracle_json_put_text(json, "contributor", "camal");
    oracle_queries_put_binding(queries, json, SCHEMA);
    oracle_json_put_text(json, "conflict", oracle_conflict_names[labels->conflict]);
    if (labels->finished)
        oracle_json_put_true(json, "finished");
    oracle_json_close_map(json);
    oracle_json_open_list(json, "images");
    for (i = 0; i < queries->pictures; i++)
        oracle_queries_put_picture(&queries->picture[i], NULL, json);
    oracle_json_close_list(json);
    oracle_json_open_list(json, "annotations");
    for (i = 0; i < labels->count; i++)
        put_label(queries, &labels->label[i], (int64_t)i + 1, json);
    oracle_json_close_list(json);
    oracle_json_open_list(json, "categories");
    oracle_queries_put_categories(queries, json);
    oracle_json_open_map(json, NULL);
    oracle_json_put_integer(json, "id", doubt_category(queries));
    oracle_json_put_text(json, "name", ORACLE_CANT_TELL);
    oracle_json_put_text(json, "supercategory", "");
    oracle_json_close_map(json);
    oracle_json_close_list(json);
    oracle_json_close_map(json);
}

base_status oracle_labels_write(const char *path, const oracle_queries *queries, const oracle_labels *labels)
{
    oracle_json json = oracle_json_begin();
    const unsigned char *text;
    base_status status;
    size_t size;

    put_labels(queries, labels, &json);
    status = oracle_json_bytes(&json, path, &text, &size);
    if (status == BASE_OK)
        status = base_file_write(path, text, size);
    oracle_json_end(&json);
    return status;
}

static bool read_label(yajl_val value, const oracle_queries *queries, oracle_label *label)
{
    yajl_val about = oracle_json_member(value, "attributes");
    const char *by = oracle_json_text(oracle_json_member(about, "by"));
    const char *at = oracle_json_text(oracle_json_member(about, "at"));
    const oracle_query *query;
    int64_t id, category;

    if (!oracle_json_integer(oracle_json_member(about, "query"), &id) ||
        !oracle_json_integer(oracle_json_member(value, "category_id"), &category) || !by ||
        !oracle_labels_is_name(by) || !at || !oracle_time_read(at, &label->at))
        return false;
    query = oracle_queries_find(queries, id);
    if (!query)
        return false;
    label->query = (size_t)(query - queries->query);
    memset(label->by, 0, sizeof label->by);
    memcpy(label->by, by, strlen(by));
    label->answer = oracle_json_ticked(oracle_json_member(about, "cant_tell"))
                        ? STORE_LABEL_CANT_TELL
                        : oracle_queries_class_of_id(queries, category);
    return label->answer != -1;
}

static base_status read_info(yajl_val root, const char *path, oracle_labels *labels)
{
    yajl_val info = oracle_json_member(root, "info");
    const char *rule = oracle_json_text(oracle_json_member(info, "conflict"));
    int i;

    labels->finished = oracle_json_ticked(oracle_json_member(info, "finished"));
    for (i = 0; rule && i < ORACLE_CONFLICTS; i++) {
        if (strcmp(rule, oracle_conflict_names[i]) != 0)
            continue;
        labels->conflict = (oracle_conflict)i;
        return BASE_OK;
    }
    base_log_error("%s: info.conflict is \"%s\", allowed are open, newest and majority", path,
                   rule ? rule : "missing");
    return BASE_ERR_INPUT;
}

static base_status read_root(yajl_val root, const char *path, const oracle_queries *queries,
                             oracle_labels *labels)
{
    yajl_val list = oracle_json_member(root, "annotations");
    char schema[32];
    base_status status = oracle_queries_check_binding(
        queries, oracle_json_member(oracle_json_member(root, "info"), "camal"), path, schema);
    oracle_label label;
    oracle_added how;
    int32_t before;
    size_t i;

    if (status == BASE_OK && strcmp(schema, SCHEMA) != 0) {
        base_log_error("%s is not written by camal-label: move it aside and give it to camal-label", path);
        return BASE_ERR_INPUT;
    }
    if (status == BASE_OK)
        status = read_info(root, path, labels);
    for (i = 0; status == BASE_OK && i < oracle_json_length(list); i++) {
        if (!read_label(list->u.array.values[i], queries, &label)) {
            base_log_error("%s: annotations[%zu] is not as camal-label writes it: it needs category_id, and "
                           "attributes query, by and at of this round's queries",
                           path, i);
            return BASE_ERR_INPUT;
        }
        status = oracle_labels_add(labels, &label, &how, &before);
    }
    return status;
}

base_status oracle_labels_read(const char *path, const oracle_queries *queries, oracle_labels *labels)
{
    oracle_labels made = {0};
    base_status status;
    yajl_val root;

    if (!base_file_exists(path)) {
        *labels = made;
        return BASE_OK;
    }
    status = oracle_json_read(path, &root);
    if (status != BASE_OK)
        return status;
    status = read_root(root, path, queries, &made);
    yajl_tree_free(root);
    if (status == BASE_OK)
        *labels = made;
    else
        oracle_labels_destroy(&made);
    return status;
}
