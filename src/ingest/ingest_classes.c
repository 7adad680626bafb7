#include "ingest_classes.h"
#include "base_log.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define NAME_COMPARED 64 /* bytes of a name that a suggestion looks at */

enum { LEFT_OUT, WANTED, NAMED }; /* NAMED: by itself, so that it must not be empty */

/* The K of top:K in a list; 0: there is none, -1: it is wrong or there are two. */
static long top_of(const char *spec)
{
    long top = 0;

    for (;;) {
        size_t size = strcspn(spec, ",");

        if (strncmp(spec, "top:", 4) == 0) {
            char *end;
            long count = strtol(spec + 4, &end, 10);

            if (top || end == spec + 4 || end != spec + size || count < 1)
                return -1;
            top = count;
        }
        if (spec[size] == 0)
            return top;
        spec += size + 1;
    }
}

static const char *category_name(const ingest_coco *coco, size_t category)
{
    return coco->text + coco->categories[category].name;
}

/* Edits from one name to the other (Levenshtein). */
static size_t distance(const char *a, size_t a_size, const char *b)
{
    size_t row[NAME_COMPARED + 1], b_size = strnlen(b, NAME_COMPARED), i, j;

    for (j = 0; j <= b_size; j++)
        row[j] = j;
    for (i = 1; i <= a_size && i <= NAME_COMPARED; i++) {
        size_t corner = row[0];

        row[0] = i;
        for (j = 1; j <= b_size; j++) {
            size_t edit = corner + (a[i - 1] != b[j - 1]);

            corner = row[j];
            if (row[j] + 1 < edit)
                edit = row[j] + 1;
            if (row[j - 1] + 1 < edit)
                edit = row[j - 1] + 1;
            row[j] = edit;
        }
    }
    return row[b_size];
}

static base_status unknown_name(const ingest_coco *coco, const char *name, size_t size)
{
    size_t c, best = 0;

    for (c = 1; c < coco->category_count; c++)
        if (distance(name, size, category_name(coco, c)) < distance(name, size, category_name(coco, best)))
            best = c;
    if (coco->category_count)
        base_log_error("--classes: no category is named \"%.*s\"; the nearest is \"%s\"", (int)size, name,
                       category_name(coco, best));
    else
        base_log_error("--classes: no category is named \"%.*s\": the annotation file has none", (int)size,
                       name);
    return BASE_ERR_USAGE;
}

static bool same(const char *text, const char *item, size_t size)
{
    return strlen(text) == size && memcmp(text, item, size) == 0;
}

static base_status want_name(const ingest_coco *coco, const char *name, size_t size, uint8_t *wanted)
{
    size_t c, found = INGEST_NONE;

    for (c = 0; c < coco->category_count; c++) {
        if (coco->categories[c].dropped || !same(category_name(coco, c), name, size))
            continue;
        if (found != INGEST_NONE) {
            base_log_error("--classes: categories %lld and %lld are both named \"%.*s\": use id:%lld",
                           (long long)coco->categories[found].id, (long long)coco->categories[c].id,
                           (int)size, name, (long long)coco->categories[found].id);
            return BASE_ERR_USAGE;
        }
        found = c;
    }
    if (found == INGEST_NONE)
        return unknown_name(coco, name, size);
    wanted[found] = NAMED;
    return BASE_OK;
}

static base_status want_id(const ingest_coco *coco, const char *text, size_t size, uint8_t *wanted)
{
    char *end;
    long long id = strtoll(text, &end, 10);
    size_t c;

    for (c = 0; c < coco->category_count && size > 0 && end == text + size; c++)
        if (!coco->categories[c].dropped && coco->categories[c].id == id) {
            wanted[c] = NAMED;
            return BASE_OK;
        }
    base_log_error("--classes: no category has the id \"%.*s\"", (int)size, text);
    return BASE_ERR_USAGE;
}

