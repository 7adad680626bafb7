/* Any text as a kernel plan. */
#include "nn_plan.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    nn_graph graph;
    nn_plan plan;

    if (!text || nn_models_describe(BASE_NETWORK_RESNET8, BASE_STEM_SMALL, 16, 15, &graph) != BASE_OK)
        abort();
    memcpy(text, data, size);
    text[size] = 0;
    nn_plan_fits(text, NN_USE_TRAINING, 8, 1, NN_DTYPE_F32);
    nn_plan_fits(text, NN_USE_SCORING, 32, 1, NN_DTYPE_BF16);
    nn_plan_read(text, "fuzz", NN_USE_TRAINING, &graph, 8, 1, &plan);
    nn_plan_read(text, "fuzz", NN_USE_SCORING, &graph, 64, 1, &plan);
    free(text);
    return 0;
}
