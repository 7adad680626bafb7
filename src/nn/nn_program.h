/** A program: steps planned once and run in order, without branches or allocation. Internal to src/nn. */
#ifndef NN_PROGRAM_H
#define NN_PROGRAM_H

#include "nn_loops.h"
#include "nn_primitive.h"
#include "nn_profile.h"

/** One step: a primitive, or else a call, or else a loop. */
typedef struct nn_step {
    const nn_primitive *primitive;
    void (*call)(void *context);
    void *context;
    nn_loop loop;
    nn_dtype dtype;
    void *out; /* may be a or b */
    const void *a, *b, *mask;
    size_t count; /* elements */
    bool marked;  /* once it is done, `mark` is reached */
    size_t mark;
} nn_step;

/** Zero it before use. */
typedef struct nn_program {
    nn_step *step;
    int count;
} nn_program;

/** Append a step; what it points to must outlive the program's runs. Local. BASE_ERR_MEMORY. */
base_status nn_program_append(nn_program *program, const nn_step *step);

/** Append a primitive. Local. BASE_ERR_MEMORY. */
base_status nn_program_append_primitive(nn_program *program, const nn_primitive *primitive);

/** Mark the end of the program so far: at this point `mark` is given to whoever listens. Local. */
void nn_program_mark(nn_program *program, size_t mark);

/** Who listens to a program's marks, and who counts its time; both may be NULL. */
typedef struct nn_listener {
    void (*reached)(void *context, size_t mark);
    void *context;
    nn_profile *profile;
} nn_listener;

/** Run all steps. Local. BASE_ERR_LIBRARY. */
base_status nn_program_run(const nn_engine *engine, const nn_program *program, const nn_listener *listener);

/** Run each step alone, `repeats` times after a first one, and add the medians to `limit`. Local.
 * BASE_ERR_LIBRARY, BASE_ERR_MEMORY. */
base_status nn_program_limit(const nn_engine *engine, const nn_program *program, int repeats,
                             nn_profile *limit);

/** NULL-safe. */
void nn_program_destroy(nn_program *program);

#endif
