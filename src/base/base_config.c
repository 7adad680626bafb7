#include "base_config.h"
#include "base_config_fields.h"
#include "base_config_values.h"
#include "base_config_yaml.h"
#include "base_file.h"
#include "base_log.h"
#include <stdlib.h>
#include <string.h>

#define RANGE_MAX_BYTES 512
#define HINT_MAX_BYTES  64
#define MIXUP_LEAST     0.01 /* below it nothing is mixed, to the accuracy of numbers */

/* Store every value that the text gives. */
static base_status overlay(base_config *config, const base_config_source *source, const base_config_raw *raw)
{
    size_t i;

    for (i = 0; i < BASE_CONFIG_FIELD_COUNT; i++) {
        const base_config_field *field = &base_config_fields[i];
        char range[RANGE_MAX_BYTES], hint[HINT_MAX_BYTES];
        base_status status = BASE_OK;

        if (raw->value[i])
            status = base_config_value_store(config, field, raw->value[i]);
        if (status == BASE_ERR_USAGE) {
            base_config_field_range(field, range, sizeof range);
            base_config_choice_suggest(field, raw->value[i], hint, sizeof hint);
            base_config_complain(source, field->section, field->key, 0, "%s.%s = '%.80s': allowed: %s%s",
                                 field->section, field->key, (const char *)raw->value[i], range, hint);
        } else if (status != BASE_OK) {
            base_log_error("%s: out of memory to read it", source->name);
        }
        if (status != BASE_OK)
            return status;
    }
    return BASE_OK;
}

/* Read over a copy, and let it take the place of *config only when all went well. */
static base_status read_source(base_config *config, const base_config_source *source)
{
    base_config_raw *raw = NULL;
    base_config next;
    base_status status = base_config_raw_load(source, &raw);

    if (status != BASE_OK)
        return status;
    status = base_config_copy(config, &next);
    if (status != BASE_OK)
        goto free_raw;
    if (raw)
        status = overlay(&next, source, raw);
    if (status != BASE_OK) {
        base_config_clear(&next);
        goto free_raw;
    }
    base_config_clear(config);
    *config = next;

free_raw:
    base_config_raw_free(raw);
    return status;
}

base_status base_config_read_text(base_config *config, const char *text, size_t size, const char *name)
{
    const base_config_source source = {name, text, size, false};

    return read_source(config, &source);
}

base_status base_config_read(base_config *config, const char *path)
{
    char *text;
    size_t size;
    base_status status;

    if (!base_file_exists(path)) {
        base_log_error("%s: no such file; a run's configuration is wanted", path);
        return BASE_ERR_NOT_FOUND;
    }
    status = base_file_read_text(path, &text, &size);
    if (status != BASE_OK)
        return status;
    status = base_config_read_text(config, text, size, path);
    free(text);
    return status;
}

/* Refuse "section.key=value" with a key that does not exist. */
static base_status refuse_assignment(const char *assignment)
{
    char suggestion[RANGE_MAX_BYTES], name[RANGE_MAX_BYTES];
    char *key;

    snprintf(name, sizeof name, "%s", assignment);
    name[strcspn(name, "=")] = 0;
    key = name + strcspn(name, ".");
    if (*key)
        *key++ = 0;
    base_config_field_suggest(name, key, suggestion, sizeof suggestion);
    base_log_error("--set %.80s: unknown key %.60s.%.60s%s", assignment, name, key, suggestion);
    return BASE_ERR_USAGE;
}

static const base_config_field *assignment_field(const char *assignment, const char **value)
{
    size_t i;

    for (i = 0; i < BASE_CONFIG_FIELD_COUNT; i++) {
        const base_config_field *field = &base_config_fields[i];
        size_t section = strlen(field->section), key = strlen(field->key);

        if (strncmp(assignment, field->section, section) == 0 && assignment[section] == '.' &&
            strncmp(assignment + section + 1, field->key, key) == 0 && assignment[section + 1 + key] == '=') {
            *value = assignment + section + 1 + key + 1;
            return field;
        }
    }
    return NULL;
}

