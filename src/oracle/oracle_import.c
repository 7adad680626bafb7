#include "oracle_import.h"
#include "base_log.h"
#include "oracle_reading.h"
#include "oracle_time.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDING 1.01 /* pixels that a tool may be off: Label Studio's COCO export cuts to whole ones */

/* ---- boxes to queries ---- */

static double overlap(double a, double a_length, double b, double b_length)
{
    return fmax(0, fmin(a + a_length, b + b_length) - fmax(a, b));
}

/* Above 1: the same box but for rounding; from 0.5: shares that much of the joint area; 0: another one. */
static double closeness(const double a[4], const double b[4])
{
    double off = 0, joint = overlap(a[0], a[2], b[0], b[2]) * overlap(a[1], a[3], b[1], b[3]);
    double all = a[2] * a[3] + b[2] * b[3] - joint;
    int i;

    for (i = 0; i < 4; i++)
        off = fmax(off, fabs(a[i] - b[i]));
    if (off <= ROUNDING)
        return 2 + ROUNDING - off;
    return all > 0 && joint >= 0.5 * all ? joint / all : 0;
}

/* What a mark's box is the box of. */
typedef struct match {
    size_t query; /* ORACLE_BY_BOX: of nothing that was asked for */
    double closeness;
} match;

static match match_box(const oracle_queries *q, const oracle_mark *mark, const size_t *used)
{
    match best = {ORACLE_BY_BOX, 0};
    size_t i;

    for (i = 0; i < q->count; i++) {
        double close = q->query[i].picture == mark->picture ? closeness(mark->box, q->query[i].box) : 0;

        if (close > best.closeness || (close > 0 && close == best.closeness && used[i] < used[best.query]))
            best = (match){i, close};
    }
    return best;
}

/* Of several boxes by one for a query, those that are its own leave the others to be new objects. */
static void drop_rivals(const oracle_reading *r, match *matches)
{
    size_t i, k;

    for (i = 0; i < r->count; i++) {
        if (matches[i].query == ORACLE_BY_BOX || matches[i].closeness > 1)
            continue;
        for (k = 0; k < r->count && matches[i].query != ORACLE_BY_BOX; k++)
            if (matches[k].query == matches[i].query && matches[k].closeness > 1 &&
                strcmp(r->mark[k].by, r->mark[i].by) == 0)
                matches[i].query = ORACLE_BY_BOX;
    }
}

/* Queries of the picture that a mark is of; *query is one of them. */
static size_t queries_of(const oracle_queries *q, size_t picture, size_t *query)
{
    size_t count = 0, i;

    for (i = 0; i < q->count; i++) {
        if (q->query[i].picture != picture)
            continue;
        *query = i;
        count++;
    }
    return count;
}

/* What is said of a whole picture is said of its query; that nobody can tell, of all. */
static void place_whole(oracle_reading *r, oracle_mark *mark)
{
    size_t query = 0, count = queries_of(r->queries, mark->picture, &query);

    if (mark->query != ORACLE_BY_BOX || mark->answer == STORE_LABEL_CANT_TELL)
        return;
    if (count == 1)
        mark->query = query;
    else
        oracle_reading_refuse(r, mark->place,
                              "is of the whole picture, in which %zu samples were asked for: draw or "
                              "keep their boxes",
                              count);
}

static base_status place_marks(oracle_reading *r, match **found)
{
    size_t *used = calloc(r->queries->count + 1, sizeof *used), i;
    match *matches = calloc(r->count + 1, sizeof *matches);

    if (!used || !matches) {
        base_log_error("%s: out of memory for %zu annotations", r->path, r->count);
        free(used);
        free(matches);
        return BASE_ERR_MEMORY;
    }
    for (i = 0; i < r->count; i++) {
        oracle_mark *mark = &r->mark[i];

        if (mark->whole)
            place_whole(r, mark);
        matches[i] = (match){mark->query, INFINITY};
        if (!mark->whole && mark->query == ORACLE_BY_BOX)
            matches[i] = match_box(r->queries, mark, used);
        else if (!mark->whole)
            matches[i].closeness = closeness(mark->box, r->queries->query[mark->query].box);
        if (matches[i].query != ORACLE_BY_BOX)
            used[matches[i].query]++;
    }
    free(used);
    drop_rivals(r, matches);
    *found = matches;
    return BASE_OK;
}

/* ---- what the marks say ---- */

