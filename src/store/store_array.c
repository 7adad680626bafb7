#include "store_array.h"
#include "base_log.h"
#include "store_pack.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Product of the dimensions from `first` on; -1 if it does not fit. */
static int64_t count_from(const store_h5_shape *shape, int32_t first)
{
    int64_t count = 1;
    int32_t i;

    for (i = first; i < shape->rank; i++) {
        if (__builtin_mul_overflow(count, shape->dims[i], &count))
            return -1;
    }
    return count;
}

/* Rows of a chunk: as many as fit into STORE_ARRAY_CHUNK_BYTES. */
static int64_t default_chunk_rows(store_h5_type type, const store_h5_shape *shape)
{
    int64_t row = count_from(shape, 1), rows;

    row = row > 0 ? row * (int64_t)type.width : (int64_t)type.width;
    rows = (int64_t)STORE_ARRAY_CHUNK_BYTES / row;
    rows = rows < 1 ? 1 : rows;
    return rows < shape->dims[0] ? rows : shape->dims[0];
}

static void to_hsize(const store_h5_shape *shape, hsize_t dims[STORE_H5_RANK_MAX])
{
    int32_t i;

    for (i = 0; i < shape->rank; i++)
        dims[i] = (hsize_t)shape->dims[i];
}

/* ---- writing ---- */

/* Creation properties: chunks with checksum, or plain where there is nothing to hold. */
static hid_t creation_properties(const store_h5_shape *shape, int64_t chunk_rows, bool deflate)
{
    hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    hsize_t chunk[STORE_H5_RANK_MAX];
    bool ok = properties >= 0 && H5Pset_obj_track_times(properties, false) >= 0;

    to_hsize(shape, chunk);
    chunk[0] = (hsize_t)chunk_rows;
    if (ok && count_from(shape, 0) > 0)
        ok = H5Pset_chunk(properties, shape->rank, chunk) >= 0 &&
             (!deflate || H5Pset_deflate(properties, STORE_ARRAY_DEFLATE_LEVEL) >= 0) &&
             H5Pset_fletcher32(properties) >= 0;
    if (ok)
        return properties;
    if (properties >= 0)
        H5Pclose(properties);
    return H5I_INVALID_HID;
}

static base_status create(const store_h5 *h5, const char *object, store_h5_type type,
                          const store_h5_shape *shape, int64_t chunk_rows, bool deflate, hid_t *dataset)
{
    hsize_t dims[STORE_H5_RANK_MAX], limit[STORE_H5_RANK_MAX];
    hid_t in_file = store_h5_file_type(type), space = H5I_INVALID_HID;
    hid_t properties = creation_properties(shape, chunk_rows, deflate), made = H5I_INVALID_HID;
    base_status status = BASE_OK;

    to_hsize(shape, dims);
    to_hsize(shape, limit);
    if (chunk_rows > 0) /* a chunk longer than the array is allowed only where the array could grow to it */
        limit[0] = (dims[0] + (hsize_t)chunk_rows - 1) / (hsize_t)chunk_rows * (hsize_t)chunk_rows;
    if (in_file < 0 || properties < 0 || (space = H5Screate_simple(shape->rank, dims, limit)) < 0 ||
        (made = H5Dcreate2(h5->file, object, in_file, space, H5P_DEFAULT, properties, H5P_DEFAULT)) < 0)
        status = store_h5_fail(h5, object, "create the dataset");
    else
        *dataset = made;
    if (space >= 0)
        H5Sclose(space);
    if (properties >= 0)
        H5Pclose(properties);
    if (in_file >= 0)
        H5Tclose(in_file);
    return status;
}

base_status store_array_create(const store_h5 *h5, const char *object, const store_h5_shape *shape,
                               int64_t chunk_rows, bool deflate, hid_t *dataset)
{
    return create(h5, object, STORE_H5_U8, shape, chunk_rows, deflate, dataset);
}

