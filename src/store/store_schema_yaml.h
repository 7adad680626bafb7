/** A schema file as data, internal to store. Local. */
#ifndef STORE_SCHEMA_YAML_H
#define STORE_SCHEMA_YAML_H

#include "base_status.h"
#include "store_h5.h"
#include <stdbool.h>
#include <stdint.h>

typedef enum store_schema_kind {
    STORE_SCHEMA_GROUP,
    STORE_SCHEMA_DATASET,
    STORE_SCHEMA_ATTRIBUTE
} store_schema_kind;

/** One object. An attribute's path is that of its object, '@' and its name; '*' as the last part of a path
 * stands for any name, and then dims may be left out for any shape. */
typedef struct store_schema_object {
    char *path;
    store_schema_kind kind;
    store_h5_kind type; /* NONE for groups */
    char **dims;        /* [rank] numbers, or letters that mean the same size everywhere; none for a scalar */
    uint32_t rank;
    bool required, deflate;
    char *unit, *meaning; /* for people */
} store_schema_object;

typedef struct store_schema_letter {
    char *letter, *meaning;
} store_schema_letter;

typedef struct store_schema {
    char *schema; /* value of the attribute `schema` of its files */
    int32_t version;
    char *about;
    store_schema_letter *letters;
    uint32_t letter_count;
    store_schema_object *objects;
    uint32_t object_count;
} store_schema;

/** Read a schema file. BASE_ERR_IO if it cannot be read or is not of the form above (logged with libcyaml's
 * text), or if a dimension is neither a number nor one of its letters. */
base_status store_schema_load(const char *path, store_schema **schema);

/** NULL-safe; nulls the pointer. */
void store_schema_free(store_schema **schema);

#endif
