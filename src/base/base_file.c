#include "base_file.h"
#include "base_log.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#define READ_BLOCK ((size_t)1 << 20)

bool base_file_exists(const char *path)
{
    struct stat info;

    return lstat(path, &info) == 0;
}

static base_status fail(const char *what, const char *path)
{
    int reason = errno;

    base_log_error("%s: cannot %s: %s", path, what, strerror(reason));
    return reason == EISDIR ? BASE_ERR_INPUT : BASE_ERR_IO;
}

/* Some file systems (CIFS) do not sync folders: their entries are as safe as they get there. */
static base_status sync_path(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);

    if (fd < 0)
        return fail("open to sync", path);
    if (fsync(fd) != 0 && !((flags & O_DIRECTORY) && errno == EINVAL)) {
        base_status status = fail("sync", path);

        close(fd);
        return status;
    }
    if (close(fd) != 0)
        return fail("close", path);
    return BASE_OK;
}

/* The folder part of a path, "." if it has none. */
static base_status parent_of(const char *path, char *parent, size_t size)
{
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) : 0;

    if (!slash) {
        memcpy(parent, ".", 2);
        return BASE_OK;
    }
    if (length == 0)
        length = 1;
    if (length >= size) {
        base_log_error("path too long: %s (at most %zu bytes)", path, size - 1);
        return BASE_ERR_IO;
    }
    memcpy(parent, path, length);
    parent[length] = 0;
    return BASE_OK;
}

/* What is named in a folder may not survive a crash before the folder is synced. */
static base_status sync_parent(const char *path)
{
    char parent[PATH_MAX];
    base_status status = parent_of(path, parent, sizeof parent);

    return status == BASE_OK ? sync_path(parent, O_RDONLY | O_DIRECTORY) : status;
}

base_status base_file_make_folder(const char *path)
{
    char part[PATH_MAX];
    struct stat info;
    size_t i, length = strlen(path);
    base_status status = BASE_OK;

    if (length == 0 || length >= sizeof part) {
        base_log_error("folder name of %zu bytes: allowed are 1 to %zu", length, sizeof part - 1);
        return BASE_ERR_IO;
    }
    memcpy(part, path, length + 1);
    for (i = 1; i <= length; i++) {
        if (part[i] != '/' && part[i] != 0)
            continue;
        part[i] = 0;
        if (mkdir(part, 0777) == 0)
            status = sync_parent(part);
        else if (errno != EEXIST)
            status = fail("create the folder", part);
        if (status != BASE_OK)
            return status;
        part[i] = path[i];
    }
    if (stat(path, &info) != 0)
        return fail("use the folder", path);
    if (!S_ISDIR(info.st_mode)) {
        errno = ENOTDIR;
        return fail("use the folder", path);
    }
    return BASE_OK;
}

base_status base_file_join(const char *folder, const char *name, char *path, size_t size)
{
    size_t length = strlen(folder);
    const char *slash = length > 0 && folder[length - 1] == '/' ? "" : "/";
    int n = snprintf(path, size, "%s%s%s", folder, slash, name);

    if (n < 0 || (size_t)n >= size) {
        base_log_error("path too long: %s%s%s (at most %zu bytes)", folder, slash, name, size - 1);
        return BASE_ERR_USAGE;
    }
    return BASE_OK;
}

base_status base_file_sync(const char *path)
{
    return sync_path(path, O_RDONLY);
}

base_status base_file_rename(const char *from, const char *to)
{
    if (rename(from, to) != 0) {
        base_log_error("%s: cannot rename to %s: %s", from, to, strerror(errno));
        return BASE_ERR_IO;
    }
    return sync_parent(to);
}

static base_status write_all(int fd, const char *path, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t done = write(fd, bytes, size);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return fail("write", path);
        bytes += done;
        size -= (size_t)done;
    }
    return BASE_OK;
}

/* Open, write, sync, close. */
static base_status write_durably(const char *path, const void *bytes, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    base_status status;

    if (fd < 0)
        return fail("open to write", path);
    status = write_all(fd, path, bytes, size);
    if (status == BASE_OK && fsync(fd) != 0)
        status = fail("sync", path);
    if (close(fd) != 0 && status == BASE_OK)
        status = fail("close", path);
    return status;
}

base_status base_file_write(const char *path, const void *bytes, size_t size)
{
    char temporary[PATH_MAX];
    int n = snprintf(temporary, sizeof temporary, "%s.tmp", path);
    base_status status;
    struct stat about;

    if (stat(path, &about) == 0 &&
        !S_ISREG(about.st_mode)) { /* a rename would put a file in a device's place */
        base_log_error("%s: is there and not a regular file: name another", path);
        return BASE_ERR_USAGE;
    }
    if (n < 0 || (size_t)n >= sizeof temporary) {
        base_log_error("path too long: %s (at most %zu bytes)", path, sizeof temporary - 5);
        return BASE_ERR_IO;
    }
    status = write_durably(temporary, bytes, size);
    if (status == BASE_OK)
        status = base_file_rename(temporary, path);
    if (status != BASE_OK)
        unlink(temporary);
    return status;
}

/* Cut off what is behind the last newline: the half of a line that a crash or a full disk has left. */
static base_status cut_half_line(int fd, const char *path, off_t *end)
{
    char block[512];
    off_t size = lseek(fd, 0, SEEK_END), kept = size;

    if (size < 0)
        return fail("find the end", path);
    while (kept > 0) {
        size_t count = kept < (off_t)sizeof block ? (size_t)kept : sizeof block;
        ssize_t got = pread(fd, block, count, kept - (off_t)count);

        if (got != (ssize_t)count)
            return fail("read", path);
        while (count > 0 && block[count - 1] != '\n') {
            count--;
            kept--;
        }
        if (count > 0)
            break;
    }
    if (kept < size && ftruncate(fd, kept) != 0)
        return fail("cut off half a line", path);
    *end = kept;
    return BASE_OK;
}

