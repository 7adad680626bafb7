/** A mapping file: new names for categories, so that several annotation files speak of the same classes.
 *
 * One rule a line, `OLD -> NEW`; `OLD ->` leaves the category out. Spaces around names do not count; lines
 * that begin with # and empty lines are passed over.
 */
#ifndef INGEST_MAP_H
#define INGEST_MAP_H

#include "base_status.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct ingest_rule {
    char *from, *to; /* to: empty to leave the category out */
    size_t line;
    bool used;
} ingest_rule;

typedef struct ingest_map {
    ingest_rule *rules;
    size_t count;
} ingest_map;

/** Read a mapping file. Local. BASE_ERR_NOT_FOUND, BASE_ERR_IO, BASE_ERR_INPUT (a line without ->, a name
 * twice; named with file and line), BASE_ERR_MEMORY. */
base_status ingest_map_read(const char *path, ingest_map *map);

/** The new name of a category, its own if there is no rule, NULL if it is left out; marks the rule as used.
 * Local. */
const char *ingest_map_apply(ingest_map *map, const char *name);

/** BASE_ERR_INPUT for a rule that was never used: a name that no annotation file has. Local. */
base_status ingest_map_check_used(const char *path, const ingest_map *map);

/** NULL-safe. */
void ingest_map_clear(ingest_map *map);

#endif
