#include "nn_loops.h"
#include "nn_bf16.h"
#include <omp.h>
#include <stdint.h>
#include <string.h>

/* One copy of each loop a width of vectors; the loader picks. They give the same bits: no sum is split, and
 * nothing is contracted. */
#if defined(__x86_64__)
#define WIDE __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define WIDE
#endif

/* Arrays below this many elements are not worth waking threads for. */
#define SERIAL_MAX 4096

WIDE static void add_f32(float *out, const float *a, const float *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = a[i] + b[i];
}

WIDE static void add_relu_f32(float *out, const float *a, const float *b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        float sum = a[i] + b[i];

        out[i] = sum > 0 ? sum : 0;
    }
}

WIDE static void mask_f32(float *out, const float *a, const float *mask, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = mask[i] > 0 ? a[i] : 0;
}

WIDE static void add_mask_f32(float *out, const float *a, const float *b, const float *mask, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        float sum = a[i] + b[i];

        out[i] = mask[i] > 0 ? sum : 0;
    }
}

WIDE static void add_bf16(uint16_t *out, const uint16_t *a, const uint16_t *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = nn_bf16_round(nn_bf16_value(a[i]) + nn_bf16_value(b[i]));
}

WIDE static void add_relu_bf16(uint16_t *out, const uint16_t *a, const uint16_t *b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        float sum = nn_bf16_value(a[i]) + nn_bf16_value(b[i]);

        out[i] = nn_bf16_round(sum > 0 ? sum : 0);
    }
}

/* The bits of what is above 0 are those from 1 to infinity's; NaN lies beyond. */
static inline uint16_t where_positive(uint16_t mask, uint16_t value)
{
    return (uint16_t)(mask - 1u) < 0x7f80u ? value : 0;
}

WIDE static void mask_bf16(uint16_t *out, const uint16_t *a, const uint16_t *mask, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = where_positive(mask[i], a[i]);
}

WIDE static void add_mask_bf16(uint16_t *out, const uint16_t *a, const uint16_t *b, const uint16_t *mask,
                               size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = where_positive(mask[i], nn_bf16_round(nn_bf16_value(a[i]) + nn_bf16_value(b[i])));
}

static void run_f32(nn_loop loop, float *out, const float *a, const float *b, const float *mask, size_t count)
{
    switch (loop) {
    case NN_LOOP_COPY:
        memcpy(out, a, count * sizeof *out);
        break;
    case NN_LOOP_ADD:
        add_f32(out, a, b, count);
        break;
    case NN_LOOP_ADD_RELU:
        add_relu_f32(out, a, b, count);
        break;
    case NN_LOOP_MASK:
        mask_f32(out, a, mask, count);
        break;
    case NN_LOOP_ADD_MASK:
        add_mask_f32(out, a, b, mask, count);
        break;
    case NN_LOOPS:
        break;
    }
}

static void run_bf16(nn_loop loop, uint16_t *out, const uint16_t *a, const uint16_t *b, const uint16_t *mask,
                     size_t count)
{
    switch (loop) {
    case NN_LOOP_COPY:
        memcpy(out, a, count * sizeof *out);
        break;
    case NN_LOOP_ADD:
        add_bf16(out, a, b, count);
        break;
    case NN_LOOP_ADD_RELU:
        add_relu_bf16(out, a, b, count);
        break;
    case NN_LOOP_MASK:
        mask_bf16(out, a, mask, count);
        break;
    case NN_LOOP_ADD_MASK:
        add_mask_bf16(out, a, b, mask, count);
        break;
    case NN_LOOPS:
        break;
    }
}

/* This thread's part of `count` elements, cut at cache lines. */
static void part_of(size_t count, size_t *first, size_t *part)
{
    size_t threads = (size_t)omp_get_num_threads(), mine = (size_t)omp_get_thread_num();
    size_t each = (count / threads + 63) / 64 * 64, begin = mine * each < count ? mine * each : count;

    *first = begin;
    *part = mine + 1 == threads || count - begin < each ? count - begin : each;
}

void nn_loops_run(nn_loop loop, nn_dtype dtype, void *out, const void *a, const void *b, const void *mask,
                  size_t count)
{
#pragma omp parallel if (count > SERIAL_MAX)
    {
        size_t first, part;

        part_of(count, &first, &part);
        if (dtype == NN_DTYPE_F32)
            run_f32(loop, (float *)out + first, (const float *)a + first,
                    b != NULL ? (const float *)b + first : NULL,
                    mask != NULL ? (const float *)mask + first : NULL, part);
        else
            run_bf16(loop, (uint16_t *)out + first, (const uint16_t *)a + first,
                     b != NULL ? (const uint16_t *)b + first : NULL,
                     mask != NULL ? (const uint16_t *)mask + first : NULL, part);
    }
}

WIDE static void step_range(float *weights, float *velocity, const float *gradient, size_t count, float scale,
                            float rate, float momentum, float decay)
{
    for (size_t i = 0; i < count; i++) {
        float g = gradient[i] * scale + decay * weights[i];
        float v = momentum * velocity[i] + g;

        velocity[i] = v;
        weights[i] -= rate * (g + momentum * v);
    }
}

void nn_loops_step(float *weights, float *velocity, const float *gradient, size_t count, float scale,
                   float rate, float momentum, float decay)
{
#pragma omp parallel if (count > SERIAL_MAX)
    {
        size_t first, part;

        part_of(count, &first, &part);
        step_range(weights + first, velocity + first, gradient + first, part, scale, rate, momentum, decay);
    }
}
