/* Label Studio's JSON into marks (oracle_reading.h). */
#include "oracle_reading.h"
#include <inttypes.h>
#include <math.h>
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

/* The region types that are read, with labels (under that key of `value`) or without. */
static const char *region_type(yajl_val result)
{
    static const char *const types[] = {"rectanglelabels", "rectangle", "polygonlabels", "polygon"};
    size_t i;

    for (i = 0; i < sizeof types / sizeof *types; i++)
        if (has_type(result, types[i]))
            return types[i];
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

/* The one name in a list of `value`. False if there is none (counted), or if refused. */
static bool take_name(const act *a, yajl_val result, const char *key, oracle_mark *mark)
{
    yajl_val list = oracle_json_member(oracle_json_member(result, "value"), key);
    const char *name = oracle_json_length(list) > 0 ? oracle_json_text(list->u.array.values[0]) : NULL;

    if (oracle_json_length(list) > 1) {
        oracle_reading_refuse(a->reading, mark->place, "has %zu %s, allowed is one: a sample has one class",
                              oracle_json_length(list), key);
        return false;
    }
    if (name)
        return oracle_reading_name(a->reading, name, mark);
    a->reading->counts.empty++;
    return false;
}

/* ---- geometry: per cent of the picture's sides, turned about the upper left corner ---- */

static bool take_rectangle(const act *a, yajl_val value, oracle_mark *mark)
{
    const oracle_picture *picture = &a->reading->queries->picture[mark->picture];
    double x, y, width, height, angle = 0, low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    int i, k;

    if (!oracle_json_real(oracle_json_member(value, "x"), &x) ||
        !oracle_json_real(oracle_json_member(value, "y"), &y) ||
        !oracle_json_real(oracle_json_member(value, "width"), &width) ||
        !oracle_json_real(oracle_json_member(value, "height"), &height) || width < 0 || height < 0) {
        oracle_reading_refuse(a->reading, mark->place,
                              "has no rectangle: expected numbers x, y, width and height in its value");
        return false;
    }
    oracle_json_real(oracle_json_member(value, "rotation"), &angle);
    x *= picture->width / 100.0;
    y *= picture->height / 100.0;
    width *= picture->width / 100.0;
    height *= picture->height / 100.0;
    angle *= M_PI / 180;
    for (i = 0; i < 4; i++) {
        double along = i & 1 ? width : 0, down = i & 2 ? height : 0;
        double corner[2] = {x, y};

        if (angle == 0) { /* to the bit */
            corner[0] += along;
            corner[1] += down;
        } else {
            corner[0] += along * cos(angle) - down * sin(angle);
            corner[1] += along * sin(angle) + down * cos(angle);
        }
        for (k = 0; k < 2; k++) {
            low[k] = fmin(low[k], corner[k]);
            high[k] = fmax(high[k], corner[k]);
        }
    }
    mark->box[0] = low[0];
    mark->box[1] = low[1];
    mark->box[2] = high[0] - low[0];
    mark->box[3] = high[1] - low[1];
    return true;
}

/* Corners into the mark's box and outline [[x, y, ...]]. */
static bool take_polygon(const act *a, yajl_val value, oracle_mark *mark)
{
    const oracle_picture *picture = &a->reading->queries->picture[mark->picture];
    yajl_val points = oracle_json_member(value, "points");
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY}, at[2] = {0, 0};
    oracle_json json = oracle_json_begin();
    size_t count = oracle_json_length(points), i;
    const unsigned char *text;
    bool good = count >= 3;
    size_t size;
    int k;

    oracle_json_open_list(&json, NULL);
    oracle_json_open_list(&json, NULL);
    for (i = 0; good && i < count; i++) {
        yajl_val point = points->u.array.values[i];

        for (k = 0; good && k < 2; k++) {
            good = oracle_json_length(point) == 2 && oracle_json_real(point->u.array.values[k], &at[k]);
            at[k] *= (k ? picture->height : picture->width) / 100.0;
            low[k] = fmin(low[k], at[k]);
            high[k] = fmax(high[k], at[k]);
            oracle_json_put_real(&json, NULL, at[k]);
        }
    }
    oracle_json_close_list(&json);
    oracle_json_close_list(&json);
    if (!good)
        oracle_reading_refuse(a->reading, mark->place,
                              "has no polygon: expected three or more points [x, y]");
    else if (oracle_json_bytes(&json, a->reading->path, &text, &size) == BASE_OK)
        mark->outline = strndup((const char *)text, size);
    a->reading->out_of_memory = a->reading->out_of_memory || (good && !mark->outline);
    oracle_json_end(&json);
    mark->box[0] = low[0];
    mark->box[1] = low[1];
    mark->box[2] = high[0] - low[0];
    mark->box[3] = high[1] - low[1];
    return good && mark->outline;
}

