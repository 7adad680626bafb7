/** One value of the configuration: from text into the struct, back into text, and its range.
 *
 * Private to base_config.
 */
#ifndef BASE_CONFIG_VALUES_H
#define BASE_CONFIG_VALUES_H

#include "base_config_fields.h"
#include <stdio.h>

/** The member of a BASE_CONFIG_TEXT field. */
char **base_config_value_text(const base_config *config, const base_config_field *field);

/** Put a raw value (base_config_yaml.h) into its member.
 * BASE_ERR_USAGE if it is not allowed there, BASE_ERR_MEMORY; not logged, the caller knows the line. */
base_status base_config_value_store(base_config *config, const base_config_field *field, const void *raw);

/** Is the member's value within what the table allows? For structs that were filled by code. */
bool base_config_value_allowed(const base_config *config, const base_config_field *field);

/** Write the member's value as YAML that reads back as the same value. */
void base_config_value_print(FILE *out, const base_config *config, const base_config_field *field);

#endif
