#include "store_schema.h"
#include "base_file.h"
#include "base_log.h"
#include "store_array.h"
#include "store_h5.h"
#include "store_report.h"
#include "store_schema_yaml.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READ_BLOCK ((size_t)8 << 20) /* rows are read to verify them in blocks of about this size */
#define DEPTH_MAX  8

/* A file being held to a schema. */
typedef struct comparison {
    const store_h5 *h5;
    const store_schema *schema;
    store_report report;
    int64_t size[UCHAR_MAX + 1];   /* by letter: the size first met, -1 = none yet */
    const char *by[UCHAR_MAX + 1]; /* where it was met */
    bool *seen;                    /* [object_count] */
} comparison;

/* ---- what the schema says of a path ---- */

/* Does the schema's path stand for this one? */
static bool path_fits(const char *pattern, const char *path)
{
    size_t length = strlen(pattern);

    if (length < 1 || pattern[length - 1] != '*')
        return strcmp(pattern, path) == 0;
    return strncmp(pattern, path, length - 1) == 0 && path[length - 1] != 0 &&
           !strchr(path + length - 1, '/') && !strchr(path + length - 1, '@');
}

static const store_schema_object *find_object(comparison *c, const char *path)
{
    uint32_t i;

    for (i = 0; i < c->schema->object_count; i++) {
        if (path_fits(c->schema->objects[i].path, path)) {
            c->seen[i] = true;
            return &c->schema->objects[i];
        }
    }
    return NULL;
}

static void expected_text(const store_schema_object *object, char *text, size_t size)
{
    size_t used = 0;
    uint32_t i;
    int n = snprintf(text, size, "%s", store_h5_kind_name(object->type));

    used = n > 0 ? (size_t)n : 0;
    for (i = 0; i < object->rank && used < size; i++) {
        n = snprintf(text + used, size - used, "%s%s", i == 0 ? " [" : ",", object->dims[i]);
        used += n > 0 ? (size_t)n : 0;
    }
    if (used < size)
        snprintf(text + used, size - used, "%s", object->rank > 0 ? "]" : " scalar");
}

static bool is_wildcard(const store_schema_object *object)
{
    return object->path[strlen(object->path) - 1] == '*';
}

/* ---- types and shapes ---- */

/* A dimension against its number or letter; the first meeting of a letter gives its size. */
static void check_dim(comparison *c, const store_schema_object *object, const char *path, uint32_t i,
                      int64_t found)
{
    const char *dim = object->dims[i];
    unsigned char letter = (unsigned char)dim[0];
    char *end;
    long number = strtol(dim, &end, 10);

    if (end != dim && *end == 0) {
        if (found != number)
            store_report_add(&c->report, "%s: dimension %u is %lld, expected %ld", path, i, (long long)found,
                             number);
        return;
    }
    if (c->size[letter] < 0) {
        c->size[letter] = found;
        c->by[letter] = object->path;
    } else if (c->size[letter] != found) {
        store_report_add(&c->report, "%s: dimension %u is %lld, expected %s = %lld as in %s", path, i,
                         (long long)found, dim, (long long)c->size[letter], c->by[letter]);
    }
}

static void check_type(comparison *c, const store_schema_object *object, const char *path, hid_t type,
                       hid_t space)
{
    bool any_shape = is_wildcard(object) && object->rank == 0;
    store_h5_shape shape;
    char found[160], expected[160];
    uint32_t i;

    if (store_h5_kind_of(type) != object->type || !store_h5_shape_of(space, &shape) ||
        (any_shape ? shape.rank < 1 : shape.rank != (int32_t)object->rank)) {
        store_h5_describe(type, space, found, sizeof found);
        expected_text(object, expected, sizeof expected);
        store_report_add(&c->report, "%s is %s, expected %s", path, found,
                         any_shape ? store_h5_kind_name(object->type) : expected);
        return;
    }
    for (i = 0; i < object->rank; i++)
        check_dim(c, object, path, i, shape.dims[i]);
}

/* ---- checksums: everything is read once ---- */

