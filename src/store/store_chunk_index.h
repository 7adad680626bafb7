/** Where the chunks of a dataset lie, out of the file's own index, internal to store.
 *
 * HDF5 1.10 answers for one chunk by passing over all before it, so that asking for n chunks takes time n^2:
 * half an hour for 10^5. The index of a dataset that cannot grow is an array in the file ("Fixed Array", HDF5
 * File Format Specification 3.0, VII.C), which this reads at once.
 */
#ifndef STORE_CHUNK_INDEX_H
#define STORE_CHUNK_INDEX_H

#include "base_status.h"
#include "store_h5.h"
#include <stddef.h>
#include <stdint.h>

typedef struct store_chunk_entry {
    uint64_t address; /* HADDR_UNDEF: the chunk is missing */
    uint64_t size;    /* bytes as stored */
    uint32_t skipped; /* its filter mask */
} store_chunk_entry;

/** Entries of the first `chunks` chunks of a filtered dataset, in their order. Local; has HDF5 verify the
 * checksums of all of the index. BASE_ERR_INPUT (damaged), BASE_ERR_IO, BASE_ERR_MEMORY.
 * @param file     descriptor of h5's file, whose addresses count from its first byte
 * @param entries  [chunks] out, free() them; NULL where the index is of another kind: ask HDF5 */
base_status store_chunk_index_read(const store_h5 *h5, const char *object, hid_t dataset, int file,
                                   size_t chunks, store_chunk_entry **entries);

#endif