base_status store_array_write(const store_h5 *h5, const char *object, store_h5_type type,
                              const store_h5_shape *shape, const void *data)
{
    hid_t dataset, memory;
    base_status status = create(h5, object, type, shape, default_chunk_rows(type, shape), false, &dataset);

    if (status != BASE_OK)
        return status;
    memory = store_h5_memory_type(type);
    if (memory < 0 ||
        (count_from(shape, 0) > 0 && H5Dwrite(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0))
        status = store_h5_fail(h5, object, "write the dataset");
    if (H5Dclose(dataset) < 0 && status == BASE_OK)
        status = store_h5_fail(h5, object, "write the dataset");
    if (memory >= 0)
        H5Tclose(memory);
    return status;
}

/* ---- reading ---- */

/* What is expected of an array. */
typedef struct array_want {
    store_h5_type type;
    store_h5_shape shape;
    bool deflate;
} array_want;

static base_status refuse(const store_h5 *h5, const char *object, const char *found, const char *expected)
{
    base_log_error("%s: %s is %s, expected %s", h5->path, object, found, expected);
    return BASE_ERR_INPUT;
}

static bool shape_fits(const store_h5_shape *found, const store_h5_shape *want)
{
    int32_t i;

    if (want->rank == 0)
        return found->rank > 0;
    if (found->rank != want->rank)
        return false;
    for (i = 0; i < want->rank; i++) {
        if (want->dims[i] >= 0 && want->dims[i] != found->dims[i])
            return false;
    }
    return true;
}

/* Type and shape as wanted; fills what was open in *want. */
static base_status check_type(const store_h5 *h5, const char *object, hid_t dataset, array_want *want)
{
    hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
    store_h5_shape shape = {0};
    base_status status = BASE_OK;
    char found[160], expected[160], dims[96];

    if (type < 0 || space < 0) {
        status = store_h5_fail(h5, object, "read the type");
    } else if (store_h5_kind_of(type) != want->type.kind || !store_h5_shape_of(space, &shape) ||
               !shape_fits(&shape, &want->shape)) {
        store_h5_describe(type, space, found, sizeof found);
        store_h5_shape_text(&want->shape, dims, sizeof dims);
        snprintf(expected, sizeof expected, "%s %s", store_h5_kind_name(want->type.kind),
                 want->shape.rank > 0 ? dims : "of 1 to 4 dimensions");
        status = refuse(h5, object, found, expected);
    } else if (want->type.kind == STORE_H5_KIND_TEXT && want->type.width > 0 &&
               H5Tget_size(type) > want->type.width) {
        snprintf(found, sizeof found, "texts of %zu bytes", H5Tget_size(type));
        snprintf(expected, sizeof expected, "at most %zu", want->type.width);
        status = refuse(h5, object, found, expected);
    } else {
        want->type.width = H5Tget_size(type);
        want->shape = shape;
    }
    if (space >= 0)
        H5Sclose(space);
    if (type >= 0)
        H5Tclose(type);
    return status;
}

/* Filters: fletcher32 last, before it deflate where that is wanted, nothing else. */
static bool filters_fit(hid_t properties, bool deflate)
{
    int count = H5Pget_nfilters(properties), i;

    if (count != (deflate ? 2 : 1))
        return false;
    for (i = 0; i < count; i++) {
        H5Z_filter_t wanted = i == count - 1 ? H5Z_FILTER_FLETCHER32 : H5Z_FILTER_DEFLATE;
        unsigned flags, config;
        size_t values = 0;

        if (H5Pget_filter2(properties, (unsigned)i, &flags, &values, NULL, 0, NULL, &config) != wanted)
            return false;
    }
    return true;
}

/* Chunks of whole rows, of a sensible size, with the wanted filters; *rows of them are a chunk. */
static base_status check_layout(const store_h5 *h5, const char *object, hid_t dataset, const array_want *want,
                                int64_t *rows)
{
    hid_t properties = H5Dget_create_plist(dataset);
    hsize_t chunk[STORE_H5_RANK_MAX] = {0};
    store_h5_shape shape = want->shape;
    base_status status = BASE_OK;
    int64_t bytes;
    int32_t i;

    if (properties < 0)
        return store_h5_fail(h5, object, "read the layout");
    if (H5Pget_layout(properties) != H5D_CHUNKED ||
        H5Pget_chunk(properties, shape.rank, chunk) != shape.rank) {
        status = refuse(h5, object, "not chunked", "chunks with a checksum (fletcher32)");
    } else if (!filters_fit(properties, want->deflate)) {
        status = refuse(h5, object, "stored through other filters",
                        want->deflate ? "deflate and fletcher32" : "fletcher32");
    } else {
        for (i = 1; i < shape.rank && status == BASE_OK; i++) {
            if ((int64_t)chunk[i] != shape.dims[i])
                status = refuse(h5, object, "chunked across its rows", "chunks of whole rows");
        }
        shape.dims[0] = (int64_t)chunk[0];
        bytes = count_from(&shape, 0);
        if (status == BASE_OK &&
            (bytes <= 0 || bytes > (int64_t)(STORE_ARRAY_CHUNK_LIMIT / want->type.width))) {
            base_log_error(
                "%s: %s has chunks of %lld rows, allowed are 1 or more of at most %zu bytes together",
                h5->path, object, (long long)shape.dims[0], STORE_ARRAY_CHUNK_LIMIT);
            status = BASE_ERR_INPUT;
        }
        *rows = shape.dims[0];
    }
    H5Pclose(properties);
    return status;
}

/* Is every chunk there, whole and with all its filters? HDF5 trusts sizes that a damaged file gives. */
static base_status check_chunks(const store_h5 *h5, const char *object, hid_t dataset, const array_want *want,
                                int64_t rows)
{
    uint64_t raw = (uint64_t)(rows * count_from(&want->shape, 1)) * want->type.width;
    hsize_t at[STORE_H5_RANK_MAX] = {0}, size;
    unsigned skipped;
    haddr_t address;
    int64_t row;

    for (row = 0; row < want->shape.dims[0]; row += rows) {
        at[0] = (hsize_t)row;
        if (H5Dget_chunk_info_by_coord(dataset, at, &skipped, &address, &size) < 0)
            return store_h5_fail(h5, object, "find a chunk");
        if (address == HADDR_UNDEF || skipped != 0 || size > h5->bytes || address > h5->bytes - size ||
            (!want->deflate && size != raw + STORE_PACK_CHECKSUM)) {
            base_log_error("%s: %s: the chunk of row %lld is %s (%llu bytes, expected %s%llu)", h5->path,
                           object, (long long)row, address == HADDR_UNDEF ? "missing" : "damaged",
                           (unsigned long long)size, want->deflate ? "deflated from " : "",
                           (unsigned long long)(raw + STORE_PACK_CHECKSUM));
            return BASE_ERR_INPUT;
        }
    }
    return BASE_OK;
}

/* Find and open an array with every check; *want is completed. */
static base_status open_checked(const store_h5 *h5, const char *object, array_want *want, hid_t *dataset)
{
    hid_t opened = H5I_INVALID_HID;
    base_status status = store_h5_expect(h5, object, STORE_H5_DATASET);
    int64_t rows = 0, count;

    if (status == BASE_OK && (opened = H5Dopen2(h5->file, object, H5P_DEFAULT)) < 0)
        status = store_h5_fail(h5, object, "open the dataset");
    if (status == BASE_OK)
        status = check_type(h5, object, opened, want);
    count = status == BASE_OK ? count_from(&want->shape, 0) : 0;
    if (status == BASE_OK && !want->deflate &&
        (count < 0 || (uint64_t)count > h5->bytes / want->type.width)) {
        base_log_error("%s: %s claims %lld elements of %zu bytes, but the file has %llu bytes", h5->path,
                       object, (long long)count, want->type.width, (unsigned long long)h5->bytes);
        status = BASE_ERR_INPUT;
    }
    if (status == BASE_OK && count > 0)
        status = check_layout(h5, object, opened, want, &rows);
    if (status == BASE_OK && count > 0)
        status = check_chunks(h5, object, opened, want, rows);
    if (status == BASE_OK)
        *dataset = opened;
    else if (opened >= 0)
        H5Dclose(opened);
    return status;
}

base_status store_array_find(const store_h5 *h5, const char *object, bool deflate, store_h5_type *type,
                             store_h5_shape *shape)
{
    array_want want = {.type = *type, .shape = *shape, .deflate = deflate};
    hid_t dataset;
    base_status status = open_checked(h5, object, &want, &dataset);

    if (status != BASE_OK)
        return status;
    H5Dclose(dataset);
    *type = want.type;
    *shape = want.shape;
    return BASE_OK;
}

base_status store_array_look(const store_h5 *h5, const char *object, store_h5_type type,
                             store_h5_shape *shape)
{
    array_want want = {.type = type, .shape = *shape};
    base_status status = store_h5_expect(h5, object, STORE_H5_DATASET);
    hid_t dataset;

    if (status != BASE_OK)
        return status;
    dataset = H5Dopen2(h5->file, object, H5P_DEFAULT);
    if (dataset < 0)
        return store_h5_fail(h5, object, "open the dataset");
    status = check_type(h5, object, dataset, &want);
    H5Dclose(dataset);
    if (status == BASE_OK)
        *shape = want.shape;
    return status;
}

base_status store_array_read(const store_h5 *h5, const char *object, store_h5_type type,
                             const store_h5_shape *shape, void *data)
{
    array_want want = {.type = type, .shape = *shape};
    hid_t dataset, memory;
    base_status status = open_checked(h5, object, &want, &dataset);

    if (status != BASE_OK)
        return status;
    memory = store_h5_memory_type(type);
    if (memory < 0 ||
        (count_from(shape, 0) > 0 && H5Dread(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0))
        status = store_h5_fail(h5, object, "read the dataset");
    if (memory >= 0)
        H5Tclose(memory);
    H5Dclose(dataset);
    return status;
}

base_status store_array_read_deflated(const store_h5 *h5, const char *object, hid_t dataset,
                                      const store_h5_shape *shape, int64_t chunk_rows, int64_t first,
                                      void *data)
{
    const store_pack_name name = {h5->path, object, (size_t)first};
    hsize_t at[STORE_H5_RANK_MAX] = {(hsize_t)first}, size = 0;
    base_status status = BASE_OK;
    uint32_t skipped = 0;
    uint8_t *stored;

    if (H5Dget_chunk_storage_size(dataset, at, &size) < 0)
        return store_h5_fail(h5, object, "find a chunk");
    if (size <= STORE_PACK_CHECKSUM || size > h5->bytes) {
        base_log_error("%s: %s: the chunk of row %lld has %llu bytes, expected %d to %llu", h5->path, object,
                       (long long)first, (unsigned long long)size, STORE_PACK_CHECKSUM + 1,
                       (unsigned long long)h5->bytes);
        return BASE_ERR_INPUT;
    }
    stored = malloc(size);
    if (!stored) {
        base_log_error("%s: %s: out of memory for a chunk of %llu bytes", h5->path, object,
                       (unsigned long long)size);
        return BASE_ERR_MEMORY;
    }
    if (H5Dread_chunk(dataset, H5P_DEFAULT, at, &skipped, stored) < 0)
        status = store_h5_fail(h5, object, "read a chunk");
    else
        status = store_pack_verify(&name, stored, size);
    if (status == BASE_OK)
        status = store_pack_inflate(&name, stored, size - STORE_PACK_CHECKSUM, data,
                                    (size_t)(chunk_rows * count_from(shape, 1)));
    free(stored);
    return status;
}

/* ---- texts ---- */

base_status store_array_write_text(const store_h5 *h5, const char *object, const char *text)
{
    size_t length = strlen(text);
    store_h5_type type = STORE_H5_TYPE_TEXT(length > 0 ? length : 1);

    return store_array_write(h5, object, type, &(store_h5_shape){1, {1}}, text);
}

base_status store_array_read_text(const store_h5 *h5, const char *object, char **text)
{
    store_h5_type type = STORE_H5_TYPE_TEXT(0);
    store_h5_shape shape = {1, {1}};
    base_status status = store_array_find(h5, object, false, &type, &shape);
    char *buffer;

    if (status != BASE_OK)
        return status;
    type.width++; /* the 0 at the end */
    buffer = malloc(type.width);
    if (!buffer) {
        base_log_error("%s: %s: out of memory for %zu bytes", h5->path, object, type.width);
        return BASE_ERR_MEMORY;
    }
    status = store_array_read(h5, object, type, &shape, buffer);
    if (status == BASE_OK)
        *text = buffer;
    else
        free(buffer);
    return status;
}
