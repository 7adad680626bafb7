/** What happens to a run, a line of JSON each, in FOLDER/events.jsonl: for dashboards and for people who
 * watch.
 *
 * jobs/events.yaml documents the events and their fields, and a test holds them to it. Times are of the wall
 * clock; nothing reads them back. Rank 0.
 */
#ifndef LEARN_EVENTS_H
#define LEARN_EVENTS_H

#include "base_config.h"
#include "base_status.h"
#include "comm_world.h"
#include "round_state.h"

/** A job begins work on a run, new or continued. BASE_ERR_IO, BASE_ERR_MEMORY. */
base_status learn_events_start(const comm_world *world, const base_config *config, const round_state *state);

/** A round is committed; `state` is the one after it. `seconds` it took this job. BASE_ERR_IO,
 * BASE_ERR_MEMORY. */
base_status learn_events_round(const base_config *config, const round_state *state, double seconds);

/** The job ends, with this status. BASE_ERR_IO, BASE_ERR_MEMORY. */
base_status learn_events_end(const base_config *config, const round_state *state, base_status why);

#endif
