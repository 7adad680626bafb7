#include "store_table.h"
#include "base_log.h"
#include "store_array.h"
#include "store_attributes.h"
#include "store_check.h"
#include "store_columns.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_NAME_MAX 4096 /* bytes of an image's file name */

/* The arrays of one row a sample. */
typedef struct sample_array {
    const char *object;
    store_h5_type type;
    int32_t columns;
    size_t offset; /* of the pointer in store_table */
} sample_array;

static const sample_array sample_arrays[] = {
    {"/samples/label", STORE_H5_TYPE_I32, 1, offsetof(store_table, label)},
    {"/samples/split", STORE_H5_TYPE_U8, 1, offsetof(store_table, split)},
    {"/samples/image_id", STORE_H5_TYPE_I64, 1, offsetof(store_table, image_id)},
    {"/samples/annotation_id", STORE_H5_TYPE_I64, 1, offsetof(store_table, annotation_id)},
    {"/samples/bbox", STORE_H5_TYPE_F32, 4, offsetof(store_table, bbox)},
    {"/samples/group", STORE_H5_TYPE_I64, 1, offsetof(store_table, group)},
};
#define SAMPLE_ARRAYS (sizeof sample_arrays / sizeof *sample_arrays)

static void *array_of(const store_table *table, const sample_array *array)
{
    void *pointer;

    memcpy(&pointer, (const char *)table + array->offset, sizeof pointer);
    return pointer;
}

static store_h5_shape shape_of(const store_table *table, const sample_array *array)
{
    store_h5_shape shape = {array->columns > 1 ? 2 : 1, {(int64_t)table->samples, array->columns}};

    return shape;
}

/* ---- in memory ---- */

base_status store_table_create(size_t samples, size_t classes, size_t images, store_table *table)
{
    store_table made = {.samples = samples, .classes = classes, .images = images};
    bool ok = true;
    size_t i;

    for (i = 0; i < SAMPLE_ARRAYS; i++) {
        size_t width = sample_arrays[i].type.width * (size_t)sample_arrays[i].columns;
        void *pointer = calloc(samples > 0 ? samples : 1, width);

        ok = ok && pointer;
        memcpy((char *)&made + sample_arrays[i].offset, &pointer, sizeof pointer);
    }
    made.class_info = calloc(classes > 0 ? classes : 1, sizeof *made.class_info);
    made.image_info = calloc(images > 0 ? images : 1, sizeof *made.image_info);
    if (!ok || !made.class_info || !made.image_info) {
        base_log_error("data set table: out of memory for %zu samples, %zu classes, %zu images", samples,
                       classes, images);
        if (!made.image_info)
            made.images = 0;
        store_table_destroy(&made);
        return BASE_ERR_MEMORY;
    }
    *table = made;
    return BASE_OK;
}

void store_table_destroy(store_table *table)
{
    size_t i;

    if (!table)
        return;
    for (i = 0; i < table->images; i++)
        free(table->image_info[i].file_name);
    free(table->image_info);
    free(table->class_info);
    for (i = 0; i < SAMPLE_ARRAYS; i++)
        free(array_of(table, &sample_arrays[i]));
    memset(table, 0, sizeof *table);
}

