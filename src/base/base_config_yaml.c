#include "base_config_yaml.h"
#include "base_log.h"
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define TEXT_MAX_BYTES    ((size_t)1 << 20)
#define VALUE_MAX_BYTES   4095
#define MESSAGE_MAX_BYTES 512
#define DEPTH_MAX         2 /* the top mapping and a section; a list in it is one deeper */

typedef struct position {
    size_t line, column; /* from 1; 0 = unknown */
} position;

/* A key to look for while walking through a document. */
typedef struct target {
    const char *section, *key;
    int occurrence;
    position found;
} target;

/* State of a walk through the events of a document. */
typedef struct walk {
    int depth;                    /* collections that are open */
    bool mapping[DEPTH_MAX + 1];  /* the open collection of depth d is a mapping */
    bool key_next[DEPTH_MAX + 1]; /* and its next node is a key */
    bool in_section;              /* within the section that is looked for */
    int documents;
    target *wanted; /* may be NULL */
} walk;

static position position_of(yaml_mark_t mark)
{
    position at = {mark.line + 1, mark.column + 1};

    return at;
}

/* libyaml gives the place of a bad byte as an offset, not as a mark. */
static position position_of_byte(const base_config_source *source, size_t offset)
{
    position at = {1, 1};
    size_t i;

    for (i = 0; i < offset && i < source->size; i++) {
        at.column = source->text[i] == '\n' ? 1 : at.column + 1;
        at.line += source->text[i] == '\n';
    }
    return at;
}

static void complain_at(const base_config_source *source, position at, const char *format, va_list arguments)
{
    char message[4 * MESSAGE_MAX_BYTES], *c;

    vsnprintf(message, sizeof message, format, arguments);
    for (c = message; *c; c++)
        if (iscntrl((unsigned char)*c)) /* what was quoted from the text must not steer a terminal */
            *c = '?';
    if (source->override || at.line == 0)
        base_log_error("%s: %s", source->name, message);
    else
        base_log_error("%s:%zu:%zu: %s", source->name, at.line, at.column, message);
}

__attribute__((format(printf, 3, 4))) static base_status refuse(const base_config_source *source, position at,
                                                                const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    complain_at(source, at, format, arguments);
    va_end(arguments);
    return BASE_ERR_USAGE;
}

static base_status refuse_syntax(const base_config_source *source, const yaml_parser_t *parser)
{
    position at = parser->error == YAML_READER_ERROR ? position_of_byte(source, parser->problem_offset)
                                                     : position_of(parser->problem_mark);

    return refuse(source, at, "not YAML: %s", parser->problem ? parser->problem : "out of memory");
}

/* A key or value of the first two levels; sections and keys are compared with what is looked for. */
static void walk_scalar(walk *state, const yaml_event_t *event)
{
    const char *name = (const char *)event->data.scalar.value;
    target *wanted = state->wanted;
    bool match;

    if (!wanted || state->depth > DEPTH_MAX || !state->key_next[state->depth])
        return;
    if (state->depth == 1) {
        state->in_section = strcmp(name, wanted->section) == 0;
        match = state->in_section && !wanted->key;
    } else {
        match = state->in_section && wanted->key && strcmp(name, wanted->key) == 0;
    }
    if (match && wanted->occurrence-- == 0)
        wanted->found = position_of(event->start_mark);
}

/* What is refused whatever the schema says; NULL if nothing. */
static const char *event_problem(walk *state, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        return state->documents++ ? "a second document; one is allowed" : NULL;
    case YAML_ALIAS_EVENT:
        return "aliases (*name) are not allowed";
    case YAML_SCALAR_EVENT:
        return strlen((const char *)event->data.scalar.value) != event->data.scalar.length
                   ? "a NUL character is not allowed"
                   : NULL;
    case YAML_MAPPING_START_EVENT:
    case YAML_SEQUENCE_START_EVENT:
        if (state->depth > DEPTH_MAX)
            return "nested too deep; there are sections, keys and lists";
        return state->key_next[state->depth] ? "a key must be a word" : NULL;
    default:
        return NULL;
    }
}

static void walk_event(walk *state, const yaml_event_t *event)
{
    int depth = state->depth;
    bool node = event->type == YAML_SCALAR_EVENT || event->type == YAML_MAPPING_START_EVENT ||
                event->type == YAML_SEQUENCE_START_EVENT;

    if (event->type == YAML_SCALAR_EVENT)
        walk_scalar(state, event);
    if (node && depth <= DEPTH_MAX && state->mapping[depth])
        state->key_next[depth] = !state->key_next[depth];
    if (node && event->type != YAML_SCALAR_EVENT) {
        depth = ++state->depth;
        if (depth <= DEPTH_MAX)
            state->mapping[depth] = state->key_next[depth] = event->type == YAML_MAPPING_START_EVENT;
    } else if (event->type == YAML_MAPPING_END_EVENT || event->type == YAML_SEQUENCE_END_EVENT) {
        state->depth--;
    }
}