base_status base_config_set(base_config *config, const char *assignment)
{
    const base_config_field *field;
    base_config_source source = {.override = true};
    char *name = NULL, *text = NULL;
    const char *value;
    base_status status;
    int size;

    if (assignment[strcspn(assignment, ".=")] != '.' || !strchr(assignment, '=')) {
        base_log_error("--set %.80s: it must be section.key=value", assignment);
        return BASE_ERR_USAGE;
    }
    field = assignment_field(assignment, &value);
    if (!field)
        return refuse_assignment(assignment);
    if (strpbrk(value, "\r\n")) {
        base_log_error("--set %s.%s: the value must be one line", field->section, field->key);
        return BASE_ERR_USAGE;
    }
    size = asprintf(&text, "%s:\n  %s: %s\n", field->section, field->key, value);
    if (size < 0) {
        base_log_error("--set %s.%s: out of memory", field->section, field->key);
        return BASE_ERR_MEMORY;
    }
    if (asprintf(&name, "--set %.80s", assignment) < 0) {
        base_log_error("--set %s.%s: out of memory", field->section, field->key);
        free(text);
        return BASE_ERR_MEMORY;
    }
    source.name = name;
    source.text = text;
    source.size = (size_t)size;
    status = read_source(config, &source);
    free(name);
    free(text);
    return status;
}

/* The defaults are YAML in the table: written as a document and read as any other. */
base_status base_config_defaults(base_config *config)
{
    char *text = NULL;
    size_t size = 0, i;
    FILE *out = open_memstream(&text, &size);
    base_config empty;
    base_status status;

    if (!out) {
        base_log_error("defaults of the configuration: out of memory");
        return BASE_ERR_MEMORY;
    }
    for (i = 0; i < BASE_CONFIG_FIELD_COUNT; i++) {
        const base_config_field *field = &base_config_fields[i];

        if (i == 0 || strcmp(field->section, field[-1].section) != 0)
            fprintf(out, "%s:\n", field->section);
        fprintf(out, "  %s: %s\n", field->key, field->standard);
    }
    if (fclose(out) != 0) {
        base_log_error("defaults of the configuration: out of memory");
        free(text);
        return BASE_ERR_MEMORY;
    }
    memset(&empty, 0, sizeof empty);
    status = base_config_read_text(&empty, text, size, "defaults");
    free(text);
    if (status == BASE_OK)
        *config = empty;
    return status;
}

base_status base_config_copy(const base_config *from, base_config *to)
{
    base_config copy = *from;
    size_t i;

    for (i = 0; i < BASE_CONFIG_FIELD_COUNT; i++)
        if (base_config_fields[i].kind == BASE_CONFIG_TEXT)
            *base_config_value_text(&copy, &base_config_fields[i]) = NULL;
    for (i = 0; i < BASE_CONFIG_FIELD_COUNT; i++) {
        const base_config_field *field = &base_config_fields[i];

        if (field->kind != BASE_CONFIG_TEXT || !*base_config_value_text(from, field))
            continue;
        *base_config_value_text(&copy, field) = strdup(*base_config_value_text(from, field));
        if (!*base_config_value_text(&copy, field)) {
            base_log_error("copy of the configuration: out of memory");
            base_config_clear(&copy);
            return BASE_ERR_MEMORY;
        }
    }
    *to = copy;
    return BASE_OK;
}

void base_config_clear(base_config *config)
{
    size_t i;

    if (!config)
        return;
    for (i = 0; i < BASE_CONFIG_FIELD_COUNT; i++)
        if (base_config_fields[i].kind == BASE_CONFIG_TEXT)
            free(*base_config_value_text(config, &base_config_fields[i]));
    memset(config, 0, sizeof *config);
}

