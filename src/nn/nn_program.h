/** A program: steps planned once and run in order, without branches or allocation. Internal to src/nn. */
#ifndef NN_PROGRAM_H
#define NN_PROGRAM_H

#include "nn_primitive.h"
#include "nn_profile.h"

typedef enum nn_step_kind {
    NN_STEP_PRIMITIVE,
    NN_STEP_COPY,     /* out = a */
    NN_STEP_ADD,      /* out = a + b */
    NN_STEP_ADD_RELU, /* out = max(a + b, 0) */
    NN_STEP_MASK,     /* out = a where mask > 0, else 0: backward through a ReLU whose output was mask */
    NN_STEP_ADD_MASK  /* out = a + b where mask > 0, else 0 */
} nn_step_kind;

/** One step; out may be a or b. */
typedef struct nn_step {
    nn_step_kind kind;
    const nn_primitive *primitive;
    float *out;
    const float *a, *b, *mask;
    size_t count;
    bool marked; /* once it is done, `mark` is reached */
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
