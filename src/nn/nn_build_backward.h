/** The second half of building a training replica (nn_network_create()). Internal to src/nn. */
#ifndef NN_BUILD_BACKWARD_H
#define NN_BUILD_BACKWARD_H

#include "nn_replica.h"

/** Plan the backward pass, behind the forward pass. Local. BASE_ERR_LIBRARY, BASE_ERR_MEMORY. */
base_status nn_build_backward(nn_network *network);

#endif
