/** Inner products with one order of additions, whatever the processor and however samples are grouped.
 *
 * A sum has lanes, dimension j going to lane j mod lanes, which are added in one fixed order at the end. So
 * an inner product depends on its two vectors alone, not on which others share a tile with them, nor on the
 * rank.
 */
#ifndef SELECT_VECTOR_H
#define SELECT_VECTOR_H

#include <stddef.h>

/** Vectors a side of a tile. */
#define SELECT_VECTOR_TILE 4

/** sum of a[j] b[j], summed in f64, in which products of floats are exact. Local. @param a,b [width] */
double select_vector_dot(const float *a, const float *b, size_t width);

/** Inner products of four vectors with each of many, summed in f32 in 16 lanes and then in f64: some 1e-6 of
 * |x| |y| off, and several times faster. Local.
 * @param x     4 pointers to [width]; they may be equal
 * @param many  [count, width]
 * @param dots  [4, count] out */
void select_vector_tile(const float *const x[SELECT_VECTOR_TILE], const float *many, size_t count,
                        size_t width, double *dots);

#endif
