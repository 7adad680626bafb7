/** How a replica computes: the form its activations are kept in, and which kernel serves which pass of which
 * convolution.
 *
 * A plan is data: whoever searches for the fastest one fills a plan (nn_tune.h) and builds a replica with it.
 * All ranks of a run need the same plan, since kernels round differently. A built replica tells its plan as
 * text, one line a primitive; nn_plan_read() takes it back.
 */
#ifndef NN_PLAN_H
#define NN_PLAN_H

#include "base_status.h"
#include "nn_models.h"
#include <stddef.h>

typedef enum nn_pass { NN_PASS_FORWARD, NN_PASS_BACKWARD_DATA, NN_PASS_BACKWARD_WEIGHTS, NN_PASSES } nn_pass;

typedef enum nn_algorithm {
    NN_ALGORITHM_DIRECT,
    NN_ALGORITHM_WINOGRAD, /* 3x3 of stride 1 and f32 only; rounds more coarsely */
    NN_ALGORITHM_TAPS /* camal's own for small maps, see nn_taps.h: 3x3 of stride 1, f32 nhwc, training */
} nn_algorithm;

typedef enum nn_dtype { NN_DTYPE_F32, NN_DTYPE_BF16 } nn_dtype;

typedef enum nn_layout {
    NN_LAYOUT_BLOCKED, /* channels in blocks of a vector's width: nChw16c */
    NN_LAYOUT_NHWC
} nn_layout;

/** What activations are. Weights, gradients of weights and statistics are f32 in any case. */
typedef struct nn_form {
    nn_dtype dtype;
    nn_layout layout;
} nn_form;

/** One pass of a convolution: the form it works on (a copy is made where it is not the plan's), the
 * algorithm, and how many of oneDNN's implementations of it to pass over. */
typedef struct nn_choice {
    nn_form form;
    nn_algorithm algorithm;
    int32_t skip;
} nn_choice;

/** What a plan is for; scoring replicas have other kernels, since norms are folded away. */
typedef enum nn_use { NN_USE_TRAINING, NN_USE_SCORING } nn_use;

typedef struct nn_plan {
    nn_form form;
    nn_choice choice[NN_NODES_MAX][NN_PASSES];
} nn_plan;

/** Blocked f32, the direct algorithm and oneDNN's first choice everywhere. Local. */
void nn_plan_default(nn_plan *plan);

/** The same in another form. Local. */
void nn_plan_uniform(nn_form form, nn_plan *plan);

/** "forward", "backward_data", "backward_weights". Static storage. */
const char *nn_plan_pass_name(nn_pass pass);

/** Text that grows by lines; zero it before use, free text when done. */
typedef struct nn_plan_text {
    char *text; /* NULL while empty */
    size_t used;
} nn_plan_text;

/** Append the line that opens a replica's plan: "training batch 32 threads 2 f32 blocked". Local.
 * BASE_ERR_MEMORY. */
base_status nn_plan_open(nn_plan_text *text, nn_use use, int32_t batch, int threads, nn_form form);

/** Append a primitive: "layer1.0.conv1 forward f32 blocked winograd 0 jit_wino_4x3:avx512_core". Local.
 * BASE_ERR_MEMORY. */
base_status nn_plan_note(nn_plan_text *text, const char *name, nn_pass pass, const nn_choice *choice,
                         const char *implementation);

/** Append a copy between layouts that a pass needs: "copy layer1.0.conv1 forward weights jit:uni". Local.
 * BASE_ERR_MEMORY.
 * @param what  "images", "input", "output", "weights" or "map" */
base_status nn_plan_note_copy(nn_plan_text *text, const char *name, nn_pass pass, const char *what,
                              const char *implementation);

/** Append a plan that no replica was built by yet: its opening line and its convolutions, without the names
 * of implementations. nn_plan_read() takes it back. Local. BASE_ERR_MEMORY. */
base_status nn_plan_write(const nn_plan *plan, nn_use use, const nn_graph *graph, int32_t batch, int threads,
                          nn_plan_text *text);

/** True if the text has a part for this use, batch, number of threads and dtype. Local. */
bool nn_plan_fits(const char *text, nn_use use, int32_t batch, int threads, nn_dtype dtype);

/** Take the plan of one use from text that replicas gave, for the same graph, batch and threads.
 *
 * Lines of copies are passed over: they follow from the choices. Local. BASE_ERR_INPUT: no such part, another
 * batch or number of threads, a line that is none or names an unknown node, a convolution without a line
 * (line or node are named).
 * @param source  for messages: where the text is from
 */
base_status nn_plan_read(const char *text, const char *source, nn_use use, const nn_graph *graph,
                         int32_t batch, int threads, nn_plan *plan);

#endif
