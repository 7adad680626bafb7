#include "ingest_list.h"
#include "base_log.h"
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEPTH_MAX 32

static base_status no_memory(const char *path)
{
    base_log_error("%s: no memory for a list of pictures", path);
    return BASE_ERR_MEMORY;
}

static base_status cannot(const char *path)
{
    base_log_error("%s: cannot be read: %s", path, strerror(errno));
    return errno == ENOENT ? BASE_ERR_NOT_FOUND : BASE_ERR_IO;
}

static base_status add(ingest_list *list, const char *name, const char *path, uint64_t bytes)
{
    ingest_listed file = {strdup(name), strdup(path), bytes};

    if (list->count == list->room) {
        size_t room = list->room ? 2 * list->room : 256;
        ingest_listed *grown = realloc(list->files, room * sizeof *grown);

        if (grown) {
            list->files = grown;
            list->room = room;
        }
    }
    if (!file.name || !file.path || list->count == list->room) {
        free(file.name);
        free(file.path);
        return no_memory(path);
    }
    list->files[list->count++] = file;
    return BASE_OK;
}

/* ---- a folder ---- */

static base_status walk(ingest_list *list, const char *folder, size_t root, int depth);

static base_status visit(ingest_list *list, const char *folder, const char *name, size_t root, int depth)
{
    char path[PATH_MAX];
    struct stat about;

    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path) {
        base_log_error("%s/%s: the path is too long", folder, name);
        return BASE_ERR_INPUT;
    }
    if (stat(path, &about) != 0)
        return add(list, path + root, path, 0); /* a broken link: reading it will say so */
    if (S_ISDIR(about.st_mode))
        return walk(list, path, root, depth + 1);
    return S_ISREG(about.st_mode) ? add(list, path + root, path, (uint64_t)about.st_size) : BASE_OK;
}

static base_status walk(ingest_list *list, const char *folder, size_t root, int depth)
{
    base_status status = BASE_OK;
    struct dirent *entry;
    DIR *entries;

    if (depth > DEPTH_MAX) {
        base_log_error("%s: folders are more than %d deep: a link that leads in a circle?", folder,
                       DEPTH_MAX);
        return BASE_ERR_INPUT;
    }
    entries = opendir(folder);
    if (!entries)
        return cannot(folder);
    while (status == BASE_OK && (errno = 0, entry = readdir(entries)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            status = visit(list, folder, entry->d_name, root, depth);
    if (status == BASE_OK && errno != 0)
        status = cannot(folder);
    closedir(entries);
    return status;
}

/* ---- a file ---- */

static base_status add_line(ingest_list *list, const char *file, const char *line)
{
    const char *slash = strrchr(file, '/');
    size_t folder = slash && line[0] != '/' ? (size_t)(slash - file) + 1 : 0;
    char path[PATH_MAX];
    struct stat about;
    bool there;

    if (snprintf(path, sizeof path, "%.*s%s", (int)folder, file, line) >= (int)sizeof path) {
        base_log_error("%s: the path \"%.60s...\" is too long", file, line);
        return BASE_ERR_INPUT;
    }
    there = stat(path, &about) == 0 && S_ISREG(about.st_mode);
    return add(list, line, path, there ? (uint64_t)about.st_size : 0);
}

static base_status read_lines(ingest_list *list, const char *path)
{
    base_status status = BASE_OK;
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;

    if (!file)
        return cannot(path);
    while (status == BASE_OK && getline(&line, &room, file) >= 0) {
        line[strcspn(line, "\r\n")] = 0;
        if (line[0])
            status = add_line(list, path, line);
    }
    if (status == BASE_OK && ferror(file))
        status = cannot(path);
    free(line);
    fclose(file);
    return status;
}

/* ---- both ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const ingest_listed *)a)->name, ((const ingest_listed *)b)->name);
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static int by_last_part(const void *a, const void *b)
{
    const ingest_listed *x = *(const ingest_listed *const *)a, *y = *(const ingest_listed *const *)b;
    int sign = strcmp(last_part(x->path), last_part(y->path));

    return sign ? sign : strcmp(x->path, y->path);
}

static base_status sort(ingest_list *list, const char *path)
{
    size_t i;

    list->by_last = malloc((list->count + 1) * sizeof *list->by_last);
    if (!list->by_last)
        return no_memory(path);
    if (list->count)
        qsort(list->files, list->count, sizeof *list->files, by_name);
    for (i = 0; i < list->count; i++) {
        list->by_last[i] = &list->files[i];
        if (i > 0 && by_name(&list->files[i - 1], &list->files[i]) == 0) {
            base_log_error("%s: lists \"%s\" twice", path, list->files[i].name);
            return BASE_ERR_INPUT;
        }
    }
    if (list->count)
        qsort(list->by_last, list->count, sizeof *list->by_last, by_last_part);
    return BASE_OK;
}

base_status ingest_list_read(const char *path, ingest_list *list)
{
    ingest_list made = {0};
    struct stat about;
    base_status status;

    if (stat(path, &about) != 0)
        return cannot(path);
    status = S_ISDIR(about.st_mode) ? walk(&made, path, strlen(path) + 1, 0) : read_lines(&made, path);
    if (status == BASE_OK)
        status = sort(&made, path);
    if (status == BASE_OK)
        *list = made;
    else
        ingest_list_clear(&made);
    return status;
}

static bool ends_in(const char *path, const char *name)
{
    size_t all = strlen(path), end = strlen(name);

    return all >= end && strcmp(path + all - end, name) == 0 && (all == end || path[all - end - 1] == '/');
}

const ingest_listed *ingest_list_find(const ingest_list *list, const char *name, int *several)
{
    const ingest_listed *found = NULL;
    const char *last = last_part(name);
    size_t low = 0, high = list->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(last_part(list->by_last[middle]->path), last) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *several = 0;
    for (; low < list->count && strcmp(last_part(list->by_last[low]->path), last) == 0; low++) {
        if (!ends_in(list->by_last[low]->path, name))
            continue;
        *several = found != NULL;
        if (found)
            return NULL;
        found = list->by_last[low];
    }
    return found;
}

void ingest_list_clear(ingest_list *list)
{
    size_t i;

    if (!list)
        return;
    for (i = 0; i < list->count; i++) {
        free(list->files[i].name);
        free(list->files[i].path);
    }
    free(list->files);
    free(list->by_last);
    memset(list, 0, sizeof *list);
}
