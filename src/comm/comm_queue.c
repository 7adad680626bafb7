#include "comm_queue.h"
#include "base_log.h"
#include <stdint.h>
#include <stdlib.h>

#define ASK_TAG   1 /* to rank 0: an `order` */
#define GRANT_TAG 2 /* from rank 0: a number, or NOTHING */

#define NOTHING UINT64_MAX

/* What a rank tells rank 0. */
typedef enum order {
    ORDER_NEXT,   /* give me a number */
    ORDER_LEAVE,  /* I am done; no answer */
    ORDER_ABANDON /* I have failed; give out nothing more; no answer */
} order;

struct comm_queue {
    MPI_Comm comm; /* its own, so that nobody else's messages meet these */
    int rank;
    uint64_t items, next; /* rank 0: next to be given out */
    int here;             /* rank 0: other ranks that have not left */
    bool started;         /* the first number, one's rank, has been taken */
    bool asked;           /* a request is under way */
    bool empty;
    uint64_t granted; /* the answer to it */
    MPI_Request request;
};

base_status comm_queue_create(const comm_world *world, size_t items, comm_queue **queue)
{
    comm_queue *made = calloc(1, sizeof *made);
    base_status status = BASE_OK;

    if (!made) {
        base_log_error("out of memory for a queue");
        status = BASE_ERR_MEMORY;
    }
    status = comm_agree(world, status);
    if (status != BASE_OK) {
        free(made);
        return status;
    }
    MPI_Comm_dup(world->comm, &made->comm);
    made->rank = world->rank;
    made->items = items;
    made->next = (uint64_t)world->size < items ? (uint64_t)world->size : items;
    made->here = world->size - 1;
    made->request = MPI_REQUEST_NULL;
    *queue = made;
    return BASE_OK;
}

static uint64_t take_number(comm_queue *queue)
{
    return queue->next < queue->items ? queue->next++ : NOTHING;
}

/* Rank 0: receive one order that has arrived, or wait for one, and do it. */
static void serve_one(comm_queue *queue)
{
    MPI_Status from;
    uint64_t number;
    int said;

    MPI_Recv(&said, 1, MPI_INT, MPI_ANY_SOURCE, ASK_TAG, queue->comm, &from);
    if (said == ORDER_NEXT) {
        number = take_number(queue);
        MPI_Send(&number, 1, MPI_UINT64_T, from.MPI_SOURCE, GRANT_TAG,
                 queue->comm); /* its receive is posted */
        return;
    }
    queue->here--;
    if (said == ORDER_ABANDON)
        queue->next = queue->items;
}

void comm_queue_serve(comm_queue *queue)
{
    int arrived = 1;

    while (queue->rank == 0 && queue->here > 0 && arrived) {
        MPI_Iprobe(MPI_ANY_SOURCE, ASK_TAG, queue->comm, &arrived, MPI_STATUS_IGNORE);
        if (arrived)
            serve_one(queue);
    }
}

static void tell(comm_queue *queue, order what)
{
    int said = (int)what;

    MPI_Send(&said, 1, MPI_INT, 0, ASK_TAG, queue->comm);
}

/* Other ranks: ask if that has not been done, and see to the answer. False: not there yet. */
static bool fetch(comm_queue *queue, bool wait)
{
    int arrived = 1;

    if (!queue->asked) {
        MPI_Irecv(&queue->granted, 1, MPI_UINT64_T, 0, GRANT_TAG, queue->comm, &queue->request);
        tell(queue, ORDER_NEXT);
        queue->asked = true;
    }
    if (wait)
        MPI_Wait(&queue->request, MPI_STATUS_IGNORE);
    else
        MPI_Test(&queue->request, &arrived, MPI_STATUS_IGNORE);
    queue->asked = !arrived;
    return arrived;
}

comm_queue_answer comm_queue_next(comm_queue *queue, bool wait, size_t *item)
{
    uint64_t number;

    comm_queue_serve(queue);
    if (queue->empty)
        return COMM_QUEUE_EMPTY;
    if (!queue->started) {
        queue->started = true;
        number = (uint64_t)queue->rank < queue->items ? (uint64_t)queue->rank : NOTHING;
    } else if (queue->rank == 0) {
        number = take_number(queue);
    } else {
        if (!fetch(queue, wait))
            return COMM_QUEUE_LATER;
        number = queue->granted;
    }
    queue->empty = number == NOTHING;
    if (queue->empty)
        return COMM_QUEUE_EMPTY;
    *item = (size_t)number;
    return COMM_QUEUE_ITEM;
}

base_status comm_queue_end(comm_queue **queue, const comm_world *world, base_status local)
{
    comm_queue *q = *queue;

    if (!q)
        return comm_agree(world, local);
    if (q->rank != 0) {
        if (q->asked)
            MPI_Wait(&q->request, MPI_STATUS_IGNORE);
        tell(q, local == BASE_OK ? ORDER_LEAVE : ORDER_ABANDON);
    } else {
        if (local != BASE_OK)
            q->next = q->items;
        while (q->here > 0)
            serve_one(q);
    }
    MPI_Comm_free(&q->comm);
    free(q);
    *queue = NULL;
    return comm_agree(world, local);
}
