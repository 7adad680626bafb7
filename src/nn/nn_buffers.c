#include "nn_buffers.h"
#include "base_log.h"
#include "base_memory.h"
#include "nn_primitive.h"
#include <stdlib.h>
#include <string.h>

/* The least a block has: large enough that the system gives its pages as they are touched. */
#define BLOCK_FLOATS ((size_t)1 << 25)

static size_t round_up(size_t floats)
{
    return (floats + NN_ALIGNMENT_FLOATS - 1) / NN_ALIGNMENT_FLOATS * NN_ALIGNMENT_FLOATS;
}

/* A slot in use that is in the way of [first, first + floats) of a block, or NULL. */
static const nn_slot *find_obstacle(const nn_buffers *buffers, int block, size_t first, size_t floats)
{
    int i;

    for (i = 0; i < buffers->count; i++) {
        const nn_slot *slot = &buffers->slot[i];

        if (slot->users > 0 && slot->block == block && slot->first < first + floats &&
            first < slot->first + slot->floats)
            return slot;
    }
    return NULL;
}

/* The first place with room. False if there is none. */
static bool find_place(const nn_buffers *buffers, size_t floats, nn_slot *found)
{
    int block;

    for (block = 0; block < buffers->blocks; block++) {
        size_t first = 0;
        const nn_slot *obstacle;

        while ((obstacle = find_obstacle(buffers, block, first, floats)) != NULL)
            first = obstacle->first + obstacle->floats;
        if (first + floats <= buffers->block[block].floats) {
            *found = (nn_slot){block, first, floats, 1};
            return true;
        }
    }
    return false;
}

/* One block more, as large as all before it, so that there are few. */
static base_status append_block(nn_buffers *buffers, size_t floats)
{
    nn_block *longer = realloc(buffers->block, (size_t)(buffers->blocks + 1) * sizeof *longer);
    size_t size = floats > BLOCK_FLOATS ? floats : BLOCK_FLOATS, before = 0;
    float *data = NULL;
    int i;

    if (longer != NULL)
        buffers->block = longer;
    for (i = 0; i < buffers->blocks; i++)
        before += buffers->block[i].floats;
    size = size > before ? size : before;
    if (longer != NULL && size <= SIZE_MAX / sizeof(float))
        data = base_memory_take(size * sizeof(float));
    if (data == NULL) {
        base_log_error("nn: no memory for a block of %zu floats", size);
        return BASE_ERR_MEMORY;
    }
    longer[buffers->blocks++] = (nn_block){data, size};
    return BASE_OK;
}

base_status nn_buffers_take(nn_buffers *buffers, size_t floats, int *slot)
{
    nn_slot *longer = realloc(buffers->slot, (size_t)(buffers->count + 1) * sizeof *longer);
    nn_slot found;

    if (longer == NULL) {
        base_log_error("nn: no memory for the table of %d buffers", buffers->count + 1);
        return BASE_ERR_MEMORY;
    }
    buffers->slot = longer;
    floats = round_up(floats > 0 ? floats : 1);
    if (!find_place(buffers, floats, &found)) {
        base_status status = append_block(buffers, floats);

        if (status != BASE_OK)
            return status;
        found = (nn_slot){buffers->blocks - 1, 0, floats, 1};
    }
    longer[buffers->count] = found;
    *slot = buffers->count++;
    return BASE_OK;
}

void nn_buffers_share(nn_buffers *buffers, int slot)
{
    buffers->slot[slot].users++;
}

void nn_buffers_release(nn_buffers *buffers, int slot)
{
    buffers->slot[slot].users--;
}

bool nn_buffers_is_sole(const nn_buffers *buffers, int slot)
{
    return buffers->slot[slot].users == 1;
}

float *nn_buffers_data(const nn_buffers *buffers, int slot)
{
    const nn_slot *found = &buffers->slot[slot];

    return buffers->block[found->block].data + found->first;
}

void nn_buffers_destroy(nn_buffers *buffers)
{
    int i;

    if (buffers == NULL)
        return;
    for (i = 0; i < buffers->blocks; i++)
        free(buffers->block[i].data);
    free(buffers->block);
    free(buffers->slot);
    memset(buffers, 0, sizeof *buffers);
}
