/** The oneDNN engine, its stream and the scratchpad of one rank.
 *
 * What differs between oneDNN 2 and 3 stays inside nn_engine, nn_primitive, nn_layers and nn_heat.
 */
#ifndef NN_ENGINE_H
#define NN_ENGINE_H

#include "base_status.h"
#include <stdbool.h>

typedef struct nn_engine nn_engine;

/** Engine with a fixed number of OpenMP threads; sets flush-to-zero on each of them. Primitives must be run
 * by the thread that created the engine.
 *
 * Local. BASE_ERR_LIBRARY, BASE_ERR_MEMORY; *engine is set on success only.
 */
base_status nn_engine_create(int threads, nn_engine **engine);

/** Threads of each primitive. Local. */
int nn_engine_threads(const nn_engine *engine);

/** The widest instructions that oneDNN uses on this CPU: "avx512_core_bf16". Static storage. */
const char *nn_engine_isa(void);

/** oneDNN's version, "2.6.3". Static storage. */
const char *nn_engine_version(void);

/** Whether the CPU multiplies bf16 itself; without it oneDNN emulates, 3 to 4 times slower than f32. */
bool nn_engine_has_bf16(void);

/** Whether activations are blocked by 16 and Winograd kernels exist: AVX-512. */
bool nn_engine_is_wide(void);

/** NULL-safe; nulls the pointer. Everything made with the engine must be gone. */
void nn_engine_destroy(nn_engine **engine);

#endif
