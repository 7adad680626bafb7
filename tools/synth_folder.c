#include "synth_folder.h"
#include "base_file.h"
#include "base_log.h"
#include "synth_coco.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Raise it whenever the same request gives other bytes than before. */
#define FORMAT 2

#define MARKER      "synth.json"
#define MARKER_SIZE 256

/* ---- the marker ---- */

static void marker_text(const synth_request *request, const char *digest, char text[MARKER_SIZE])
{
    snprintf(text, MARKER_SIZE,
             "{\"made_by\":\"camal-synth\",\"format\":%d,\"images\":%" PRId64 ",\"seed\":%" PRIu64
             ",\"size\":%d,\"digest\":\"%s\"}\n",
             FORMAT, request->images, request->seed, request->size, digest);
}

/* Path of file 0, the annotations, or of image `file` counted from 1. */
static base_status file_path(const char *folder, int64_t file, char path[PATH_MAX])
{
    char name[64] = "annotations/instances.json";

    if (file > 0) {
        memcpy(name, "images/", 8);
        synth_coco_file_name(file - 1, name + 7);
    }
    return base_file_join(folder, name, path, PATH_MAX);
}

/* One digest over the digests of the annotations and of every image, in order. */
static base_status digest_of(const char *folder, const synth_request *request, char digest[BASE_DIGEST_TEXT])
{
    size_t each = BASE_DIGEST_TEXT - 1, size = ((size_t)request->images + 1) * each;
    char *all = malloc(size + 1),
         path[PATH_MAX]; /* + 1: each digest ends with a 0 that the next one covers */
    base_status status = BASE_OK;
    int64_t i;

    if (!all) {
        base_log_error("%s: no memory for the digests of %" PRId64 " images", folder, request->images);
        return BASE_ERR_MEMORY;
    }
    for (i = 0; i <= request->images && status == BASE_OK; i++) {
        status = file_path(folder, i, path);
        if (status == BASE_OK)
            status = base_file_digest(path, all + (size_t)i * each);
    }
    if (status == BASE_OK)
        base_file_digest_bytes(all, size, digest);
    free(all);
    return status;
}

static bool all_there(const char *folder, const synth_request *request)
{
    char path[PATH_MAX];
    int64_t i;

    for (i = 0; i <= request->images; i++)
        if (file_path(folder, i, path) != BASE_OK || !base_file_exists(path))
            return false;
    return true;
}

/* Is the folder, which has a marker, what the request would give? */
static base_status compare(const synth_folder *folder, const synth_request *request, bool *complete)
{
    char path[PATH_MAX], digest[BASE_DIGEST_TEXT], expected[MARKER_SIZE], *text = NULL;
    size_t size = 0, head;
    base_status status = base_file_join(folder->final, MARKER, path, sizeof path);

    if (status == BASE_OK)
        status = base_file_read(path, &text, &size);
    if (status != BASE_OK)
        return status;
    marker_text(request, "", expected);
    head = strlen(expected) - strlen("\"}\n");
    if (size > head && memcmp(text, expected, head) == 0) {
        if (all_there(folder->final, request)) {
            status = digest_of(folder->final, request, digest);
            if (status == BASE_OK) {
                marker_text(request, digest, expected);
                *complete = strcmp(text, expected) == 0;
            }
        }
        if (status == BASE_OK && !*complete)
            base_log_warn("%s: files are damaged or missing; making them again", folder->final);
    }
    free(text);
    return status;
}

/* ---- whose folder it is ---- */

typedef bool (*name_test)(const char *name);

static bool is_top_name(const char *name)
{
    return strcmp(name, "images") == 0 || strcmp(name, "annotations") == 0 || strcmp(name, MARKER) == 0 ||
           strcmp(name, MARKER ".tmp") == 0; /* what base_file_write() leaves when it is killed */
}

static bool is_image_name(const char *name)
{
    size_t digits = strspn(name, "0123456789");

    return digits >= 6 && strcmp(name + digits, ".jpg") == 0;
}

static bool is_annotation_name(const char *name)
{
    return strcmp(name, "instances.json") == 0;
}

/* Give every name of a folder to `visit`, which ends the walk by another status than BASE_OK. A missing
 * folder is empty. */
