#include "study_file.h"
#include "base_file.h"
#include "base_log.h"
#include "study_yaml.h"
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))
#define SEEDS_MAX   1000
#define TEXT_BYTES  512

static base_status no_memory(const study_yaml *yaml)
{
    base_log_error("%s: out of memory to read it", yaml->path);
    return BASE_ERR_MEMORY;
}

static base_status copy_text(const study_yaml *yaml, const yaml_node_t *node, const char *what, char **copy)
{
    const char *text;
    base_status status = study_yaml_text(yaml, node, what, &text);

    if (status != BASE_OK)
        return status;
    *copy = strdup(text);
    return *copy ? BASE_OK : no_memory(yaml);
}

/* A name that becomes that of a folder. */
static base_status take_name(const study_yaml *yaml, const yaml_node_t *node, const char *what, char **name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.+";
    const char *text;
    base_status status = study_yaml_text(yaml, node, what, &text);

    if (status != BASE_OK)
        return status;
    if (text[strspn(text, allowed)] || text[0] == '.' || text[0] == '-' || strlen(text) >= STUDY_NAME_MAX)
        return study_yaml_refuse(
            yaml, node,
            "%s: '%.80s' names a folder: at most %d letters, digits and _ - . +, the first "
            "neither . nor -",
            what, text, STUDY_NAME_MAX - 1);
    return copy_text(yaml, node, what, name);
}

/* ---- settings ---- */

/* A scalar as YAML in one line, quoted if it was. */
static void write_scalar(const yaml_node_t *node, FILE *out)
{
    const char *c = (const char *)node->data.scalar.value;

    if (node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE) {
        fputs(c, out);
        return;
    }
    putc('\'', out);
    for (; *c; c++)
        fputs(*c == '\'' ? "''" : (char[]){*c, 0}, out);
    putc('\'', out);
}

/* "section.key=value" of a pair. */
static base_status write_setting(study_yaml *yaml, const char *key, yaml_node_t *value, FILE *out)
{
    base_status status = BASE_OK;
    const char *text;
    size_t count, i;

    fprintf(out, "%s=", key);
    if (value->type == YAML_SCALAR_NODE) {
        write_scalar(value, out);
        return BASE_OK;
    }
    if (value->type != YAML_SEQUENCE_NODE)
        return study_yaml_refuse(yaml, value, "%s: a value or a list of names must stand here", key);
    count = (size_t)(value->data.sequence.items.top - value->data.sequence.items.start);
    putc('[', out);
    for (i = 0; i < count && status == BASE_OK; i++) {
        fputs(i ? ", " : "", out);
        status = study_yaml_text(yaml, study_yaml_item(yaml, value, i), key, &text);
        if (status == BASE_OK)
            write_scalar(study_yaml_item(yaml, value, i), out);
    }
    putc(']', out);
    return status;
}

static base_status make_setting(study_yaml *yaml, const yaml_node_t *name, yaml_node_t *value,
                                study_setting *made)
{
    static const char *const own[] = {"run.seed", "run.folder", "data.dataset"};
    const char *key;
    size_t size, i;
    FILE *out;
    base_status status = study_yaml_text(yaml, name, "set", &key);

    if (status != BASE_OK)
        return status;
    for (i = 0; i < COUNT(own); i++)
        if (strcmp(key, own[i]) == 0)
            return study_yaml_refuse(yaml, name, "%s follows from the study and cannot be set", key);
    made->line = (int)name->start_mark.line + 1;
    out = open_memstream(&made->text, &size);
    if (!out)
        return no_memory(yaml);
    status = write_setting(yaml, key, value, out);
    return fclose(out) == 0 || status != BASE_OK ? status : no_memory(yaml);
}

static base_status take_settings(study_yaml *yaml, yaml_node_t *node, study_entry *entry)
{
    yaml_node_pair_t *pair;
    base_status status = BASE_OK;

    if (!node)
        return BASE_OK;
    if (node->type != YAML_MAPPING_NODE)
        return study_yaml_refuse(
            yaml, node, "set: keys of the configuration must stand here, such as {select.strategy: cam}");
    entry->set = calloc((size_t)(node->data.mapping.pairs.top - node->data.mapping.pairs.start) + 1,
                        sizeof *entry->set);
    if (!entry->set)
        return no_memory(yaml);
    for (pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top && status == BASE_OK;
         pair++)
        status = make_setting(yaml, study_yaml_node(yaml, pair->key), study_yaml_node(yaml, pair->value),
                              &entry->set[entry->sets++]);
    return status;
}