static base_status answer(oracle_reading *r, const oracle_mark *mark, size_t query, oracle_labels *labels)
{
    oracle_label label = {.query = query, .answer = mark->answer, .at = mark->at};
    size_t *const counts[] = {&r->counts.added, &r->counts.same, &r->counts.changed, &r->counts.outdated};
    int32_t before = STORE_LABEL_UNKNOWN;
    oracle_added how;
    base_status status;

    memcpy(label.by, mark->by, sizeof label.by);
    status = oracle_labels_add(labels, &label, &how, &before);
    if (status != BASE_OK)
        return status;
    ++*counts[how];
    if (how == ORACLE_CHANGED)
        base_log_info("%s has changed the answer to %" PRId64 " from %s to %s", mark->by,
                      r->queries->query[query].id, oracle_labels_name(r->queries, before),
                      oracle_labels_name(r->queries, mark->answer));
    return BASE_OK;
}

/* Outlines, boxes drawn anew and new objects. */
static base_status keep_box(oracle_reading *r, const oracle_mark *mark, const match *m, oracle_boxes *boxes)
{
    oracle_box box = {.picture = mark->picture,
                      .class_index = mark->answer,
                      .outline = mark->outline,
                      .redrawn = m->query != ORACLE_BY_BOX,
                      .at = mark->at};
    base_status status;
    bool added;

    if (mark->answer < 0 || mark->whole || (box.redrawn && m->closeness > 1 && !mark->outline))
        return BASE_OK;
    if (box.redrawn)
        box.query = r->queries->query[m->query].id;
    memcpy(box.box, mark->box, sizeof box.box);
    memcpy(box.by, mark->by, sizeof box.by);
    status = oracle_boxes_add(boxes, &box, &added);
    r->counts.fresh += status == BASE_OK && added && !box.redrawn;
    r->counts.redrawn += status == BASE_OK && added && box.redrawn;
    return status;
}

static base_status take_marks(oracle_reading *r, const match *matches, oracle_labels *labels,
                              oracle_boxes *boxes)
{
    base_status status = BASE_OK;
    size_t i, k;

    for (i = 0; status == BASE_OK && i < r->count; i++) {
        const oracle_mark *mark = &r->mark[i];
        bool all = mark->whole && mark->query == ORACLE_BY_BOX;

        for (k = 0; all && status == BASE_OK && k < r->queries->count; k++)
            if (r->queries->query[k].picture == mark->picture)
                status = answer(r, mark, k, labels);
        if (!all && matches[i].query != ORACLE_BY_BOX)
            status = answer(r, mark, matches[i].query, labels);
        if (status == BASE_OK)
            status = keep_box(r, mark, &matches[i], boxes);
    }
    return status;
}

/* ---- the file ---- */

/* By what is in it. */
static base_status read_marks(oracle_reading *r, yajl_val root)
{
    yajl_val first = oracle_json_length(root) > 0 ? root->u.array.values[0] : root;

    if (YAJL_IS_ARRAY(root) || oracle_json_member(first, "data")) {
        oracle_reading_studio(r, root);
    } else if (oracle_json_member(root, "annotations") &&
               YAJL_IS_ARRAY(oracle_json_member(root, "annotations"))) {
        oracle_reading_coco(r, root);
    } else {
        base_log_error("%s: neither COCO JSON (an object with a list `annotations`) nor Label Studio's JSON "
                       "(a list of tasks with `data`)",
                       r->path);
        return BASE_ERR_INPUT;
    }
    return r->out_of_memory ? BASE_ERR_MEMORY : BASE_OK;
}

static base_status take_file(oracle_reading *r, yajl_val root, oracle_labels *labels, oracle_boxes *boxes)
{
    match *matches = NULL;
    base_status status = read_marks(r, root);

    if (status == BASE_OK)
        status = place_marks(r, &matches);
    if (status == BASE_OK && r->problems > 0) {
        base_log_error("%s: %zu problems; nothing is taken from it", r->path, r->problems);
        status = BASE_ERR_INPUT;
    }
    if (status == BASE_OK)
        status = take_marks(r, matches, labels, boxes);
    free(matches);
    return status;
}

base_status oracle_import_file(const char *path, const oracle_queries *queries,
                               const oracle_import_options *options, oracle_labels *labels,
                               oracle_boxes *boxes, oracle_import *counts)
{
    oracle_reading r = {.path = path, .queries = queries, .options = options};
    base_status status;
    yajl_val root;
    size_t i;

    status = oracle_json_read(path, &root);
    if (status != BASE_OK)
        return status;
    r.file_time = oracle_time_of_file(path);
    status = take_file(&r, root, labels, boxes);
    yajl_tree_free(root);
    for (i = 0; i < r.count; i++)
        free(r.mark[i].outline);
    free(r.mark);
    if (status == BASE_OK)
        *counts = r.counts;
    return status;
}
