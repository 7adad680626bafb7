/* COCO JSON into marks (oracle_reading.h). */
#include "oracle_reading.h"
#include "oracle_time.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whose the ids of the annotations are. */
typedef enum id_kind { IDS_OF_TOOL, IDS_OF_QUERIES, IDS_OF_LABELS } id_kind;

typedef struct named {
    int64_t id;
    const char *name;
} named;

typedef struct coco {
    oracle_reading *reading;
    id_kind ids;
    named *image, *category; /* by id */
    size_t images, categories;
    bool has_categories;
    int64_t time; /* of annotations that say nothing */
} coco;

static int compare_named(const void *left, const void *right)
{
    const named *a = left, *b = right;

    return (a->id > b->id) - (a->id < b->id);
}

static const char *name_of(const named *list, size_t count, int64_t id)
{
    named key = {.id = id};
    const named *found = count ? bsearch(&key, list, count, sizeof *list, compare_named) : NULL;

    return found ? found->name : NULL;
}

/* Ids and names of a list of the file, by id. */
static named *read_names(oracle_reading *r, yajl_val list, const char *what, const char *key, size_t *count)
{
    size_t length = oracle_json_length(list), i;
    named *names = calloc(length + 1, sizeof *names);

    *count = 0;
    if (!names) {
        r->out_of_memory = true;
        return NULL;
    }
    for (i = 0; i < length; i++) {
        yajl_val entry = list->u.array.values[i];
        char place[96];

        names[i].name = oracle_json_text(oracle_json_member(entry, key));
        snprintf(place, sizeof place, "%s[%zu]", what, i);
        if (!oracle_json_integer(oracle_json_member(entry, "id"), &names[i].id) || !names[i].name)
            oracle_reading_refuse(r, place, "has no integer id and text %s", key);
    }
    *count = length;
    qsort(names, length, sizeof *names, compare_named);
    for (i = 1; i < length; i++)
        if (names[i].id == names[i - 1].id && names[i].name && names[i - 1].name &&
            strcmp(names[i].name, names[i - 1].name) != 0)
            oracle_reading_refuse(r, what, "has id %" PRId64 " twice, for \"%s\" and \"%s\"", names[i].id,
                                  names[i - 1].name, names[i].name);
    return names;
}

/* The query that the annotation names, ORACLE_BY_BOX if it names none. False if refused. */
static bool find_query(coco *c, yajl_val entry, oracle_mark *mark)
{
    yajl_val image = oracle_json_member(entry, "image_id");
    yajl_val id = c->ids == IDS_OF_LABELS
                      ? oracle_json_member(oracle_json_member(entry, "attributes"), "query")
                      : oracle_json_member(entry, "id");
    const oracle_query *query = NULL;
    char shown[64];
    int64_t number;

    mark->query = ORACLE_BY_BOX;
    if (c->ids == IDS_OF_TOOL && image)
        return true;
    if (oracle_json_integer(id, &number))
        query = oracle_queries_find(c->reading->queries, number);
    if (query) {
        mark->query = (size_t)(query - c->reading->queries->query);
        mark->picture = query->picture;
        return true;
    }
    if (c->ids == IDS_OF_QUERIES && image)
        return true; /* a box that somebody has added */
    oracle_json_show(id, shown, sizeof shown);
    oracle_reading_refuse(c->reading, mark->place,
                          "answers %s, which is not among the ids of the %zu queries of round %d", shown,
                          c->reading->queries->count, (int)c->reading->queries->round);
    return false;
}

static bool find_picture(coco *c, yajl_val entry, oracle_mark *mark)
{
    const char *name = NULL;
    char shown[64];
    int64_t id;

    if (mark->query != ORACLE_BY_BOX)
        return true;
    if (oracle_json_integer(oracle_json_member(entry, "image_id"), &id))
        name = name_of(c->image, c->images, id);
    if (name)
        return oracle_reading_find(c->reading, name, mark);
    oracle_json_show(oracle_json_member(entry, "image_id"), shown, sizeof shown);
    oracle_reading_refuse(c->reading, mark->place,
                          "has image_id %s, which is not among the %zu images of the file", shown, c->images);
    return false;
}

/* The box, of whatever needs one; a queried sample's own otherwise. False if refused. */
static bool find_box(coco *c, yajl_val entry, oracle_mark *mark)
{
    yajl_val box = oracle_json_member(entry, "bbox");
    char shown[64];

    if (mark->whole)
        return true;
    if (!box && mark->query != ORACLE_BY_BOX) {
        memcpy(mark->box, c->reading->queries->query[mark->query].box, sizeof mark->box);
        return true;
    }
    if (oracle_queries_take_box(box, mark->box))
        return true;
    oracle_json_show(box, shown, sizeof shown);
    oracle_reading_refuse(c->reading, mark->place, "has bbox %s, expected [x, y, width, height] in pixels",
                          shown);
    return false;
}