/* ---- data sets and arms ---- */

static base_status take_entry(study_yaml *yaml, yaml_node_t *node, bool arm, study_entry *entry)
{
    static const char *const of_dataset[] = {"name", "file", "set"}, *const of_arm[] = {"name", "without",
                                                                                        "set"};
    const char *what = arm ? "an arm" : "a data set";
    yaml_node_t *value[3];
    base_status status =
        study_yaml_mapping(yaml, node, what, arm ? of_arm : of_dataset, 3, arm ? 1 : 2, value);

    if (status == BASE_OK)
        status = take_name(yaml, value[0], arm ? "arms.name" : "datasets.name", &entry->name);
    if (status == BASE_OK && value[1])
        status = copy_text(yaml, value[1], arm ? "arms.without" : "datasets.file",
                           arm ? &entry->without : &entry->file);
    return status == BASE_OK ? take_settings(yaml, value[2], entry) : status;
}

static base_status take_entries(study_yaml *yaml, yaml_node_t *node, bool arm, study_entry **entries,
                                size_t *count)
{
    size_t items, i, k;
    base_status status = study_yaml_sequence(yaml, node, arm ? "arms" : "datasets", &items);

    if (status != BASE_OK)
        return status;
    *entries = calloc(items, sizeof **entries);
    if (!*entries)
        return no_memory(yaml);
    *count = items;
    for (i = 0; i < items; i++) {
        yaml_node_t *item = study_yaml_item(yaml, node, i);

        status = take_entry(yaml, item, arm, &(*entries)[i]);
        if (status != BASE_OK)
            return status;
        for (k = 0; k < i; k++)
            if (strcmp((*entries)[k].name, (*entries)[i].name) == 0)
                return study_yaml_refuse(yaml, item, "%s is the name of two %s", (*entries)[i].name,
                                         arm ? "arms" : "data sets");
    }
    return BASE_OK;
}

/* ---- study: ---- */

static base_status add_seed(const study_yaml *yaml, const yaml_node_t *node, uint64_t seed, study_file *study)
{
    size_t i;

    for (i = 0; i < study->seed_count; i++)
        if (study->seeds[i] == seed)
            return study_yaml_refuse(yaml, node, "study.seeds: %llu is given twice",
                                     (unsigned long long)seed);
    study->seeds[study->seed_count++] = seed;
    return BASE_OK;
}

/* "1..5", "3" or a list of numbers. */
static base_status take_seeds(study_yaml *yaml, yaml_node_t *node, study_file *study)
{
    unsigned long long first, last;
    base_status status = BASE_OK;
    size_t count = 1, i;
    uint64_t seed;
    int end = 0;

    study->seeds = calloc(SEEDS_MAX, sizeof *study->seeds);
    if (!study->seeds)
        return no_memory(yaml);
    if (node->type == YAML_SCALAR_NODE && strstr((const char *)node->data.scalar.value, "..")) {
        const char *text = (const char *)node->data.scalar.value;

        if (sscanf(text, "%llu..%llu%n", &first, &last, &end) != 2 || text[end] || first > last ||
            last - first >= SEEDS_MAX || strchr(text, '-'))
            return study_yaml_refuse(yaml, node, "study.seeds: '%.40s': such as 1..5, at most %d", text,
                                     SEEDS_MAX);
        for (; first <= last && status == BASE_OK; first++)
            status = add_seed(yaml, node, first, study);
        return status;
    }
    if (node->type != YAML_SCALAR_NODE)
        status = study_yaml_sequence(yaml, node, "study.seeds", &count);
    if (status == BASE_OK && count > SEEDS_MAX)
        return study_yaml_refuse(yaml, node, "study.seeds: %zu of them, at most %d", count, SEEDS_MAX);
    for (i = 0; i < count && status == BASE_OK; i++) {
        yaml_node_t *item = node->type == YAML_SCALAR_NODE ? node : study_yaml_item(yaml, node, i);

        status = study_yaml_whole(yaml, item, "study.seeds", &seed);
        if (status == BASE_OK)
            status = add_seed(yaml, item, seed, study);
    }
    return status;
}

