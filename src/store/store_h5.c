#include "store_h5.h"
#include "base_log.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ATTRIBUTES_COMPACT  64 /* more than any object of camal has: they stay in the object's header */
#define ATTRIBUTE_COUNT_MAX 16
#define MEMBERS_COMPACT     65535 /* of a group, HDF5's most: they too stay in its header, under one checksum */
#define SUPERBLOCK_BYTES    9     /* signature and version */
#define SUPERBLOCK_VERSION  2     /* from here on all that describes a file has checksums */

/* ---- messages ---- */

typedef struct error_text {
    char inner[1024], outer[1024];
} error_text;

/* Innermost first; each later one overwrites `outer`. */
static herr_t collect_error(unsigned n, const H5E_error2_t *error, void *data)
{
    error_text *text = data;

    snprintf(n == 0 ? text->inner : text->outer, sizeof text->inner, "%s", error->desc ? error->desc : "");
    return 0;
}

/* Of a failed system call HDF5 gives time, descriptor and addresses; keep what failed and the system's text.
 */
static void shorten(char *text)
{
    static const char mark[] = "error message = '";
    char *reason = strstr(text, mark), *colon = strstr(text, ": ");

    if (!reason || !colon || colon > reason)
        return;
    reason += sizeof mark - 1;
    reason[strcspn(reason, "'")] = 0;
    memmove(colon + 2, reason, strlen(reason) + 1);
}

base_status store_h5_fail(const store_h5 *h5, const char *object, const char *what)
{
    error_text text = {"no reason given", ""};
    bool system;

    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, collect_error, &text);
    system = strstr(text.inner, "errno = ") != NULL;
    shorten(text.inner);
    base_log_error("%s: %s: cannot %s: HDF5 says: %s%s%s", h5->path, object, what, text.outer,
                   text.outer[0] ? ": " : "", text.inner);
    return h5->bytes > 0 && !system ? BASE_ERR_INPUT : BASE_ERR_IO;
}

/* ---- files ---- */

/* HDF5 must not print on its own; the setting is a thread's, so every open makes it. It must not tidy up at
 * exit either: after a write that failed (disk full) 1.10.8 crashes there, and here every file is closed by
 * hand. */
static base_status begin(const char *path, store_h5 *h5)
{
    size_t length = strlen(path);

    if (length >= sizeof h5->path) {
        base_log_error("path of %zu bytes: at most %zu are allowed", length, sizeof h5->path - 1);
        return BASE_ERR_IO;
    }
    memset(h5, 0, sizeof *h5);
    h5->file = H5I_INVALID_HID;
    memcpy(h5->path, path, length + 1);
    H5dont_atexit(); /* heeded before HDF5's first use; later calls change nothing */
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return BASE_OK;
}

base_status store_h5_create(const char *path, store_h5 *h5)
{
    base_status status = begin(path, h5);
    hid_t access, creation;

    if (status != BASE_OK)
        return status;
    access = H5Pcreate(H5P_FILE_ACCESS);
    creation = H5Pcreate(H5P_FILE_CREATE);
    if (access < 0 || creation < 0 || H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110) < 0 ||
        H5Pset_file_locking(access, false, true) < 0 || H5Pset_obj_track_times(creation, false) < 0 ||
        H5Pset_attr_phase_change(creation, ATTRIBUTES_COMPACT, 0) < 0 ||
        H5Pset_link_phase_change(creation, MEMBERS_COMPACT, 0) < 0 ||
        (h5->file = H5Fcreate(path, H5F_ACC_TRUNC, creation, access)) < 0)
        status = store_h5_fail(h5, "file", "create");
    H5Pclose(creation);
    H5Pclose(access);
    return status;
}

/* Damage is to be found by checksums, before HDF5 follows what it has hit: 1.10.8 crashes over some. The
 * format before 1.8 has none. */
static base_status check_format(const store_h5 *h5, const unsigned char *head, size_t size)
{
    static const unsigned char signature[] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};

    if (size < SUPERBLOCK_BYTES || memcmp(head, signature, sizeof signature) != 0) {
        base_log_error("%s: is not an HDF5 file (%llu bytes that do not begin with its signature)", h5->path,
                       (unsigned long long)h5->bytes);
        return BASE_ERR_INPUT;
    }
    if (head[sizeof signature] < SUPERBLOCK_VERSION) {
        base_log_error(
            "%s: is in HDF5's old format, without checksums (superblock version %d, expected %d or "
            "later): not written by camal; h5py writes the new one with libver='latest'",
            h5->path, head[sizeof signature], SUPERBLOCK_VERSION);
        return BASE_ERR_INPUT;
    }
    return BASE_OK;
}

