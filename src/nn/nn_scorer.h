/** How a scoring replica is built; what it consists of. Internal to src/nn. */
#ifndef NN_SCORER_H
#define NN_SCORER_H

#include "nn_bridge.h"
#include "nn_buffers.h"
#include "nn_flow.h"
#include "nn_fold.h"
#include "nn_gradcam.h"
#include "nn_heat.h"
#include "nn_layers.h"
#include "nn_program.h"

/** One node of the folded graph. */
typedef struct nn_score_unit {
    int slot; /* buffer of the output */
    nn_array output;
    nn_array flat; /* linear: its input, the pool's output, seen as [N,C] */
    nn_array workspace;
    nn_array weights[NN_PASSES], bias;
    float *weights_data[NN_PASSES], *bias_data;
    nn_array gradient_output, gradient_input;
} nn_score_unit;

struct nn_gradcam {
    nn_engine *engine;
    nn_graph graph;
    int32_t batch;
    int32_t target; /* node of the heat-map layer */
    nn_folded folded[NN_NODES_MAX];
    nn_layer layer[NN_NODES_MAX]; /* at the node that owns the output */
    nn_score_unit unit[NN_NODES_MAX];
    nn_form form;
    nn_bridges bridges;
    nn_buffers buffers;
    nn_array images; /* the caller's */
    nn_program forward;
    nn_program backward; /* from one_hot to gradient */
    /* Where the form is not f32: an f32 copy of the target's activation or gradient, and what it is of. */
    nn_array heat_activation[2], heat_gradient[2];
    float *logits, *one_hot; /* [B,K] */
    float *alpha;            /* [B,K'] */
    nn_view activation, gradient;
    nn_plan_text text;
    nn_profile *profile; /* the caller's, or NULL */
};

#endif