/* The base run file stands relative to the study file. */
static base_status take_run(const study_yaml *yaml, const yaml_node_t *node, study_file *study)
{
    const char *text, *slash = strrchr(study->path, '/');
    int length = slash ? (int)(slash - study->path) + 1 : 0;
    base_status status = study_yaml_text(yaml, node, "run", &text);

    if (status != BASE_OK)
        return status;
    if (asprintf(&study->run, "%.*s%s", *text == '/' ? 0 : length, study->path, text) < 0) {
        study->run = NULL;
        return no_memory(yaml);
    }
    return base_file_exists(study->run) ? BASE_OK
                                        : study_yaml_refuse(yaml, node, "run: no file %s", study->run);
}

static base_status take_study(study_yaml *yaml, yaml_node_t *node, study_file *study)
{
    static const char *const key[] = {"folder", "seeds"};
    yaml_node_t *value[COUNT(key)];
    base_status status = study_yaml_mapping(yaml, node, "study", key, COUNT(key), COUNT(key), value);

    if (status == BASE_OK)
        status = copy_text(yaml, value[0], "study.folder", &study->folder);
    return status == BASE_OK ? take_seeds(yaml, value[1], study) : status;
}

/* ---- compare: ---- */

static base_status find_arm(const study_yaml *yaml, const yaml_node_t *node, const char *what,
                            const study_file *study, size_t *arm)
{
    const char *text;
    base_status status = study_yaml_text(yaml, node, what, &text);
    size_t i;

    if (status != BASE_OK)
        return status;
    for (i = 0; i < study->arm_count; i++)
        if (strcmp(study->arms[i].name, text) == 0) {
            *arm = i;
            return BASE_OK;
        }
    return study_yaml_refuse(yaml, node, "%s: '%.60s' is no arm of this study", what, text);
}

static base_status add_against(const study_yaml *yaml, const yaml_node_t *node, study_file *study, size_t arm)
{
    size_t i;

    for (i = 0; i < study->against_count; i++)
        if (study->against[i] == arm)
            return i == 0 ? BASE_OK /* the default arm, which is one of them anyway */
                          : study_yaml_refuse(yaml, node, "compare.against: %s is given twice",
                                              study->arms[arm].name);
    study->against[study->against_count++] = arm;
    return BASE_OK;
}

static base_status take_compare(study_yaml *yaml, yaml_node_t *node, study_file *study)
{
    static const char *const key[] = {"default", "proposed", "against"};
    yaml_node_t *value[COUNT(key)];
    size_t items = 0, arm = 0, i;
    base_status status = study_yaml_mapping(yaml, node, "compare", key, COUNT(key), 2, value);

    if (status == BASE_OK)
        status = find_arm(yaml, value[0], "compare.default", study, &study->standard);
    if (status == BASE_OK)
        status = find_arm(yaml, value[1], "compare.proposed", study, &study->proposed);
    if (status == BASE_OK && study->standard == study->proposed)
        return study_yaml_refuse(yaml, value[1], "compare.proposed is the default arm");
    if (status == BASE_OK && study->arms[study->proposed].without)
        return study_yaml_refuse(yaml, value[1],
                                 "compare.proposed: an arm with `without` cannot be the whole");
    if (status == BASE_OK && value[2])
        status = study_yaml_sequence(yaml, value[2], "compare.against", &items);
    if (status != BASE_OK)
        return status;
    study->against = calloc(items + 1, sizeof *study->against);
    if (!study->against)
        return no_memory(yaml);
    study->against[study->against_count++] = study->standard;
    for (i = 0; i < items && status == BASE_OK; i++) {
        const yaml_node_t *item = study_yaml_item(yaml, value[2], i);

        status = find_arm(yaml, item, "compare.against", study, &arm);
        if (status == BASE_OK)
            status = add_against(yaml, item, study, arm);
    }
    return status;
}

/* ---- the whole ---- */

static base_status take_all(study_yaml *yaml, study_file *study)
{
    static const char *const key[] = {"study", "run", "datasets", "arms", "compare"};
    yaml_node_t *value[COUNT(key)], *root = yaml_document_get_root_node(&yaml->document);
    base_status status = study_yaml_mapping(yaml, root, "the study file", key, COUNT(key), COUNT(key), value);

    if (status == BASE_OK)
        status = take_study(yaml, value[0], study);
    if (status == BASE_OK)
        status = take_run(yaml, value[1], study);
    if (status == BASE_OK)
        status = take_entries(yaml, value[2], false, &study->datasets, &study->dataset_count);
    if (status == BASE_OK)
        status = take_entries(yaml, value[3], true, &study->arms, &study->arm_count);
    return status == BASE_OK ? take_compare(yaml, value[4], study) : status;
}