static base_status want_above(const ingest_coco *coco, const char *name, size_t size, uint8_t *wanted)
{
    bool found = false;
    size_t c;

    for (c = 0; c < coco->category_count; c++) {
        size_t above = coco->categories[c].supercategory;

        if (above == INGEST_NONE || !same(coco->text + above, name, size))
            continue;
        found = true;
        if (wanted[c] == LEFT_OUT && !coco->categories[c].dropped)
            wanted[c] = WANTED;
    }
    if (found)
        return BASE_OK;
    base_log_error("--classes: no category has the supercategory \"%.*s\"", (int)size, name);
    return BASE_ERR_USAGE;
}

static void want_all(const ingest_coco *coco, uint8_t *wanted)
{
    size_t c;

    for (c = 0; c < coco->category_count; c++)
        wanted[c] = coco->categories[c].dropped ? LEFT_OUT : WANTED;
}

static base_status want_item(const ingest_coco *coco, const char *item, size_t size, uint8_t *wanted)
{
    if (size == 0) {
        base_log_error("--classes: an empty name");
        return BASE_ERR_USAGE;
    }
    if (size == 3 && memcmp(item, "all", 3) == 0) {
        want_all(coco, wanted);
        return BASE_OK;
    }
    if (size > 3 && memcmp(item, "id:", 3) == 0)
        return want_id(coco, item + 3, size - 3, wanted);
    if (size > 6 && memcmp(item, "super:", 6) == 0)
        return want_above(coco, item + 6, size - 6, wanted);
    return want_name(coco, item, size, wanted);
}

base_status ingest_classes_wanted(const char *spec, const ingest_coco *coco, uint8_t *wanted)
{
    base_status status = BASE_OK;
    bool selected = false;

    if (top_of(spec) < 0) {
        base_log_error("--classes %s: top: comes once, and after it a number of classes, 1 or more", spec);
        return BASE_ERR_USAGE;
    }
    memset(wanted, LEFT_OUT, coco->category_count);
    while (status == BASE_OK) {
        size_t size = strcspn(spec, ",");

        if (strncmp(spec, "top:", 4) != 0) {
            status = want_item(coco, spec, size, wanted);
            selected = true;
        }
        if (spec[size] == 0)
            break;
        spec += size + 1;
    }
    if (status == BASE_OK && !selected) /* top:K alone: of all */
        want_all(coco, wanted);
    return status;
}

/* Keep the `top` categories with most usable annotations. */
static base_status choose_top(const ingest_coco *coco, const size_t *usable, size_t top, uint8_t *wanted)
{
    size_t c, chosen, best;
    bool *taken = calloc(coco->category_count + 1, sizeof *taken);

    if (!taken) {
        base_log_error("no memory for %zu categories", coco->category_count);
        return BASE_ERR_MEMORY;
    }
    for (chosen = 0; chosen < top; chosen++) {
        best = INGEST_NONE;
        for (c = 0; c < coco->category_count; c++)
            if (wanted[c] && !taken[c] && usable[c] > 0 && (best == INGEST_NONE || usable[c] > usable[best]))
                best = c;
        if (best == INGEST_NONE) {
            base_log_error("--classes top:%zu: only %zu categories have usable annotations", top, chosen);
            free(taken);
            return BASE_ERR_INPUT;
        }
        taken[best] = true;
    }
    for (c = 0; c < coco->category_count; c++)
        wanted[c] = taken[c];
    free(taken);
    return BASE_OK;
}

base_status ingest_classes_choose(const char *spec, const ingest_coco *coco, const size_t *usable,
                                  uint8_t *wanted)
{
    long top = top_of(spec);
    size_t c, kept = 0;

    if (top > 0)
        return choose_top(coco, usable, (size_t)top, wanted);
    for (c = 0; c < coco->category_count; c++) {
        if (wanted[c] == NAMED && !usable[c]) {
            base_log_error("--classes: class \"%s\" has no usable annotation", category_name(coco, c));
            return BASE_ERR_INPUT;
        }
        wanted[c] = wanted[c] && usable[c];
        kept += wanted[c];
    }
    if (kept == 0) {
        base_log_error("none of %zu annotations can be used: there would be no sample",
                       coco->annotation_count);
        return BASE_ERR_INPUT;
    }
    return BASE_OK;
}
