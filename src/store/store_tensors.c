#include "store_tensors.h"
#include "base_log.h"
#include "store_array.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

base_status store_tensors_write(const store_h5 *h5, const char *group, const store_tensor *list,
                                int32_t count)
{
    base_status status = BASE_OK;
    char object[STORE_H5_OBJECT_MAX];
    int32_t i;

    for (i = 0; i < count && status == BASE_OK; i++) {
        store_h5_shape shape = {list[i].rank, {0}};

        memcpy(shape.dims, list[i].dims, sizeof shape.dims);
        snprintf(object, sizeof object, "%s/%s", group, list[i].name);
        status = store_array_write(h5, object, STORE_H5_F32, &shape, list[i].data);
    }
    return status;
}

/* Names and shapes of a group's tensors, no data. */
static base_status look_at_tensors(const store_h5 *h5, const char *group, store_tensor *list, int32_t count)
{
    base_status status = BASE_OK;
    char object[STORE_H5_OBJECT_MAX];
    int32_t i;

    for (i = 0; i < count && status == BASE_OK; i++) {
        store_h5_type type = STORE_H5_F32;
        store_h5_shape shape = {0};

        status = store_h5_member_name(h5, group[0] ? group : "/", i, list[i].name, sizeof list[i].name);
        if (status != BASE_OK)
            break;
        snprintf(object, sizeof object, "%s/%s", group, list[i].name);
        status = store_array_find(h5, object, false, &type, &shape);
        list[i].rank = shape.rank;
        memcpy(list[i].dims, shape.dims, sizeof list[i].dims);
        if (status == BASE_OK && store_tensor_count(&list[i]) == 0) {
            base_log_error("%s: %s is empty, expected 1 to 4 positive dimensions", h5->path, object);
            status = BASE_ERR_INPUT;
        }
    }
    return status;
}

base_status store_tensors_read(const store_h5 *h5, const char *group, store_tensor **out, int32_t *out_count)
{
    store_tensor *like = NULL, *list = NULL;
    char object[STORE_H5_OBJECT_MAX];
    int64_t members = 0;
    int32_t count, i;
    base_status status = store_h5_count_members(h5, group[0] ? group : "/", &members);

    if (status != BASE_OK)
        return status;
    count = (int32_t)members;
    like = calloc((size_t)count + 1, sizeof *like);
    if (!like) {
        base_log_error("%s: %s: out of memory for %d tensors", h5->path, group, (int)count);
        return BASE_ERR_MEMORY;
    }
    status = look_at_tensors(h5, group, like, count);
    if (status == BASE_OK)
        status = store_tensor_list_create(like, count, &list);
    for (i = 0; i < count && status == BASE_OK; i++) {
        store_h5_shape shape = {list[i].rank, {0}};

        memcpy(shape.dims, list[i].dims, sizeof shape.dims);
        snprintf(object, sizeof object, "%s/%s", group, list[i].name);
        status = store_array_read(h5, object, STORE_H5_F32, &shape, list[i].data);
    }
    free(like);
    if (status == BASE_OK) {
        *out = list;
        *out_count = count;
    } else {
        store_tensor_list_destroy(&list, count);
    }
    return status;
}
