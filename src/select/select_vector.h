/** Inner products with one order of additions, whatever the processor and however samples are grouped.
 *
 * Products of floats are exact in f64; the sum has eight lanes, dimension j going to lane j mod 8, which are
 * added in one fixed order at the end. So an inner product has the same bits alone or in a tile, on any rank.
 */
#ifndef SELECT_VECTOR_H
#define SELECT_VECTOR_H

#include <stddef.h>

/** Vectors a side of a tile. */
#define SELECT_VECTOR_TILE 4

/** sum of a[j] b[j]. Local. @param a,b [width] */
double select_vector_dot(const float *a, const float *b, size_t width);

/** Inner products of four vectors with each of many. Local.
 * @param x     4 pointers to [width]; they may be equal
 * @param many  [count, width]
 * @param dots  [4, count] out */
void select_vector_tile(const float *const x[SELECT_VECTOR_TILE], const float *many, size_t count,
                        size_t width, double *dots);

#endif
