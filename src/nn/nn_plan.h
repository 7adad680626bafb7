/** Which implementation serves which pass of which convolution. Internal to src/nn.
 *
 * A plan is data: whoever searches for the fastest one fills a plan and builds a replica with it. All ranks
 * of a run need the same plan, since implementations round differently.
 */
#ifndef NN_PLAN_H
#define NN_PLAN_H

#include "base_status.h"
#include "nn_models.h"
#include <stddef.h>

typedef enum nn_pass { NN_PASS_FORWARD, NN_PASS_BACKWARD_DATA, NN_PASS_BACKWARD_WEIGHTS, NN_PASSES } nn_pass;

typedef enum nn_algorithm {
    NN_ALGORITHM_DIRECT,
    NN_ALGORITHM_WINOGRAD /* 3x3 of stride 1 only; rounds more coarsely */
} nn_algorithm;

/** One pass: the algorithm, and how many of oneDNN's implementations of it to pass over. */
typedef struct nn_choice {
    nn_algorithm algorithm;
    int32_t skip;
} nn_choice;

typedef struct nn_plan {
    nn_choice choice[NN_NODES_MAX][NN_PASSES];
} nn_plan;

/** The direct algorithm and oneDNN's first choice everywhere. Local. */
void nn_plan_default(nn_plan *plan);

/** "forward", "backward_data", "backward_weights". Static storage. */
const char *nn_plan_pass_name(nn_pass pass);

/** Text that grows by lines; zero it before use, free text when done. */
typedef struct nn_plan_text {
    char *text; /* NULL while empty */
    size_t used;
} nn_plan_text;

/** Append "name pass implementation" and a newline. Local. BASE_ERR_MEMORY. */
base_status nn_plan_note(nn_plan_text *text, const char *name, const char *pass, const char *implementation);

#endif