/* Say in the system's words why a path cannot be an input, before HDF5 says it in its own. */
static base_status look_at_file(store_h5 *h5)
{
    unsigned char head[SUPERBLOCK_BYTES];
    int file =
        open(h5->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe must not make us wait for its writer */
    base_status status;
    struct stat info;
    ssize_t got;

    if (file < 0 || fstat(file, &info) != 0) {
        status = errno == ENOENT ? BASE_ERR_NOT_FOUND : BASE_ERR_IO;
        base_log_error("%s: cannot open: %s", h5->path, strerror(errno));
        if (file >= 0)
            close(file);
        return status;
    }
    got = S_ISREG(info.st_mode) ? read(file, head, sizeof head) : 0;
    if (got < 0) {
        base_log_error("%s: cannot read: %s", h5->path, strerror(errno));
        close(file);
        return BASE_ERR_IO;
    }
    close(file);
    if (!S_ISREG(info.st_mode)) {
        base_log_error("%s: is not a regular file, expected an HDF5 file", h5->path);
        return BASE_ERR_INPUT;
    }
    h5->bytes = (uint64_t)info.st_size;
    return check_format(h5, head, (size_t)got);
}

base_status store_h5_open(const char *path, store_h5 *h5)
{
    base_status status = begin(path, h5);
    hid_t access;

    if (status == BASE_OK)
        status = look_at_file(h5);
    if (status != BASE_OK)
        return status;
    access = H5Pcreate(H5P_FILE_ACCESS);
    if (access < 0 || H5Pset_file_locking(access, false, true) < 0 ||
        H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) < 0 ||
        (h5->file = H5Fopen(path, H5F_ACC_RDONLY, access)) < 0)
        status = store_h5_fail(h5, "file", "open");
    H5Pclose(access);
    return status;
}

base_status store_h5_close(store_h5 *h5)
{
    base_status status = BASE_OK;

    if (h5->file >= 0 && H5Fclose(h5->file) < 0)
        status = store_h5_fail(h5, "file", "close");
    h5->file = H5I_INVALID_HID;
    return status;
}

void store_h5_drop(store_h5 *h5)
{
    if (h5->file >= 0)
        H5Fclose(h5->file);
    h5->file = H5I_INVALID_HID;
}

/* ---- objects and groups ---- */

/* One link of a path: GROUP for a hard one, whatever it leads to; others may lead out of the file. */
static store_h5_object look_at_link(const store_h5 *h5, const char *path)
{
    htri_t exists = H5Lexists(h5->file, path, H5P_DEFAULT);
    H5L_info_t info;

    if (exists == 0)
        return STORE_H5_ABSENT;
    if (exists < 0 || H5Lget_info(h5->file, path, &info, H5P_DEFAULT) < 0)
        return STORE_H5_DAMAGED;
    return info.type == H5L_TYPE_HARD ? STORE_H5_GROUP : STORE_H5_OTHER;
}

store_h5_object store_h5_look(const store_h5 *h5, const char *object)
{
    char part[STORE_H5_OBJECT_MAX];
    size_t i, length = strlen(object);
    H5O_info_t info;

    if (length >= sizeof part)
        return STORE_H5_OTHER;
    for (i = 1; i <= length && length > 1; i++) {
        store_h5_object link;

        if (object[i] != '/' && object[i] != 0)
            continue;
        memcpy(part, object, i);
        part[i] = 0;
        link = look_at_link(h5, part);
        if (link != STORE_H5_GROUP)
            return link;
    }
    if (H5Oget_info_by_name2(h5->file, object, &info, H5O_INFO_BASIC, H5P_DEFAULT) < 0)
        return STORE_H5_DAMAGED;
    return info.type == H5O_TYPE_GROUP     ? STORE_H5_GROUP
           : info.type == H5O_TYPE_DATASET ? STORE_H5_DATASET
                                           : STORE_H5_OTHER;
}

