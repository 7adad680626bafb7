/** The way gradients take backwards through a graph, planned once. Internal to src/nn.
 *
 * Every consumer of a node's output leaves a contribution to its gradient; when the node's turn comes, they
 * are added up and taken.
 */
#ifndef NN_FLOW_H
#define NN_FLOW_H

#include "nn_buffers.h"
#include "nn_models.h"
#include "nn_program.h"

/** Zero it, then set buffers, program and dtype. */
typedef struct nn_flow {
    nn_buffers *buffers;
    nn_program *program;
    nn_dtype dtype; /* of all gradients that are added or masked */
    struct {
        int slot[2];
        int count;
    } pending[NN_NODES_MAX];
} nn_flow;

/** Leave a slot, with one of its users, as a contribution to a node's gradient. Local. BASE_ERR_INTERNAL if
 * the node has two already. */
base_status nn_flow_give(nn_flow *flow, int32_t node, int slot);

/** True if anything contributes to the node. Local. */
bool nn_flow_has(const nn_flow *flow, int32_t node);

/** A slot with the sum of the contributions, masked by an activation behind a ReLU if `mask` is not NULL. The
 * caller becomes its user; other users may share its content. Local. BASE_ERR_MEMORY. */
base_status nn_flow_take(nn_flow *flow, int32_t node, size_t floats, const void *mask, int *slot);

#endif
