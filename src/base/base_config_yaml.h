/** YAML text into raw values, one a key of the configuration, with errors that name line and key.
 *
 * Private to base_config. libcyaml does the work by a schema made from base_config_fields; libyaml, its
 * parser, is asked for lines and columns, which libcyaml does not give for syntax errors and unknown keys.
 */
#ifndef BASE_CONFIG_YAML_H
#define BASE_CONFIG_YAML_H

#include "base_config_fields.h"

/** Where a configuration comes from. */
typedef struct base_config_source {
    const char *name; /* file, or "--set key=value" */
    const char *text;
    size_t size;
    bool override; /* from --set: one line of our own making, so positions are not shown */
} base_config_source;

/** What the text gives: NULL where it leaves a key out, uint32_t * for BASE_CONFIG_FLAGS, else char *. */
typedef struct base_config_raw {
    void *value[BASE_CONFIG_FIELD_COUNT];
} base_config_raw;

/** Parse. *raw is NULL for an empty document; free with base_config_raw_free().
 * Local. BASE_ERR_USAGE, BASE_ERR_MEMORY; logged here. */
base_status base_config_raw_load(const base_config_source *source, base_config_raw **raw);

/** NULL-safe. */
void base_config_raw_free(base_config_raw *raw);

/** Log "name:line:column: message" for the key's occurrence (0 = first, 1 = second). key NULL: the section's.
 */
void base_config_complain(const base_config_source *source, const char *section, const char *key,
                          int occurrence, const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
