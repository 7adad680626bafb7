/** Signals that ask a program to end at its next safe point. */
#ifndef BASE_SIGNAL_H
#define BASE_SIGNAL_H

#include "base_status.h"
#include <stdbool.h>
#include <stdint.h>

/** From now on note these signals (BASE_SIGNAL_* bits of base_config.h) instead of ending by them, and forget
 * what came before. System calls that they interrupt go on. Local. BASE_ERR_LIBRARY. */
base_status base_signal_catch(uint32_t signals);

/** Has one of them come? Local, thread-safe. */
bool base_signal_caught(void);

#endif
