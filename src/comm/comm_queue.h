/** Numbered pieces of work handed out on demand: a rank takes its next piece when it is ready for it, so that
 * a slow one takes few and holds nobody up.
 *
 * Rank 0 gives out the numbers between pieces of its own work, in calls of comm_queue_serve() and
 * comm_queue_next(); a rank that asks early, while it still has work, does not notice how long that took.
 * There is no thread and no one-sided counter behind it: those need MPI_THREAD_MULTIPLE or progress that Open
 * MPI makes in calls only. The first number of each rank is its own rank, without a message.
 */
#ifndef COMM_QUEUE_H
#define COMM_QUEUE_H

#include "comm_world.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct comm_queue comm_queue;

typedef enum comm_queue_answer {
    COMM_QUEUE_ITEM,  /* here it is */
    COMM_QUEUE_LATER, /* asked for; call again */
    COMM_QUEUE_EMPTY  /* there is nothing left for this rank */
} comm_queue_answer;

/** Begin to hand out 0 to items - 1, each to one rank, in order of asking. `world` must outlive the queue.
 *
 * Collective, `items` the same everywhere. From here to comm_queue_end() rank 0 may make no other call that
 * waits for the other ranks: they may be waiting for it. BASE_ERR_MEMORY, agreed. */
base_status comm_queue_create(const comm_world *world, size_t items, comm_queue **queue);

/** Ask for this rank's next number, or look whether the one asked for has come. Serves too. Local.
 * @param wait  do not answer COMM_QUEUE_LATER
 * @param item  out with COMM_QUEUE_ITEM only */
comm_queue_answer comm_queue_next(comm_queue *queue, bool wait, size_t *item);

/** Rank 0: answer those who ask, without waiting; on other ranks nothing. Call it often. Local. */
void comm_queue_serve(comm_queue *queue);

/** Leave the queue and destroy it. A rank that comes here with an error ends the handing out for all: those
 * still working are told that there is nothing left.
 *
 * Collective. The worst status of all, agreed. NULL-safe on all ranks alike (then comm_agree()); nulls the
 * pointer.
 * @param local  how this rank's work went */
base_status comm_queue_end(comm_queue **queue, const comm_world *world, base_status local);

#endif
