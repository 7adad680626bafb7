/** Bytes as a file that has a path, for functions that read files. */
#ifndef FUZZ_FILE_H
#define FUZZ_FILE_H

#include <stddef.h>
#include <stdint.h>

/** Path of a file in memory with these bytes, until the next call. Aborts where the system gives none. */
const char *fuzz_file(const uint8_t *bytes, size_t size);

#endif
