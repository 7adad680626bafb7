/** A network's weights as files hold them: named tensors of torchvision's names and OIHW layout. */
#ifndef NN_WEIGHTS_H
#define NN_WEIGHTS_H

#include "base_status.h"
#include "nn_models.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NN_TENSOR_NAME_MAX 64

typedef enum nn_tensor_kind {
    NN_TENSOR_CONVOLUTION, /* [O,I,H,W] */
    NN_TENSOR_NORM_SCALE,  /* [C] */
    NN_TENSOR_NORM_SHIFT,  /* [C] */
    NN_TENSOR_NORM_MEAN,   /* [C] running mean; not trained */
    NN_TENSOR_NORM_VAR,    /* [C] running variance, n/(n-1) form as PyTorch; not trained */
    NN_TENSOR_LINEAR,      /* [K,C] */
    NN_TENSOR_BIAS         /* [K] */
} nn_tensor_kind;

typedef struct nn_tensor {
    char name[NN_TENSOR_NAME_MAX]; /* "layer1.0.bn1.running_mean" */
    nn_tensor_kind kind;
    int32_t node; /* index in the graph */
    int32_t rank;
    int64_t dims[4];
    size_t offset, count; /* in floats, into nn_weights.data */
} nn_tensor;

/** All tensors of a network, trained ones first, then running statistics, in graph order. */
typedef struct nn_weights {
    int32_t tensors;
    nn_tensor *tensor; /* [tensors] */
    size_t trained;    /* floats that are trained: data[0..trained) */
    size_t count;      /* floats in all */
    float *data;       /* [count], 64-byte aligned; NULL in a mere description */
} nn_weights;

/** The tensors of a graph, without memory for their data. Local. BASE_ERR_MEMORY. */
base_status nn_weights_describe(const nn_graph *graph, nn_weights *weights);

/** Allocate for a graph, all zero. Local. BASE_ERR_MEMORY. */
base_status nn_weights_create(const nn_graph *graph, nn_weights *weights);

/** Initial values as torchvision's ResNet: convolutions Kaiming normal fan-out, linear uniform 1/sqrt(C),
 * norms 1 and 0, running mean 0 and variance 1. A function of the seed and each element's place. Local. */
void nn_weights_initialise(nn_weights *weights, uint64_t seed);

/** Tensor by name, NULL if there is none. Local. */
const nn_tensor *nn_weights_find(const nn_weights *weights, const char *name);

/** True if an array of this shape may stand for the tensor. Local. */
bool nn_tensor_fits(const nn_tensor *tensor, int32_t rank, const int64_t *dims);

/** True for tensors that weight decay acts on: convolution and linear weights. */
bool nn_weights_decays(nn_tensor_kind kind);

/** NULL-safe. */
void nn_weights_destroy(nn_weights *weights);

#endif
