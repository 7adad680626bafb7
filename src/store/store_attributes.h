/** The attributes of one kind of file as a table, which serves writing and reading, internal to store. All
 * functions are local. */
#ifndef STORE_ATTRIBUTES_H
#define STORE_ATTRIBUTES_H

#include "base_status.h"
#include "store_h5.h"
#include <stddef.h>

typedef struct store_attribute {
    const char *object, *name;
    store_h5_type type;
    int64_t count; /* values, 0: a scalar */
    size_t offset; /* of the first in the struct that holds them */
} store_attribute;

/** With them the two that say what a file is. */
typedef struct store_attributes {
    const char *schema;
    int32_t version; /* of the schema */
    size_t count;
    const store_attribute *attribute; /* [count] */
} store_attributes;

/** Write schema and version, then all that `record` holds, whose objects exist. BASE_ERR_IO. */
base_status store_attributes_write(const store_h5 *h5, const store_attributes *attributes,
                                   const void *record);

/** Read all into `record`; the kind has been checked. BASE_ERR_INPUT, BASE_ERR_IO. */
base_status store_attributes_read(const store_h5 *h5, const store_attributes *attributes, void *record);

/** Write, or read, `count` attributes alone. BASE_ERR_INPUT, BASE_ERR_IO. */
base_status store_attributes_put(const store_h5 *h5, const store_attribute *attribute, size_t count,
                                 const void *record);
base_status store_attributes_get(const store_h5 *h5, const store_attribute *attribute, size_t count,
                                 void *record);

/** Read attributes that not every file has: all of them, or none if the first is not there. BASE_ERR_INPUT,
 * BASE_ERR_IO. */
base_status store_attributes_get_if(const store_h5 *h5, const store_attribute *attribute, size_t count,
                                    void *record);

/** Bytes of a schema's name, its 0 included. */
#define STORE_ATTRIBUTES_KIND 32

/** The schema that a file says it is of. BASE_ERR_NOT_FOUND, BASE_ERR_INPUT, BASE_ERR_IO. */
base_status store_attributes_kind(const char *path, char kind[STORE_ATTRIBUTES_KIND]);

/** Refuse a file that is not of that kind and version. BASE_ERR_INPUT, BASE_ERR_IO. */
base_status store_attributes_expect(const store_h5 *h5, const char *schema, int32_t version);

#endif
