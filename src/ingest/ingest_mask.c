#include "ingest_mask.h"
#include "base_log.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static base_status no_memory(const char *what, size_t items)
{
    base_log_error("no memory for %zu %s of a mask", items, what);
    return BASE_ERR_MEMORY;
}

static bool make_room(void **block, size_t used, size_t *room, size_t item)
{
    size_t wanted = *room ? *room * 2 : 64;
    void *grown;

    if (used < *room)
        return true;
    grown = realloc(*block, wanted * item);
    if (!grown)
        return false;
    *block = grown;
    *room = wanted;
    return true;
}

/* Append `length` pixels of one value. Run i holds zeros if i is even. */
static base_status append(ingest_mask *mask, bool value, uint32_t length)
{
    if (length == 0)
        return BASE_OK;
    if (mask->count > 0 && ((mask->count - 1) & 1) == value) {
        mask->runs[mask->count - 1] += length;
        return BASE_OK;
    }
    if (mask->count == 0 && value) {
        if (!make_room((void **)&mask->runs, 0, &mask->room, sizeof *mask->runs))
            return no_memory("runs", 1);
        mask->runs[mask->count++] = 0;
    }
    if (!make_room((void **)&mask->runs, mask->count, &mask->room, sizeof *mask->runs))
        return no_memory("runs", mask->count);
    mask->runs[mask->count++] = length;
    return BASE_OK;
}

static void begin(ingest_mask *mask, int32_t width, int32_t height)
{
    memset(mask, 0, sizeof *mask);
    mask->width = width;
    mask->height = height;
}

/* ---- polygons ----
 *
 * COCO's definition: corners are rounded to a grid five times finer than the pixels, and edges are walked on
 * it one step at a time along their longer direction. Wherever the walk steps between the fine columns 5x+2
 * and 5x+3, that is past the middle of pixel column x, it crosses that column's middle line; the crossing
 * lies at the first pixel whose middle is not above it. Pixels between an odd and an even crossing are
 * inside. */

#define FINE 5

typedef struct crossings {
    uint32_t *at; /* column by column: x * height + y, y in 0..height */
    size_t count, room;
    int64_t width, height;
    bool no_memory;
} crossings;