/* Combinations of keys that contradict each other, each logged; their number. */
static int check_combinations(const base_config *config)
{
    int32_t batch = config->train.batch, microbatch = config->train.microbatch, leaves;
    int violations = 0;

    if (batch < 1 || microbatch < 1)
        return 0; /* out of range, told already */
    leaves = batch / microbatch;
    if (batch % microbatch != 0 || leaves < 1 || (leaves & (leaves - 1)) != 0) {
        base_log_error(
            "train.batch = %d: it must be train.microbatch (%d) times a power of two (1, 2, 4 ...)", batch,
            microbatch);
        violations++;
    }
    if (config->train.mixup > 0 && config->train.mixup < MIXUP_LEAST) {
        base_log_error("train.mixup = %g: it must be 0 (no mix-up) or %g to 1", config->train.mixup,
                       MIXUP_LEAST);
        violations++;
    }
    return violations;
}

base_status base_config_check(const base_config *config)
{
    int violations = 0;
    size_t i;

    for (i = 0; i < BASE_CONFIG_FIELD_COUNT; i++) {
        const base_config_field *field = &base_config_fields[i];
        char range[RANGE_MAX_BYTES];

        if (base_config_value_allowed(config, field))
            continue;
        violations++;
        base_config_field_range(field, range, sizeof range);
        if (field->kind == BASE_CONFIG_TEXT)
            base_log_error("%s.%s is empty: give it in the configuration file or by --set %s.%s=... (%s)",
                           field->section, field->key, field->section, field->key, field->meaning);
        else
            base_log_error("%s.%s is out of range: allowed: %s", field->section, field->key, range);
    }
    violations += check_combinations(config);
    return violations ? BASE_ERR_USAGE : BASE_OK;
}

base_status base_config_write(const base_config *config, char **text, size_t *size)
{
    char *written = NULL;
    size_t length = 0, i;
    FILE *out = open_memstream(&written, &length);

    if (!out) {
        base_log_error("configuration to YAML: out of memory");
        return BASE_ERR_MEMORY;
    }
    for (i = 0; i < BASE_CONFIG_FIELD_COUNT; i++) {
        const base_config_field *field = &base_config_fields[i];

        if (i == 0 || strcmp(field->section, field[-1].section) != 0)
            fprintf(out, "%s:\n", field->section);
        fprintf(out, "  %s: ", field->key);
        base_config_value_print(out, config, field);
        fputc('\n', out);
    }
    if (fclose(out) != 0) {
        base_log_error("configuration to YAML: out of memory");
        free(written);
        return BASE_ERR_MEMORY;
    }
    *text = written;
    *size = length;
    return BASE_OK;
}

void base_config_help(FILE *out)
{
    size_t i;

    fputs("Keys of the configuration (YAML, or --set section.key=value), with their defaults:\n", out);
    for (i = 0; i < BASE_CONFIG_FIELD_COUNT; i++) {
        const base_config_field *field = &base_config_fields[i];
        char range[RANGE_MAX_BYTES];

        if (i == 0 || strcmp(field->section, field[-1].section) != 0)
            fprintf(out, "\n%s:\n", field->section);
        base_config_field_range(field, range, sizeof range);
        fprintf(out, "  %s: %s\n      %s%s%s\n", field->key, field->required ? "(required)" : field->standard,
                field->meaning, strchr(field->meaning, '\n') ? "\n      " : "; ", range);
    }
}

/* Name of an enumeration's value by the table; "?" is for values that no configuration can have. */
static const char *choice_name(const char *section, const char *key, int64_t value)
{
    const base_config_field *field = base_config_field_find(section, key);
    const char *name = field ? base_config_choice_name(field, value) : NULL;

    return name ? name : "?";
}

const char *base_config_strategy_name(base_strategy strategy)
{
    return choice_name("select", "strategy", strategy);
}

const char *base_config_network_name(base_network network)
{
    return choice_name("network", "name", network);
}

const char *base_config_stem_name(base_stem stem)
{
    return choice_name("network", "stem", stem);
}
