/** Masks as Label Studio's brush packs them, internal to oracle.
 *
 * A stream of bits, the highest of a byte first: number of values (32 bits), bits a value less 1 (5), four
 * lengths less 1 (4 each). Then runs: is it one value repeated (1 bit), which of the four lengths (2), as
 * many bits of the run's values less 1; the value, once or for each. The values are the picture's red,
 * green, blue and alpha row by row; the mask is where alpha is not 0. (The format is thi.ng/rle-pack's.)
 */
#ifndef ORACLE_BRUSH_H
#define ORACLE_BRUSH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Unpack into mask[pixels], 0 or 1, row by row. Local. False if the bytes end early, or are of another
 * number of pixels; mask is of no use then. */
bool oracle_brush_decode(const uint8_t *bytes, size_t size, size_t pixels, uint8_t *mask);

#endif
