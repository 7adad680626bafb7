/** When a run has labelled enough: pure functions. */
#ifndef SELECT_STOP_H
#define SELECT_STOP_H

#include "base_config.h"
#include "base_status.h"
#include "select_history.h"
#include "store_records.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Section stop of the configuration. */
typedef struct select_stop_options {
    base_stop_rule rule;
    int32_t rounds; /* K */
    double rise, agreement;
} select_stop_options;

/** The options that a configuration says. Local. */
select_stop_options select_stop_options_of(const base_config *config);

/** Does a run end after the newest round?
 *
 * - budget: never; run.rounds ends it.
 * - plateau: the best mean validation accuracy of the newest K rounds is less than `rise` above that of the
 *   round before them. Of the classes kept now, so that dropping one is no rise.
 * - agreement: the mean over the newest K rounds of the kappa between each and the round before it is
 *   `agreement` or more (stabilizing predictions: Bloodgood and Vijay-Shanker 2009, arXiv 1409.5165, with K =
 *   3 and 0.99). Needs no labels at all.
 * Not before K rounds of labels have been learned from. Local.
 *
 * @param history  the newest K + 1 rounds suffice
 * @param state    [classes] which are kept: as the round began
 */
bool select_stop(const select_stop_options *options, const select_history *history, const store_class *state);

/** Why, for people: "agreement: mean kappa 0.9931 in the last 3 rounds, at or above 0.9900". Cut to `size`,
 * 0-ended. Local. */
void select_stop_reason(const select_stop_options *options, const select_history *history,
                        const store_class *state, char *text, size_t size);

/** Cohen's kappa between two lists of predictions, over the places where both have one.
 *
 * (po - pe) / (1 - pe), po the share of equal ones, pe what equal shares of classes would give by chance
 * (Cohen 1960); 1 if both predict one and the same class everywhere; NaN if no place has both. Local.
 * BASE_ERR_MEMORY.
 * @param before, now  [count] class, or -1 for none  @param kappa  out  @param common  out, places */
base_status select_agreement(const int32_t *before, const int32_t *now, size_t count, size_t classes,
                             double *kappa, size_t *common);

#endif
