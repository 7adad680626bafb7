/** What a training replica consists of. Internal to src/nn. */
#ifndef NN_REPLICA_H
#define NN_REPLICA_H

#include "nn_bridge.h"
#include "nn_buffers.h"
#include "nn_flow.h"
#include "nn_in_mask.h"
#include "nn_network.h"
#include "nn_parameters.h"
#include "nn_plan.h"
#include "nn_program.h"

/** One node of a training replica. */
typedef struct nn_unit {
    int slot;                 /* buffer of the output */
    int workspace_slot;       /* of the workspace, if there is one */
    nn_array output;          /* activation */
    nn_array flat;            /* linear: its input, the pool's output, seen as [N,C] */
    nn_array workspace;       /* what the forward pass keeps for the backward pass, beside activations */
    nn_array weights, bias;   /* in the flat weights; of norms: scale and shift */
    nn_array copy[NN_PASSES]; /* weights in another layout, where a pass wants that */
    nn_primitive reorder[NN_PASSES]; /* home layout -> copy */
    nn_array gradient_output, gradient_input;
} nn_unit;

/** An array inside the caller's gradient buffer. */
typedef struct nn_rider {
    nn_array array;
    size_t offset;
} nn_rider;

/* A node has at most four: two gradients, mean and variance. */
#define NN_RIDERS_MAX (NN_NODES_MAX * 4)

struct nn_network {
    nn_engine *engine;
    nn_graph graph;
    int32_t batch;
    nn_layer layer[NN_NODES_MAX];
    nn_unit unit[NN_NODES_MAX];
    nn_parameters parameters;
    nn_form form;
    nn_bridges bridges;
    nn_buffers buffers;
    nn_array images; /* the caller's */
    nn_rider rider[NN_RIDERS_MAX];
    int riders;
    const float *gradient; /* buffer that the riders point into */
    float *logits, *logits_gradient;
    nn_in_mask_array last, last_gradient; /* activations of the last layer, and what the pool hands back */
    const float *head;                    /* [K,C] weights of the linear layer */
    float *slope;                         /* [B,H,W] by the heat of the last layer's maps */
    const int32_t *map_labels;            /* of the step, where maps are kept inside masks; else NULL */
    nn_program forward, backward;
    nn_program refresh; /* weights into the copies, after every change of theirs */
    nn_plan_text text;
    nn_profile *profile; /* the caller's, or NULL */
};

/** A node of the graph. */
static inline const nn_node *nn_replica_node(const nn_network *network, int32_t i)
{
    return &network->graph.nodes[i];
}

/** Whose copies are noted. Local. */
nn_owner nn_replica_owner(nn_network *network, int32_t i, nn_pass pass);

/** Floats of a node's output. Local. */
size_t nn_replica_floats(const nn_network *network, int32_t i);

/** What a node reads; without memory where that is the caller's images. Local. */
const nn_array *nn_replica_input(const nn_network *network, int32_t i);

/** Whether a node's place is needed beyond the forward pass: as the input of a layer with weights or of a
 * norm, or because a sum is put there. Pools and norms keep what they need in a workspace. Local. */
bool nn_replica_is_kept(const nn_network *network, int32_t i);

#endif
