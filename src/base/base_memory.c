#include "base_memory.h"
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define HUGE_PAGE ((size_t)2 << 20)

void *base_memory_take(size_t bytes)
{
    void *memory;
    char *first, *end;

    if (posix_memalign(&memory, BASE_MEMORY_ALIGNMENT, bytes > 0 ? bytes : 1) != 0)
        return NULL;
    first = (char *)(((uintptr_t)memory + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE);
    end = (char *)(((uintptr_t)memory + bytes) / HUGE_PAGE * HUGE_PAGE);
    if (first < end)
        (void)madvise(first, (size_t)(end - first), MADV_HUGEPAGE); /* a wish: without, it is slower */
    return memory;
}
