/** How a training replica is built; what it consists of. Internal to src/nn. */
#ifndef NN_BUILD_H
#define NN_BUILD_H

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

#endif