static size_t row_bytes(hid_t type, const store_h5_shape *shape)
{
    size_t bytes = H5Tget_size(type);
    int32_t i;

    for (i = 1; i < shape->rank; i++)
        bytes *= (size_t)shape->dims[i];
    return bytes;
}

/* Rows to read at once: those of a chunk where chunks have to be inflated, else as many as make a block. */
static int64_t block_rows(hid_t dataset, const store_schema_object *object, const store_h5_shape *shape,
                          size_t row)
{
    hid_t properties = object->deflate ? H5Dget_create_plist(dataset) : H5I_INVALID_HID;
    hsize_t chunk[STORE_H5_RANK_MAX] = {1};
    int64_t rows = row > 0 && row < READ_BLOCK ? (int64_t)(READ_BLOCK / row) : 1;

    if (properties >= 0) {
        if (H5Pget_chunk(properties, shape->rank, chunk) < 0)
            chunk[0] = 1;
        H5Pclose(properties);
        return (int64_t)chunk[0];
    }
    return rows < shape->dims[0] ? rows : shape->dims[0];
}

static base_status read_block(comparison *c, const char *path, hid_t dataset, hid_t type,
                              const store_h5_shape *shape, int64_t first, int64_t rows, void *block)
{
    hsize_t start[STORE_H5_RANK_MAX] = {(hsize_t)first}, count[STORE_H5_RANK_MAX] = {0};
    hid_t in_file = H5Dget_space(dataset), memory;
    base_status status = BASE_OK;
    int32_t i;

    for (i = 1; i < shape->rank; i++)
        count[i] = (hsize_t)shape->dims[i];
    count[0] = (hsize_t)(shape->dims[0] - first < rows ? shape->dims[0] - first : rows);
    memory = H5Screate_simple(shape->rank, count, NULL);
    if (in_file < 0 || memory < 0 ||
        H5Sselect_hyperslab(in_file, H5S_SELECT_SET, start, NULL, count, NULL) < 0 ||
        H5Dread(dataset, type, memory, in_file, H5P_DEFAULT, block) < 0)
        status = store_h5_fail(c->h5, path, "read the dataset");
    if (memory >= 0)
        H5Sclose(memory);
    if (in_file >= 0)
        H5Sclose(in_file);
    return status;
}

static void read_all(comparison *c, const store_schema_object *object, const char *path, hid_t dataset,
                     hid_t type, const store_h5_shape *shape)
{
    size_t row = row_bytes(type, shape);
    int64_t rows = block_rows(dataset, object, shape, row), first;
    base_status status = BASE_OK;
    void *block;

    if (shape->dims[0] == 0 || row == 0)
        return;
    block = malloc((size_t)rows * row);
    if (!block) {
        store_report_add(&c->report, "%s: out of memory for %lld rows of %zu bytes", path, (long long)rows,
                         row);
        return;
    }
    for (first = 0; first < shape->dims[0] && status == BASE_OK; first += rows) {
        if (object->deflate)
            status = store_array_read_deflated(c->h5, path, dataset, shape, rows, first, block);
        else
            status = read_block(c, path, dataset, type, shape, first, rows, block);
    }
    c->report.problems += status != BASE_OK;
    free(block);
}

/* Is the array stored as store_array.h says? store_array_*() logs its own problem. */
static bool is_sound(comparison *c, const store_schema_object *object, const char *path,
                     const store_h5_shape *shape)
{
    store_h5_type type = {object->type, 0};
    store_h5_shape wanted = *shape;
    base_status status = store_array_find(c->h5, path, object->deflate, &type, &wanted);

    c->report.problems += status != BASE_OK;
    return status == BASE_OK;
}

