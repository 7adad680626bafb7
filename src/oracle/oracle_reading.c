#include "oracle_reading.h"
#include "base_log.h"
#include "base_nearest.h"
#include "oracle_picture.h"
#include "oracle_time.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Problems named one by one; the rest is counted. */
#define NAMED_PROBLEMS 10

void oracle_reading_refuse(oracle_reading *r, const char *place, const char *format, ...)
{
    char text[1024];
    va_list arguments;

    if (r->problems++ >= NAMED_PROBLEMS)
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    base_log_error("%s: %s %s", r->path, place, text);
}

void oracle_reading_add(oracle_reading *r, const oracle_mark *mark)
{
    size_t room = 2 * r->room + 64;
    oracle_mark *grown;

    if (r->count == r->room) {
        grown = realloc(r->mark, room * sizeof *grown);
        if (!grown) {
            if (!r->out_of_memory)
                base_log_error("%s: out of memory for %zu annotations", r->path, room);
            r->out_of_memory = true;
            free(mark->outline);
            return;
        }
        r->mark = grown;
        r->room = room;
    }
    r->mark[r->count++] = *mark;
}

bool oracle_reading_find(oracle_reading *r, const char *name, oracle_mark *mark)
{
    size_t index = 0;

    switch (oracle_picture_find(r->queries, name, &index)) {
    case ORACLE_PICTURE_ONE:
        mark->picture = index;
        return true;
    case ORACLE_PICTURE_CROP:
        mark->query = index;
        mark->picture = r->queries->query[index].picture;
        mark->whole = true;
        return true;
    case ORACLE_PICTURE_SEVERAL:
        oracle_reading_refuse(r, mark->place,
                              "is of the picture \"%s\", a name that fits several of the %zu pictures "
                              "asked for",
                              name, r->queries->pictures);
        return false;
    default:
        if (r->options->ignore_others)
            r->counts.others++;
        else
            oracle_reading_refuse(r, mark->place,
                                  "is of the picture \"%s\", which is not among the %zu asked for "
                                  "in round %d (--ignore-others leaves out such annotations)",
                                  name, r->queries->pictures, (int)r->queries->round);
        return false;
    }
}

/* The names allowed, as many as fit. */
static void list_names(const oracle_queries *queries, const char *cant_tell, char *text, size_t size)
{
    size_t used = 0, c;

    text[0] = 0;
    for (c = 0; c < queries->categories && used + STORE_CLASS_NAME_MAX < size; c++)
        used += (size_t)snprintf(text + used, size - used, "%s, ", queries->category[c].name);
    if (used < size)
        snprintf(text + used, size - used, "%s%s", c < queries->categories ? "..., " : "", cant_tell);
}

bool oracle_reading_name(oracle_reading *r, const char *name, oracle_mark *mark)
{
    char allowed[512], hint[128] = "";
    const char **names, *nearest = NULL;
    size_t c;

    if (strcmp(name, r->options->cant_tell) == 0) {
        mark->answer = STORE_LABEL_CANT_TELL;
        return true;
    }
    mark->answer = oracle_queries_class(r->queries, name);
    if (mark->answer >= 0)
        return true;
    names = calloc(r->queries->categories + 1, sizeof *names);
    for (c = 0; names && c < r->queries->categories; c++)
        names[c] = r->queries->category[c].name;
    if (names)
        nearest = base_nearest(name, names, r->queries->categories);
    if (nearest)
        snprintf(hint, sizeof hint, "; did you mean %s?", nearest);
    free(names);
    list_names(r->queries, r->options->cant_tell, allowed, sizeof allowed);
    oracle_reading_refuse(r, mark->place, "has the category \"%s\", allowed are %s%s", name, allowed, hint);
    return false;
}

bool oracle_reading_by(oracle_reading *r, const char *said, oracle_mark *mark)
{
    const char *by = r->options->by ? r->options->by : said;

    if (!by) {
        oracle_reading_refuse(r, mark->place, "does not say who answered: give --by NAME");
        return false;
    }
    if (!oracle_labels_is_name(by)) {
        oracle_reading_refuse(r, mark->place,
                              "is by \"%.80s\", allowed are 1 to %d bytes without control characters", by,
                              STORE_ANNOTATOR_MAX - 1);
        return false;
    }
    memset(mark->by, 0, sizeof mark->by);
    memcpy(mark->by, by, strlen(by));
    return true;
}

bool oracle_reading_at(oracle_reading *r, const char *said, int64_t otherwise, oracle_mark *mark)
{
    mark->at = otherwise;
    if (!said || oracle_time_read(said, &mark->at))
        return true;
    oracle_reading_refuse(r, mark->place, "is of the time \"%.40s\", expected one like 2026-11-25T09:30:00Z",
                          said);
    return false;
}
