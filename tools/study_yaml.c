#include "study_yaml.h"
#include "base_file.h"
#include "base_log.h"
#include "base_nearest.h"
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_BYTES 1024

static base_status complain(const char *path, yaml_mark_t mark, const char *format, va_list arguments)
{
    char message[MESSAGE_BYTES], *c;

    vsnprintf(message, sizeof message, format, arguments);
    for (c = message; *c; c++)
        if (iscntrl((unsigned char)*c)) /* what was quoted from the text must not steer a terminal */
            *c = '?';
    base_log_error("%s:%zu:%zu: %s", path, mark.line + 1, mark.column + 1, message);
    return BASE_ERR_USAGE;
}

__attribute__((format(printf, 3, 4))) static base_status refuse_at(const char *path, yaml_mark_t mark,
                                                                   const char *format, ...)
{
    va_list arguments;
    base_status status;

    va_start(arguments, format);
    status = complain(path, mark, format, arguments);
    va_end(arguments);
    return status;
}

base_status study_yaml_refuse(const study_yaml *yaml, const yaml_node_t *node, const char *format, ...)
{
    va_list arguments;
    base_status status;

    va_start(arguments, format);
    status = complain(yaml->path, node->start_mark, format, arguments);
    va_end(arguments);
    return status;
}

/* One document and no more. */
static base_status load(yaml_parser_t *parser, study_yaml *yaml)
{
    yaml_document_t second;
    bool more;

    if (!yaml_parser_load(parser, &yaml->document))
        return refuse_at(yaml->path, parser->problem_mark, "not YAML: %s",
                         parser->problem ? parser->problem : "out of memory");
    if (!yaml_document_get_root_node(&yaml->document)) {
        base_log_error("%s: empty; a study is wanted", yaml->path);
        yaml_document_delete(&yaml->document);
        return BASE_ERR_USAGE;
    }
    if (!yaml_parser_load(parser, &second)) {
        yaml_document_delete(&yaml->document);
        return refuse_at(yaml->path, parser->problem_mark, "not YAML: %s",
                         parser->problem ? parser->problem : "out of memory");
    }
    more = yaml_document_get_root_node(&second) != NULL;
    yaml_document_delete(&second);
    if (!more)
        return BASE_OK;
    yaml_document_delete(&yaml->document);
    return refuse_at(yaml->path, parser->mark, "a second document; one is allowed");
}

base_status study_yaml_open(const char *path, study_yaml *yaml)
{
    yaml_parser_t parser;
    base_status status;
    char *text;
    size_t size;

    if (!base_file_exists(path)) {
        base_log_error("%s: no such file; a study is wanted", path);
        return BASE_ERR_NOT_FOUND;
    }
    status = base_file_read_text(path, &text, &size);
    if (status != BASE_OK)
        return status;
    if (!yaml_parser_initialize(&parser)) {
        base_log_error("%s: out of memory to parse it", path);
        free(text);
        return BASE_ERR_MEMORY;
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
    yaml->path = path;
    status = load(&parser, yaml);
    yaml_parser_delete(&parser);
    free(text);
    return status;
}

void study_yaml_close(study_yaml *yaml)
{
    yaml_document_delete(&yaml->document);
}

yaml_node_t *study_yaml_node(study_yaml *yaml, int index)
{
    return yaml_document_get_node(&yaml->document, index);
}

base_status study_yaml_text(const study_yaml *yaml, const yaml_node_t *node, const char *what,
                            const char **text)
{
    const char *value = (const char *)node->data.scalar.value;

    if (node->type != YAML_SCALAR_NODE)
        return study_yaml_refuse(yaml, node, "%s: a word or text must stand here", what);
    if (!*value || strlen(value) != node->data.scalar.length)
        return study_yaml_refuse(yaml, node, "%s: is empty, or has a NUL character", what);
    *text = value;
    return BASE_OK;
}

base_status study_yaml_whole(const study_yaml *yaml, const yaml_node_t *node, const char *what,
                             uint64_t *value)
{
    const char *text = "";
    base_status status = study_yaml_text(yaml, node, what, &text);

    if (status != BASE_OK)
        return status;
    errno = 0;
    *value = strtoull(text, NULL, 10);
    if (text[strspn(text, "0123456789")] || errno)
        return study_yaml_refuse(yaml, node, "%s: '%.60s' is no whole number, 0 to 2^64 - 1", what, text);
    return BASE_OK;
}

base_status study_yaml_sequence(const study_yaml *yaml, const yaml_node_t *node, const char *what,
                                size_t *count)
{
    if (node->type != YAML_SEQUENCE_NODE || node->data.sequence.items.top == node->data.sequence.items.start)
        return study_yaml_refuse(yaml, node, "%s: a list must stand here, with one entry at least", what);
    *count = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    return BASE_OK;
}

yaml_node_t *study_yaml_item(study_yaml *yaml, const yaml_node_t *node, size_t index)
{
    return study_yaml_node(yaml, node->data.sequence.items.start[index]);
}

/* The number of a mapping's key, or a complaint. */
static base_status find_key(const study_yaml *yaml, const yaml_node_t *node, const char *what,
                            const char *const *key, size_t count, size_t *found)
{
    char allowed[MESSAGE_BYTES] = "; allowed: ", hint[128];
    const char *text = "", *nearest;
    base_status status = study_yaml_text(yaml, node, what, &text);
    size_t i;

    if (status != BASE_OK)
        return status;
    for (i = 0; i < count; i++) {
        if (strcmp(text, key[i]) == 0) {
            *found = i;
            return BASE_OK;
        }
        snprintf(allowed + strlen(allowed), sizeof allowed - strlen(allowed), "%s%s", i ? ", " : "", key[i]);
    }
    nearest = base_nearest(text, key, count);
    snprintf(hint, sizeof hint, "; did you mean %s?", nearest ? nearest : "");
    return study_yaml_refuse(yaml, node, "%s: unknown key %.60s%s", what, text, nearest ? hint : allowed);
}

base_status study_yaml_mapping(study_yaml *yaml, yaml_node_t *node, const char *what, const char *const *key,
                               size_t count, size_t required, yaml_node_t **value)
{
    yaml_node_pair_t *pair;
    base_status status;
    size_t which;

    for (which = 0; which < count; which++)
        value[which] = NULL;
    if (node->type != YAML_MAPPING_NODE)
        return study_yaml_refuse(yaml, node, "%s: keys and values must stand here", what);
    for (pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *name = study_yaml_node(yaml, pair->key);

        status = find_key(yaml, name, what, key, count, &which);
        if (status != BASE_OK)
            return status;
        if (value[which])
            return study_yaml_refuse(yaml, name, "%s: %s is given twice", what, key[which]);
        value[which] = study_yaml_node(yaml, pair->value);
    }
    for (which = 0; which < required; which++)
        if (!value[which])
            return study_yaml_refuse(yaml, node, "%s: %s is missing", what, key[which]);
    return BASE_OK;
}
