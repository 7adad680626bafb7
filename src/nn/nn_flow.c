#include "nn_flow.h"
#include "base_log.h"

base_status nn_flow_give(nn_flow *flow, int32_t node, int slot)
{
    if (flow->pending[node].count == 2) {
        base_log_error("nn: node %d has more than two consumers", node);
        return BASE_ERR_INTERNAL;
    }
    flow->pending[node].slot[flow->pending[node].count++] = slot;
    return BASE_OK;
}

bool nn_flow_has(const nn_flow *flow, int32_t node)
{
    return flow->pending[node].count > 0;
}

static nn_loop loop_of(bool two, bool masked)
{
    if (two)
        return masked ? NN_LOOP_ADD_MASK : NN_LOOP_ADD;
    return NN_LOOP_MASK;
}

/* A slot for the result: a contribution that nobody else needs, else a fresh one. */
static base_status place(nn_flow *flow, int32_t node, size_t floats, int *slot)
{
    int i;

    for (i = 0; i < flow->pending[node].count; i++)
        if (nn_buffers_is_sole(flow->buffers, flow->pending[node].slot[i])) {
            *slot = flow->pending[node].slot[i];
            nn_buffers_share(flow->buffers, *slot);
            return BASE_OK;
        }
    return nn_buffers_take(flow->buffers, floats, slot);
}

base_status nn_flow_take(nn_flow *flow, int32_t node, size_t floats, const void *mask, int *slot)
{
    int count = flow->pending[node].count, *from = flow->pending[node].slot, i;
    nn_step step = {.loop = loop_of(count == 2, mask != NULL),
                    .dtype = flow->dtype,
                    .mask = mask,
                    .count = nn_loops_elements(flow->dtype, floats)};
    base_status status;

    if (count == 1 && mask == NULL) {
        *slot = from[0];
        flow->pending[node].count = 0;
        return BASE_OK;
    }
    status = place(flow, node, floats, slot);
    if (status != BASE_OK)
        return status;
    step.out = nn_buffers_data(flow->buffers, *slot);
    step.a = nn_buffers_data(flow->buffers, from[0]);
    if (count == 2)
        step.b = nn_buffers_data(flow->buffers, from[1]);
    for (i = 0; i < count; i++)
        nn_buffers_release(flow->buffers, from[i]);
    flow->pending[node].count = 0;
    return nn_program_append(flow->program, &step);
}
