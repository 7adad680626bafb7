/** Primitives that work on another form than the arrays around them: copies before and after. Internal to
 * src/nn. */
#ifndef NN_BRIDGE_H
#define NN_BRIDGE_H

#include "nn_buffers.h"
#include "nn_plan.h"
#include "nn_program.h"

/* A node has at most six: source and target of three passes. */
#define NN_BRIDGES_MAX (NN_NODES_MAX * 6)

/** A copy of an array in another form, and what fills it or is filled from it. */
typedef struct nn_bridge {
    nn_array array;
    nn_primitive reorder;
} nn_bridge;

/** Zero it before use; its place must not change. */
typedef struct nn_bridges {
    nn_bridge bridge[NN_BRIDGES_MAX];
    int count;
} nn_bridges;

/** Whose copies these are, for the plan's text. */
typedef struct nn_owner {
    nn_plan_text *text;
    const char *name;
    nn_pass pass;
} nn_owner;

/** One argument of a primitive: the array that stands for it, and the form that the primitive wants it in
 * (NULL: as it is). */
typedef struct nn_link {
    int argument;
    const nn_array *array;
    const dnnl_memory_desc_t *wanted;
    bool written;
} nn_link;

/** Append the copies that the links need, and the primitive between them. Temporary buffers come from
 * `buffers` and go back to it. Local. BASE_ERR_LIBRARY, BASE_ERR_MEMORY. */
base_status nn_bridge_append(nn_engine *engine, nn_bridges *bridges, nn_buffers *buffers, nn_program *program,
                             nn_primitive *primitive, const nn_link *link, int links, nn_owner owner);

/** Append a copy of one array into another, noted as `what`. Local. As above. */
base_status nn_bridge_copy(nn_engine *engine, nn_bridges *bridges, nn_program *program, const nn_array *from,
                           const nn_array *to, nn_owner owner, const char *what);

/** Safe if zeroed. */
void nn_bridge_destroy(nn_bridges *bridges);

#endif
