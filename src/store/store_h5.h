/** Checked HDF5, internal to store: files, types, groups and attributes (arrays: store_array.h).
 *
 * What this code writes: the 1.10 file format with no times in it, so that the bytes are a function of the
 * contents and all structures carry checksums; little-endian types; texts of fixed length, UTF-8, padded with
 * zeros. What it reads must be of that form: other types and links to elsewhere are refused with the path,
 * the object, what was found and what is expected. All functions are local.
 */
#ifndef STORE_H5_H
#define STORE_H5_H

#include "base_status.h"
#include <hdf5.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_H5_RANK_MAX   4
#define STORE_H5_OBJECT_MAX 512 /* bytes of an object's name that is built here */

typedef enum store_h5_kind {
    STORE_H5_KIND_NONE, /* a group has none */
    STORE_H5_KIND_U8,
    STORE_H5_KIND_I32,
    STORE_H5_KIND_I64,
    STORE_H5_KIND_U64,
    STORE_H5_KIND_F32,
    STORE_H5_KIND_F64,
    STORE_H5_KIND_TEXT
} store_h5_kind;

/** An element type and its bytes; a text's width counts the array's bytes for it, and 0 means any. */
typedef struct store_h5_type {
    store_h5_kind kind;
    size_t width;
} store_h5_type;

/* Initialisers, for tables as well as for values. */
#define STORE_H5_TYPE_U8                                                                                     \
    {                                                                                                        \
        STORE_H5_KIND_U8, 1                                                                                  \
    }
#define STORE_H5_TYPE_I32                                                                                    \
    {                                                                                                        \
        STORE_H5_KIND_I32, 4                                                                                 \
    }
#define STORE_H5_TYPE_I64                                                                                    \
    {                                                                                                        \
        STORE_H5_KIND_I64, 8                                                                                 \
    }
#define STORE_H5_TYPE_U64                                                                                    \
    {                                                                                                        \
        STORE_H5_KIND_U64, 8                                                                                 \
    }
#define STORE_H5_TYPE_F32                                                                                    \
    {                                                                                                        \
        STORE_H5_KIND_F32, 4                                                                                 \
    }
#define STORE_H5_TYPE_F64                                                                                    \
    {                                                                                                        \
        STORE_H5_KIND_F64, 8                                                                                 \
    }
#define STORE_H5_TYPE_TEXT(bytes)                                                                            \
    {                                                                                                        \
        STORE_H5_KIND_TEXT, bytes                                                                            \
    }

#define STORE_H5_U8  ((store_h5_type)STORE_H5_TYPE_U8)
#define STORE_H5_I32 ((store_h5_type)STORE_H5_TYPE_I32)
#define STORE_H5_I64 ((store_h5_type)STORE_H5_TYPE_I64)
#define STORE_H5_U64 ((store_h5_type)STORE_H5_TYPE_U64)
#define STORE_H5_F32 ((store_h5_type)STORE_H5_TYPE_F32)
#define STORE_H5_F64 ((store_h5_type)STORE_H5_TYPE_F64)

/** When reading, rank 0 stands for any rank and a dimension of -1 for any size. */
typedef struct store_h5_shape {
    int32_t rank;
    int64_t dims[STORE_H5_RANK_MAX];
} store_h5_shape;

typedef struct store_h5 {
    hid_t file;
    uint64_t bytes; /* of the file, when it was opened for reading */
    char path[PATH_MAX];
} store_h5;

/** Name of a kind as the schemas write it, "i32". Static storage. */
const char *store_h5_kind_name(store_h5_kind kind);

/** Create a file, replacing one of that name. BASE_ERR_IO. */
base_status store_h5_create(const char *path, store_h5 *h5);

/** Open read-only, without locks: the files are immutable, and locks fail on some network file systems.
 * BASE_ERR_NOT_FOUND, BASE_ERR_IO; BASE_ERR_INPUT if it is no HDF5 file, or a damaged one. */
base_status store_h5_open(const char *path, store_h5 *h5);

/** Close; what was written and could not be stored is an error. Closed in any case. BASE_ERR_IO. */
base_status store_h5_close(store_h5 *h5);

/** Close without a word, where an error has been logged already or nothing was written. */
void store_h5_drop(store_h5 *h5);

/** Log that HDF5 could not `what` the object, with the library's own text (outermost and innermost of its
 * error stack); to be called right after the call that failed. BASE_ERR_INPUT of a file that was opened for
 * reading, which is damaged, unless the system could not read it; else BASE_ERR_IO. */
base_status store_h5_fail(const store_h5 *h5, const char *object, const char *what);

/** What an object is. */
typedef enum store_h5_object {
    STORE_H5_ABSENT,
    STORE_H5_GROUP,
    STORE_H5_DATASET,
    STORE_H5_OTHER,  /* a link to elsewhere, a named type */
    STORE_H5_DAMAGED /* HDF5 cannot tell; store_h5_fail() knows more */
} store_h5_object;

/** What messages call it: "a group". Static storage. */
const char *store_h5_object_name(store_h5_object what);

/** Require an object to be of a kind. BASE_ERR_INPUT, BASE_ERR_IO. */
base_status store_h5_expect(const store_h5 *h5, const char *object, store_h5_object expected);

/** Look at an object without following soft or external links. */
store_h5_object store_h5_look(const store_h5 *h5, const char *object);

/** Create a group whose members keep their order of creation. BASE_ERR_IO. */
base_status store_h5_make_group(const store_h5 *h5, const char *group);

/** Write an attribute of `count` values, 0 for a scalar; a text's type gives the size of its buffer.
 * BASE_ERR_IO. */
base_status store_h5_write_attribute(const store_h5 *h5, const char *object, const char *name,
                                     store_h5_type type, int64_t count, const void *data);

/** Is there such an attribute? BASE_ERR_IO where HDF5 cannot tell, which must not be passed over: HDF5 1.10.8
 * reads an object whose second part is damaged without that part when it is asked again. */
base_status store_h5_look_for_attribute(const store_h5 *h5, const char *object, const char *name,
                                        bool *exists);

/** Read an attribute of exactly this type and count. BASE_ERR_INPUT, BASE_ERR_IO. */
base_status store_h5_read_attribute(const store_h5 *h5, const char *object, const char *name,
                                    store_h5_type type, int64_t count, void *data);

/** Members of a group. BASE_ERR_INPUT if it is none, BASE_ERR_IO. */
base_status store_h5_count_members(const store_h5 *h5, const char *group, int64_t *count);

/** Name of member `index` in order of creation (or of names, where the group does not know it).
 * BASE_ERR_INPUT if it does not fit into size, BASE_ERR_IO. */
base_status store_h5_member_name(const store_h5 *h5, const char *group, int64_t index, char *name,
                                 size_t size);

/** Describe the type and shape of an open array or attribute for messages: "i32 [3,4]". */
void store_h5_describe(hid_t type, hid_t space, char *text, size_t size);

/** The HDF5 types of an element in files (little-endian; texts padded) and in memory (native; texts with a 0
 * at the end); to be closed, negative on failure. */
hid_t store_h5_file_type(store_h5_type type);
hid_t store_h5_memory_type(store_h5_type type);

/** Kind of a file's type, NONE if it is not one that camal writes. */
store_h5_kind store_h5_kind_of(hid_t type);

/** Write a shape for messages: "[3,4,?]", "scalar". */
void store_h5_shape_text(const store_h5_shape *shape, char *text, size_t size);

/** Shape of a dataspace; false if it is neither a scalar (rank 0) nor simple of at most 4 dimensions. */
bool store_h5_shape_of(hid_t space, store_h5_shape *shape);

#endif
