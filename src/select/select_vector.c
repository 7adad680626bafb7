#include "select_vector.h"
#include <string.h>

#define WIDE __attribute__((target_clones("avx512f", "avx2", "default")))

enum { EXACT_LANES = 8, LANES = 16, TILE = SELECT_VECTOR_TILE };

typedef float eight __attribute__((vector_size(EXACT_LANES * sizeof(float))));
typedef double exact __attribute__((vector_size(EXACT_LANES * sizeof(double))));
typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));

#define ADD_EIGHT(sum)                                                                                       \
    (((double)(sum)[0] + (double)(sum)[4]) + ((double)(sum)[2] + (double)(sum)[6])) +                        \
        (((double)(sum)[1] + (double)(sum)[5]) + ((double)(sum)[3] + (double)(sum)[7]))

/* Macros where a function would not be cloned for each processor with its caller. */
#define LOAD_EXACT(target, from)                                                                             \
    do {                                                                                                     \
        eight loaded_;                                                                                       \
        memcpy(&loaded_, (from), sizeof loaded_);                                                            \
        (target) = __builtin_convertvector(loaded_, exact);                                                  \
    } while (0)

WIDE static double exact_dot(const float *a, const float *b, size_t width)
{
    exact sum = {0}, x, y;
    size_t j, k;

    for (j = 0; j + EXACT_LANES <= width; j += EXACT_LANES) {
        LOAD_EXACT(x, a + j);
        LOAD_EXACT(y, b + j);
        sum += x * y;
    }
    for (k = 0; j + k < width; k++)
        sum[k] += (double)a[j + k] * (double)b[j + k];
    return ADD_EIGHT(sum);
}

double select_vector_dot(const float *a, const float *b, size_t width)
{
    return exact_dot(a, b, width);
}

/* ---- tiles ---- */

#define LOAD(target, from) memcpy(&(target), (from), sizeof(target))

/* The rest of the dimensions, and the lanes' sum. */
#define FINISH(s, t)                                                                                         \
    do {                                                                                                     \
        float sum_[LANES];                                                                                   \
        memcpy(sum_, &sum##s##t, sizeof sum_);                                                               \
        for (k = 0; j + k < width; k++)                                                                      \
            sum_[k] += x[s][j + k] * row[(t)*width + j + k];                                                 \
        dots[(s)*count + first + (t)] = (ADD_EIGHT(sum_)) + (ADD_EIGHT(sum_ + 8));                           \
    } while (0)

#define ADD_ROW(t)                                                                                           \
    do {                                                                                                     \
        LOAD(b, row + (t)*width + j);                                                                        \
        sum0##t += a0 * b;                                                                                   \
        sum1##t += a1 * b;                                                                                   \
        sum2##t += a2 * b;                                                                                   \
        sum3##t += a3 * b;                                                                                   \
    } while (0)

/* dots[s * count + t] of x[s] and many[t], t < whole. Sixteen sums by name: as an array they would not stay
 * in registers. */
WIDE static void tiles(const float *const x[TILE], const float *many, size_t whole, size_t count,
                       size_t width, double *dots)
{
    size_t first, j, k;

    for (first = 0; first < whole; first += TILE) {
        const float *row = many + first * width;
        lanes sum00 = {0}, sum01 = {0}, sum02 = {0}, sum03 = {0}, sum10 = {0}, sum11 = {0}, sum12 = {0},
              sum13 = {0}, sum20 = {0}, sum21 = {0}, sum22 = {0}, sum23 = {0}, sum30 = {0}, sum31 = {0},
              sum32 = {0}, sum33 = {0}, a0, a1, a2, a3, b;

        for (j = 0; j + LANES <= width; j += LANES) {
            LOAD(a0, x[0] + j);
            LOAD(a1, x[1] + j);
            LOAD(a2, x[2] + j);
            LOAD(a3, x[3] + j);
            ADD_ROW(0);
            ADD_ROW(1);
            ADD_ROW(2);
            ADD_ROW(3);
        }
        FINISH(0, 0);
        FINISH(0, 1);
        FINISH(0, 2);
        FINISH(0, 3);
        FINISH(1, 0);
        FINISH(1, 1);
        FINISH(1, 2);
        FINISH(1, 3);
        FINISH(2, 0);
        FINISH(2, 1);
        FINISH(2, 2);
        FINISH(2, 3);
        FINISH(3, 0);
        FINISH(3, 1);
        FINISH(3, 2);
        FINISH(3, 3);
    }
}

/* One inner product of a tile, as it is in one. */
WIDE static double lone_dot(const float *a, const float *b, size_t width)
{
    float sum_[LANES];
    lanes sum = {0}, x, y;
    size_t j, k;

    for (j = 0; j + LANES <= width; j += LANES) {
        LOAD(x, a + j);
        LOAD(y, b + j);
        sum += x * y;
    }
    memcpy(sum_, &sum, sizeof sum_);
    for (k = 0; j + k < width; k++)
        sum_[k] += a[j + k] * b[j + k];
    return (ADD_EIGHT(sum_)) + (ADD_EIGHT(sum_ + 8));
}

void select_vector_tile(const float *const x[TILE], const float *many, size_t count, size_t width,
                        double *dots)
{
    size_t whole = count / TILE * TILE, s, t;

    tiles(x, many, whole, count, width, dots);
    for (s = 0; s < TILE; s++)
        for (t = whole; t < count; t++)
            dots[s * count + t] = lone_dot(x[s], many + t * width, width);
}
