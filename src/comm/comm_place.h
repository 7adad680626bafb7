/** Where the ranks of a job are: nodes, and the cores that they may use there. */
#ifndef COMM_PLACE_H
#define COMM_PLACE_H

#include "comm_world.h"
#include <stdbool.h>

typedef struct comm_place {
    int nodes;
    int fewest_ranks, most_ranks; /* of a node */
    int fewest_cores;         /* logical ones that all ranks of a node together may use; the smallest node */
    int fewest_own, most_own; /* that a rank may use */
    bool crowded;             /* some node has more threads than cores for its ranks */
} comm_place;

/** Find out, for ranks of `threads` threads. The first rank of a crowded node names it, with ranks, threads
 * and cores: as an error, or with `allowed` not at all.
 *
 * Collective. BASE_ERR_USAGE if a node is crowded and that is not allowed; BASE_ERR_LIBRARY; agreed. */
base_status comm_place_find(const comm_world *world, int threads, bool allowed, comm_place *place);

#endif