const char *store_h5_object_name(store_h5_object what)
{
    static const char *const names[] = {"missing", "a group", "a dataset", "not an object of this file",
                                        "damaged"};

    return names[what];
}

base_status store_h5_expect(const store_h5 *h5, const char *object, store_h5_object expected)
{
    store_h5_object found = store_h5_look(h5, object);

    if (found == expected)
        return BASE_OK;
    if (found == STORE_H5_DAMAGED)
        return store_h5_fail(h5, object, "look at it");
    base_log_error("%s: %s is %s, expected %s", h5->path, object, store_h5_object_name(found),
                   store_h5_object_name(expected));
    return BASE_ERR_INPUT;
}

base_status store_h5_make_group(const store_h5 *h5, const char *group)
{
    hid_t creation = H5Pcreate(H5P_GROUP_CREATE), made = H5I_INVALID_HID;
    base_status status = BASE_OK;

    if (creation < 0 ||
        H5Pset_link_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED) < 0 ||
        H5Pset_attr_phase_change(creation, ATTRIBUTES_COMPACT, 0) < 0 ||
        H5Pset_link_phase_change(creation, MEMBERS_COMPACT, 0) < 0 ||
        H5Pset_obj_track_times(creation, false) < 0 ||
        (made = H5Gcreate2(h5->file, group, H5P_DEFAULT, creation, H5P_DEFAULT)) < 0)
        status = store_h5_fail(h5, group, "create the group");
    if (made >= 0 && H5Gclose(made) < 0 && status == BASE_OK)
        status = store_h5_fail(h5, group, "close the group");
    H5Pclose(creation);
    return status;
}

base_status store_h5_count_members(const store_h5 *h5, const char *group, int64_t *count)
{
    base_status status = store_h5_expect(h5, group, STORE_H5_GROUP);
    H5G_info_t info;

    if (status != BASE_OK)
        return status;
    if (H5Gget_info_by_name(h5->file, group, &info, H5P_DEFAULT) < 0)
        return store_h5_fail(h5, group, "read the group");
    if (info.nlinks > INT32_MAX) {
        base_log_error("%s: %s has %llu members, at most %d are allowed", h5->path, group,
                       (unsigned long long)info.nlinks, INT32_MAX);
        return BASE_ERR_INPUT;
    }
    *count = (int64_t)info.nlinks;
    return BASE_OK;
}

/* Does the group know the order in which its members were made? */
static bool knows_order(const store_h5 *h5, const char *group)
{
    hid_t open = H5Gopen2(h5->file, group, H5P_DEFAULT), creation = H5I_INVALID_HID;
    unsigned flags = 0;

    if (open >= 0)
        creation = H5Gget_create_plist(open);
    if (creation >= 0 && H5Pget_link_creation_order(creation, &flags) < 0)
        flags = 0;
    if (creation >= 0)
        H5Pclose(creation);
    if (open >= 0)
        H5Gclose(open);
    return (flags & H5P_CRT_ORDER_INDEXED) != 0;
}

/* Names and texts end up in messages, where they must not steer a terminal. */
static bool is_printable(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return false;
    }
    return true;
}

base_status store_h5_member_name(const store_h5 *h5, const char *group, int64_t index, char *name,
                                 size_t size)
{
    H5_index_t order = knows_order(h5, group) ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
    ssize_t length =
        H5Lget_name_by_idx(h5->file, group, order, H5_ITER_INC, (hsize_t)index, name, size, H5P_DEFAULT);

    if (length < 0)
        return store_h5_fail(h5, group, "read a member's name");
    if ((size_t)length >= size) {
        base_log_error("%s: %s has a member with a name of %zd bytes (%.40s...), at most %zu are allowed",
                       h5->path, group, length, is_printable(name) ? name : "?", size - 1);
        return BASE_ERR_INPUT;
    }
    if (!is_printable(name)) {
        base_log_error("%s: %s has a member with control characters in its name", h5->path, group);
        return BASE_ERR_INPUT;
    }
    return BASE_OK;
}

/* ---- attributes ---- */

