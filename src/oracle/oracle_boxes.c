#include "oracle_boxes.h"
#include "base_log.h"
#include "oracle_time.h"
#include <stdlib.h>
#include <string.h>

#define SCHEMA "camal-new"

void oracle_boxes_destroy(oracle_boxes *boxes)
{
    size_t i;

    if (!boxes)
        return;
    for (i = 0; i < boxes->count; i++)
        free(boxes->box[i].outline);
    free(boxes->box);
    memset(boxes, 0, sizeof *boxes);
}

static bool is_same(const oracle_box *a, const oracle_box *b)
{
    return a->picture == b->picture && a->class_index == b->class_index &&
           memcmp(a->box, b->box, sizeof a->box) == 0 && !a->outline == !b->outline &&
           (!a->outline || strcmp(a->outline, b->outline) == 0);
}

base_status oracle_boxes_add(oracle_boxes *boxes, const oracle_box *box, bool *added)
{
    size_t i, room = 2 * boxes->room + 16;
    oracle_box *grown, copy = *box;

    *added = false;
    for (i = 0; i < boxes->count; i++)
        if (is_same(&boxes->box[i], box))
            return BASE_OK;
    if (boxes->count == boxes->room) {
        grown = realloc(boxes->box, room * sizeof *grown);
        if (!grown)
            goto err_memory;
        boxes->box = grown;
        boxes->room = room;
    }
    if (box->outline) {
        copy.outline = strdup(box->outline);
        if (!copy.outline)
            goto err_memory;
    }
    boxes->box[boxes->count++] = copy;
    *added = true;
    return BASE_OK;

err_memory:
    base_log_error("oracle: no memory for %zu boxes", boxes->count + 1);
    return BASE_ERR_MEMORY;
}

/* ---- writing ---- */

static void put_box(const oracle_queries *queries, const oracle_box *box, int64_t id, oracle_json *json)
{
    char at[STORE_TIME_MAX];

    oracle_time_write(box->at, at);
    oracle_json_open_map(json, NULL);
    oracle_json_put_integer(json, "id", id);
    oracle_json_put_integer(json, "image_id", queries->picture[box->picture].id);
    oracle_json_put_integer(json, "category_id", queries->category[box->class_index].id);
    oracle_json_put_raw(json, "segmentation", box->outline ? box->outline : "[]");
    oracle_queries_put_box(box->box, json);
    oracle_json_open_map(json, "attributes");
    if (box->redrawn)
        oracle_json_put_integer(json, "query", box->query);
    oracle_json_put_text(json, "by", box->by);
    oracle_json_put_text(json, "at", at);
    oracle_json_close_map(json);
    oracle_json_close_map(json);
}

static bool has_box(const oracle_boxes *boxes, size_t picture)
{
    size_t i;

    for (i = 0; i < boxes->count; i++)
        if (boxes->box[i].picture == picture)
            return true;
    return false;
}

base_status oracle_boxes_write(const char *path, const oracle_queries *queries, const oracle_boxes *boxes)
{
    oracle_json json = oracle_json_begin();
    const unsigned char *text;
    base_status status;
    size_t size, i;

    oracle_json_open_map(&json, NULL);
    oracle_json_open_map(&json, "info");
    oracle_json_put_text(&json, "description",
                         "drawn by people beyond what camal asked for, for camal-ingest");
    oracle_json_put_text(&json, "contributor", "camal");
    oracle_queries_put_binding(queries, &json, SCHEMA);
    oracle_json_close_map(&json);
    oracle_json_open_list(&json, "images");
    for (i = 0; i < queries->pictures; i++)
        if (has_box(boxes, i))
            oracle_queries_put_picture(&queries->picture[i], "train", &json);
    oracle_json_close_list(&json);
    oracle_json_open_list(&json, "annotations");
    for (i = 0; i < boxes->count; i++)
        put_box(queries, &boxes->box[i], (int64_t)i + 1, &json);
    oracle_json_close_list(&json);
    oracle_json_open_list(&json, "categories");
    oracle_queries_put_categories(queries, &json);
    oracle_json_close_list(&json);
    oracle_json_close_map(&json);
    status = oracle_json_bytes(&json, path, &text, &size);
    if (status == BASE_OK)
        status = base_file_write(path, text, size);
    oracle_json_end(&json);
    return status;
}

/* ---- reading ---- */

/* False if it is not as written, or there is no memory. */
static bool read_box(yajl_val value, const oracle_queries *queries, oracle_box *box)
{
    yajl_val about = oracle_json_member(value, "attributes");
    yajl_val outline = oracle_json_member(value, "segmentation");
    const char *by = oracle_json_text(oracle_json_member(about, "by"));
    const char *at = oracle_json_text(oracle_json_member(about, "at"));
    int64_t picture, category;

    if (!oracle_json_integer(oracle_json_member(value, "image_id"), &picture) ||
        !oracle_json_integer(oracle_json_member(value, "category_id"), &category) || !outline || !by ||
        strlen(by) >= sizeof box->by || !at || !oracle_time_read(at, &box->at) ||
        !oracle_queries_take_box(oracle_json_member(value, "bbox"), box->box))
        return false;
    memset(box->by, 0, sizeof box->by);
    memcpy(box->by, by, strlen(by));
    box->redrawn = oracle_json_integer(oracle_json_member(about, "query"), &box->query);
    box->class_index = oracle_queries_class_of_id(queries, category);
    for (box->picture = 0; box->picture < queries->pictures; box->picture++)
        if (queries->picture[box->picture].id == picture)
            break;
    if (box->class_index < 0 || box->picture == queries->pictures)
        return false;
    if (YAJL_IS_ARRAY(outline) && oracle_json_length(outline) == 0)
        return true;
    box->outline = oracle_json_copy(outline);
    return box->outline;
}

static base_status read_root(yajl_val root, const char *path, const oracle_queries *queries,
                             oracle_boxes *boxes)
{
    yajl_val list = oracle_json_member(root, "annotations");
    char schema[32];
    base_status status = oracle_queries_check_binding(
        queries, oracle_json_member(oracle_json_member(root, "info"), "camal"), path, schema);
    bool added;
    size_t i;

    if (status == BASE_OK && strcmp(schema, SCHEMA) != 0) {
        base_log_error("%s is not written by camal-label: move it aside", path);
        return BASE_ERR_INPUT;
    }
    for (i = 0; status == BASE_OK && i < oracle_json_length(list); i++) {
        oracle_box box = {0};

        if (read_box(list->u.array.values[i], queries, &box)) {
            status = oracle_boxes_add(boxes, &box, &added);
        } else {
            base_log_error("%s: annotations[%zu] is not as camal-label writes it", path, i);
            status = BASE_ERR_INPUT;
        }
        free(box.outline);
    }
    return status;
}

base_status oracle_boxes_read(const char *path, const oracle_queries *queries, oracle_boxes *boxes)
{
    oracle_boxes made = {0};
    base_status status;
    yajl_val root;

    if (!base_file_exists(path)) {
        *boxes = made;
        return BASE_OK;
    }
    status = oracle_json_read(path, &root);
    if (status != BASE_OK)
        return status;
    status = read_root(root, path, queries, &made);
    yajl_tree_free(root);
    if (status == BASE_OK)
        *boxes = made;
    else
        oracle_boxes_destroy(&made);
    return status;
}
