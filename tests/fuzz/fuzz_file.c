#include "fuzz_file.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char path[64];

static void forget(void)
{
    unlink(path);
}

/* In memory, but not by memfd_create(): HDF5 asks for the real path of what it opens. */
const char *fuzz_file(const uint8_t *bytes, size_t size)
{
    static int fd = -1;

    if (fd < 0) {
        snprintf(path, sizeof path, "/dev/shm/camal-fuzz-XXXXXX");
        fd = mkostemp(path, O_CLOEXEC);
        atexit(forget);
    }
    if (fd < 0 || ftruncate(fd, 0) != 0 || pwrite(fd, bytes, size, 0) != (ssize_t)size)
        abort();
    return path;
}
