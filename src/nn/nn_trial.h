/** Timing of single primitives on scratch memory, for the search of a plan. Internal to src/nn. */
#ifndef NN_TRIAL_H
#define NN_TRIAL_H

#include "nn_primitive.h"

#define NN_TRIAL_ARGUMENTS_MAX 10

/** What a copy from one layout to another takes. */
typedef struct nn_copy {
    dnnl_memory_desc_t from, to;
    double seconds;
} nn_copy;

/** An engine of its own, so that the arena of kernels that lose does not stay. Zero it before use. */
typedef struct nn_trial {
    nn_engine *engine;
    float *memory[NN_TRIAL_ARGUMENTS_MAX];
    size_t floats[NN_TRIAL_ARGUMENTS_MAX];
    nn_copy *copy; /* [copies] measured so far */
    int copies;
} nn_trial;

/** Local. As nn_engine_create(). */
base_status nn_trial_open(int threads, nn_trial *trial);

/** Safe if zeroed. */
void nn_trial_close(nn_trial *trial);

/** An argument of a primitive and its layout. */
typedef struct nn_need {
    int argument;
    const dnnl_memory_desc_t *desc;
} nn_need;

/** Least time of a run of a primitive made with trial->engine.
 *
 * One that takes longer than `give_up` seconds at its second run is not run again. Local. BASE_ERR_LIBRARY,
 * BASE_ERR_MEMORY.
 */
base_status nn_trial_time(nn_trial *trial, nn_primitive *primitive, const nn_need *need, int needs,
                          double give_up, double *seconds);

/** The same for a copy between layouts, measured once; 0 if they are equal. */
base_status nn_trial_time_copy(nn_trial *trial, const dnnl_memory_desc_t *from, const dnnl_memory_desc_t *to,
                               double *seconds);

#endif
