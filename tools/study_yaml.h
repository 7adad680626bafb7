/** A YAML document by its nodes, with complaints that name the line. libyaml's document interface: libcyaml
 * has no mappings of free keys, such as the settings of an arm. Local. */
#ifndef STUDY_YAML_H
#define STUDY_YAML_H

#include "base_status.h"
#include <stddef.h>
#include <stdint.h>
#include <yaml.h>

typedef struct study_yaml {
    const char *path;
    yaml_document_t document;
} study_yaml;

/** Read the one document of a file. BASE_ERR_NOT_FOUND, BASE_ERR_IO, BASE_ERR_USAGE (not YAML, no document or
 * several, NUL characters). On success study_yaml_close() frees it; `path` must outlive it. */
base_status study_yaml_open(const char *path, study_yaml *yaml);
void study_yaml_close(study_yaml *yaml);

/** Log "path:line:column: ..." of a node. BASE_ERR_USAGE. */
base_status study_yaml_refuse(const study_yaml *yaml, const yaml_node_t *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** The node of that number, as pairs and items have it. */
yaml_node_t *study_yaml_node(study_yaml *yaml, int index);

/** The values of a mapping by key: value[i] is that of key[i], or NULL; where the first `required` keys must
 * be there. Unknown keys are refused with the nearest. BASE_ERR_USAGE. `what` names the mapping in messages.
 */
base_status study_yaml_mapping(study_yaml *yaml, yaml_node_t *node, const char *what, const char *const *key,
                               size_t count, size_t required, yaml_node_t **value);

/** The text of a scalar that is not empty; it belongs to the document. BASE_ERR_USAGE. */
base_status study_yaml_text(const study_yaml *yaml, const yaml_node_t *node, const char *what,
                            const char **text);

/** A whole number of decimal digits. BASE_ERR_USAGE. */
base_status study_yaml_whole(const study_yaml *yaml, const yaml_node_t *node, const char *what,
                             uint64_t *value);

/** A sequence's items, at least one. BASE_ERR_USAGE. */
base_status study_yaml_sequence(const study_yaml *yaml, const yaml_node_t *node, const char *what,
                                size_t *count);
yaml_node_t *study_yaml_item(study_yaml *yaml, const yaml_node_t *node, size_t index);

#endif
