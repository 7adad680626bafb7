/** Classes that may still be picked from, for strategies whose picks depend on the picks before.
 *
 * Quotas and such strategies combine by one rule: at each turn the strategy picks its best among the samples
 * whose predicted class is open, until the budget is reached. A class is open while it takes labels at all
 * and has quota left. When no sample of an open class is left, the gate is widened: the quotas no longer
 * count, and the picks go on (reason FILL) among all classes that take labels. Every pick, of whatever class,
 * enters what the strategy knows: the diversity is that of the whole batch, not of each class by itself.
 */
#ifndef SELECT_GATE_H
#define SELECT_GATE_H

#include "base_status.h"
#include "store_records.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct select_gate {
    size_t classes;
    uint8_t *open; /* [classes] */
    int64_t *left; /* [classes] of the quota; NULL: there are none */
    bool widened;
} select_gate;

/** Local. BASE_ERR_MEMORY.
 * @param quota   [classes] or NULL
 * @param closed  [classes] 1 = takes no labels */
base_status select_gate_create(const int64_t *quota, const uint8_t *closed, size_t classes,
                               select_gate *gate);

/** NULL-safe; zeroes the gate. */
void select_gate_destroy(select_gate *gate);

/** Open all classes that take labels, quota or not; false if that was so already. Local. */
bool select_gate_widen(select_gate *gate, const uint8_t *closed);

/** Note a pick of this class; gives its reason. Local. */
store_query_reason select_gate_take(select_gate *gate, int32_t predicted);

#endif