/* Walk through all events. Without a target, what is wrong with any YAML of ours is logged; with one, its
 * position is found and nothing is logged. */
static base_status walk_text(const base_config_source *source, target *wanted)
{
    walk state = {.wanted = wanted};
    yaml_parser_t parser;
    yaml_event_t event;
    base_status status = BASE_OK;
    bool end = false;

    if (!yaml_parser_initialize(&parser)) {
        base_log_error("%s: out of memory to parse it", source->name);
        return BASE_ERR_MEMORY;
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)source->text, source->size);
    while (!end && status == BASE_OK) {
        const char *problem;

        if (!yaml_parser_parse(&parser, &event)) {
            status = wanted ? BASE_ERR_USAGE : refuse_syntax(source, &parser);
            break;
        }
        problem = event_problem(&state, &event);
        if (problem)
            status = wanted ? BASE_ERR_USAGE : refuse(source, position_of(event.start_mark), "%s", problem);
        else
            walk_event(&state, &event);
        end = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return status;
}

void base_config_complain(const base_config_source *source, const char *section, const char *key,
                          int occurrence, const char *format, ...)
{
    target wanted = {section, key, occurrence, {0, 0}};
    va_list arguments;

    (void)walk_text(source, &wanted); /* if it fails the position stays unknown, and is left out */
    va_start(arguments, format);
    complain_at(source, wanted.found, format, arguments);
    va_end(arguments);
}

/* The schema of base_config_fields in libcyaml's form. Every value is optional and kept as text (lists of
 * names as bits): libcyaml would take "12abc" for 12, so numbers are parsed by base_config.c. */
typedef struct schema {
    cyaml_schema_value_t top;
    cyaml_schema_field_t sections[BASE_CONFIG_SECTION_COUNT + 1];
    cyaml_schema_field_t keys[BASE_CONFIG_FIELD_COUNT + BASE_CONFIG_SECTION_COUNT];
} schema;

static cyaml_schema_field_t schema_key(const base_config_field *field)
{
    cyaml_schema_field_t key = {.key = field->key};

    key.data_offset = (uint32_t)((size_t)(field - base_config_fields) * sizeof(void *));
    key.value.flags = CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER | CYAML_FLAG_STRICT;
    if (field->kind == BASE_CONFIG_FLAGS) {
        key.value.type = CYAML_FLAGS;
        key.value.data_size = sizeof(uint32_t);
        key.value.enumeration.strings = field->choices;
        key.value.enumeration.count = field->choice_count;
    } else {
        key.value.type = CYAML_STRING;
        key.value.data_size = sizeof(char);
        key.value.string.max = VALUE_MAX_BYTES;
    }
    return key;
}

static void schema_make(schema *made)
{
    const cyaml_schema_field_t end = {.key = NULL};
    size_t sections = 0, keys = 0, i;

    for (i = 0; i < BASE_CONFIG_FIELD_COUNT; i++) {
        const base_config_field *field = &base_config_fields[i];

        if (i == 0 || strcmp(field->section, field[-1].section) != 0) {
            cyaml_schema_field_t *section = &made->sections[sections++];

            if (i > 0)
                made->keys[keys++] = end;
            *section = end;
            section->key = field->section;
            section->value.type = CYAML_MAPPING;
            section->value.flags = CYAML_FLAG_OPTIONAL;
            section->value.data_size = sizeof(base_config_raw);
            section->value.mapping.fields = &made->keys[keys];
        }
        made->keys[keys++] = schema_key(field);
    }
    made->keys[keys] = end;
    made->sections[sections] = end;
    memset(&made->top, 0, sizeof made->top);
    made->top.type = CYAML_MAPPING;
    made->top.flags = CYAML_FLAG_POINTER;
    made->top.data_size = sizeof(base_config_raw);
    made->top.mapping.fields = made->sections;
}

/* What libcyaml logs about an error: a message, then the path from the innermost key outwards. */
typedef struct report {
    char message[MESSAGE_MAX_BYTES];
    char field[2][MESSAGE_MAX_BYTES];
    int fields;
} report;

