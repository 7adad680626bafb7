#include "base_file.h"
#include "base_log.h"
#include "store_check.h"
#include "store_h5.h"
#include "store_round.h"
#include "store_round_layout.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

base_status store_round_path(const char *folder, int32_t index, char *path, size_t size)
{
    char name[32];

    snprintf(name, sizeof name, "round-%03d.h5", (int)index);
    return base_file_join(folder, name, path, size);
}

static base_status write_file(const char *path, const store_round *round)
{
    store_h5 h5;
    base_status status = store_h5_create(path, &h5);

    if (status == BASE_OK)
        status = store_round_layout_write(&h5, round);
    if (status == BASE_OK)
        return store_h5_close(&h5);
    store_h5_drop(&h5);
    return status;
}

base_status store_round_commit(const char *folder, const store_round *round)
{
    char final[PATH_MAX - 8], temporary[PATH_MAX];
    base_status status = store_round_path(folder, round->index, final, sizeof final);

    if (status != BASE_OK)
        return status;
    status = store_check_round(round, final, NULL);
    if (status != BASE_OK)
        return status == BASE_ERR_INPUT ? BASE_ERR_INTERNAL
                                        : status; /* no input: this program made the round */
    snprintf(temporary, sizeof temporary, "%s.tmp", final);
    status = write_file(temporary, round);
    if (status == BASE_OK)
        status = base_file_sync(temporary);
    if (status == BASE_OK)
        status = base_file_rename(temporary, final);
    if (status != BASE_OK)
        unlink(temporary);
    return status;
}

base_status store_round_read(const char *path, store_round *round)
{
    store_round made;
    store_h5 h5;
    base_status status = store_h5_open(path, &h5);

    if (status != BASE_OK)
        return status;
    status = store_round_layout_read(&h5, &made);
    store_h5_drop(&h5);
    if (status != BASE_OK)
        return status;
    status = store_check_round(&made, path, NULL);
    if (status == BASE_OK)
        *round = made;
    else
        store_round_destroy(&made);
    return status;
}

/* ---- the newest ---- */

/* Number of a name of the form store_round_path() makes, -1 for others. */
static int32_t index_of(const char *name)
{
    char expected[32];
    char *end;
    long index;

    if (strncmp(name, "round-", 6) != 0)
        return -1;
    index = strtol(name + 6, &end, 10);
    if (end == name + 6 || index < 0 || index > INT32_MAX)
        return -1;
    snprintf(expected, sizeof expected, "round-%03ld.h5", index);
    return strcmp(name, expected) == 0 ? (int32_t)index : -1;
}

/* The largest number below `limit` in the folder, -1 if there is none. A folder that cannot be listed is not
 * taken for an empty one: its rounds would be made anew, over those that are there. */
static base_status largest_below(const char *folder, int64_t limit, int32_t *largest)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    int reason = errno;

    *largest = -1;
    if (!dir && reason == ENOENT)
        return BASE_OK; /* a run that has not begun */
    for (errno = 0; dir && (entry = readdir(dir)); errno = 0) {
        int32_t index = index_of(entry->d_name);

        if (index > *largest && index < limit)
            *largest = index;
    }
    reason = dir ? errno : reason;
    if (dir)
        closedir(dir);
    if (reason == 0)
        return BASE_OK;
    base_log_error("%s: cannot list the folder: %s", folder, strerror(reason));
    return BASE_ERR_IO;
}

/* Can the round be read whole, and is it the one that its name says? BASE_ERR_INPUT if not; other errors say
 * nothing about the file. */
static base_status check_whole(const char *path, int32_t index)
{
    store_round round;
    base_status status = store_round_read(path, &round);

    if (status != BASE_OK)
        return status;
    if (round.index != index) {
        base_log_error("%s: attribute index is %d, expected %d as the file's name says", path,
                       (int)round.index, (int)index);
        status = BASE_ERR_INPUT;
    }
    store_round_destroy(&round);
    return status;
}

base_status store_round_newest(const char *folder, int32_t *newest)
{
    char path[PATH_MAX];
    int32_t index;
    base_status status = largest_below(folder, (int64_t)INT32_MAX + 1, &index);

    while (status == BASE_OK && index >= 0) {
        status = store_round_path(folder, index, path, sizeof path);
        if (status == BASE_OK)
            status = check_whole(path, index);
        if (status != BASE_ERR_INPUT)
            break;
        base_log_warn("%s is damaged and left aside: going on from the round before it", path);
        status = largest_below(folder, index, &index);
    }
    if (status == BASE_OK)
        *newest = index;
    return status;
}