static base_status for_names(const char *folder,
                             base_status (*visit)(const char *folder, const char *name, void *context),
                             void *context)
{
    base_status status = BASE_OK;
    DIR *dir = opendir(folder);
    struct dirent *entry;

    if (!dir && errno == ENOENT)
        return BASE_OK;
    if (!dir) {
        base_log_error("%s: cannot open the folder: %s", folder, strerror(errno));
        return BASE_ERR_IO;
    }
    while (status == BASE_OK && (entry = readdir(dir)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            status = visit(folder, entry->d_name, context);
    closedir(dir);
    return status;
}

static base_status refuse_other(const char *folder, const char *name, void *context)
{
    name_test ours = *(name_test *)context;

    if (ours(name))
        return BASE_OK;
    base_log_error("%s: holds '%s', which camal-synth did not write; give --out a new or empty folder",
                   folder, name);
    return BASE_ERR_USAGE;
}

static base_status remove_one(const char *folder, const char *name, void *context)
{
    char path[PATH_MAX];
    base_status status = base_file_join(folder, name, path, sizeof path);

    (void)context;
    if (status == BASE_OK && unlink(path) != 0) {
        base_log_error("%s: cannot remove: %s", path, strerror(errno));
        status = BASE_ERR_IO;
    }
    return status;
}

/* See every name in a folder of ours, subfolders first: refuse what is not ours, or remove it all. */
static base_status sweep(const char *folder, bool remove)
{
    static const char *const parts[] = {"images", "annotations", ""};
    static name_test const tests[] = {is_image_name, is_annotation_name, is_top_name};
    char path[PATH_MAX];
    base_status status = BASE_OK;
    int i;

    for (i = 0; i < 3 && status == BASE_OK; i++) {
        name_test test = tests[i];

        status = base_file_join(folder, parts[i], path, sizeof path);
        if (status == BASE_OK)
            status = for_names(path, remove ? remove_one : refuse_other, &test);
        if (status == BASE_OK && remove && rmdir(path) != 0 && errno != ENOENT) {
            base_log_error("%s: cannot remove: %s", path, strerror(errno));
            status = BASE_ERR_IO;
        }
    }
    return status;
}

/* Remove a folder of ours with all it holds; refuse before anything is lost if it holds anything else. */
static base_status remove_folder(const char *folder)
{
    base_status status = sweep(folder, false);

    return status == BASE_OK ? sweep(folder, true) : status;
}

static base_status count_name(const char *folder, const char *name, void *context)
{
    (void)folder;
    (void)name;
    ++*(int64_t *)context;
    return BASE_OK;
}

static base_status name_folder(const char *name, synth_folder *folder)
{
    size_t length = strlen(name);

    while (length > 1 && name[length - 1] == '/')
        length--;
    if (length == 0 || length + sizeof ".tmp" + 64 > PATH_MAX) {
        base_log_error("--out: a folder name of 1 to %d bytes, not %zu", PATH_MAX - 70, length);
        return BASE_ERR_USAGE;
    }
    snprintf(folder->final, sizeof folder->final, "%.*s", (int)length, name);
    snprintf(folder->temporary, sizeof folder->temporary, "%.*s.tmp", (int)length, name);
    return BASE_OK;
}

base_status synth_folder_examine(const char *name, const synth_request *request, synth_folder *folder,
                                 bool *complete)
{
    char marker[PATH_MAX];
    int64_t names = 0;
    struct stat info;
    base_status status = name_folder(name, folder);

    if (status != BASE_OK)
        return status;
    *complete = false;
    if (lstat(folder->final, &info) != 0)
        return BASE_OK; /* nothing there, or unreachable: making it will tell */
    if (!S_ISDIR(info.st_mode)) {
        base_log_error("%s: is not a folder; give --out a new or empty folder", folder->final);
        return BASE_ERR_USAGE;
    }
    status = for_names(folder->final, count_name, &names);
    if (status == BASE_OK && names > 0)
        status = sweep(folder->final, false);
    if (status == BASE_OK)
        status = base_file_join(folder->final, MARKER, marker, sizeof marker);
    if (status != BASE_OK || names == 0)
        return status;
    if (!base_file_exists(marker)) {
        base_log_error("%s: is not empty and has no synth.json, so camal-synth did not make it; give --out a "
                       "new or empty "
                       "folder",
                       folder->final);
        return BASE_ERR_USAGE;
    }
    return compare(folder, request, complete);
}

base_status synth_folder_begin(synth_folder *folder)
{
    char path[PATH_MAX];
    base_status status = BASE_OK;

    if (base_file_exists(folder->temporary))
        status = remove_folder(folder->temporary);
    if (status == BASE_OK)
        status = synth_folder_path(folder, "images", "", path);
    if (status == BASE_OK)
        status = base_file_make_folder(path);
    if (status == BASE_OK)
        status = synth_folder_path(folder, "annotations", "", path);
    if (status == BASE_OK)
        status = base_file_make_folder(path);
    return status;
}

base_status synth_folder_path(const synth_folder *folder, const char *subfolder, const char *name,
                              char path[PATH_MAX])
{
    char parent[PATH_MAX];
    base_status status = base_file_join(folder->temporary, subfolder, parent, sizeof parent);

    if (status == BASE_OK)
        status = base_file_join(parent, name, path, PATH_MAX);
    return status;
}

/* Everything of the file system the folder lies on: one call instead of one a picture. */
static base_status sync_all(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 || syncfs(fd) != 0) {
        base_log_error("%s: cannot bring it to the disk: %s", folder, strerror(errno));
        if (fd >= 0)
            close(fd);
        return BASE_ERR_IO;
    }
    close(fd);
    return BASE_OK;
}

base_status synth_folder_commit(const synth_folder *folder, const synth_request *request)
{
    char digest[BASE_DIGEST_TEXT], text[MARKER_SIZE], path[PATH_MAX];
    base_status status = digest_of(folder->temporary, request, digest);

    if (status == BASE_OK)
        status = base_file_join(folder->temporary, MARKER, path, sizeof path);
    if (status == BASE_OK) {
        marker_text(request, digest, text);
        status = sync_all(folder->temporary);
    }
    if (status == BASE_OK)
        status = base_file_write(path, text, strlen(text));
    if (status == BASE_OK && base_file_exists(folder->final))
        status = remove_folder(folder->final);
    if (status == BASE_OK)
        status = base_file_rename(folder->temporary, folder->final);
    return status;
}
