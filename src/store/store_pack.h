/** The filters of a chunk, internal to store: what HDF5 would do, so that every rank can do it. Local. */
#ifndef STORE_PACK_H
#define STORE_PACK_H

#include <stddef.h>
#include <stdint.h>

#define STORE_PACK_CHECKSUM 4 /* bytes of fletcher32 behind a chunk */

/** Fletcher's checksum as HDF5's filter computes it: 16-bit words, first byte high, sums modulo 65535 kept
 * within 1..65535 (0 only for all-zero data); an odd last byte counts as a high one. */
uint32_t store_pack_fletcher32(const uint8_t *bytes, size_t size);

#endif
