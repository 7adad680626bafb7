/* Label Studio's JSON into marks (oracle_reading.h): the whole export and JSON_MIN. */
#include "oracle_reading.h"
#include "oracle_shape.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An annotation of a task: all of it is by one and of one time. */
typedef struct act {
    oracle_reading *reading;
    yajl_val results;
    oracle_mark like; /* picture, who, when */
    char place[96];
} act;

static bool has_type(yajl_val result, const char *type)
{
    const char *found = oracle_json_text(oracle_json_member(result, "type"));

    return found && strcmp(found, type) == 0;
}

/* The regions that are read, with labels (under that key of `value`) or without. */
static const char *const region_types[] = {"rectanglelabels", "rectangle",   "polygonlabels",
                                           "polygon",         "brushlabels", "brush"};

static const char *region_type(yajl_val result)
{
    size_t i;

    for (i = 0; i < sizeof region_types / sizeof *region_types; i++)
        if (has_type(result, region_types[i]))
            return region_types[i];
    return NULL;
}

/* What else is said of the region of that id: a result of the type, NULL if there is none. */
static yajl_val said_of(const act *a, const char *id, const char *type)
{
    size_t i;

    for (i = 0; id && i < oracle_json_length(a->results); i++) {
        yajl_val result = a->results->u.array.values[i];
        const char *other = oracle_json_text(oracle_json_member(result, "id"));

        if (other && strcmp(other, id) == 0 && (type ? has_type(result, type) : region_type(result) != NULL))
            return result;
    }
    return NULL;
}

/* The one name in the list under a key of `value`. False if there is none (counted), or if refused. */
static bool take_name(oracle_reading *r, yajl_val value, const char *key, oracle_mark *mark)
{
    yajl_val list = oracle_json_member(value, key);
    const char *name = oracle_json_length(list) > 0 ? oracle_json_text(list->u.array.values[0]) : NULL;

    if (oracle_json_length(list) > 1) {
        oracle_reading_refuse(r, mark->place, "has %zu %s, allowed is one: a sample has one class",
                              oracle_json_length(list), key);
        return false;
    }
    if (name)
        return oracle_reading_name(r, name, mark);
    r->counts.empty++;
    return false;
}

/* ---- results ---- */

/* A region; its class is what a choice says of it, else its own label, else a `labels` result's. */
static void read_region(const act *a, yajl_val result, const char *type, oracle_mark *mark)
{
    const char *id = oracle_json_text(oracle_json_member(result, "id"));
    yajl_val value = oracle_json_member(result, "value");
    yajl_val choice = said_of(a, id, "choices"), label = said_of(a, id, "labels");
    bool named;

    if (choice)
        named = take_name(a->reading, oracle_json_member(choice, "value"), "choices", mark);
    else if (oracle_json_member(value, type) || !label)
        named = take_name(a->reading, value, type, mark);
    else
        named = take_name(a->reading, oracle_json_member(label, "value"), "labels", mark);
    if (!named)
        return;
    if (mark->whole || oracle_shape_take(a->reading, value, type, mark))
        oracle_reading_add(a->reading, mark);
}

/* A choice by itself is of a rectangle if it has one, else of the picture. */
static void read_choice(oracle_reading *r, yajl_val value, oracle_mark *mark)
{
    if (!take_name(r, value, "choices", mark))
        return;
    if (!oracle_json_member(value, "x"))
        mark->whole = true;
    if (mark->whole || oracle_shape_take(r, value, "rectangle", mark))
        oracle_reading_add(r, mark);
}

static void read_result(const act *a, yajl_val result, size_t index)
{
    const char *type = region_type(result), *id = oracle_json_text(oracle_json_member(result, "id"));
    oracle_mark mark = a->like;

    snprintf(mark.place, sizeof mark.place, "%s.result[%zu]", a->place, index);
    if (type)
        read_region(a, result, type, &mark);
    else if (has_type(result, "choices") && !said_of(a, id, NULL))
        read_choice(a->reading, oracle_json_member(result, "value"), &mark);
    else if (!has_type(result, "choices") && !(has_type(result, "labels") && said_of(a, id, NULL)))
        a->reading->counts.unread++;
}

/* A number, an address, or an object with email and id. */
static const char *annotator_of(yajl_val by, char text[32])
{
    const char *email = oracle_json_text(oracle_json_member(by, "email"));
    int64_t id;

    if (email && email[0])
        return email;
    if (!oracle_json_integer(by, &id) && !oracle_json_integer(oracle_json_member(by, "id"), &id))
        return oracle_json_text(by);
    snprintf(text, 32, "%" PRId64, id);
    return text;
}

/* Who and when into a mark that is like the annotation's others. False if refused. */
static bool take_origin(oracle_reading *r, yajl_val annotation, const char *by, oracle_mark *mark)
{
    const char *at = oracle_json_text(oracle_json_member(annotation, "updated_at"));
    char number[32];

    if (!at)
        at = oracle_json_text(oracle_json_member(annotation, "created_at"));
    return oracle_reading_by(r, annotator_of(oracle_json_member(annotation, by), number), mark) &&
           oracle_reading_at(r, at, r->file_time, mark);
}

