#include "comm_window.h"
#include "comm_share.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_BYTES ((size_t)4096)

struct comm_window {
    MPI_Comm comm; /* the caller's */
    MPI_Win window;
    float **buffer; /* [ranks] */
};

/* Has every rank what it needs, and the host room for all? The same answer on every rank. */
static bool is_possible(MPI_Comm comm, const comm_window *made, size_t pages, int ranks)
{
    int possible = made != NULL && made->buffer != NULL &&
                   pages <= PTRDIFF_MAX / PAGE_BYTES / (size_t)ranks &&
                   comm_share_has_room(pages * PAGE_BYTES * (size_t)ranks);

    MPI_Allreduce(MPI_IN_PLACE, &possible, 1, MPI_INT, MPI_LAND, comm);
    return possible;
}

/* The first page boundary: the same place for every rank, since the system maps whole pages. */
static float *align(void *data)
{
    return (float *)(((uintptr_t)data + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES);
}

comm_window *comm_window_create(MPI_Comm comm, size_t floats)
{
    size_t pages = floats / (PAGE_BYTES / sizeof(float)) + 2; /* one for alignment: the library gives none */
    comm_window *made = calloc(1, sizeof *made);
    int ranks, rank, unit, i;
    MPI_Aint size;
    void *data;

    MPI_Comm_size(comm, &ranks);
    MPI_Comm_rank(comm, &rank);
    if (made)
        made->buffer = calloc((size_t)ranks, sizeof *made->buffer);
    if (!is_possible(comm, made, pages, ranks)) {
        if (made)
            free(made->buffer);
        free(made);
        return NULL;
    }
    made->comm = comm;
    MPI_Win_allocate_shared((MPI_Aint)(pages * PAGE_BYTES), 1, MPI_INFO_NULL, comm, &data, &made->window);
    for (i = 0; i < ranks; i++) {
        MPI_Win_shared_query(made->window, i, &size, &unit, &data);
        made->buffer[i] = align(data);
    }
    MPI_Win_lock_all(MPI_MODE_NOCHECK, made->window);
    memset(made->buffer[rank], 0,
           floats * sizeof(float)); /* the system gives pages near who touches them first */
    return made;
}

float *comm_window_buffer(const comm_window *window, int rank)
{
    return window->buffer[rank];
}

void comm_window_meet(comm_window *window)
{
    MPI_Win_sync(window->window);
    MPI_Barrier(window->comm);
    MPI_Win_sync(window->window);
}

void comm_window_destroy(comm_window **window)
{
    comm_window *w = window ? *window : NULL;

    if (!w)
        return;
    MPI_Win_unlock_all(w->window);
    MPI_Win_free(&w->window);
    free(w->buffer);
    free(w);
    *window = NULL;
}
