/** Arrays as NumPy's NPY files, format version 1.0 (numpy.lib.format). */
#ifndef CAMAL_HEATMAP_NPY_H
#define CAMAL_HEATMAP_NPY_H

#include "base_status.h"
#include <stdint.h>

/** Write a C-ordered f32 array, little-endian, whole or not at all. Local. BASE_ERR_IO, BASE_ERR_MEMORY.
 * @param shape [rank]   @param rank 1 to 4 */
base_status heatmap_npy_write(const char *path, const float *data, const int64_t *shape, int rank);

#endif
