#include "store_shards.h"
#include "base_log.h"
#include "store_array.h"
#include "store_attributes.h"
#include "store_table.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const store_column shard_column[] = {
    {"name", STORE_H5_TYPE_TEXT(STORE_SHARD_NAME_MAX), offsetof(store_shard_info, name), false},
    {"digest", STORE_H5_TYPE_TEXT(BASE_DIGEST_TEXT), offsetof(store_shard_info, digest), false},
    {"samples", STORE_H5_TYPE_I64, offsetof(store_shard_info, samples), false},
};
const store_columns store_shard_columns = {"/shards", sizeof(store_shard_info),
                                           sizeof shard_column / sizeof *shard_column, shard_column};

/* ---- which files ---- */

static base_status make_room(const store_h5 *h5, size_t count, store_shards *shards)
{
    size_t i;

    shards->shard = calloc(count, sizeof *shards->shard);
    if (!shards->shard) {
        base_log_error("%s: out of memory for %zu files", h5->path, count);
        return BASE_ERR_MEMORY;
    }
    for (i = 0; i < count; i++) {
        shards->shard[i].h5.file = H5I_INVALID_HID;
        shards->shard[i].file = -1;
    }
    shards->count = count;
    return BASE_OK;
}

static base_status read_info(const store_h5 *h5, store_shards *shards)
{
    size_t count = 0;
    base_status status = store_columns_rows(h5, &store_shard_columns, &count);

    if (status == BASE_OK && (count < 1 || count > STORE_SHARDS_MAX)) {
        base_log_error("%s: /shards has %zu rows, allowed are 1 to %d", h5->path, count, STORE_SHARDS_MAX);
        return BASE_ERR_INPUT;
    }
    if (status == BASE_OK)
        status = make_room(h5, count, shards);
    if (status != BASE_OK)
        return status;
    shards->info = calloc(count, sizeof *shards->info);
    if (!shards->info) {
        base_log_error("%s: out of memory for %zu rows of /shards", h5->path, count);
        return BASE_ERR_MEMORY;
    }
    return store_columns_read(h5, &store_shard_columns, count, shards->info);
}

/* ---- opening them ---- */

static base_status open_file(store_shard *shard)
{
    shard->file = open(shard->h5.path, O_RDONLY | O_CLOEXEC);
    if (shard->file >= 0)
        return BASE_OK;
    base_log_error("%s: cannot open: %s", shard->h5.path, strerror(errno));
    return BASE_ERR_IO; /* it was there just now */
}

/* The file beside the data set; a name may not lead elsewhere. */
static base_status shard_path(const store_h5 *h5, const char *name, char path[PATH_MAX])
{
    const char *slash = strrchr(h5->path, '/');
    char folder[PATH_MAX];
    size_t length = slash ? (size_t)(slash - h5->path) : 0;

    if (!*name || strchr(name, '/')) {
        base_log_error("%s: /shards/name \"%s\", expected the name of a file in the same folder", h5->path,
                       name);
        return BASE_ERR_INPUT;
    }
    memcpy(folder, h5->path, length);
    folder[length] = 0;
    if (!slash || length == 0)
        strcpy(folder, slash ? "/" : ".");
    return base_file_join(folder, name, path, PATH_MAX);
}

static base_status open_shard(const store_h5 *h5, const store_shard_info *info, store_shard *shard)
{
    char path[PATH_MAX], digest[BASE_DIGEST_TEXT];
    base_status status = shard_path(h5, info->name, path);

    if (status == BASE_OK)
        status = store_h5_open(path, &shard->h5);
    if (status == BASE_OK)
        status = open_file(shard);
    if (status == BASE_OK)
        status = store_attributes_expect(&shard->h5, STORE_SHARD_SCHEMA, STORE_SHARD_VERSION);
    if (status == BASE_OK)
        status = store_h5_read_attribute(&shard->h5, "/", "digest",
                                         (store_h5_type){STORE_H5_KIND_TEXT, sizeof digest}, 0, digest);
    if (status == BASE_OK && strcmp(digest, info->digest) != 0) {
        base_log_error("%s: has digest %s, but %s names %s in its place: a shard of another data set, or one "
                       "that was mixed up; put the right file there or ingest again",
                       path, digest, h5->path, info->digest);
        return BASE_ERR_INPUT;
    }
    return status;
}

