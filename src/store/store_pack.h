/** The filters of a chunk, internal to store: what HDF5 would do, so that every rank can do it. Local. */
#ifndef STORE_PACK_H
#define STORE_PACK_H

#include "base_status.h"
#include <stddef.h>
#include <stdint.h>

#define STORE_PACK_CHECKSUM 4 /* bytes of fletcher32 behind a chunk */

/** Fletcher's checksum as HDF5's filter computes it: 16-bit words, first byte high, sums modulo 65535 kept
 * within 1..65535 (0 only for all-zero data); an odd last byte counts as a high one. */
uint32_t store_pack_fletcher32(const uint8_t *bytes, size_t size);

/** What a chunk is called in messages. */
typedef struct store_pack_name {
    const char *path, *object;
    size_t row; /* its first */
} store_pack_name;

/** Compare a stored chunk of `size` bytes with the checksum at its end. Any thread. BASE_ERR_INPUT. */
base_status store_pack_verify(const store_pack_name *name, const uint8_t *stored, size_t size);

/** Inflate to exactly raw_size bytes. HDF5 would trust a chunk that inflates to fewer and read on behind its
 * buffer. Any thread. BASE_ERR_INPUT. */
base_status store_pack_inflate(const store_pack_name *name, const uint8_t *deflated, size_t size,
                               uint8_t *raw, size_t raw_size);

#endif
