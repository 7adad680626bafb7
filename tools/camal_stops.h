/** What each rule of stop would have done to a run, seen from its rounds. */
#ifndef CAMAL_STOPS_H
#define CAMAL_STOPS_H

#include "base_config.h"
#include "base_status.h"
#include "select_stop.h"
#include "store_round.h"

#define CAMAL_STOPS_RULES 3 /* base_stop_rule; budget never stops a run */

typedef struct camal_stops {
    select_stop_options options; /* of the newest round */
    select_history history;
    store_class *began; /* [classes] as the newest round began: after the decisions of the one before */
    struct {
        int32_t round; /* the first after which the rule would have stopped, -1 if none */
        char reason[160];
    } found[CAMAL_STOPS_RULES];
} camal_stops;

/** Take in the next round of a run, and its settings of stop. `stops` is zero before the first one.
 * Local. BASE_ERR_MEMORY; BASE_ERR_USAGE if its configuration cannot be read.
 * @param path  of the round, for messages */
base_status camal_stops_add(camal_stops *stops, const store_round *round, const char *path);

/** Name of a rule, as in the configuration. Static storage. */
const char *camal_stops_name(int32_t rule);

/** NULL-safe; zeroes it. */
void camal_stops_destroy(camal_stops *stops);

#endif
