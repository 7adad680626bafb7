/** A rank that hangs ends the job.
 *
 * Every rank has a thread that sends a beat to its neighbour below every tenth of the timeout, as long as the
 * rank is alive: as long as its process uses processor time. A rank that computes does, and so does one that
 * waits for others, since MPI waits by asking again and again. A rank does not that is stopped (its node
 * freezes, somebody suspends it), or whose every thread is stuck in a system call or a lock (a dead file
 * system). So long work of any kind is no hang, nor is waiting for a rank that works; nobody has to announce
 * anything. What is not seen is a rank that spins for ever: that is an error in a program, not of a cluster.
 *
 * A rank whose neighbour above has missed eight beats names it and its host and ends by _exit(1), upon which
 * the launcher ends all. Beats are counted against the thread's own ticks, not by the clock: a job that is
 * suspended as a whole and continued goes on.
 *
 * A rank that dies needs no watching: mpirun and srun (--kill-on-bad-exit) end the job.
 */
#ifndef COMM_WATCH_H
#define COMM_WATCH_H

#include "comm_world.h"

typedef struct comm_watch comm_watch;

/** Start watching. Where MPI does not allow several threads, or there is one rank, or `timeout` is 0, nothing
 * is watched (and *watch is NULL). A single call into the system that takes longer than the timeout counts as
 * a hang: raise it where a file system may take that long.
 *
 * Collective. BASE_ERR_MEMORY, BASE_ERR_LIBRARY, agreed.
 * @param timeout  seconds within which a hanging rank ends the job */
base_status comm_watch_start(const comm_world *world, double timeout, comm_watch **watch);

/** Stop watching. Collective; NULL-safe (a NULL is so on every rank); nulls the pointer. */
void comm_watch_stop(comm_watch **watch);

#endif
