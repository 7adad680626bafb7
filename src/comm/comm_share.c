#include "comm_share.h"
#include "base_log.h"
#include <stdlib.h>
#include <sys/statvfs.h>

#define BACKING     "/dev/shm"         /* where MPI libraries put shared windows */
#define BACKING_OWN ((size_t)16 << 20) /* left for the library's own use */

struct comm_share {
    MPI_Comm node; /* ranks of this node that need the block; MPI_COMM_NULL: not this one */
    int rank;      /* in it */
    MPI_Win window;
    void *own; /* instead of a window */
    void *bytes;
};

bool comm_share_has_room(size_t size)
{
    struct statvfs backing;

    return statvfs(BACKING, &backing) == 0 && backing.f_frsize > 0 &&
           (size + BACKING_OWN) / backing.f_frsize < backing.f_bavail;
}

/* Window, or own memory; all ranks of the node alike. */
static base_status allocate(comm_share *share, size_t size)
{
    int ranks, room;
    MPI_Aint found;
    int unit;

    MPI_Comm_size(share->node, &ranks);
    room = ranks > 1 && comm_share_has_room(size);
    MPI_Bcast(&room, 1, MPI_INT, 0, share->node);
    if (room) {
        MPI_Win_allocate_shared(share->rank == 0 ? (MPI_Aint)size : 0, 1, MPI_INFO_NULL, share->node,
                                &share->bytes, &share->window);
        MPI_Win_shared_query(share->window, 0, &found, &unit, &share->bytes);
        MPI_Win_lock_all(MPI_MODE_NOCHECK, share->window);
        return BASE_OK;
    }
    if (ranks > 1 && share->rank == 0)
        base_log_warn("%s has no room for %zu bytes that %d ranks could share: each holds its own", BACKING,
                      size, ranks);
    share->bytes = share->own = malloc(size ? size : 1);
    if (share->own)
        return BASE_OK;
    base_log_error("out of memory for a block of %zu bytes", size);
    return BASE_ERR_MEMORY;
}

base_status comm_share_create(const comm_world *world, size_t size, bool needed, comm_share **share)
{
    comm_share *made = calloc(1, sizeof *made);
    base_status status = made ? BASE_OK : BASE_ERR_MEMORY;

    if (!made)
        base_log_error("out of memory for a shared block");
    status = comm_agree(world, status);
    if (status != BASE_OK) {
        free(made);
        return status;
    }
    made->window = MPI_WIN_NULL;
    MPI_Comm_split_type(world->comm, needed ? MPI_COMM_TYPE_SHARED : MPI_UNDEFINED, world->rank,
                        MPI_INFO_NULL, &made->node);
    if (needed) {
        MPI_Comm_rank(made->node, &made->rank);
        status = allocate(made, size);
    }
    status = comm_agree(world, status);
    if (status == BASE_OK)
        *share = made;
    else
        comm_share_destroy(&made);
    return status;
}

void *comm_share_bytes(const comm_share *share)
{
    return share->bytes;
}

bool comm_share_fills(const comm_share *share)
{
    return share->own || (share->window != MPI_WIN_NULL && share->rank == 0);
}

base_status comm_share_publish(comm_share *share, const comm_world *world, base_status local)
{
    if (share->window != MPI_WIN_NULL) {
        MPI_Win_sync(share->window);
        MPI_Barrier(share->node);
        MPI_Win_sync(share->window);
    }
    return comm_agree(world, local);
}

void comm_share_destroy(comm_share **share)
{
    comm_share *s = share ? *share : NULL;

    if (!s)
        return;
    if (s->window != MPI_WIN_NULL) {
        MPI_Win_unlock_all(s->window);
        MPI_Win_free(&s->window);
    }
    free(s->own);
    if (s->node != MPI_COMM_NULL)
        MPI_Comm_free(&s->node);
    free(s);
    *share = NULL;
}
