/* Types and shapes of store_h5.h. */
#include "store_h5.h"
#include <stdio.h>

const char *store_h5_kind_name(store_h5_kind kind)
{
    static const char *const names[] = {"none", "u8", "i32", "i64", "u64", "f32", "f64", "text"};

    return names[kind];
}

/* The file type of a number; H5I_INVALID_HID for texts, which have one a width. */
static hid_t number_type(store_h5_kind kind)
{
    switch (kind) {
    case STORE_H5_KIND_U8:
        return H5T_STD_U8LE;
    case STORE_H5_KIND_I32:
        return H5T_STD_I32LE;
    case STORE_H5_KIND_I64:
        return H5T_STD_I64LE;
    case STORE_H5_KIND_U64:
        return H5T_STD_U64LE;
    case STORE_H5_KIND_F32:
        return H5T_IEEE_F32LE;
    case STORE_H5_KIND_F64:
        return H5T_IEEE_F64LE;
    default:
        return H5I_INVALID_HID;
    }
}

/* Fixed-length UTF-8. */
static hid_t text_type(size_t width, H5T_str_t padding)
{
    hid_t type = H5Tcopy(H5T_C_S1);

    if (type >= 0 && H5Tset_size(type, width) >= 0 && H5Tset_strpad(type, padding) >= 0 &&
        H5Tset_cset(type, H5T_CSET_UTF8) >= 0)
        return type;
    if (type >= 0)
        H5Tclose(type);
    return H5I_INVALID_HID;
}

hid_t store_h5_file_type(store_h5_type type)
{
    return type.kind == STORE_H5_KIND_TEXT ? text_type(type.width, H5T_STR_NULLPAD)
                                           : H5Tcopy(number_type(type.kind));
}

hid_t store_h5_memory_type(store_h5_type type)
{
    return type.kind == STORE_H5_KIND_TEXT ? text_type(type.width, H5T_STR_NULLTERM)
                                           : H5Tget_native_type(number_type(type.kind), H5T_DIR_ASCEND);
}

store_h5_kind store_h5_kind_of(hid_t type)
{
    store_h5_kind kind;

    if (H5Tget_class(type) == H5T_STRING)
        return H5Tis_variable_str(type) == 0 && H5Tget_cset(type) == H5T_CSET_UTF8 ? STORE_H5_KIND_TEXT
                                                                                   : STORE_H5_KIND_NONE;
    for (kind = STORE_H5_KIND_U8; kind < STORE_H5_KIND_TEXT; kind++) {
        if (H5Tequal(type, number_type(kind)) > 0)
            return kind;
    }
    return STORE_H5_KIND_NONE;
}

/* ---- shapes ---- */

void store_h5_shape_text(const store_h5_shape *shape, char *text, size_t size)
{
    size_t used = 0;
    int32_t i;

    if (shape->rank == 0) {
        snprintf(text, size, "scalar");
        return;
    }
    for (i = 0; i < shape->rank && used < size; i++) {
        int n;

        if (shape->dims[i] < 0)
            n = snprintf(text + used, size - used, "%s?", i == 0 ? "[" : ",");
        else
            n = snprintf(text + used, size - used, "%s%lld", i == 0 ? "[" : ",", (long long)shape->dims[i]);
        used += n > 0 ? (size_t)n : 0;
    }
    if (used < size)
        snprintf(text + used, size - used, "]");
}

bool store_h5_shape_of(hid_t space, store_h5_shape *shape)
{
    hsize_t dims[H5S_MAX_RANK];
    int rank = H5Sget_simple_extent_ndims(space), i;
    H5S_class_t kind = H5Sget_simple_extent_type(space);

    if ((kind != H5S_SIMPLE && kind != H5S_SCALAR) || rank < 0 || rank > STORE_H5_RANK_MAX ||
        H5Sget_simple_extent_dims(space, dims, NULL) < 0)
        return false;
    shape->rank = rank;
    for (i = 0; i < rank; i++) {
        if (dims[i] > INT64_MAX / 64)
            return false;
        shape->dims[i] = (int64_t)dims[i];
    }
    return true;
}

void store_h5_describe(hid_t type, hid_t space, char *text, size_t size)
{
    static const char *const classes[] = {"integer",     "float",           "time",     "string",
                                          "bitfield",    "opaque",          "compound", "reference",
                                          "enumeration", "variable-length", "array"};
    store_h5_kind kind = store_h5_kind_of(type);
    H5T_class_t class = H5Tget_class(type);
    store_h5_shape shape;
    char dims[96];

    if (store_h5_shape_of(space, &shape))
        store_h5_shape_text(&shape, dims, sizeof dims);
    else
        snprintf(dims, sizeof dims, "a shape of its own");
    if (kind != STORE_H5_KIND_NONE)
        snprintf(text, size, "%s %s", store_h5_kind_name(kind), dims);
    else if (class == H5T_STRING)
        snprintf(text, size, "%s string %s", H5Tis_variable_str(type) ? "variable-length" : "ASCII", dims);
    else if (class >= 0 && (size_t) class < sizeof classes / sizeof *classes)
        snprintf(text, size, "%s of %zu bytes %s", classes[class], H5Tget_size(type), dims);
    else
        snprintf(text, size, "an unknown type %s", dims);
}