base_status store_h5_write_attribute(const store_h5 *h5, const char *object, const char *name,
                                     store_h5_type type, int64_t count, const void *data)
{
    hsize_t dims = (hsize_t)count;
    hid_t space = count > 0 ? H5Screate_simple(1, &dims, NULL) : H5Screate(H5S_SCALAR);
    hid_t in_file = store_h5_file_type(type), in_memory = store_h5_memory_type(type);
    hid_t attribute = H5I_INVALID_HID;
    base_status status = BASE_OK;
    char what[128];

    snprintf(what, sizeof what, "write attribute %s", name);
    if (space < 0 || in_file < 0 || in_memory < 0 ||
        (attribute = H5Acreate_by_name(h5->file, object, name, in_file, space, H5P_DEFAULT, H5P_DEFAULT,
                                       H5P_DEFAULT)) < 0 ||
        H5Awrite(attribute, in_memory, data) < 0)
        status = store_h5_fail(h5, object, what);
    if (attribute >= 0 && H5Aclose(attribute) < 0 && status == BASE_OK)
        status = store_h5_fail(h5, object, what);
    H5Tclose(in_memory);
    H5Tclose(in_file);
    H5Sclose(space);
    return status;
}

/* Type and shape as expected? A text may be narrower than the buffer that is to hold it with its 0. */
static base_status check_attribute(const store_h5 *h5, const char *object, const char *name, hid_t attribute,
                                   store_h5_type type, int64_t count)
{
    hid_t found = H5Aget_type(attribute), space = H5Aget_space(attribute);
    store_h5_shape shape;
    base_status status = BASE_OK;
    char text[160];

    if (found < 0 || space < 0) {
        status = store_h5_fail(h5, object, "read an attribute's type");
    } else if (store_h5_kind_of(found) != type.kind || !store_h5_shape_of(space, &shape) ||
               shape.rank != (count > 0) || (count > 0 && shape.dims[0] != count)) {
        store_h5_describe(found, space, text, sizeof text);
        base_log_error(count > 0 ? "%s: %s: attribute %s is %s, expected %s [%lld]"
                                 : "%s: %s: attribute %s is %s, expected %s scalar",
                       h5->path, object, name, text, store_h5_kind_name(type.kind), (long long)count);
        status = BASE_ERR_INPUT;
    } else if (type.kind == STORE_H5_KIND_TEXT && H5Tget_size(found) > type.width) {
        base_log_error("%s: %s: attribute %s is a text of %zu bytes, at most %zu are allowed", h5->path,
                       object, name, H5Tget_size(found), type.width);
        status = BASE_ERR_INPUT;
    }
    if (space >= 0)
        H5Sclose(space);
    if (found >= 0)
        H5Tclose(found);
    return status;
}

base_status store_h5_look_for_attribute(const store_h5 *h5, const char *object, const char *name,
                                        bool *exists)
{
    htri_t found = H5Aexists_by_name(h5->file, object, name, H5P_DEFAULT);

    if (found < 0)
        return store_h5_fail(h5, object, "look for attributes");
    *exists = found > 0;
    return BASE_OK;
}

base_status store_h5_read_attribute(const store_h5 *h5, const char *object, const char *name,
                                    store_h5_type type, int64_t count, void *data)
{
    hid_t attribute, memory = H5I_INVALID_HID;
    bool exists = false;
    base_status status = store_h5_look_for_attribute(h5, object, name, &exists);

    if (status != BASE_OK)
        return status;
    if (!exists) {
        base_log_error("%s: %s: attribute %s is missing, expected %s", h5->path, object, name,
                       store_h5_kind_name(type.kind));
        return BASE_ERR_INPUT;
    }
    attribute = H5Aopen_by_name(h5->file, object, name, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0)
        return store_h5_fail(h5, object, "open an attribute");
    status = check_attribute(h5, object, name, attribute, type, count);
    if (status == BASE_OK &&
        ((memory = store_h5_memory_type(type)) < 0 || H5Aread(attribute, memory, data) < 0))
        status = store_h5_fail(h5, object, "read an attribute");
    if (status == BASE_OK && type.kind == STORE_H5_KIND_TEXT && !is_printable(data)) {
        base_log_error("%s: %s: attribute %s has control characters in it", h5->path, object, name);
        status = BASE_ERR_INPUT;
    }
    if (memory >= 0)
        H5Tclose(memory);
    H5Aclose(attribute);
    return status;
}
