#include "ingest_classes.h"
#include "base_log.h"
#include <stdlib.h>
#include <string.h>

#define NAME_COMPARED 64 /* bytes of a name that a suggestion looks at */

/* 0: not of the form top:K. -1: K is wrong. */
static long top_of(const char *spec)
{
    char *end;
    long count;

    if (strncmp(spec, "top:", 4) != 0)
        return 0;
    count = strtol(spec + 4, &end, 10);
    return end == spec + 4 || *end || count < 1 ? -1 : count;
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

static base_status want_name(const ingest_coco *coco, const char *name, size_t size, uint8_t *wanted)
{
    size_t c, found = INGEST_NONE;

    if (size == 0) {
        base_log_error("--classes: an empty name");
        return BASE_ERR_USAGE;
    }
    for (c = 0; c < coco->category_count; c++) {
        if (strlen(category_name(coco, c)) != size || memcmp(category_name(coco, c), name, size) != 0)
            continue;
        if (found != INGEST_NONE) {
            base_log_error("--classes: categories %lld and %lld are both named \"%.*s\"",
                           (long long)coco->categories[found].id, (long long)coco->categories[c].id,
                           (int)size, name);
            return BASE_ERR_USAGE;
        }
        found = c;
    }
    if (found == INGEST_NONE)
        return unknown_name(coco, name, size);
    wanted[found] = 1;
    return BASE_OK;
}

base_status ingest_classes_wanted(const char *spec, const ingest_coco *coco, uint8_t *wanted)
{
    base_status status = BASE_OK;
    long top = top_of(spec);

    if (top < 0) {
        base_log_error("--classes %s: after \"top:\" comes a number of classes, 1 or more", spec);
        return BASE_ERR_USAGE;
    }
    memset(wanted, top > 0 || strcmp(spec, "all") == 0, coco->category_count);
    if (top > 0 || strcmp(spec, "all") == 0)
        return BASE_OK;
    for (;;) {
        size_t size = strcspn(spec, ",");

        status = want_name(coco, spec, size, wanted);
        if (status != BASE_OK || spec[size] == 0)
            return status;
        spec += size + 1;
    }
}

/* Keep the `top` categories with most usable annotations. */
static base_status choose_top(const ingest_coco *coco, const size_t *usable, size_t top, uint8_t *wanted)
{
    size_t c, chosen, best;

    memset(wanted, 0, coco->category_count);
    for (chosen = 0; chosen < top; chosen++) {
        best = INGEST_NONE;
        for (c = 0; c < coco->category_count; c++)
            if (!wanted[c] && usable[c] > 0 && (best == INGEST_NONE || usable[c] > usable[best]))
                best = c;
        if (best == INGEST_NONE) {
            base_log_error("--classes top:%zu: only %zu categories have usable annotations", top, chosen);
            return BASE_ERR_INPUT;
        }
        wanted[best] = 1;
    }
    return BASE_OK;
}

base_status ingest_classes_choose(const char *spec, const ingest_coco *coco, const size_t *usable,
                                  uint8_t *wanted)
{
    bool all = strcmp(spec, "all") == 0;
    long top = top_of(spec);
    size_t c, kept = 0;

    if (top > 0)
        return choose_top(coco, usable, (size_t)top, wanted);
    for (c = 0; c < coco->category_count; c++) {
        if (wanted[c] && !usable[c] && !all) {
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
