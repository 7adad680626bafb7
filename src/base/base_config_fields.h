/** The table of configuration keys: name, type, default, range and meaning of every key of run.yaml.
 *
 * Private to base_config: the schema, the parser, the writer, the checks and the help text all walk it.
 */
#ifndef BASE_CONFIG_FIELDS_H
#define BASE_CONFIG_FIELDS_H

#include "base_config.h"
#include <cyaml/cyaml.h>
#include <stdbool.h>

#define BASE_CONFIG_FIELD_COUNT   59
#define BASE_CONFIG_SECTION_COUNT 9

typedef enum base_config_kind {
    BASE_CONFIG_TEXT,   /* char *, allocated */
    BASE_CONFIG_I32,    /* int32_t in [min, max] */
    BASE_CONFIG_I64,    /* int64_t in [min, max] */
    BASE_CONFIG_U64,    /* uint64_t, any value */
    BASE_CONFIG_REAL,   /* double between min and max */
    BASE_CONFIG_CHOICE, /* an enumeration, one of `choices` */
    BASE_CONFIG_FLAGS   /* uint32_t, bits of `choices` */
} base_config_kind;

typedef struct base_config_field {
    const char *section, *key;
    base_config_kind kind;
    size_t offset;        /* of the value within base_config */
    const char *standard; /* the default as YAML */
    double min, max;      /* numbers only; exact, since all bounds are below 2^53 */
    bool above, below;    /* min, max themselves are excluded */
    bool required;        /* text that must not be empty */
    const cyaml_strval_t *choices;
    uint32_t choice_count;
    const char *meaning;
} base_config_field;

/** All keys, grouped by section, in the order in which they are written. */
extern const base_config_field base_config_fields[BASE_CONFIG_FIELD_COUNT];

/** The field of that name, NULL if there is none. */
const base_config_field *base_config_field_find(const char *section, const char *key);

/** True if a section of that name exists. */
bool base_config_section_exists(const char *section);

/** The name in a choice list, NULL if the value is not in it. */
const char *base_config_choice_name(const base_config_field *field, int64_t value);

/** What a field allows, as text: "number, 0 < rate <= 10" or "one of tree, mpi". */
void base_config_field_range(const base_config_field *field, char *text, size_t size);

/** What was probably meant by an unknown name in a list of choices: "; did you mean margin?", or nothing. */
void base_config_choice_suggest(const base_config_field *field, const char *name, char *text, size_t size);

/** What was probably meant by an unknown key: "; did you mean train.rate?", or the list of what is allowed
 * there. section NULL: `key` stands at the top, where sections are. */
void base_config_field_suggest(const char *section, const char *key, char *text, size_t size);

#endif
