/** Choosing from a large pool of synthetic features: time and memory. */
#ifndef BENCH_SELECT_H
#define BENCH_SELECT_H

#include "base_status.h"
#include "bench_options.h"
#include "comm_world.h"

/** Choose options->budget of options->records samples by options->strategy, by the code of the rounds, and
 * report it on rank 0. Features stand around a few middles a class, positive as behind a ReLU; they are made
 * before time counts, but those of bald, which keeps none, within it.
 *
 * Collective. BASE_ERR_USAGE (no such strategy, or more than select.memory), BASE_ERR_MEMORY, agreed. */
base_status bench_select_run(const comm_world *world, const bench_options *options);

#endif