static void check_dataset(comparison *c, const store_schema_object *object, const char *path)
{
    hid_t dataset = H5Dopen2(c->h5->file, path, H5P_DEFAULT), type = H5I_INVALID_HID, space = H5I_INVALID_HID;
    size_t before = c->report.problems;
    store_h5_shape shape;

    if (dataset < 0 || (type = H5Dget_type(dataset)) < 0 || (space = H5Dget_space(dataset)) < 0) {
        store_h5_fail(c->h5, path, "open the dataset");
        c->report.problems++;
    } else {
        check_type(c, object, path, type, space);
        if (c->report.problems == before && store_h5_shape_of(space, &shape) &&
            is_sound(c, object, path, &shape))
            read_all(c, object, path, dataset, type, &shape);
    }
    if (space >= 0)
        H5Sclose(space);
    if (type >= 0)
        H5Tclose(type);
    if (dataset >= 0)
        H5Dclose(dataset);
}

/* ---- the walk over the file ---- */

static void check_attribute(comparison *c, const char *path, const char *name)
{
    hid_t attribute = H5Aopen_by_name(c->h5->file, path, name, H5P_DEFAULT, H5P_DEFAULT);
    hid_t type = H5I_INVALID_HID, space = H5I_INVALID_HID;
    const store_schema_object *object;
    char full[STORE_H5_OBJECT_MAX];

    snprintf(full, sizeof full, "%s@%s", path, name);
    object = find_object(c, full);
    if (!object)
        store_report_add(&c->report, "%s is not in the schema", full);
    else if (attribute < 0 || (type = H5Aget_type(attribute)) < 0 || (space = H5Aget_space(attribute)) < 0) {
        store_h5_fail(c->h5, full, "open the attribute");
        c->report.problems++;
    } else {
        check_type(c, object, full, type, space);
    }
    if (space >= 0)
        H5Sclose(space);
    if (type >= 0)
        H5Tclose(type);
    if (attribute >= 0)
        H5Aclose(attribute);
}

static void walk_attributes(comparison *c, const char *path)
{
    H5O_info_t info;
    hsize_t i;
    char name[128];

    if (H5Oget_info_by_name2(c->h5->file, path, &info, H5O_INFO_NUM_ATTRS, H5P_DEFAULT) < 0) {
        store_h5_fail(c->h5, path, "look for attributes");
        c->report.problems++;
        return;
    }
    for (i = 0; i < info.num_attrs; i++) {
        ssize_t length = H5Aget_name_by_idx(c->h5->file, path, H5_INDEX_NAME, H5_ITER_INC, i, name,
                                            sizeof name, H5P_DEFAULT);

        if (length < 0) {
            store_h5_fail(c->h5, path, "read an attribute's name");
            c->report.problems++;
            return;
        }
        if ((size_t)length >= sizeof name)
            store_report_add(&c->report, "%s: an attribute's name has %zd bytes, at most %zu are allowed",
                             path, length, sizeof name - 1);
        else
            check_attribute(c, path, name);
    }
}

static void walk_group(comparison *c, const char *path, int depth);

static void walk_member(comparison *c, const char *path, int depth)
{
    const store_schema_object *object = find_object(c, path);
    store_h5_object what = store_h5_look(c->h5, path);
    store_h5_object wanted;

    if (!object) {
        store_report_add(&c->report, "%s is not in the schema", path);
        return;
    }
    if (what == STORE_H5_DAMAGED) {
        store_h5_fail(c->h5, path, "look at it");
        c->report.problems++;
        return;
    }
    wanted = object->kind == STORE_SCHEMA_GROUP ? STORE_H5_GROUP : STORE_H5_DATASET;
    if (what != wanted) {
        store_report_add(&c->report, "%s is %s, expected %s", path, store_h5_object_name(what),
                         store_h5_object_name(wanted));
        return;
    }
    walk_attributes(c, path);
    if (what == STORE_H5_DATASET)
        check_dataset(c, object, path);
    else
        walk_group(c, path, depth + 1);
}

static void walk_group(comparison *c, const char *path, int depth)
{
    char name[192], member[STORE_H5_OBJECT_MAX];
    int64_t count, i;

    if (depth > DEPTH_MAX) {
        store_report_add(&c->report, "%s: groups are nested deeper than %d", path, DEPTH_MAX);
        return;
    }
    if (store_h5_count_members(c->h5, path, &count) != BASE_OK) {
        c->report.problems++;
        return;
    }
    for (i = 0; i < count; i++) {
        if (store_h5_member_name(c->h5, path, i, name, sizeof name) != BASE_OK) {
            c->report.problems++;
            continue;
        }
        snprintf(member, sizeof member, "%s/%s", path[1] ? path : "", name);
        walk_member(c, member, depth);
    }
}

