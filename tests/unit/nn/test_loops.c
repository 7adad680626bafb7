/* Loops over activations against scalar formulas: every bit, any count, any number of threads. */
#include "base_random.h"
#include "nn_loops.h"
#include "nn_test.h"
#include <math.h>
#include <omp.h>
#include <string.h>

#define MOST  10007 /* odd, and above what one thread takes alone */
#define GUARD 64

static const size_t counts[] = {1, 3, 63, 64, 65, 4096, 4097, MOST};
#define COUNTS ((int)(sizeof counts / sizeof *counts))

static float float_of(uint32_t bits)
{
    float number;

    memcpy(&number, &bits, sizeof number);
    return number;
}

static uint32_t bits_of(float number)
{
    uint32_t bits;

    memcpy(&bits, &number, sizeof bits);
    return bits;
}

static float widen(uint16_t value)
{
    return float_of((uint32_t)value << 16);
}

/* The nearer of the two neighbours, found by their distance; of equally near ones the even. */
static uint16_t narrow(float number)
{
    uint32_t bits = bits_of(number);
    uint16_t below = (uint16_t)(bits >> 16), above = (uint16_t)(below + 1);
    double to_below, to_above;

    if (isnan(number))
        return (uint16_t)(below | 0x40u);
    if (isinf(number) || widen(below) == number)
        return below;
    to_below = fabs((double)number - widen(below));
    /* beyond the largest number the next step counts, though it is called infinity */
    to_above =
        isinf(widen(above)) ? ldexp(1, 128) - fabs((double)number) : fabs((double)number - widen(above));
    if (to_below != to_above)
        return to_below < to_above ? below : above;
    return below & 1u ? above : below;
}

/* Arrays as both types see them. */
typedef union numbers {
    float f32[MOST + GUARD];
    uint16_t bf16[MOST + GUARD];
} numbers;

static numbers a, b, mask, expected, found, alone;

static float sample(base_random *random)
{
    static const uint32_t special[] = {0x00000000u, 0x80000000u, 0x7f800000u, 0xff800000u,
                                       0x7fc00000u, 0xffc00000u, 0x7f7f0000u, 0xff7f0000u};
    uint32_t draw = base_random_u32(random);
    /* 8 bits of significand and few exponents: sums that lie halfway between two bf16 are common */
    float number = ldexpf((float)(128 + (draw >> 8 & 127u)), (int)(draw >> 16 & 15u) - 15);

    if (draw % 32 == 0)
        return float_of(special[draw >> 8 & 7u]);
    return draw & 128u ? -number : number;
}

static void fill(numbers *array, nn_dtype dtype, uint64_t seed)
{
    base_random random = base_random_at(seed, BASE_RANDOM_TEST, 0, 0, 0);
    size_t i;

    for (i = 0; i < MOST + GUARD; i++) {
        float number = sample(&random);

        if (dtype == NN_DTYPE_F32)
            array->f32[i] = number + (isfinite(number) && fabsf(number) < 1e30f ? 1e-4f : 0);
        else
            array->bf16[i] = (uint16_t)(bits_of(number) >> 16);
    }
}

static float formula(nn_loop loop, float x, float y, float m)
{
    float sum = x + y;

    switch (loop) {
    case NN_LOOP_ADD:
        return sum;
    case NN_LOOP_ADD_RELU:
        return sum > 0 ? sum : 0;
    case NN_LOOP_MASK:
        return m > 0 ? x : 0;
    case NN_LOOP_ADD_MASK:
        return m > 0 ? sum : 0;
    default:
        return x;
    }
}

static void expect(nn_loop loop, nn_dtype dtype, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        if (dtype == NN_DTYPE_F32)
            expected.f32[i] = formula(loop, a.f32[i], b.f32[i], mask.f32[i]);
        else
            expected.bf16[i] = narrow(formula(loop, widen(a.bf16[i]), widen(b.bf16[i]), widen(mask.bf16[i])));
}

static bool is_nan_at(const numbers *array, nn_dtype dtype, size_t i)
{
    return dtype == NN_DTYPE_F32 ? isnan(array->f32[i]) : isnan(widen(array->bf16[i]));
}

/* Elements that differ in a bit; which NaN it is does not count. */
static size_t differing(const numbers *x, const numbers *y, nn_dtype dtype, size_t count)
{
    size_t i, found_count = 0;

    for (i = 0; i < count; i++) {
        bool same =
            dtype == NN_DTYPE_F32 ? bits_of(x->f32[i]) == bits_of(y->f32[i]) : x->bf16[i] == y->bf16[i];

        found_count += !same && !(is_nan_at(x, dtype, i) && is_nan_at(y, dtype, i)) ? 1 : 0;
    }
    return found_count;
}

static void run(nn_loop loop, nn_dtype dtype, numbers *out, const numbers *x, size_t count, int threads)
{
    omp_set_num_threads(threads);
    nn_loops_run(loop, dtype, out, x, &b, &mask, count);
}

