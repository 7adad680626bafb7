/** Memory for large arrays. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

/* A cache line, and the widest vector. */
#define BASE_MEMORY_ALIGNMENT 64

/** Memory on a boundary of BASE_MEMORY_ALIGNMENT, not zeroed, on pages of 2 MiB where the system has them: a
 * training step touches all of its arrays, and with pages of 4 KiB waits for their addresses. The system
 * gives pages as they are touched. free() it. Local. NULL: no memory. */
void *base_memory_take(size_t bytes);

#endif