static bool says_cant_tell(const coco *c, yajl_val entry)
{
    yajl_val about = oracle_json_member(entry, "attributes");

    return oracle_json_ticked(oracle_json_member(about, "cant_tell")) ||
           oracle_json_ticked(oracle_json_member(about, c->reading->options->cant_tell));
}

/* False if there is no answer: none was given (counted), or it is refused. */
static bool find_answer(coco *c, yajl_val entry, oracle_mark *mark)
{
    yajl_val category = oracle_json_member(entry, "category_id");
    const char *name;
    char shown[64];
    int64_t id;

    if (says_cant_tell(c, entry)) {
        mark->answer = STORE_LABEL_CANT_TELL;
        return true;
    }
    if (!category || YAJL_IS_NULL(category)) {
        c->reading->counts.empty++;
        return false;
    }
    if (oracle_json_integer(category, &id)) {
        name = name_of(c->category, c->categories, id);
        if (name)
            return oracle_reading_name(c->reading, name, mark);
        mark->answer = c->has_categories ? -1 : oracle_queries_class_of_id(c->reading->queries, id);
        if (mark->answer >= 0)
            return true;
    }
    oracle_json_show(category, shown, sizeof shown);
    oracle_reading_refuse(c->reading, mark->place,
                          "has category_id %s, allowed are the ids of the %zu categories of %s", shown,
                          c->has_categories ? c->categories : c->reading->queries->categories,
                          c->has_categories ? "the file" : "the query file");
    return false;
}

/* Who and when. */
static bool find_origin(coco *c, yajl_val entry, oracle_mark *mark)
{
    yajl_val about = oracle_json_member(entry, "attributes"), by = oracle_json_member(about, "by");
    const char *at = oracle_json_text(oracle_json_member(about, "at"));
    char number[32];
    int64_t id;

    if (!by)
        by = oracle_json_member(about, "annotator");
    if (!by)
        by = oracle_json_member(entry, "annotator");
    if (oracle_json_integer(by, &id)) {
        snprintf(number, sizeof number, "%" PRId64, id);
        return oracle_reading_by(c->reading, number, mark) &&
               oracle_reading_at(c->reading, at, c->time, mark);
    }
    return oracle_reading_by(c->reading, oracle_json_text(by), mark) &&
           oracle_reading_at(c->reading, at, c->time, mark);
}

/* [] and [[]] are no outline. */
static bool find_outline(coco *c, yajl_val entry, oracle_mark *mark)
{
    yajl_val outline = oracle_json_member(entry, "segmentation");
    bool empty =
        !outline || mark->whole || (!YAJL_IS_ARRAY(outline) && !YAJL_IS_OBJECT(outline)) ||
        (YAJL_IS_ARRAY(outline) &&
         (oracle_json_length(outline) == 0 ||
          (oracle_json_length(outline) == 1 && oracle_json_length(outline->u.array.values[0]) == 0)));

    if (empty)
        return true;
    mark->outline = oracle_json_copy(outline);
    c->reading->out_of_memory = c->reading->out_of_memory || !mark->outline;
    return mark->outline;
}

static void read_annotation(coco *c, yajl_val entry, size_t index)
{
    oracle_mark mark = {0};
    char id[40];

    oracle_json_show(oracle_json_member(entry, "id"), id, sizeof id);
    snprintf(mark.place, sizeof mark.place, "annotations[%zu] (id %s)", index, id);
    if (!YAJL_IS_OBJECT(entry)) {
        oracle_reading_refuse(c->reading, mark.place, "is no object");
        return;
    }
    if (find_query(c, entry, &mark) && find_picture(c, entry, &mark) && find_box(c, entry, &mark) &&
        find_answer(c, entry, &mark) && find_origin(c, entry, &mark) && find_outline(c, entry, &mark))
        oracle_reading_add(c->reading, &mark);
}

void oracle_reading_coco(oracle_reading *r, yajl_val root)
{
    yajl_val list = oracle_json_member(root, "annotations"), info = oracle_json_member(root, "info");
    yajl_val categories = oracle_json_member(root, "categories");
    const char *created = oracle_json_text(oracle_json_member(info, "date_created"));
    coco c = {.reading = r, .time = r->file_time, .has_categories = categories && YAJL_IS_ARRAY(categories)};
    char schema[32];
    size_t i;

    if (oracle_queries_check_binding(r->queries, oracle_json_member(info, "camal"), r->path, schema) !=
        BASE_OK) {
        r->problems++;
        return;
    }
    if (schema[0])
        c.ids = strcmp(schema, "camal-labels") == 0 ? IDS_OF_LABELS : IDS_OF_QUERIES;
    if (created)
        oracle_time_read(created, &c.time);
    c.image = read_names(r, oracle_json_member(root, "images"), "images", "file_name", &c.images);
    c.category = read_names(r, categories, "categories", "name", &c.categories);
    for (i = 0; c.image && c.category && i < oracle_json_length(list); i++)
        read_annotation(&c, list->u.array.values[i], i);
    free(c.category);
    free(c.image);
}
