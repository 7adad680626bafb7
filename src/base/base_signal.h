/** Signals that ask a program to end at its next safe point. */
#ifndef BASE_SIGNAL_H
#define BASE_SIGNAL_H

#include "base_status.h"
#include <stdbool.h>
#include <stdint.h>

/** From now on note these signals (BASE_SIGNAL_* bits of base_config.h) instead of ending by them, and forget
 * what came before. System calls that they interrupt go on.
 *
 * A thread of its own receives them; the calling thread, and those it starts later, block them. oneDNN's
 * product of matrices (2.6.3) keeps data so far below the stack pointer that a handler on the same stack
 * overwrites it: a signal in the midst of a step would change results or corrupt the heap. Call it before
 * threads that compute are started. Local. BASE_ERR_LIBRARY. */
base_status base_signal_catch(uint32_t signals);

/** Block no signal any more: in a child process, before it becomes another program. Local. */
void base_signal_release(void);

/** Has one of them come? Local, thread-safe. */
bool base_signal_caught(void);

#endif
