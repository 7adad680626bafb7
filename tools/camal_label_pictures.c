#include "camal_label_pictures.h"
#include "base_config.h"
#include "base_file.h"
#include "base_log.h"
#include "camal_picture.h"
#include "oracle_picture.h"
#include "store_dataset.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LARGE 256 /* pixels that a picture's side should have for people's eyes */

/* The data set of the run; the caller's to close. */
static base_status open_dataset(const label_run *run, const char *path, store_dataset **dataset)
{
    char yaml[PATH_MAX];
    base_config config;
    base_status status = base_config_defaults(&config);

    if (status != BASE_OK)
        return status;
    if (!path) {
        status = base_file_join(run->folder, "run.yaml", yaml, sizeof yaml);
        if (status == BASE_OK)
            status = base_config_read(&config, yaml);
        path = config.data.dataset;
    }
    if (status == BASE_OK && !base_file_exists(path)) {
        base_log_error("%s: no such data set; say where it is with --dataset", path);
        status = BASE_ERR_NOT_FOUND;
    }
    if (status == BASE_OK)
        status = store_dataset_open(path, dataset);
    if (status == BASE_OK &&
        strcmp(store_dataset_table(*dataset)->digest, run->queries.dataset_digest) != 0) {
        base_log_error("%s: is the data set %s, the run has %s", path, store_dataset_table(*dataset)->digest,
                       run->queries.dataset_digest);
        store_dataset_close(dataset);
        status = BASE_ERR_INPUT;
    }
    base_config_clear(&config);
    return status;
}

static base_status write_one(const oracle_query *query, store_dataset *dataset, uint8_t *pixels,
                             const char *folder)
{
    const store_table *table = store_dataset_table(dataset);
    int32_t factor = table->size < LARGE ? LARGE / table->size : 1;
    char name[64], path[PATH_MAX];
    camal_picture picture = {0};
    base_status status;
    int64_t row = 0;

    while ((uint64_t)row < table->samples && table->annotation_id[row] != query->id)
        row++;
    if ((uint64_t)row == table->samples) {
        base_log_error("the data set has no sample %" PRId64 ", which round-NNN.json asks for", query->id);
        return BASE_ERR_INPUT;
    }
    oracle_picture_crop_name(query, name, sizeof name);
    status = base_file_join(folder, name, path, sizeof path);
    if (status == BASE_OK)
        status = store_dataset_gather(dataset, &row, 1, pixels, NULL);
    if (status == BASE_OK)
        status = camal_picture_sample(pixels, table->size, factor, &picture);
    if (status == BASE_OK)
        status = camal_picture_write(&picture, path);
    camal_picture_destroy(&picture);
    return status;
}

base_status label_pictures_write(const label_run *run, const uint8_t *asked, const char *path,
                                 const char *folder)
{
    store_dataset *dataset = NULL;
    uint8_t *pixels = NULL;
    base_status status = open_dataset(run, path, &dataset);
    size_t side, i, written = 0;

    if (status != BASE_OK)
        return status;
    side = (size_t)store_dataset_table(dataset)->size;
    pixels = malloc(side * side * 3);
    if (!pixels) {
        base_log_error("out of memory for a picture of %zu x %zu", side, side);
        status = BASE_ERR_MEMORY;
    }
    if (status == BASE_OK)
        status = base_file_make_folder(folder);
    for (i = 0; status == BASE_OK && i < run->queries.count; i++) {
        if (!asked[i])
            continue;
        status = write_one(&run->queries.query[i], dataset, pixels, folder);
        written++;
    }
    if (status == BASE_OK)
        base_log_info("%zu pictures in %s", written, folder);
    free(pixels);
    store_dataset_close(&dataset);
    return status;
}
