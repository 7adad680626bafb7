/** Finished samples of one rank, kept aside until it is known which of them stay and where.
 *
 * A file beside the output, without a name from the moment it is open: it goes with the process, however that
 * ends. The page cache makes it memory where there is enough.
 */
#ifndef INGEST_SCRATCH_H
#define INGEST_SCRATCH_H

#include "base_status.h"
#include <limits.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ingest_scratch {
    int file; /* -1: none */
    int32_t size;
    size_t image_bytes, mask_bytes; /* of one sample; it has two masks, its own and its twins' */
    size_t samples;
    char path[PATH_MAX]; /* for messages */
} ingest_scratch;

/** Open. Local. BASE_ERR_IO.
 * @param out   the output's path; the file is made in its folder
 * @param size  S of the samples */
base_status ingest_scratch_open(const char *out, int rank, int32_t size, ingest_scratch *scratch);

/** Append a sample: [S,S,3] and twice [S,ceil(S/8)]. Local. BASE_ERR_IO. */
base_status ingest_scratch_append(ingest_scratch *scratch, const uint8_t *image, const uint8_t *mask,
                                  const uint8_t *twins);

/** Read sample `index`. Local. BASE_ERR_IO. */
base_status ingest_scratch_read(const ingest_scratch *scratch, size_t index, uint8_t *image, uint8_t *mask,
                                uint8_t *twins);

/** NULL-safe. */
void ingest_scratch_close(ingest_scratch *scratch);

#endif
