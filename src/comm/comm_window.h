/** One buffer a rank in memory that the ranks of a host share, so that each reads the others' without a
 * message. */
#ifndef COMM_WINDOW_H
#define COMM_WINDOW_H

#include <mpi.h>
#include <stddef.h>

typedef struct comm_window comm_window;

/** Buffers of `floats` floats, 64-byte aligned and zeroed, for ranks that all run on one host.
 *
 * Collective over `comm`.
 * @return NULL on every rank where shared memory (/dev/shm) has no room or a rank has no memory: messages
 * serve
 */
comm_window *comm_window_create(MPI_Comm comm, size_t floats);

/** The buffer of a rank, where any rank may read and write. Local. */
float *comm_window_buffer(const comm_window *window, int rank);

/** What any rank has written before it, every rank reads behind it. Collective over the window's ranks. */
void comm_window_meet(comm_window *window);

/** Collective over the window's ranks. NULL-safe; nulls the pointer. */
void comm_window_destroy(comm_window **window);

#endif
