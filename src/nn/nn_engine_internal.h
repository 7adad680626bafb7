/** What an engine consists of, for those who make and run primitives. Internal to src/nn. */
#ifndef NN_ENGINE_INTERNAL_H
#define NN_ENGINE_INTERNAL_H

#include "base_memory.h"
#include "base_status.h"
#include "nn_engine.h"
#include <dnnl.h>
#include <stddef.h>

/* A cache line, and the widest vector: every buffer starts on it. */
#define NN_ALIGNMENT_FLOATS (BASE_MEMORY_ALIGNMENT / sizeof(float))

struct nn_engine {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    int threads;
    void *arena; /* the scratchpad of whichever primitive runs */
    size_t arena_size;
};

/** Make this engine's thread count the calling thread's. Before running or creating primitives. Local. */
void nn_engine_enter(const nn_engine *engine);

/** Grow the arena to at least `size` bytes. Local. BASE_ERR_MEMORY. */
base_status nn_engine_reserve(nn_engine *engine, size_t size);

/** Zeroed floats on a 64-byte boundary, to be freed with free(). Local. BASE_ERR_MEMORY. */
base_status nn_engine_allocate(size_t floats, float **data);

#endif