size_t store_table_find_image(const store_table *table, int64_t id)
{
    size_t low = 0, high = table->images;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (table->image_info[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < table->images && table->image_info[low].id == id ? low : table->images;
}

const char *store_table_picture(const store_table *table, size_t sample)
{
    /* store_dataset_open() has checked that it is there */
    return table->image_info[store_table_find_image(table, table->image_id[sample])].file_name;
}

/* ---- digest ---- */

static void digest_text(XXH3_state_t *state, const char *text, size_t width)
{
    char padded[STORE_CLASS_NAME_MAX] = {0};

    memcpy(padded, text, strnlen(text, width - 1));
    XXH3_128bits_update(state, padded, width);
}

void store_table_digest(XXH3_state_t *state, const store_table *table)
{
    uint64_t counts[3] = {table->samples, table->classes, table->images};
    size_t i;

    XXH3_128bits_update(state, counts, sizeof counts);
    XXH3_128bits_update(state, &table->size, sizeof table->size);
    XXH3_128bits_update(state, table->mean, sizeof table->mean);
    XXH3_128bits_update(state, table->std, sizeof table->std);
    for (i = 0; i < SAMPLE_ARRAYS; i++) {
        size_t width = sample_arrays[i].type.width * (size_t)sample_arrays[i].columns;

        XXH3_128bits_update(state, array_of(table, &sample_arrays[i]), table->samples * width);
    }
    for (i = 0; i < table->classes; i++) {
        const store_class_info *info = &table->class_info[i];

        digest_text(state, info->name, sizeof info->name);
        digest_text(state, info->supercategory, sizeof info->supercategory);
        XXH3_128bits_update(state, &info->category_id, sizeof info->category_id);
    }
    for (i = 0; i < table->images; i++) {
        const store_image_info *info = &table->image_info[i];

        XXH3_128bits_update(state, &info->id, sizeof info->id);
        XXH3_128bits_update(state, &info->width, sizeof info->width);
        XXH3_128bits_update(state, &info->height, sizeof info->height);
        XXH3_128bits_update(state, info->file_name, strlen(info->file_name) + 1);
    }
}

void store_table_digest_text(const XXH3_state_t *state, char digest[BASE_DIGEST_TEXT])
{
    XXH128_hash_t hash = XXH3_128bits_digest(state);

    snprintf(digest, BASE_DIGEST_TEXT, "%016llx%016llx", (unsigned long long)hash.high64,
             (unsigned long long)hash.low64);
}

/* ---- the images' part; file names have the width of the longest ---- */

static const store_column image_column[] = {
    {"id", STORE_H5_TYPE_I64, offsetof(store_image_info, id), false},
    {"width", STORE_H5_TYPE_I32, offsetof(store_image_info, width), false},
    {"height", STORE_H5_TYPE_I32, offsetof(store_image_info, height), false},
};
static const store_columns image_columns = {"/images", sizeof(store_image_info),
                                            sizeof image_column / sizeof *image_column, image_column};

static base_status out_of_memory(const store_h5 *h5, const char *object, size_t bytes)
{
    base_log_error("%s: %s: out of memory for %zu bytes", h5->path, object, bytes);
    return BASE_ERR_MEMORY;
}

static base_status write_images(const store_h5 *h5, const store_table *table)
{
    store_h5_shape shape = {1, {(int64_t)table->images}};
    size_t width = 1, i;
    base_status status;
    char *names;

    for (i = 0; i < table->images; i++) {
        size_t length = strlen(table->image_info[i].file_name);

        width = length > width ? length : width;
    }
    names = calloc(table->images, width);
    if (!names)
        return out_of_memory(h5, "/images/file_name", table->images * width);
    for (i = 0; i < table->images; i++)
        memcpy(names + i * width, table->image_info[i].file_name, strlen(table->image_info[i].file_name));
    status = store_columns_write(h5, &image_columns, table->image_info, table->images);
    if (status == BASE_OK)
        status = store_array_write(h5, "/images/file_name", (store_h5_type){STORE_H5_KIND_TEXT, width},
                                   &shape, names);
    free(names);
    return status;
}

static base_status read_file_names(const store_h5 *h5, store_table *table)
{
    store_h5_type type = STORE_H5_TYPE_TEXT(FILE_NAME_MAX);
    store_h5_shape shape = {1, {(int64_t)table->images}};
    base_status status = store_array_find(h5, "/images/file_name", false, &type, &shape);
    char *names;
    size_t i;

    if (status != BASE_OK)
        return status;
    type.width++; /* the 0 at the end */
    names = calloc(table->images, type.width);
    if (!names)
        return out_of_memory(h5, "/images/file_name", table->images * type.width);
    status = store_array_read(h5, "/images/file_name", type, &shape, names);
    for (i = 0; i < table->images && status == BASE_OK; i++) {
        table->image_info[i].file_name = strdup(names + i * type.width);
        if (!table->image_info[i].file_name)
            status = out_of_memory(h5, "/images/file_name", type.width);
    }
    free(names);
    return status;
}

/* ---- the file ---- */

static const store_attribute list[] = {
    {"/", "digest", STORE_H5_TYPE_TEXT(BASE_DIGEST_TEXT), 0, offsetof(store_table, digest)},
    {"/", "mean", STORE_H5_TYPE_F32, 3, offsetof(store_table, mean)},
    {"/", "std", STORE_H5_TYPE_F32, 3, offsetof(store_table, std)},
};

static const store_attributes attributes = {STORE_DATASET_SCHEMA, STORE_DATASET_VERSION,
                                            sizeof list / sizeof *list, list};

base_status store_table_write(const store_h5 *h5, const store_table *table)
{
    base_status status = store_attributes_write(h5, &attributes, table);
    size_t i;

    if (status == BASE_OK)
        status = store_h5_write_attribute(
            h5, "/", "version", (store_h5_type)STORE_H5_TYPE_TEXT(sizeof CAMAL_VERSION), 0, CAMAL_VERSION);
    for (i = 0; i < SAMPLE_ARRAYS && status == BASE_OK; i++) {
        store_h5_shape shape = shape_of(table, &sample_arrays[i]);

        status = store_array_write(h5, sample_arrays[i].object, sample_arrays[i].type, &shape,
                                   array_of(table, &sample_arrays[i]));
    }
    if (status == BASE_OK)
        status = store_h5_make_group(h5, "/classes");
    if (status == BASE_OK)
        status = store_columns_write(h5, &store_class_info_columns, table->class_info, table->classes);
    if (status == BASE_OK)
        status = store_h5_make_group(h5, "/images");
    if (status == BASE_OK)
        status = write_images(h5, table);
    return status;
}

base_status store_table_read(const store_h5 *h5, size_t samples, int32_t size, store_table *table)
{
    store_table made = {0};
    size_t classes = 0, images = 0, i;
    base_status status = store_columns_rows(h5, &store_class_info_columns, &classes);

    if (status == BASE_OK)
        status = store_columns_rows(h5, &image_columns, &images);
    if (status == BASE_OK)
        status = store_table_create(samples, classes, images, &made);
    made.size = size;
    for (i = 0; i < SAMPLE_ARRAYS && status == BASE_OK; i++) {
        store_h5_shape shape = shape_of(&made, &sample_arrays[i]);

        status = store_array_read(h5, sample_arrays[i].object, sample_arrays[i].type, &shape,
                                  array_of(&made, &sample_arrays[i]));
    }
    if (status == BASE_OK)
        status = store_columns_read(h5, &store_class_info_columns, classes, made.class_info);
    if (status == BASE_OK)
        status = store_columns_read(h5, &image_columns, images, made.image_info);
    if (status == BASE_OK)
        status = read_file_names(h5, &made);
    if (status == BASE_OK)
        status = store_attributes_read(h5, &attributes, &made);
    if (status == BASE_OK)
        status = store_check_table(&made, h5->path, NULL);
    if (status == BASE_OK)
        *table = made;
    else
        store_table_destroy(&made);
    return status;
}
