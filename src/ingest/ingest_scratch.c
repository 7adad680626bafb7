#include "ingest_scratch.h"
#include "base_log.h"
#include "store_dataset.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define BLOCKS 3 /* image, mask, twins */

static base_status failed(const ingest_scratch *scratch, const char *what)
{
    base_log_error("%s: cannot %s: %s", scratch->path, what, strerror(errno));
    return BASE_ERR_IO;
}

base_status ingest_scratch_open(const char *out, int rank, int32_t size, ingest_scratch *scratch)
{
    ingest_scratch made;

    memset(&made, 0, sizeof made);
    if (snprintf(made.path, sizeof made.path, "%s.scratch-%d", out, rank) >= (int)sizeof made.path) {
        base_log_error("%s: the path is too long", out);
        return BASE_ERR_USAGE;
    }
    made.size = size;
    made.image_bytes = (size_t)size * (size_t)size * 3;
    made.mask_bytes = (size_t)size * store_mask_row_bytes(size);
    made.file = open(made.path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (made.file < 0)
        return failed(&made, "create it");
    if (unlink(made.path) != 0) {
        close(made.file);
        return failed(&made, "remove it");
    }
    *scratch = made;
    return BASE_OK;
}

/* All blocks, one behind the other. */
static bool write_at(int file, struct iovec blocks[BLOCKS], off_t at)
{
    while (blocks[0].iov_len + blocks[1].iov_len + blocks[2].iov_len > 0) {
        ssize_t done = pwritev(file, blocks, BLOCKS, at);
        size_t b;

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        at += done;
        for (b = 0; b < BLOCKS; b++) {
            size_t here = (size_t)done < blocks[b].iov_len ? (size_t)done : blocks[b].iov_len;

            blocks[b].iov_base = (char *)blocks[b].iov_base + here;
            blocks[b].iov_len -= here;
            done -= (ssize_t)here;
        }
    }
    return true;
}

static bool read_at(int file, uint8_t *bytes, size_t size, off_t at)
{
    while (size > 0) {
        ssize_t done = pread(file, bytes, size, at);

        if (done < 0 && errno == EINTR)
            continue;
        if (done == 0)
            errno = EIO; /* shorter than what was written */
        if (done <= 0)
            return false;
        bytes += done;
        size -= (size_t)done;
        at += done;
    }
    return true;
}

static off_t place(const ingest_scratch *scratch, size_t index)
{
    return (off_t)(index * (scratch->image_bytes + 2 * scratch->mask_bytes));
}

base_status ingest_scratch_append(ingest_scratch *scratch, const uint8_t *image, const uint8_t *mask,
                                  const uint8_t *twins)
{
    struct iovec blocks[BLOCKS] = {{(void *)(uintptr_t)image, scratch->image_bytes},
                                   {(void *)(uintptr_t)mask, scratch->mask_bytes},
                                   {(void *)(uintptr_t)twins, scratch->mask_bytes}};

    if (!write_at(scratch->file, blocks, place(scratch, scratch->samples)))
        return failed(scratch, "write to it");
    scratch->samples++;
    return BASE_OK;
}

base_status ingest_scratch_read(const ingest_scratch *scratch, size_t index, uint8_t *image, uint8_t *mask,
                                uint8_t *twins)
{
    off_t at = place(scratch, index);

    if (!read_at(scratch->file, image, scratch->image_bytes, at) ||
        !read_at(scratch->file, mask, scratch->mask_bytes, at + (off_t)scratch->image_bytes) ||
        !read_at(scratch->file, twins, scratch->mask_bytes,
                 at + (off_t)(scratch->image_bytes + scratch->mask_bytes)))
        return failed(scratch, "read from it");
    return BASE_OK;
}

void ingest_scratch_close(ingest_scratch *scratch)
{
    if (!scratch || scratch->file < 0)
        return;
    close(scratch->file);
    scratch->file = -1;
}
