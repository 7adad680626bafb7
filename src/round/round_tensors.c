#include "round_tensors.h"
#include "base_log.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

base_status round_tensors_list(const nn_weights *weights, const float *data, bool trained_only,
                               store_tensor **list, int32_t *count)
{
    store_tensor *like = calloc((size_t)weights->tensors, sizeof *like);
    int32_t i, n = 0;
    base_status status;

    if (!like) {
        base_log_error("out of memory for %d tensors", weights->tensors);
        return BASE_ERR_MEMORY;
    }
    for (i = 0; i < weights->tensors; i++) {
        const nn_tensor *tensor = &weights->tensor[i];

        if (trained_only && tensor->offset >= weights->trained)
            continue;
        snprintf(like[n].name, sizeof like[n].name, "%s", tensor->name);
        like[n].rank = tensor->rank;
        memcpy(like[n].dims, tensor->dims, sizeof like[n].dims);
        n++;
    }
    status = store_tensor_list_create(like, n, list);
    free(like);
    if (status != BASE_OK)
        return status;
    for (i = 0; i < n; i++) { /* trained tensors come first in the table: the numbers agree */
        const nn_tensor *tensor = &weights->tensor[i];

        memcpy((*list)[i].data, data + tensor->offset, tensor->count * sizeof(float));
    }
    *count = n;
    return BASE_OK;
}

base_status round_tensors_take(const nn_weights *weights, const store_tensor *list, int32_t count,
                               bool trained_only, float *data)
{
    int32_t i;

    for (i = 0; i < weights->tensors; i++) {
        const nn_tensor *mine = &weights->tensor[i];
        const store_tensor *theirs = store_tensor_find(list, count, mine->name);

        if (trained_only && mine->offset >= weights->trained)
            continue;
        if (!theirs || !nn_tensor_fits(mine, theirs->rank, theirs->dims)) {
            base_log_error("the file's tensor %s does not fit the configured network", mine->name);
            return BASE_ERR_INPUT;
        }
        memcpy(data + mine->offset, theirs->data, mine->count * sizeof *theirs->data);
    }
    return BASE_OK;
}