/* ---- results ---- */

/* A region; its class is what a choice says of it, else its own label, else a `labels` result's. */
static void read_region(const act *a, yajl_val result, const char *type, oracle_mark *mark)
{
    const char *id = oracle_json_text(oracle_json_member(result, "id"));
    yajl_val value = oracle_json_member(result, "value");
    yajl_val choice = said_of(a, id, "choices"), label = said_of(a, id, "labels");
    bool polygon = strncmp(type, "polygon", 7) == 0;
    bool named;

    if (choice)
        named = take_name(a, choice, "choices", mark);
    else if (oracle_json_member(value, type) || !label)
        named = take_name(a, result, type, mark);
    else
        named = take_name(a, label, "labels", mark);
    if (!named)
        return;
    if (mark->whole || (polygon ? take_polygon(a, value, mark) : take_rectangle(a, value, mark)))
        oracle_reading_add(a->reading, mark);
}

/* A choice by itself is of a rectangle if it has one, else of the picture. */
static void read_choice(const act *a, yajl_val result, oracle_mark *mark)
{
    yajl_val value = oracle_json_member(result, "value");

    if (!take_name(a, result, "choices", mark))
        return;
    if (!oracle_json_member(value, "x"))
        mark->whole = true;
    if (mark->whole || take_rectangle(a, value, mark))
        oracle_reading_add(a->reading, mark);
}

static void read_result(const act *a, yajl_val result, size_t index)
{
    const char *type = region_type(result), *id = oracle_json_text(oracle_json_member(result, "id"));
    oracle_mark mark = a->like;

    snprintf(mark.place, sizeof mark.place, "%s.result[%zu]", a->place, index);
    if (type)
        read_region(a, result, type, &mark);
    else if (has_type(result, "choices") && !said_of(a, id, NULL))
        read_choice(a, result, &mark);
    else if (!has_type(result, "choices") && !(has_type(result, "labels") && said_of(a, id, NULL)))
        a->reading->counts.unread++;
}

/* "completed_by": a number, or an object with email and id. */
static const char *annotator_of(yajl_val annotation, char text[32])
{
    yajl_val by = oracle_json_member(annotation, "completed_by");
    const char *email = oracle_json_text(oracle_json_member(by, "email"));
    int64_t id;

    if (email && email[0])
        return email;
    if (!oracle_json_integer(by, &id) && !oracle_json_integer(oracle_json_member(by, "id"), &id))
        return oracle_json_text(by);
    snprintf(text, 32, "%" PRId64, id);
    return text;
}

static void read_annotation(oracle_reading *r, yajl_val annotation, const oracle_mark *like,
                            const char *place)
{
    const char *at = oracle_json_text(oracle_json_member(annotation, "updated_at"));
    act a = {.reading = r, .results = oracle_json_member(annotation, "result"), .like = *like};
    char number[32];
    size_t i;

    snprintf(a.place, sizeof a.place, "%s", place);
    snprintf(a.like.place, sizeof a.like.place, "%s", place);
    if (!at)
        at = oracle_json_text(oracle_json_member(annotation, "created_at"));
    if (!oracle_reading_by(r, annotator_of(annotation, number), &a.like) ||
        !oracle_reading_at(r, at, r->file_time, &a.like))
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
    yajl_val data = oracle_json_member(task, "data"), list = oracle_json_member(task, "annotations");
    const char *address = address_of(data);
    oracle_mark like = {.query = ORACLE_BY_BOX};
    char schema[32], id[24], place[96];
    size_t i;

    oracle_json_show(oracle_json_member(task, "id"), id, sizeof id);
    snprintf(like.place, sizeof like.place, "[%zu] (task %s)", index, id);
    if (!address) {
        oracle_reading_refuse(r, like.place,
                              "has no picture: expected a task with data.image, as in Label "
                              "Studio's export \"JSON\" (JSON-MIN is not read)");
        return;
    }
    if (oracle_queries_check_binding(r->queries, oracle_json_member(data, "camal"), r->path, schema) !=
        BASE_OK) {
        r->problems++;
        return;
    }
    if (oracle_json_length(list) == 0 || !oracle_reading_find(r, address, &like))
        return;
    for (i = 0; i < oracle_json_length(list); i++) {
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
