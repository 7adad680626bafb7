/** A block of memory that lives once on a node: its first rank fills it, all of them read it. */
#ifndef COMM_SHARE_H
#define COMM_SHARE_H

#include "comm_world.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct comm_share comm_share;

/** Allocate on every node `size` bytes for those of its ranks that need them.
 *
 * One block a node (MPI_Win_allocate_shared). Where only one rank of a node needs it, that rank's own memory
 * serves; and where shared memory (/dev/shm) has no room for it, each rank has a block of its own, after a
 * warning.
 *
 * Collective over the world. BASE_ERR_MEMORY, agreed.
 * @param size    the same on all ranks that need it
 * @param needed  false: this rank has no block
 */
base_status comm_share_create(const comm_world *world, size_t size, bool needed, comm_share **share);

/** The block, NULL on ranks that do not need it; zeroed or not. Local. */
void *comm_share_bytes(const comm_share *share);

/** True on ranks that must fill their block before comm_share_publish(). Local. */
bool comm_share_fills(const comm_share *share);

/** What the first ranks wrote can now be read by all; nobody writes any more. `local` is how the writing
 * went.
 *
 * Collective over the world; the worst status of all, agreed. */
base_status comm_share_publish(comm_share *share, const comm_world *world, base_status local);

/** Is there room for `size` bytes of shared memory on this node? An MPI library that finds none may hang or
 * die of SIGBUS. Local. */
bool comm_share_has_room(size_t size);

/** Collective over the ranks of a node that need the block. NULL-safe; nulls the pointer. */
void comm_share_destroy(comm_share **share);

#endif