static void read_annotation(oracle_reading *r, yajl_val annotation, const oracle_mark *like,
                            const char *place)
{
    act a = {.reading = r, .results = oracle_json_member(annotation, "result"), .like = *like};
    size_t i;

    snprintf(a.place, sizeof a.place, "%s", place);
    snprintf(a.like.place, sizeof a.like.place, "%s", place);
    if (!take_origin(r, annotation, "completed_by", &a.like))
        return;
    if (oracle_json_ticked(oracle_json_member(annotation, "was_cancelled"))) {
        a.like.whole = true;
        a.like.answer = STORE_LABEL_CANT_TELL;
        oracle_reading_add(r, &a.like);
        return;
    }
    for (i = 0; i < oracle_json_length(a.results); i++)
        read_result(&a, a.results->u.array.values[i], i);
}

/* ---- JSON_MIN: an annotation an entry; what was said stands under the names of the interface's tags ---- */

static void read_min_value(oracle_reading *r, yajl_val value, oracle_mark *mark)
{
    size_t i;

    for (i = 0; i < sizeof region_types / sizeof *region_types; i++) {
        if (!oracle_json_member(value, region_types[i]))
            continue;
        if (take_name(r, value, region_types[i], mark) &&
            (mark->whole || oracle_shape_take(r, value, region_types[i], mark)))
            oracle_reading_add(r, mark);
        return;
    }
    if (oracle_json_member(value, "choices"))
        read_choice(r, value, mark);
    else
        r->counts.unread++;
}

/* A text is a choice if it names a class: comments are texts, too. */
static void read_min_text(oracle_reading *r, const char *text, oracle_mark *mark)
{
    if (oracle_queries_class(r->queries, text) < 0 && strcmp(text, r->options->cant_tell) != 0) {
        r->counts.unread++;
        return;
    }
    mark->whole = true;
    if (oracle_reading_name(r, text, mark))
        oracle_reading_add(r, mark);
}

/* Texts in front of `id` are the task's data, those behind `annotator` are about the annotation. */
static void read_min(oracle_reading *r, yajl_val entry, const oracle_mark *like)
{
    bool behind_id = false, behind_all = false;
    oracle_mark origin = *like, mark;
    size_t i, k;

    if (!take_origin(r, entry, "annotator", &origin))
        return;
    for (i = 0; i < entry->u.object.len; i++) {
        const char *key = entry->u.object.keys[i];
        yajl_val value = entry->u.object.values[i];

        behind_id = behind_id || strcmp(key, "id") == 0;
        behind_all = behind_all || strcmp(key, "annotator") == 0;
        mark = origin;
        snprintf(mark.place, sizeof mark.place, "%.80s.%.60s", like->place, key);
        if (oracle_json_text(value) && behind_id && !behind_all)
            read_min_text(r, oracle_json_text(value), &mark);
        else if (oracle_json_member(value, "choices"))
            read_choice(r, value, &mark);
        for (k = 0; k < oracle_json_length(value); k++) {
            mark = origin;
            snprintf(mark.place, sizeof mark.place, "%.80s.%.50s[%zu]", like->place, key, k);
            if (YAJL_IS_OBJECT(value->u.array.values[k]))
                read_min_value(r, value->u.array.values[k], &mark);
        }
    }
}

/* ---- tasks ---- */

/* The picture's address: data.image, else the first text of data. */
static const char *address_of(yajl_val data)
{
    const char *found = oracle_json_text(oracle_json_member(data, "image"));
    size_t i;

    for (i = 0; !found && data && YAJL_IS_OBJECT(data) && i < data->u.object.len; i++)
        found = oracle_json_text(data->u.object.values[i]);
    return found;
}

static void read_task(oracle_reading *r, yajl_val task, size_t index)
{
    yajl_val list = oracle_json_member(task, "annotations"), data = oracle_json_member(task, "data");
    bool min = !data && oracle_json_member(task, "annotator");
    oracle_mark like = {.query = ORACLE_BY_BOX};
    char schema[32], id[24], place[96];
    const char *address;
    size_t i;

    if (min)
        data = task;
    address = address_of(data);
    oracle_json_show(oracle_json_member(task, "id"), id, sizeof id);
    snprintf(like.place, sizeof like.place, "[%zu] (task %s)", index, id);
    if (!address) {
        oracle_reading_refuse(r, like.place,
                              "has no picture: expected a task with data.image, as in Label Studio's export "
                              "JSON, or an entry with image and annotator, as in JSON_MIN");
        return;
    }
    if (oracle_queries_check_binding(r->queries, oracle_json_member(data, "camal"), r->path, schema) !=
        BASE_OK) {
        r->problems++;
        return;
    }
    if ((!min && oracle_json_length(list) == 0) || !oracle_reading_find(r, address, &like))
        return;
    if (min)
        read_min(r, task, &like);
    for (i = 0; !min && i < oracle_json_length(list); i++) {
        snprintf(place, sizeof place, "[%zu] (task %s).annotations[%zu]", index, id, i);
        read_annotation(r, list->u.array.values[i], &like, place);
    }
}

void oracle_reading_studio(oracle_reading *r, yajl_val root)
{
    size_t i;

    if (YAJL_IS_OBJECT(root))
        read_task(r, root, 0);
    for (i = 0; i < oracle_json_length(root); i++)
        read_task(r, root->u.array.values[i], i);
}
