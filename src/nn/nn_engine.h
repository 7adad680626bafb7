/** The oneDNN engine, its stream and the scratchpad of one rank.
 *
 * What differs between oneDNN 2 and 3 stays inside nn_engine, nn_primitive, nn_layers and nn_heat.
 */
#ifndef NN_ENGINE_H
#define NN_ENGINE_H

#include "base_status.h"

typedef struct nn_engine nn_engine;

/** Engine with a fixed number of OpenMP threads; sets flush-to-zero on each of them. Primitives must be run
 * by the thread that created the engine.
 *
 * Local. BASE_ERR_LIBRARY, BASE_ERR_MEMORY; *engine is set on success only.
 */
base_status nn_engine_create(int threads, nn_engine **engine);

/** NULL-safe; nulls the pointer. Everything made with the engine must be gone. */
void nn_engine_destroy(nn_engine **engine);

#endif