static void cross(crossings *c, int64_t u, int64_t v)
{
    int64_t x = (u - 2) / FINE, y;

    if (u < 2 || (u - 2) % FINE != 0 || x >= c->width)
        return;
    y = v <= 2 ? 0 : (v - 2 + FINE - 1) / FINE;
    if (y > c->height)
        y = c->height;
    if (!make_room((void **)&c->at, c->count, &c->room, sizeof *c->at)) {
        c->no_memory = true;
        return;
    }
    c->at[c->count++] = (uint32_t)(x * c->height + y);
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Walk from one corner to the next. The minor coordinate is always computed from the end where the major one
 * is smaller, and rounded by cutting off, so that an edge walked either way meets the same points. */
static void walk_edge(crossings *c, const int64_t from[2], const int64_t to[2])
{
    int64_t du = llabs(to[0] - from[0]), dv = llabs(to[1] - from[1]);
    size_t major = du >= dv ? 0 : 1, minor = 1 - major;
    int64_t steps = du >= dv ? du : dv, step;
    bool backward = from[major] > to[major];
    const int64_t *low = backward ? to : from, *high = backward ? from : to;
    double slope = steps ? (double)(high[minor] - low[minor]) / (double)steps : 0.0;
    int64_t before[2] = {from[0], from[1]}, here[2];

    for (step = 0; step <= steps && !c->no_memory; step++) {
        int64_t t = backward ? steps - step : step;

        here[major] = low[major] + t;
        here[minor] = (int64_t)((double)low[minor] + slope * (double)t + 0.5);
        if (here[0] != before[0])
            cross(c, smaller(here[0], before[0]), smaller(here[1], before[1]));
        before[0] = here[0];
        before[1] = here[1];
    }
}

static int by_position(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static base_status runs_between(const crossings *c, ingest_mask *mask)
{
    uint32_t end = (uint32_t)(c->width * c->height), at = 0;
    base_status status = BASE_OK;
    size_t i;

    for (i = 0; i < c->count && status == BASE_OK; i++) {
        status = append(mask, i & 1, c->at[i] - at);
        at = c->at[i];
    }
    if (status == BASE_OK)
        status = append(mask, c->count & 1, end - at);
    return status;
}

static bool in_reach(const double *points, size_t numbers, int32_t width, int32_t height)
{
    size_t i;

    for (i = 0; i < numbers; i += 2)
        if (!(points[i] >= -(double)width && points[i] <= 2.0 * width && points[i + 1] >= -(double)height &&
              points[i + 1] <= 2.0 * height))
            return false;
    return true;
}

base_status ingest_mask_polygon(const double *points, size_t numbers, int32_t width, int32_t height,
                                ingest_mask *mask, bool *valid)
{
    crossings c = {.width = width, .height = height};
    base_status status;
    ingest_mask made;
    size_t i;

    *valid = in_reach(points, numbers, width, height);
    if (!*valid)
        return BASE_OK;
    begin(&made, width, height);
    for (i = 0; i < numbers; i += 2) {
        size_t next = i + 2 < numbers ? i + 2 : 0;
        int64_t from[2] = {(int64_t)(FINE * points[i] + 0.5), (int64_t)(FINE * points[i + 1] + 0.5)};
        int64_t to[2] = {(int64_t)(FINE * points[next] + 0.5), (int64_t)(FINE * points[next + 1] + 0.5)};

        walk_edge(&c, from, to);
    }
    if (c.count)
        qsort(c.at, c.count, sizeof *c.at, by_position);
    status = c.no_memory ? no_memory("crossings", c.count) : runs_between(&c, &made);
    free(c.at);
    if (status == BASE_OK)
        *mask = made;
    else
        ingest_mask_clear(&made);
    return status;
}

/* ---- runs, boxes, unions ---- */

base_status ingest_mask_runs(const uint32_t *runs, size_t count, int32_t width, int32_t height,
                             ingest_mask *mask, bool *valid)
{
    uint64_t sum = 0, pixels = (uint64_t)width * (uint64_t)height;
    base_status status = BASE_OK;
    ingest_mask made;
    size_t i;

    for (i = 0; i < count && sum <= pixels; i++)
        sum += runs[i];
    *valid = sum == pixels;
    if (!*valid)
        return BASE_OK;
    begin(&made, width, height);
    for (i = 0; i < count && status == BASE_OK; i++)
        status = append(&made, i & 1, runs[i]);
    if (status == BASE_OK)
        *mask = made;
    else
        ingest_mask_clear(&made);
    return status;
}

/* Pixels [*from, *to) that a side of a box covers. */
static void box_pixels(double at, double length, int32_t limit, uint32_t *from, uint32_t *to)
{
    double low = floor(at + 0.5), high = floor(at + length + 0.5);

    low = fmin(fmax(low, 0.0), limit - 1.0);
    high = fmin(fmax(high, low + 1.0), (double)limit);
    *from = (uint32_t)low;
    *to = (uint32_t)high;
}

base_status ingest_mask_box(const double box[4], int32_t width, int32_t height, ingest_mask *mask)
{
    uint32_t left, right, top, bottom, x, tall = (uint32_t)height;
    base_status status;
    ingest_mask made;

    box_pixels(box[0], box[2], width, &left, &right);
    box_pixels(box[1], box[3], height, &top, &bottom);
    begin(&made, width, height);
    status = append(&made, false, left * tall);
    for (x = left; x < right && status == BASE_OK; x++) {
        status = append(&made, false, top);
        if (status == BASE_OK)
            status = append(&made, true, bottom - top);
        if (status == BASE_OK)
            status = append(&made, false, tall - bottom);
    }
    if (status == BASE_OK)
        status = append(&made, false, ((uint32_t)width - right) * tall);
    if (status == BASE_OK)
        *mask = made;
    else
        ingest_mask_clear(&made);
    return status;
}

base_status ingest_mask_union(const ingest_mask *a, const ingest_mask *b, ingest_mask *mask)
{
    size_t i = 0, j = 0;
    uint32_t left_a = a->count ? a->runs[0] : 0, left_b = b->count ? b->runs[0] : 0;
    base_status status = BASE_OK;
    ingest_mask made;

    begin(&made, a->width, a->height);
    while (i < a->count && j < b->count && status == BASE_OK) {
        uint32_t length = left_a < left_b ? left_a : left_b;

        status = append(&made, (i & 1) || (j & 1), length);
        left_a -= length;
        left_b -= length;
        if (left_a == 0 && ++i < a->count)
            left_a = a->runs[i];
        if (left_b == 0 && ++j < b->count)
            left_b = b->runs[j];
    }
    if (status == BASE_OK)
        *mask = made;
    else
        ingest_mask_clear(&made);
    return status;
}

uint64_t ingest_mask_area(const ingest_mask *mask)
{
    uint64_t area = 0;
    size_t i;

    for (i = 1; i < mask->count; i += 2)
        area += mask->runs[i];
    return area;
}

void ingest_mask_clear(ingest_mask *mask)
{
    if (!mask)
        return;
    free(mask->runs);
    memset(mask, 0, sizeof *mask);
}

/* ---- the mask of an annotation ---- */

/* Add one polygon to what there is so far. */
static base_status join_polygon(const double *points, size_t numbers, ingest_mask *mask, bool *valid)
{
    ingest_mask part, joined;
    base_status status = ingest_mask_polygon(points, numbers, mask->width, mask->height, &part, valid);

    if (status != BASE_OK || !*valid)
        return status;
    if (mask->count == 0) {
        *mask = part;
        return BASE_OK;
    }
    status = ingest_mask_union(mask, &part, &joined);
    ingest_mask_clear(&part);
    if (status != BASE_OK)
        return status;
    ingest_mask_clear(mask);
    *mask = joined;
    return BASE_OK;
}

static base_status join_polygons(const ingest_segmentation *segmentation, int32_t width, int32_t height,
                                 ingest_mask *mask, bool *valid)
{
    base_status status = BASE_OK;
    ingest_mask made;
    size_t part, from = 0;

    *valid = true;
    begin(&made, width, height);
    for (part = 0; part < segmentation->parts && status == BASE_OK && *valid; part++) {
        size_t numbers = segmentation->part_ends[part] - from;

        if (numbers >= 6)
            status = join_polygon(segmentation->points + from, numbers, &made, valid);
        from = segmentation->part_ends[part];
    }
    if (status == BASE_OK && *valid)
        *mask = made;
    else
        ingest_mask_clear(&made);
    return status;
}

base_status ingest_mask_make(const ingest_segmentation *segmentation, const double box[4], int32_t width,
                             int32_t height, ingest_mask *mask, ingest_mask_source *source, bool *valid)
{
    base_status status = BASE_OK;
    ingest_mask made;

    begin(&made, width, height);
    *valid = true;
    *source = INGEST_MASK_BOX;
    if (segmentation->kind == INGEST_SEGMENTATION_POLYGONS) {
        *source = INGEST_MASK_POLYGONS;
        status = join_polygons(segmentation, width, height, &made, valid);
    } else if (segmentation->kind == INGEST_SEGMENTATION_RUNS) {
        *source = INGEST_MASK_RUNS;
        *valid = segmentation->width == width && segmentation->height == height;
        if (*valid)
            status =
                ingest_mask_runs(segmentation->runs, segmentation->run_count, width, height, &made, valid);
    } else if (segmentation->kind == INGEST_SEGMENTATION_INVALID) {
        *valid = false;
    }
    if (status != BASE_OK || !*valid)
        return status;
    if (ingest_mask_area(&made) == 0) {
        ingest_mask_clear(&made);
        *source = INGEST_MASK_BOX;
        status = ingest_mask_box(box, width, height, &made);
    }
    if (status == BASE_OK)
        *mask = made;
    return status;
}
