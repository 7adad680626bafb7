#include "store_attributes.h"
#include "base_log.h"
#include <string.h>

base_status store_attributes_put(const store_h5 *h5, const store_attribute *attribute, size_t count,
                                 const void *record)
{
    base_status status = BASE_OK;
    size_t i;

    for (i = 0; i < count && status == BASE_OK; i++)
        status = store_h5_write_attribute(h5, attribute[i].object, attribute[i].name, attribute[i].type,
                                          attribute[i].count, (const char *)record + attribute[i].offset);
    return status;
}

base_status store_attributes_get(const store_h5 *h5, const store_attribute *attribute, size_t count,
                                 void *record)
{
    base_status status = BASE_OK;
    size_t i;

    for (i = 0; i < count && status == BASE_OK; i++)
        status = store_h5_read_attribute(h5, attribute[i].object, attribute[i].name, attribute[i].type,
                                         attribute[i].count, (char *)record + attribute[i].offset);
    return status;
}

base_status store_attributes_write(const store_h5 *h5, const store_attributes *attributes, const void *record)
{
    const store_h5_type text = {STORE_H5_KIND_TEXT, strlen(attributes->schema) + 1};
    base_status status = store_h5_write_attribute(h5, "/", "schema", text, 0, attributes->schema);

    if (status == BASE_OK)
        status = store_h5_write_attribute(h5, "/", "schema_version", STORE_H5_I32, 0, &attributes->version);
    return status == BASE_OK ? store_attributes_put(h5, attributes->attribute, attributes->count, record)
                             : status;
}

base_status store_attributes_read(const store_h5 *h5, const store_attributes *attributes, void *record)
{
    return store_attributes_get(h5, attributes->attribute, attributes->count, record);
}

static base_status read_kind(const store_h5 *h5, char kind[STORE_ATTRIBUTES_KIND])
{
    return store_h5_read_attribute(h5, "/", "schema",
                                   (store_h5_type)STORE_H5_TYPE_TEXT(STORE_ATTRIBUTES_KIND), 0, kind);
}

base_status store_attributes_kind(const char *path, char kind[STORE_ATTRIBUTES_KIND])
{
    store_h5 h5;
    base_status status = store_h5_open(path, &h5);

    if (status != BASE_OK)
        return status;
    status = read_kind(&h5, kind);
    store_h5_drop(&h5);
    return status;
}

base_status store_attributes_expect(const store_h5 *h5, const char *schema, int32_t version)
{
    char found[STORE_ATTRIBUTES_KIND];
    int32_t number = 0;
    base_status status = read_kind(h5, found);

    if (status == BASE_OK && strcmp(found, schema) != 0) {
        base_log_error("%s: is a %.31s file, expected %s", h5->path, found, schema);
        return BASE_ERR_INPUT;
    }
    if (status == BASE_OK)
        status = store_h5_read_attribute(h5, "/", "schema_version", STORE_H5_I32, 0, &number);
    if (status == BASE_OK && number != version) {
        base_log_error("%s: has version %d of schema %s, this program reads version %d", h5->path,
                       (int)number, schema, (int)version);
        return BASE_ERR_INPUT;
    }
    return status;
}

base_status store_attributes_get_if(const store_h5 *h5, const store_attribute *attribute, size_t count,
                                    void *record)
{
    bool exists = false;
    base_status status = store_h5_look_for_attribute(h5, attribute->object, attribute->name, &exists);

    return status == BASE_OK && exists ? store_attributes_get(h5, attribute, count, record) : status;
}
