/** Scalars as TensorBoard reads them: an event file of TFRecords that hold Event messages.
 *
 * A record is its length (u64), a masked CRC-32C of those 8 bytes (u32), the bytes, and their masked CRC-32C
 * (tensorflow/core/lib/io/record_writer); numbers are little-endian. The messages are protocol buffers
 * (tensorflow/core/util/event.proto, framework/summary.proto). Local.
 */
#ifndef CAMAL_EXPORT_EVENTS_H
#define CAMAL_EXPORT_EVENTS_H

#include "base_status.h"
#include "store_round.h"
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef struct export_events {
    FILE *out; /* into bytes */
    char *bytes;
    size_t size;
    double seconds; /* that the rounds so far have taken: the events' time, so that no clock enters */
    int64_t steps;  /* of training in the rounds so far */
} export_events;

/** Begin with the event that names the format's version. BASE_ERR_MEMORY. */
base_status export_events_begin(export_events *events);

/** A round's epochs by steps of training over all rounds, and its accuracies by labelled samples. */
void export_events_round(export_events *events, const store_round *round);

/** Write FOLDER/events.out.tfevents.0000000000.camal, whole or not at all, and free. BASE_ERR_MEMORY,
 * BASE_ERR_IO, BASE_ERR_USAGE. */
base_status export_events_finish(export_events *events, const char *folder);

/** Free without writing. */
void export_events_abandon(export_events *events);

/** CRC-32C (Castagnoli; RFC 3720) of bytes. */
uint32_t export_crc32c(const void *bytes, size_t size);

#endif
