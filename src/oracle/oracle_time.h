/** Times of answers: microseconds since 1970, UTC; written as 2026-11-25T09:30:00Z. */
#ifndef ORACLE_TIME_H
#define ORACLE_TIME_H

#include "store_records.h"
#include <stdbool.h>
#include <stdint.h>

/** Read an ISO 8601 date with a time of day: "T" or a blank between them, a fraction of the second and an
 * offset ("Z", "+02:00") if they are there; without an offset it is UTC. False, *time unchanged, for all
 * else, a mere date too. Local. */
bool oracle_time_read(const char *text, int64_t *time);

/** Write a time; a fraction only if there is one. Local. */
void oracle_time_write(int64_t time, char text[STORE_TIME_MAX]);

/** When the file was last changed; 0 if it cannot be said. Local. */
int64_t oracle_time_of_file(const char *path);

#endif
