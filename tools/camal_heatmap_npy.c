#include "camal_heatmap_npy.h"
#include "base_file.h"
#include "base_log.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_BYTES 192 /* of magic, version, length and a dictionary of four sizes; a multiple of 64 */
#define PREFIX_BYTES 10

/* The dictionary is padded with blanks, so that data starts at a multiple of 64, and ends with a newline. */
static void make_header(const int64_t *shape, int rank, char header[HEADER_BYTES])
{
    char sizes[100] = "";
    size_t used = 0;
    int i, length;

    for (i = 0; i < rank; i++)
        used += (size_t)snprintf(sizes + used, sizeof sizes - used, "%" PRId64 ", ", shape[i]);
    memset(header, ' ', HEADER_BYTES);
    memcpy(header, "\x93NUMPY\x01\x00", 8);
    header[8] = (char)((HEADER_BYTES - PREFIX_BYTES) & 0xff);
    header[9] = 0;
    length = snprintf(header + PREFIX_BYTES, HEADER_BYTES - PREFIX_BYTES,
                      "{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }", sizes);
    header[PREFIX_BYTES + length] = ' ';
    header[HEADER_BYTES - 1] = '\n';
}

base_status heatmap_npy_write(const char *path, const float *data, const int64_t *shape, int rank)
{
    size_t count = 1;
    char *bytes;
    base_status status;
    int i;

    for (i = 0; i < rank; i++)
        count *= (size_t)shape[i];
    bytes = malloc(HEADER_BYTES + count * sizeof *data);
    if (!bytes) {
        base_log_error("%s: out of memory for %zu numbers", path, count);
        return BASE_ERR_MEMORY;
    }
    make_header(shape, rank, bytes);
    memcpy(bytes + HEADER_BYTES, data, count * sizeof *data);
    status = base_file_write(path, bytes, HEADER_BYTES + count * sizeof *data);
    free(bytes);
    return status;
}
