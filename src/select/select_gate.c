#include "select_gate.h"
#include "base_log.h"
#include <stdlib.h>
#include <string.h>

base_status select_gate_create(const int64_t *quota, const uint8_t *closed, size_t classes, select_gate *gate)
{
    select_gate made = {.classes = classes};
    size_t c;

    made.open = malloc(classes ? classes : 1);
    made.left = quota ? malloc((classes ? classes : 1) * sizeof *made.left) : NULL;
    if (!made.open || (quota && !made.left)) {
        base_log_error("select: no memory for the quotas of %zu classes", classes);
        select_gate_destroy(&made);
        return BASE_ERR_MEMORY;
    }
    for (c = 0; c < classes; c++)
        made.open[c] = !closed[c] && (!quota || quota[c] > 0);
    if (quota && classes)
        memcpy(made.left, quota, classes * sizeof *quota);
    *gate = made;
    return BASE_OK;
}

void select_gate_destroy(select_gate *gate)
{
    if (!gate)
        return;
    free(gate->open);
    free(gate->left);
    memset(gate, 0, sizeof *gate);
}

bool select_gate_widen(select_gate *gate, const uint8_t *closed)
{
    size_t c;

    if (gate->widened || !gate->left)
        return false;
    gate->widened = true;
    for (c = 0; c < gate->classes; c++)
        gate->open[c] = !closed[c];
    return true;
}

store_query_reason select_gate_take(select_gate *gate, int32_t predicted)
{
    if (!gate->left)
        return STORE_QUERY_STRATEGY;
    if (gate->widened)
        return STORE_QUERY_FILL;
    if (--gate->left[predicted] <= 0)
        gate->open[predicted] = 0;
    return STORE_QUERY_QUOTA;
}