/* Every combination must be a run that camal-learn would take. */
static base_status check_configs(const study_file *study)
{
    base_status status = BASE_OK;
    base_config config;
    size_t d, a;

    for (d = 0; d < study->dataset_count; d++)
        for (a = 0; a < study->arm_count && status == BASE_OK; a++) {
            status = study_file_config(study, d, a, study->seeds[0], &config);
            if (status == BASE_OK)
                base_config_clear(&config);
        }
    return status;
}

base_status study_file_read(const char *path, study_file *study)
{
    study_file made = {.path = strdup(path)};
    study_yaml yaml;
    base_status status = study_yaml_open(path, &yaml);

    if (status != BASE_OK) {
        free(made.path);
        return status;
    }
    status = made.path ? take_all(&yaml, &made) : no_memory(&yaml);
    study_yaml_close(&yaml);
    if (status == BASE_OK)
        status = check_configs(&made);
    if (status == BASE_OK)
        *study = made;
    else
        study_file_clear(&made);
    return status;
}

static void clear_entries(study_entry *entries, size_t count)
{
    size_t i, k;

    for (i = 0; i < count; i++) {
        for (k = 0; k < entries[i].sets; k++)
            free(entries[i].set[k].text);
        free(entries[i].set);
        free(entries[i].name);
        free(entries[i].file);
        free(entries[i].without);
    }
    free(entries);
}

void study_file_clear(study_file *study)
{
    if (!study)
        return;
    clear_entries(study->datasets, study->dataset_count);
    clear_entries(study->arms, study->arm_count);
    free(study->path);
    free(study->folder);
    free(study->seeds);
    free(study->run);
    free(study->against);
    memset(study, 0, sizeof *study);
}

static base_status apply(const study_file *study, const study_entry *entry, base_config *config)
{
    base_status status = BASE_OK;
    size_t i;

    for (i = 0; i < entry->sets && status == BASE_OK; i++) {
        status = base_config_set(config, entry->set[i].text);
        if (status == BASE_ERR_USAGE)
            base_log_error("%s:%d: that setting of %s", study->path, entry->set[i].line, entry->name);
    }
    return status;
}

/* A text of the configuration takes the place of another. */
static base_status replace(char **text, const char *by)
{
    char *copy = strdup(by);

    if (!copy) {
        base_log_error("out of memory for the configuration");
        return BASE_ERR_MEMORY;
    }
    free(*text);
    *text = copy;
    return BASE_OK;
}

static base_status place(const study_file *study, size_t dataset, size_t arm, uint64_t seed,
                         base_config *config)
{
    char folder[PATH_MAX];
    base_status status;

    if (snprintf(folder, sizeof folder, "%s/%s/%s-seed%llu", study->folder, study->datasets[dataset].name,
                 study->arms[arm].name, (unsigned long long)seed) >= (int)sizeof folder) {
        base_log_error("%s: study.folder is too long for a path", study->path);
        return BASE_ERR_USAGE;
    }
    config->run.seed = seed;
    status = replace(&config->run.folder, folder);
    return status == BASE_OK ? replace(&config->data.dataset, study->datasets[dataset].file) : status;
}

base_status study_file_config(const study_file *study, size_t dataset, size_t arm, uint64_t seed,
                              base_config *config)
{
    base_config made;
    base_status status = base_config_defaults(&made);

    if (status != BASE_OK)
        return status;
    status = base_config_read(&made, study->run);
    if (status == BASE_OK)
        status = apply(study, &study->datasets[dataset], &made);
    if (status == BASE_OK)
        status = apply(study, &study->arms[arm], &made);
    if (status == BASE_OK)
        status = place(study, dataset, arm, seed, &made);
    if (status == BASE_OK) {
        status = base_config_check(&made);
        if (status != BASE_OK)
            base_log_error("%s: arm %s on data set %s gives that", study->path, study->arms[arm].name,
                           study->datasets[dataset].name);
    }
    if (status == BASE_OK)
        *config = made;
    else
        base_config_clear(&made);
    return status;
}
