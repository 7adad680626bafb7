/* Preloaded into a program: no file can be locked, for the reason whose number TEST_FLOCK_ERRNO is. */
#include <errno.h>
#include <stdlib.h>
#include <sys/file.h>

int flock(int file, int operation)
{
    const char *reason = getenv("TEST_FLOCK_ERRNO");

    (void)file;
    (void)operation;
    errno = reason ? atoi(reason) : ENOSYS;
    return -1;
}
