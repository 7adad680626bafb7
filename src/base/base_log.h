/** Messages on standard error, one line a call, written whole.
 *
 * Rank 0 speaks: base_log_info() and base_log_warn() are silent on other ranks. base_log_error() speaks on
 * every rank and names it. The rank is what the launcher put into the environment (OMPI_COMM_WORLD_RANK or
 * PMIX_RANK), so no state is kept here and nothing has to be initialised before a first error.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

/** Variable of the environment that silences base_log_info() and progress, unless it is empty or 0. */
#define BASE_LOG_QUIET "CAMAL_QUIET"

/** "PROGRAM: error: ..." with the rank if there are several. Local, thread-safe. */
void base_log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** "PROGRAM: warning: ..." on rank 0. Local, thread-safe. */
void base_log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** "PROGRAM: ..." on rank 0, unless BASE_LOG_QUIET is set. Local, thread-safe. */
void base_log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** This process's rank as its launcher says, 0 outside a launcher. Local. */
int base_log_rank(void);

/** Whether information is to be left out: another rank than 0, or BASE_LOG_QUIET. Local. */
bool base_log_silent(void);

/** Whether lines on standard error can be drawn over: a terminal, and TERM not "dumb". Ranks that mpirun
 * starts write into a pipe, not to the terminal it was started from: CAMAL_PROGRESS=bar says that there is
 * one at its end, CAMAL_PROGRESS=lines that lines are wanted everywhere. Local. */
bool base_log_terminal(void);

#endif
