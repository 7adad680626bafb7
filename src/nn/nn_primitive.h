/** oneDNN primitives with their arguments bound, and the arrays they work on. Internal to src/nn.
 *
 * With nn_engine, nn_check, nn_layers, nn_taps and nn_heat the only place that speaks oneDNN's (version 2) C
 * interface.
 */
#ifndef NN_PRIMITIVE_H
#define NN_PRIMITIVE_H

#include "base_status.h"
#include "nn_engine_internal.h"
#include "nn_taps.h"
#include <dnnl.h>
#include <stdbool.h>
#include <stddef.h>

#define NN_ARGUMENTS_MAX 12

/** Layout and place of an array. The memory behind it belongs to somebody else. */
typedef struct nn_array {
    dnnl_memory_desc_t desc;
    dnnl_memory_t memory;
} nn_array;

/** A primitive, oneDNN's or camal's own, and what it is run on. */
typedef struct nn_primitive {
    nn_taps taps; /* camal's; else the next two are oneDNN's */
    dnnl_primitive_desc_t desc;
    dnnl_primitive_t primitive;
    const char *implementation; /* oneDNN's name for it; lives as long as desc */
    dnnl_memory_t scratchpad;
    bool placed; /* the scratchpad has memory of its own; else the arena serves */
    int arguments;
    dnnl_exec_arg_t argument[NN_ARGUMENTS_MAX];
} nn_primitive;

/** What a primitive does behind its own work, in this order. */
typedef struct nn_after {
    bool sum; /* add what the destination held before */
    bool relu;
} nn_after;

/** Describe `data` (may be NULL, see nn_array_point()). Local. BASE_ERR_LIBRARY, BASE_ERR_MEMORY. */
base_status nn_array_create(const nn_engine *engine, const dnnl_memory_desc_t *desc, void *data,
                            nn_array *array);

/** Let the array stand for other memory of the same layout. Local. BASE_ERR_LIBRARY. */
base_status nn_array_point(nn_array *array, void *data);

/** Whether the array stands for any memory yet. Local. */
bool nn_array_is_placed(const nn_array *array);

/** NULL-safe; safe on a zeroed array. */
void nn_array_destroy(nn_array *array);

/** Floats that an array of this layout takes, padding included. Local. */
size_t nn_array_floats(const dnnl_memory_desc_t *desc);

/** The fastest implementation that oneDNN has for an operation, never its reference code, which is hundreds
 * of times slower.
 *
 * @param operation  oneDNN's operation descriptor
 * @param forward    forward primitive that a backward one belongs to, or NULL
 * @param skip       implementations to pass over, 0 for oneDNN's first choice
 * @param what       for messages: "layer1.0.conv1 forward"; NULL: fail without one
 * Local. BASE_ERR_LIBRARY (no such implementation on this CPU), BASE_ERR_MEMORY.
 */
base_status nn_primitive_create(nn_engine *engine, const void *operation, nn_after after,
                                const nn_primitive *forward, int skip, const char *what,
                                nn_primitive *primitive);

/** A copy from one layout to another; arguments DNNL_ARG_FROM and DNNL_ARG_TO. Local. As above. */
base_status nn_primitive_create_reorder(nn_engine *engine, const dnnl_memory_desc_t *from,
                                        const dnnl_memory_desc_t *to, nn_primitive *primitive);

/** Convolution by taps. Local, no errors. */
void nn_primitive_create_taps(const nn_taps *taps, nn_primitive *primitive);

/** False for a zeroed primitive. */
bool nn_primitive_exists(const nn_primitive *primitive);

/** NULL-safe; safe on a zeroed primitive. */
void nn_primitive_destroy(nn_primitive *primitive);

/** Layout that the primitive chose for one of its arguments; NULL if it is not oneDNN's. Local. */
const dnnl_memory_desc_t *nn_primitive_layout(const nn_primitive *primitive, dnnl_query_t argument);

/** What it computes: dnnl_convolution, dnnl_reorder ... Local. */
dnnl_primitive_kind_t nn_primitive_kind(const nn_primitive *primitive);

/** Run on this array as argument DNNL_ARG_...; the array must outlive the primitive's runs. Local. */
void nn_primitive_bind(nn_primitive *primitive, int argument, const nn_array *array);

/** Floats of scratchpad that the primitive needs, maybe 0. Local. */
size_t nn_primitive_scratch(const nn_primitive *primitive);

/** Let this memory be its scratchpad in place of the arena. Local. BASE_ERR_LIBRARY. */
base_status nn_primitive_place_scratch(nn_primitive *primitive, float *data);

/** Run, and wait for the end. Local. BASE_ERR_LIBRARY. */
base_status nn_primitive_run(const nn_engine *engine, const nn_primitive *primitive);

/** Copy between layouts once, outside hot paths. Local. BASE_ERR_LIBRARY, BASE_ERR_MEMORY. */
base_status nn_primitive_translate(nn_engine *engine, const dnnl_memory_desc_t *from, const float *source,
                                   const dnnl_memory_desc_t *to, float *target);

#endif
