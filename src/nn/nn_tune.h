/** Search of the fastest plan by measurement. */
#ifndef NN_TUNE_H
#define NN_TUNE_H

#include "nn_engine.h"
#include "nn_plan.h"

/** What a search found. */
typedef struct nn_tuning {
    int kernels;          /* measured */
    double search;        /* seconds it took */
    double before, after; /* seconds of all convolution passes by the default plan of that dtype, and by the
                             plan found */
} nn_tuning;

/** Measure, for every convolution and pass, what oneDNN has (direct and Winograd, each of its
 * implementations, blocked and nhwc activations, f32 beside bf16), copies between forms counted, and put the
 * fastest into a plan. A kernel replaces oneDNN's first choice only where it is clearly faster, so that two
 * searches mostly agree; still, a plan is to be kept and used again, since kernels round differently.
 *
 * The times depend on the machine; call it on one rank and broadcast the plan. Runs on engine's number of
 * threads. Local. BASE_ERR_USAGE (bf16 on a CPU that only emulates it), BASE_ERR_LIBRARY, BASE_ERR_MEMORY.
 * @param batch   samples of a micro-batch or of a scoring batch
 * @param tuning  out, may be NULL
 */
base_status nn_tune(const nn_engine *engine, const nn_graph *graph, int32_t batch, nn_use use, nn_dtype dtype,
                    nn_plan *plan, nn_tuning *tuning);

#endif