/* The line, or nothing of it. */
static base_status append(int fd, const char *path, const char *bytes, size_t size)
{
    off_t end = 0;
    base_status status = cut_half_line(fd, path, &end);

    if (status != BASE_OK)
        return status;
    status = write_all(fd, path, bytes, size);
    if (status != BASE_OK && ftruncate(fd, end) != 0)
        base_log_warn("%s: ends with half a line", path);
    return status == BASE_OK && fsync(fd) != 0 ? fail("sync", path) : status;
}

base_status base_file_append_line(const char *path, const char *line)
{
    size_t length = strlen(line);
    char *bytes = malloc(length + 1);
    base_status status;
    int fd;

    if (!bytes) {
        base_log_error("%s: out of memory for a line of %zu bytes", path, length);
        return BASE_ERR_MEMORY;
    }
    memcpy(bytes, line, length);
    bytes[length] = '\n';
    fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    status = fd < 0 ? fail("open to write", path) : append(fd, path, bytes, length + 1);
    if (fd >= 0 && close(fd) != 0 && status == BASE_OK)
        status = fail("close", path);
    free(bytes);
    return status;
}

static base_status read_descriptor(int fd, const char *path, bool text, char **bytes, size_t *size)
{
    size_t used = 0, room = READ_BLOCK;
    char *buffer = malloc(room + 1);

    while (buffer) {
        ssize_t done = read(fd, buffer + used, room - used);
        char *larger;

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0) {
            free(buffer);
            return fail("read", path);
        }
        used += (size_t)done;
        if (done == 0) {
            buffer[used] = 0;
            *bytes = buffer;
            *size = used;
            return BASE_OK;
        }
        if (used < room)
            continue;
        /* Before a data set, or a device without an end, fills the memory. */
        if (text && memchr(buffer, 0, READ_BLOCK)) {
            free(buffer);
            base_log_error("%s: is not text: it has zero bytes", path);
            return BASE_ERR_INPUT;
        }
        room *= 2;
        larger = realloc(buffer, room + 1);
        if (!larger)
            free(buffer);
        buffer = larger;
    }
    base_log_error("%s: out of memory reading it", path);
    return BASE_ERR_MEMORY;
}

static base_status read_file(const char *path, bool text, char **bytes, size_t *size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    base_status status;

    if (fd < 0)
        return fail("open", path);
    status = read_descriptor(fd, path, text, bytes, size);
    close(fd);
    return status;
}

base_status base_file_read(const char *path, char **bytes, size_t *size)
{
    return read_file(path, false, bytes, size);
}

base_status base_file_read_text(const char *path, char **bytes, size_t *size)
{
    return read_file(path, true, bytes, size);
}

base_status base_file_lock(int fd, const char *path, bool *held)
{
    int code;

    *held = false;
    do
        code = flock(fd, LOCK_EX | LOCK_NB);
    while (code != 0 && errno == EINTR);
    *held = code == 0;
    if (code == 0 || errno == EWOULDBLOCK)
        return BASE_OK;
    if (errno != ENOSYS && errno != EOPNOTSUPP)
        return fail("lock", path);
    base_log_warn(
        "%s: this file system has no locks (%s; Lustre has with -o flock): see to it that only one job "
        "works on this folder at a time",
        path, strerror(errno));
    *held = true;
    return BASE_OK;
}

static void digest_text(XXH128_hash_t hash, char digest[BASE_DIGEST_TEXT])
{
    snprintf(digest, BASE_DIGEST_TEXT, "%016llx%016llx", (unsigned long long)hash.high64,
             (unsigned long long)hash.low64);
}

void base_file_digest_bytes(const void *bytes, size_t size, char digest[BASE_DIGEST_TEXT])
{
    digest_text(XXH3_128bits(bytes, size), digest);
}

static base_status digest_stream(int fd, const char *path, XXH3_state_t *state, char *block)
{
    ssize_t got;

    XXH3_128bits_reset(state);
    while ((got = read(fd, block, READ_BLOCK)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail("read", path);
        XXH3_128bits_update(state, block, (size_t)got);
    }
    return BASE_OK;
}

/* What is no regular file may have no end, or make us wait for it. */
static base_status open_regular(const char *path, int *fd)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat info;

    if (file < 0)
        return fail("open", path);
    if (fstat(file, &info) != 0 || !S_ISREG(info.st_mode)) {
        base_log_error("%s: is not a regular file", path);
        close(file);
        return BASE_ERR_INPUT;
    }
    *fd = file;
    return BASE_OK;
}

base_status base_file_digest(const char *path, char digest[BASE_DIGEST_TEXT])
{
    XXH3_state_t *state;
    base_status status;
    char *block;
    int fd = -1;

    status = open_regular(path, &fd);
    if (status != BASE_OK)
        return status;
    state = XXH3_createState();
    block = malloc(READ_BLOCK);
    if (!state || !block) {
        base_log_error("%s: out of memory for its digest", path);
        status = BASE_ERR_MEMORY;
    } else {
        status = digest_stream(fd, path, state, block);
    }
    if (status == BASE_OK)
        digest_text(XXH3_128bits_digest(state), digest);
    free(block);
    XXH3_freeState(state);
    close(fd);
    return status;
}
