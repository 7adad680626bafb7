/** The processor, for messages. */
#ifndef BASE_CPU_H
#define BASE_CPU_H

#include <stddef.h>

/** "NAME (avx2 avx512f ...)": its name as Linux knows it, and those vector instructions that it has of which
 * the speed and the bits of results depend on. Local. */
void base_cpu_text(char *text, size_t size);

#endif