/* ---- the whole ---- */

static void check_missing(comparison *c)
{
    char expected[160];
    uint32_t i;

    for (i = 0; i < c->schema->object_count; i++) {
        const store_schema_object *object = &c->schema->objects[i];

        if (c->seen[i] || !object->required)
            continue;
        expected_text(object, expected, sizeof expected);
        store_report_add(&c->report, "%s is missing, expected %s", object->path,
                         object->kind == STORE_SCHEMA_GROUP ? "a group" : expected);
    }
}

static base_status compare(const store_h5 *h5, const store_schema *schema, size_t *problems)
{
    comparison c = {.h5 = h5, .schema = schema, .report = {.where = h5->path}};
    int32_t version = 0;
    base_status status;

    status = store_h5_read_attribute(h5, "/", "schema_version", STORE_H5_I32, 0, &version);
    if (status != BASE_OK)
        return status;
    if (version != schema->version) {
        base_log_error("%s: has version %d of schema %s, expected %d", h5->path, (int)version, schema->schema,
                       (int)schema->version);
        return BASE_ERR_INPUT;
    }
    c.seen = calloc(schema->object_count, sizeof *c.seen);
    if (!c.seen) {
        base_log_error("%s: out of memory for %u objects of a schema", h5->path, schema->object_count);
        return BASE_ERR_MEMORY;
    }
    memset(c.size, -1, sizeof c.size);
    walk_attributes(&c, "/");
    walk_group(&c, "/", 0);
    check_missing(&c);
    free(c.seen);
    return store_report_end(&c.report, problems);
}

/* "camal-round" is described by round.yaml; the name comes from a file and must not lead elsewhere. */
static base_status schema_path(const store_h5 *h5, const char *schemas, const char *schema, char *path,
                               size_t size)
{
    static const char prefix[] = "camal-";
    const char *kind = schema + sizeof prefix - 1;
    char name[64];

    if (strncmp(schema, prefix, sizeof prefix - 1) != 0 || *kind == 0 ||
        kind[strspn(kind, "abcdefghijklmnopqrstuvwxyz")] != 0) {
        base_log_error("%s: attribute schema is \"%s\", expected camal-dataset, camal-shard, camal-round, "
                       "camal-training, camal-scores or camal-weights",
                       h5->path, schema);
        return BASE_ERR_INPUT;
    }
    snprintf(name, sizeof name, "%s.yaml", kind);
    return base_file_join(schemas, name, path, size);
}

static base_status check_open_file(const store_h5 *h5, const char *schemas, size_t *problems)
{
    char name[32], path[PATH_MAX];
    store_schema *schema = NULL;
    base_status status =
        store_h5_read_attribute(h5, "/", "schema", (store_h5_type){STORE_H5_KIND_TEXT, sizeof name}, 0, name);

    if (status == BASE_OK)
        status = schema_path(h5, schemas, name, path, sizeof path);
    if (status == BASE_OK)
        status = store_schema_load(path, &schema);
    if (status == BASE_OK && strcmp(schema->schema, name) != 0) {
        base_log_error("%s: describes %s, but its name stands for %s", path, schema->schema, name);
        status = BASE_ERR_IO;
    }
    if (status == BASE_OK)
        status = compare(h5, schema, problems);
    store_schema_free(&schema);
    return status;
}

base_status store_schema_check(const char *path, const char *schemas, size_t *problems)
{
    store_h5 h5;
    size_t found = 0;
    base_status status = store_h5_open(path, &h5);

    if (status == BASE_OK)
        status = check_open_file(&h5, schemas, &found);
    if (status == BASE_ERR_INPUT && found == 0)
        found = 1; /* a problem that stopped the check at once */
    store_h5_drop(&h5);
    if (problems)
        *problems = found;
    return status;
}