static void check_count(nn_loop loop, nn_dtype dtype, size_t count)
{
    size_t width = dtype == NN_DTYPE_F32 ? sizeof(float) : sizeof(uint16_t);

    expect(loop, dtype, count);
    memset(&found, 0x5a, sizeof found);
    memset(&alone, 0x5a, sizeof alone);
    run(loop, dtype, &alone, &a, count, 1);
    run(loop, dtype, &found, &a, count, 2);
    ck_assert_mem_eq(&found, &alone, sizeof found); /* and nothing behind the end is touched */
    ck_assert_msg(differing(&found, &expected, dtype, count) == 0, "loop %d, type %d: %zu of %zu differ",
                  loop, dtype, differing(&found, &expected, dtype, count), count);
    memcpy(&found, &a, sizeof found); /* in place */
    run(loop, dtype, &found, &found, count, 2);
    ck_assert_mem_eq(&found, &alone, count * width);
    ck_assert_mem_eq((const char *)&found + count * width, (const char *)&a + count * width, GUARD * width);
}

START_TEST(every_loop_gives_the_bits_of_its_formula)
{
    nn_dtype dtype = (nn_dtype)(_i / NN_LOOPS);
    int i;

    fill(&a, dtype, 1);
    fill(&b, dtype, 2);
    fill(&mask, dtype, 3);
    for (i = 0; i < COUNTS; i++)
        check_count((nn_loop)(_i % NN_LOOPS), dtype, counts[i]);
}
END_TEST

/* x + y of bf16 numbers given by their bits. */
static const struct {
    uint16_t x, y, sum;
} sums[] = {
    {0x3f80, 0x3b80, 0x3f80}, /* 1 + 2^-8: halfway, down to the even 1 */
    {0x3f81, 0x3b80, 0x3f82}, /* 1 + 2^-7 + 2^-8: halfway, up to the even */
    {0x3f80, 0x3b81, 0x3f81}, /* a little above halfway */
    {0x3f81, 0x3b7f, 0x3f81}, /* a little below */
    {0xbf81, 0xbb80, 0xbf82}, /* the same below zero */
    {0x7f7f, 0x7b00, 0x7f80}, /* halfway beyond the largest: infinity */
    {0x7f7f, 0x7a80, 0x7f7f}, /* not quite */
    {0x3f80, 0xbf80, 0x0000},
};

START_TEST(bf16_sums_go_to_the_nearest_and_ties_to_even)
{
    size_t i;

    for (i = 0; i < sizeof sums / sizeof *sums; i++) {
        uint16_t sum = 0;

        nn_loops_run(NN_LOOP_ADD, NN_DTYPE_BF16, &sum, &sums[i].x, &sums[i].y, NULL, 1);
        ck_assert_msg(sum == sums[i].sum, "%#x + %#x gave %#x", sums[i].x, sums[i].y, sum);
    }
}
END_TEST

/* Signalling ones too, whose upper half alone would read as infinity. */
START_TEST(a_sum_with_nan_is_nan_and_a_relu_makes_it_zero)
{
    static const uint16_t odd[] = {0x7fc0, 0xffc0, 0x7f81, 0xffff};
    const uint16_t one = 0x3f80, infinity = 0x7f80, minus = 0xff80;
    uint16_t out = 0;
    size_t i;

    for (i = 0; i < sizeof odd / sizeof *odd; i++) {
        nn_loops_run(NN_LOOP_ADD, NN_DTYPE_BF16, &out, &odd[i], &one, NULL, 1);
        ck_assert(isnan(widen(out)));
        nn_loops_run(NN_LOOP_ADD_RELU, NN_DTYPE_BF16, &out, &odd[i], &one, NULL, 1);
        ck_assert_uint_eq(out, 0);
        nn_loops_run(NN_LOOP_MASK, NN_DTYPE_BF16, &out, &one, NULL, &odd[i], 1);
        ck_assert_uint_eq(out, 0);
    }
    nn_loops_run(NN_LOOP_ADD, NN_DTYPE_BF16, &out, &infinity, &minus, NULL, 1);
    ck_assert(isnan(widen(out)));
}
END_TEST

START_TEST(a_step_gives_the_bits_of_its_formula_on_any_threads)
{
    static float weights[3][MOST + GUARD], velocity[3][MOST + GUARD], gradient[MOST];
    const float scale = 0.25f, rate = 0.1f, momentum = 0.9f, decay = 5e-4f;
    size_t i;
    int t;

    nn_test_fill(weights[0], MOST + GUARD, 1);
    nn_test_fill(velocity[0], MOST + GUARD, 2);
    nn_test_fill(gradient, MOST, 3);
    for (t = 1; t <= 2; t++) {
        memcpy(weights[t], weights[0], sizeof weights[t]);
        memcpy(velocity[t], velocity[0], sizeof velocity[t]);
        omp_set_num_threads(t);
        nn_loops_step(weights[t], velocity[t], gradient, MOST, scale, rate, momentum, decay);
    }
    for (i = 0; i < MOST; i++) {
        float g = gradient[i] * scale + decay * weights[0][i];

        velocity[0][i] = momentum * velocity[0][i] + g;
        weights[0][i] -= rate * (g + momentum * velocity[0][i]);
    }
    for (t = 1; t <= 2; t++) {
        ck_assert_mem_eq(weights[t], weights[0], sizeof weights[t]);
        ck_assert_mem_eq(velocity[t], velocity[0], sizeof velocity[t]);
    }
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_loop_test(tests, every_loop_gives_the_bits_of_its_formula, 0, 2 * NN_LOOPS);
    tcase_add_test(tests, bf16_sums_go_to_the_nearest_and_ties_to_even);
    tcase_add_test(tests, a_sum_with_nan_is_nan_and_a_relu_makes_it_zero);
    tcase_add_test(tests, a_step_gives_the_bits_of_its_formula_on_any_threads);
}

int main(void)
{
    return nn_test_main("nn_loops", add);
}
