/** Pixels read ahead: threads of the reader's own bring whole chunks from the file, unpack them and put the
 * samples asked for into windows, while the caller works on the window before.
 *
 * The caller asks for windows, lists of samples in ascending order, and takes them in the order in which it
 * asked. Memory is bounded: `depth` windows, and a chunk a thread. The threads make no HDF5 calls, take no
 * signals and keep the last chunk, so that windows that share one cost one read.
 */
#ifndef STORE_CHUNKS_H
#define STORE_CHUNKS_H

#include "base_status.h"
#include "store_dataset.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_CHUNKS_THREADS_MAX 64
#define STORE_CHUNKS_DEPTH_MAX   64

typedef struct store_chunks store_chunks;

typedef struct store_window {
    const int64_t *sample; /* [count] as asked for */
    size_t count;
    const uint8_t *image; /* [count,S,S,3] */
    const uint8_t *mask;  /* [count,S,ceil(S/8)], NULL without masks */
} store_window;

typedef struct store_chunks_stats {
    uint64_t bytes;       /* read from the file */
    double stall_seconds; /* that store_chunks_next() waited */
} store_chunks_stats;

/** Start the threads. The data set must outlive the reader; it may be used meanwhile. Local.
 * BASE_ERR_USAGE (threads 1 to STORE_CHUNKS_THREADS_MAX, depth 1 to STORE_CHUNKS_DEPTH_MAX, windows of at
 * least one sample), BASE_ERR_MEMORY, BASE_ERR_LIBRARY (no thread).
 * @param largest  samples of the largest window
 * @param depth    windows asked for at a time, the one being worked on among them: 2 reads one ahead */
base_status store_chunks_open(const store_dataset *dataset, bool with_masks, size_t largest, size_t depth,
                              int32_t threads, store_chunks **reader);

/** NULL-safe; stops the threads, windows not taken are dropped. Nulls the pointer. */
void store_chunks_close(store_chunks **reader);

/** Windows that may be asked for now. Local. */
size_t store_chunks_room(const store_chunks *reader);

/** Ask for a window; does not wait. Local. BASE_ERR_INTERNAL: no room, more than `largest` or no samples, not
 * ascending, or outside the data set.
 * @param samples  [count] the caller's, unchanged until the window has been given back */
base_status store_chunks_ask(store_chunks *reader, const int64_t *samples, size_t count);

/** Wait for the oldest window asked for. It is valid until the next call, which gives it back. Local.
 * The threads' first error (BASE_ERR_INPUT of what is damaged, BASE_ERR_IO; logged there), for good;
 * BASE_ERR_INTERNAL if none has been asked for. */
base_status store_chunks_next(store_chunks *reader, store_window *window);

/** Sums since the start. Local. */
store_chunks_stats store_chunks_measure(store_chunks *reader);

#endif
