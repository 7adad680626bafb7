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
#define FORMAT 1

#define MARKER_SIZE 256

/* ---- the marker ---- */

static void marker_text(const synth_request *request, const char *digest, char text[MARKER_SIZE])
{
    snprintf(text, MARKER_SIZE,
             "{\"made_by\":\"camal-synth\",\"format\":%d,\"images\":%" PRId64 ",\"seed\":%" PRIu64
             ",\"size\":%d,\"digest\":\"%s\"}\n",
             FORMAT, request->images, request->seed, request->size, digest);
}

/* One digest over the digests of the annotations and of every image, in order. */
static base_status digest_of(const char *folder, const synth_request *request, char digest[BASE_DIGEST_TEXT])
{
    size_t each = BASE_DIGEST_TEXT - 1, count = (size_t)request->images + 1, i;
    char *all = malloc(count * each + 1), path[PATH_MAX], name[64] = "annotations/instances.json";
    base_status status = BASE_OK;

    if (!all) {
        base_log_error("%s: no memory for %zu digests", folder, count);
        return BASE_ERR_MEMORY;
    }
    for (i = 0; i < count && status == BASE_OK; i++) {
        char one[BASE_DIGEST_TEXT];

        if (i > 0) {
            memcpy(name, "images/", 8);
            synth_coco_file_name((int64_t)i - 1, name + 7);
        }
        status = base_file_join(folder, name, path, sizeof path);
        if (status == BASE_OK)
            status = base_file_digest(path, one);
        if (status == BASE_OK)
            memcpy(all + i * each, one, each);
    }
    if (status == BASE_OK)
        base_file_digest_bytes(all, count * each, digest);
    free(all);
    return status;
}

/* Is the folder, which has a marker, what the request would give? A file that cannot be read means no. */
static base_status compare(const synth_folder *folder, const synth_request *request, bool *complete)
{
    char path[PATH_MAX], digest[BASE_DIGEST_TEXT], expected[MARKER_SIZE], *text = NULL;
    size_t size = 0, head;
    base_status status = base_file_join(folder->final, "synth.json", path, sizeof path);

    *complete = false;
    if (status == BASE_OK)
        status = base_file_read(path, &text, &size);
    if (status != BASE_OK)
        return status;
    marker_text(request, "", expected);
    head = strlen(expected) - strlen("\"}\n");
    if (size > head && memcmp(text, expected, head) == 0) {
        if (digest_of(folder->final, request, digest) == BASE_OK) {
            marker_text(request, digest, expected);
            *complete = strcmp(text, expected) == 0;
        }
        if (!*complete)
            base_log_warn("%s: files are damaged or missing; making them again", folder->final);
    }
    free(text);
    return BASE_OK;
}

/* ---- whose folder it is ---- */

typedef bool (*name_test)(const char *name);

static bool is_top_name(const char *name)
{
    return strcmp(name, "images") == 0 || strcmp(name, "annotations") == 0 || strcmp(name, "synth.json") == 0;
}

static bool is_image_name(const char *name)
{
    size_t digits = strspn(name, "0123456789");

    return digits >= 6 && strcmp(name + digits, ".jpg") == 0;
}

/* The JSON file, or what base_file_write() would leave of it when killed. */
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

/* Do `visit` in images, annotations and the folder itself, in this order. */
static base_status for_parts(const char *folder, bool remove)
{
    static const char *const parts[] = {"images", "annotations"};
    static name_test const tests[] = {is_image_name, is_annotation_name, is_top_name};
    char path[PATH_MAX];
    base_status status = BASE_OK;
    int i;

    for (i = 0; i < 2 && status == BASE_OK; i++) {
        name_test test = tests[i];

        status = base_file_join(folder, parts[i], path, sizeof path);
        if (status == BASE_OK)
            status = for_names(path, remove ? remove_one : refuse_other, &test);
        if (status == BASE_OK && remove && rmdir(path) != 0 && errno != ENOENT) {
            base_log_error("%s: cannot remove: %s", path, strerror(errno));
            status = BASE_ERR_IO;
        }
    }
    if (status == BASE_OK) {
        name_test test = tests[2];

        status = for_names(folder, remove ? remove_one : refuse_other, &test);
    }
    return status;
}

/* Remove a folder of ours with all it holds; refuse before anything is lost if it holds anything else. */
static base_status remove_folder(const char *folder)
{
    base_status status = for_parts(folder, false);

    if (status == BASE_OK)
        status = for_parts(folder, true);
    if (status == BASE_OK && rmdir(folder) != 0 && errno != ENOENT) {
        base_log_error("%s: cannot remove: %s", folder, strerror(errno));
        status = BASE_ERR_IO;
    }
    return status;
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
        status = for_parts(folder->final, false);
    if (status == BASE_OK)
        status = base_file_join(folder->final, "synth.json", marker, sizeof marker);
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
        status = base_file_join(folder->temporary, "synth.json", path, sizeof path);
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
