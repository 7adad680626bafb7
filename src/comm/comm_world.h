/** The ranks of a job, agreement on errors, and the plain exchanges that the rounds need.
 *
 * Failures of MPI itself abort the job (MPI_ERRORS_ARE_FATAL): nothing sensible can follow them.
 */
#ifndef COMM_WORLD_H
#define COMM_WORLD_H

#include "base_config.h"
#include "base_status.h"
#include <mpi.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct comm_world {
    MPI_Comm comm;
    int rank, size;
    bool threaded; /* MPI may be called by several threads at a time */
} comm_world;

/** MPI_Init_thread(), for several threads if there is that, and the world. Collective; may drop MPI's own
 * arguments. */
base_status comm_world_open(int *argc, char ***argv, comm_world *world);

/** MPI_Finalize. Collective. */
void comm_world_close(comm_world *world);

/** The worst status of all ranks, the same on every rank: errors (the largest code), then an interruption,
 * then waiting. Collective. A rank that failed alone turns into a failure of all before the next collective
 * call could hang. */
base_status comm_agree(const comm_world *world, base_status local);

/** The ranks see one file: its digest, of BASE_DIGEST_TEXT bytes, is that of rank 0. Collective.
 * BASE_ERR_INPUT, agreed, logged by a rank that sees another file under the path. */
base_status comm_agree_on_file(const comm_world *world, const char *path, const char *digest);

/** Broadcast bytes from rank 0; larger than 2^31 works. Collective. */
void comm_broadcast(const comm_world *world, void *bytes, size_t size);

/** Broadcast a block of unknown size: on rank 0 *bytes,*size are given, elsewhere they are allocated
 * (free()). Collective. BASE_ERR_MEMORY, agreed. */
base_status comm_broadcast_block(const comm_world *world, void **bytes, size_t *size);

/** The configuration of rank 0 on every rank; theirs hold defaults before. Collective. BASE_ERR_MEMORY,
 * agreed. */
base_status comm_broadcast_config(const comm_world *world, base_config *config);

/** Gather records of one size to rank 0 in rank order.
 *
 * Collective. On rank 0 *all is allocated (free()), on others NULL. BASE_ERR_MEMORY, agreed.
 */
base_status comm_gather(const comm_world *world, const void *records, size_t count, size_t record_size,
                        void **all, size_t *total);

#endif
