/** How many samples each class gets: pure functions. */
#ifndef SELECT_QUOTA_H
#define SELECT_QUOTA_H

#include "base_config.h"
#include "base_status.h"
#include <stddef.h>
#include <stdint.h>

/** What a class needs, 0..1: 1 - recall for recall_need, else 1 - recall * energy; 1 where the recall is
 * unknown (below 0). Local, no errors. */
double select_need(base_quota rule, float recall, float energy);

/** Quotas that sum to `budget` if the caps allow it, else to the sum of the caps.
 *
 * Weights: balanced: 1 a class; cam_need: need_c times the pool samples predicted as c; recall_need: need_c,
 * however many are predicted. Where all weights left are 0, they count as equal. none: no quota; each open
 * class is granted all its samples, whatever the budget (select_choose() then takes the best overall).
 *
 * cap_c = floor(cap * predicted_c), at least 1 where predicted_c > 0; closed classes have 0. Shares by
 * largest remainder; a class whose share exceeds its cap gets the cap, and the budget left is shared anew
 * among the others by the same rule, until nothing changes. Ties by class number.
 *
 * Local. BASE_ERR_MEMORY.
 * @param cap        0..1, share of a class's predicted samples
 * @param need       [classes] of select_need(), 0..1 (what lies outside is clamped); not a number = unknown =
 * 1
 * @param predicted  [classes] pool samples predicted as the class
 * @param closed     [classes] 1 = no quota
 * @param quota      [classes] out
 */
base_status select_quota(base_quota rule, double cap, const double *need, const int64_t *predicted,
                         const uint8_t *closed, size_t classes, int64_t budget, int64_t *quota);

#endif
