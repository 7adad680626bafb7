#include "nn_buffers.h"
#include "base_log.h"
#include "nn_primitive.h"
#include <stdlib.h>
#include <string.h>

static int find_free(const nn_buffers *buffers, size_t floats)
{
    int best = -1, i;

    for (i = 0; i < buffers->count; i++) {
        const nn_buffer *buffer = &buffers->buffer[i];

        if (buffer->users == 0 && buffer->floats >= floats &&
            (best < 0 || buffer->floats < buffers->buffer[best].floats))
            best = i;
    }
    return best;
}

static base_status append(nn_buffers *buffers, size_t floats)
{
    nn_buffer *longer = realloc(buffers->buffer, (size_t)(buffers->count + 1) * sizeof *longer);
    nn_buffer made = {NULL, floats, 0};
    base_status status;

    if (longer == NULL) {
        base_log_error("nn: no memory for the table of %d buffers", buffers->count + 1);
        return BASE_ERR_MEMORY;
    }
    buffers->buffer = longer;
    status = nn_engine_allocate(floats, &made.data);
    if (status != BASE_OK)
        return status;
    longer[buffers->count++] = made;
    return BASE_OK;
}

base_status nn_buffers_take(nn_buffers *buffers, size_t floats, int *slot)
{
    int found = find_free(buffers, floats);

    if (found < 0) {
        base_status status = append(buffers, floats);

        if (status != BASE_OK)
            return status;
        found = buffers->count - 1;
    }
    buffers->buffer[found].users = 1;
    *slot = found;
    return BASE_OK;
}

void nn_buffers_share(nn_buffers *buffers, int slot)
{
    buffers->buffer[slot].users++;
}

void nn_buffers_release(nn_buffers *buffers, int slot)
{
    buffers->buffer[slot].users--;
}

bool nn_buffers_is_sole(const nn_buffers *buffers, int slot)
{
    return buffers->buffer[slot].users == 1;
}

float *nn_buffers_data(const nn_buffers *buffers, int slot)
{
    return buffers->buffer[slot].data;
}

void nn_buffers_destroy(nn_buffers *buffers)
{
    int i;

    if (buffers == NULL)
        return;
    for (i = 0; i < buffers->count; i++)
        free(buffers->buffer[i].data);
    free(buffers->buffer);
    memset(buffers, 0, sizeof *buffers);
}
