/** Where the time of a replica's steps goes. */
#ifndef NN_PROFILE_H
#define NN_PROFILE_H

#include <stdint.h>

/** Seconds, added up over steps. What is left of total is calls, loss and bookkeeping. */
typedef struct nn_profile {
    double convolutions; /* convolutions and the linear layer */
    double others;       /* oneDNN's other primitives: norms, pools */
    double reorders;     /* copies between layouts */
    double loops;        /* camal's own kernels: residual sums, masks, the optimiser, heat maps */
    double total;        /* of all calls */
    int64_t calls;
} nn_profile;

#endif
