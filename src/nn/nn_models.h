/** Networks as graphs of nodes: pure data, from which training replicas and scorers are built. */
#ifndef NN_MODELS_H
#define NN_MODELS_H

#include "base_config.h"
#include "base_status.h"
#include <stdbool.h>
#include <stdint.h>

#define NN_NAME_MAX  48
#define NN_NODES_MAX 96

typedef enum nn_op {
    NN_OP_INPUT,       /* [B,3,S,S] f32, normalised */
    NN_OP_CONVOLUTION, /* no bias */
    NN_OP_BATCH_NORM,  /* eps 1e-5, momentum 0.1; with ReLU if `relu` */
    NN_OP_ADD,         /* residual sum of `input` and `other`; with ReLU if `relu` */
    NN_OP_MAX_POOL,
    NN_OP_GLOBAL_POOL, /* mean over positions */
    NN_OP_LINEAR       /* with bias; its output is the logits */
} nn_op;

/** One node; nodes are in topological order and name their inputs by index. */
typedef struct nn_node {
    nn_op op;
    char name[NN_NAME_MAX];          /* parameter prefix as in torchvision: "layer1.0.conv1" */
    char layer[NN_NAME_MAX];         /* name of this output as a heat-map layer ("layer1.0", "relu"), or "" */
    int32_t input, other;            /* node indices, -1 if none */
    int32_t channels, height, width; /* of the output */
    int32_t kernel, stride, padding;
    bool relu;
} nn_node;

typedef struct nn_graph {
    int32_t count;
    nn_node nodes[NN_NODES_MAX];
    int32_t size;    /* S, pixels */
    int32_t classes; /* K */
    int32_t last;    /* node that feeds the global pool: the layer "last" */
} nn_graph;

/** Describe a network for S x S inputs and K classes.
 *
 * resnet8: stem 3x3 stride 2 of width 32, three stages of one basic block, widths 32, 64, 128.
 * resnet18: torchvision's, stem `imagenet` (7x7 stride 2, 3x3 max pool) or `small` (3x3 stride 1, no pool).
 * Local. BASE_ERR_USAGE if S or K does not fit the network (the message names value and range).
 */
base_status nn_models_describe(base_network network, base_stem stem, int32_t size, int32_t classes,
                               nn_graph *graph);

/** Node of a heat-map layer by name ("last" or e.g. "layer2.0"); -1 and a message that lists the names if
 * there is none. Local. */
int32_t nn_models_find_layer(const nn_graph *graph, const char *layer);

#endif