static base_status open_files(const store_h5 *h5, store_shards *shards)
{
    base_status status = BASE_OK;
    size_t i;

    if (!shards->info) {
        shards->shard[0].h5 = *h5;
        return open_file(&shards->shard[0]);
    }
    for (i = 0; i < shards->count && status == BASE_OK; i++)
        status = open_shard(h5, &shards->info[i], &shards->shard[i]);
    return status;
}

/* ---- what they hold ---- */

static base_status measure_file(const store_h5 *h5, int64_t *samples, int32_t *size)
{
    store_h5_shape shape = {4, {-1, -1, -1, 3}};
    base_status status = store_array_look(h5, STORE_DATASET_IMAGE, STORE_H5_U8, &shape);
    int64_t n = shape.dims[0], s = shape.dims[1];

    if (status != BASE_OK)
        return status;
    if (n < 1 || n > INT32_MAX || s < 1 || s > STORE_SIZE_MAX || shape.dims[2] != s) {
        base_log_error("%s: %s is [%lld,%lld,%lld,3], expected [N,S,S,3] with N 1 to %d, S 1 to %d", h5->path,
                       STORE_DATASET_IMAGE, (long long)n, (long long)s, (long long)shape.dims[2], INT32_MAX,
                       STORE_SIZE_MAX);
        return BASE_ERR_INPUT;
    }
    *samples = n;
    *size = (int32_t)s;
    return BASE_OK;
}

/* Is shard i as the data set says, of the first one's size, and whole chunks unless it is the last? */
static base_status check_shard(const store_shards *shards, size_t i, int64_t samples, int32_t size,
                               int32_t expected)
{
    const char *path = shards->shard[i].h5.path;
    size_t rows = store_chunk_samples(expected);

    if (size != expected) {
        base_log_error("%s: samples of %d pixels, but those of %s have %d", path, (int)size,
                       shards->shard[0].h5.path, (int)expected);
        return BASE_ERR_INPUT;
    }
    if (shards->info && samples != shards->info[i].samples) {
        base_log_error("%s: %lld samples, but the data set names it with %lld", path, (long long)samples,
                       (long long)shards->info[i].samples);
        return BASE_ERR_INPUT;
    }
    if (i + 1 < shards->count && (size_t)samples % rows != 0) {
        base_log_error("%s: %lld samples, expected whole chunks of %zu in all shards but the last", path,
                       (long long)samples, rows);
        return BASE_ERR_INPUT;
    }
    return BASE_OK;
}

static base_status measure(store_shards *shards, size_t *samples, int32_t *size)
{
    size_t total = 0, i;
    int32_t expected = 0;

    for (i = 0; i < shards->count; i++) {
        int64_t here = 0;
        int32_t found = 0;
        base_status status = measure_file(&shards->shard[i].h5, &here, &found);

        expected = i == 0 ? found : expected;
        if (status == BASE_OK)
            status = check_shard(shards, i, here, found, expected);
        if (status != BASE_OK)
            return status;
        shards->shard[i].first = total;
        shards->shard[i].samples = (size_t)here;
        total += (size_t)here;
    }
    if (total > INT32_MAX) {
        base_log_error("%s: the shards up to it hold %zu samples, allowed are %d",
                       shards->shard[shards->count - 1].h5.path, total, INT32_MAX);
        return BASE_ERR_INPUT;
    }
    *samples = total;
    *size = expected;
    return BASE_OK;
}

base_status store_shards_open(const store_h5 *h5, store_shards *shards, size_t *samples, int32_t *size)
{
    bool sharded = store_h5_look(h5, store_shard_columns.group) != STORE_H5_ABSENT;
    base_status status = sharded ? read_info(h5, shards) : make_room(h5, 1, shards);

    if (status == BASE_OK)
        status = open_files(h5, shards);
    return status == BASE_OK ? measure(shards, samples, size) : status;
}

void store_shards_close(store_shards *shards)
{
    size_t i;

    if (!shards)
        return;
    for (i = 0; i < shards->count; i++) {
        if (shards->info)
            store_h5_drop(&shards->shard[i].h5);
        if (shards->shard[i].file >= 0)
            close(shards->shard[i].file);
    }
    free(shards->shard);
    free(shards->info);
    memset(shards, 0, sizeof *shards);
}
