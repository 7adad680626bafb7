#include "ingest_map.h"
#include "base_log.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *trim(char *text)
{
    size_t size;

    text += strspn(text, " \t");
    size = strlen(text);
    while (size > 0 && strchr(" \t\r\n", text[size - 1]))
        text[--size] = 0;
    return text;
}

static ingest_rule *find(const ingest_map *map, const char *name)
{
    size_t i;

    for (i = 0; i < map->count; i++)
        if (strcmp(map->rules[i].from, name) == 0)
            return &map->rules[i];
    return NULL;
}

static base_status add_rule(const char *path, size_t number, char *line, ingest_map *map)
{
    char *arrow = strstr(line, "->"), *from;
    ingest_rule *grown, rule = {.line = number};

    if (arrow)
        *arrow = 0;
    from = trim(line);
    if (!arrow || !*from || find(map, from)) {
        base_log_error("%s:%zu: %s", path, number,
                       !arrow  ? "expected OLD -> NEW, or OLD -> to leave a category out"
                       : *from ? "this name has a rule already"
                               : "no name before ->");
        return BASE_ERR_INPUT;
    }
    rule.from = strdup(from);
    rule.to = strdup(trim(arrow + 2));
    grown = realloc(map->rules, (map->count + 1) * sizeof *grown);
    if (grown)
        map->rules = grown;
    if (!rule.from || !rule.to || !grown) {
        free(rule.from);
        free(rule.to);
        base_log_error("%s: no memory for its rules", path);
        return BASE_ERR_MEMORY;
    }
    map->rules[map->count++] = rule;
    return BASE_OK;
}

base_status ingest_map_read(const char *path, ingest_map *map)
{
    FILE *file = fopen(path, "r");
    base_status status = BASE_OK;
    ingest_map made = {0};
    size_t room = 0, number;
    char *line = NULL;

    if (!file) {
        base_log_error("--map %s: cannot be opened: %s", path, strerror(errno));
        return errno == ENOENT ? BASE_ERR_NOT_FOUND : BASE_ERR_IO;
    }
    for (number = 1; status == BASE_OK && getline(&line, &room, file) >= 0; number++) {
        char *text = trim(line);

        if (*text && *text != '#')
            status = add_rule(path, number, text, &made);
    }
    if (status == BASE_OK && ferror(file)) {
        base_log_error("--map %s: cannot be read: %s", path, strerror(errno));
        status = BASE_ERR_IO;
    }
    free(line);
    fclose(file);
    if (status == BASE_OK)
        *map = made;
    else
        ingest_map_clear(&made);
    return status;
}

const char *ingest_map_apply(ingest_map *map, const char *name)
{
    ingest_rule *rule = find(map, name);

    if (!rule)
        return name;
    rule->used = true;
    return *rule->to ? rule->to : NULL;
}

base_status ingest_map_check_used(const char *path, const ingest_map *map)
{
    size_t i;

    for (i = 0; i < map->count; i++) {
        if (map->rules[i].used)
            continue;
        base_log_error("%s:%zu: no annotation file has a category named \"%s\"", path, map->rules[i].line,
                       map->rules[i].from);
        return BASE_ERR_INPUT;
    }
    return BASE_OK;
}

void ingest_map_clear(ingest_map *map)
{
    size_t i;

    if (!map)
        return;
    for (i = 0; i < map->count; i++) {
        free(map->rules[i].from);
        free(map->rules[i].to);
    }
    free(map->rules);
    memset(map, 0, sizeof *map);
}