static void report_line(cyaml_log_t level, void *context, const char *format, va_list arguments)
{
    static const char in_field[] = "  in mapping field '";
    report *seen = context;
    char line[MESSAGE_MAX_BYTES];
    char *end;

    (void)level;
    vsnprintf(line, sizeof line, format, arguments);
    line[strcspn(line, "\n")] = 0;
    if (strncmp(line, in_field, sizeof in_field - 1) == 0) {
        end = strchr(line + sizeof in_field - 1, '\'');
        if (end && seen->fields < 2) {
            *end = 0;
            strcpy(seen->field[seen->fields++], line + sizeof in_field - 1);
        }
    } else if (strncmp(line, "Load: ", 6) == 0 && !seen->message[0] &&
               strcmp(line, "Load: Backtrace:") != 0) {
        strcpy(seen->message, line + 6);
    }
}

/* The text behind "prefix: " in libcyaml's message, NULL if it is another message. */
static const char *message_tail(const report *seen, const char *prefix)
{
    size_t length = strlen(prefix);

    return strncmp(seen->message, prefix, length) == 0 ? seen->message + length : NULL;
}

/* Turn libcyaml's verdict into one message of ours. */
static base_status explain(const base_config_source *source, cyaml_err_t error, const report *seen)
{
    const char *section = seen->fields ? seen->field[seen->fields - 1] : NULL;
    const char *key = seen->fields == 2 ? seen->field[0] : NULL, *name;
    const base_config_field *field = key ? base_config_field_find(section, key) : NULL;
    const position nowhere = {0, 0}, start = {1, 1};
    char text[MESSAGE_MAX_BYTES], hint[MESSAGE_MAX_BYTES];

    if (error == CYAML_ERR_OOM) {
        base_log_error("%s: out of memory to read it", source->name);
        return BASE_ERR_MEMORY;
    }
    if ((name = message_tail(seen, "Unexpected key: "))) {
        base_config_field_suggest(section, name, text, sizeof text);
        base_config_complain(source, section ? section : name, section ? name : NULL, 0,
                             "unknown key %s%s%.60s%s", section ? section : "", section ? "." : "", name,
                             text);
    } else if ((name = message_tail(seen, "Mapping field already seen: "))) {
        base_config_complain(source, section, key, 1, "%s%s%s is given twice", section, key ? "." : "",
                             key ? key : "");
    } else if (field) {
        base_config_field_range(field, text, sizeof text);
        name = message_tail(seen, "Unknown flag: ");
        base_config_choice_suggest(field, name ? name : "", hint, sizeof hint);
        if (error == CYAML_ERR_STRING_LENGTH_MAX)
            base_config_complain(source, section, key, 0, "%s.%s: longer than %d bytes", section, key,
                                 VALUE_MAX_BYTES);
        else if (name)
            base_config_complain(source, section, key, 0, "%s.%s: unknown name '%.60s'; allowed: %s%s",
                                 section, key, name, text, hint);
        else
            base_config_complain(source, section, key, 0, "%s.%s: wrong kind of value; allowed: %s", section,
                                 key, text);
    } else if (section && error == CYAML_ERR_INVALID_VALUE) {
        base_config_complain(source, section, NULL, 0,
                             "%s: keys and values must follow, such as \"%s: {key: value}\"", section,
                             section);
    } else if (error == CYAML_ERR_INVALID_VALUE) {
        return refuse(source, start, "sections must stand here, such as \"run: {seed: 1}\"");
    } else {
        return refuse(source, nowhere, "cannot be read: %s %s", cyaml_strerror(error), seen->message);
    }
    return BASE_ERR_USAGE;
}

static const cyaml_config_t cyaml_settings = {
    .mem_fn = cyaml_mem, .log_level = CYAML_LOG_ERROR, .flags = CYAML_CFG_NO_ALIAS};

base_status base_config_raw_load(const base_config_source *source, base_config_raw **raw)
{
    cyaml_config_t settings = cyaml_settings;
    report seen = {.fields = 0};
    cyaml_data_t *data = NULL;
    cyaml_err_t error;
    base_status status;
    schema made;

    if (source->size > TEXT_MAX_BYTES) {
        base_log_error("%s: %zu bytes is too long for a configuration, at most %zu", source->name,
                       source->size, TEXT_MAX_BYTES);
        return BASE_ERR_USAGE;
    }
    status = walk_text(source, NULL);
    if (status != BASE_OK)
        return status;
    schema_make(&made);
    settings.log_fn = report_line;
    settings.log_ctx = &seen;
    error = cyaml_load_data((const uint8_t *)source->text, source->size, &settings, &made.top, &data, NULL);
    if (error != CYAML_OK)
        return explain(source, error, &seen);
    *raw = data;
    return BASE_OK;
}

void base_config_raw_free(base_config_raw *raw)
{
    schema made;

    if (!raw)
        return;
    schema_make(&made);
    cyaml_free(&cyaml_settings, &made.top, raw, 0);
}
