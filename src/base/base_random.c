#include "base_random.h"
#include <math.h>
#include <string.h>

/* Philox4x32-10, Salmon et al., SC11, table 2. */
#define PHILOX_ROUNDS 10
#define PHILOX_M0     0xD2511F53u
#define PHILOX_M1     0xCD9E8D57u
#define PHILOX_W0     0x9E3779B9u
#define PHILOX_W1     0xBB67AE85u

#define LOW  0xffffffffu
#define WIDE __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))

void base_random_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    int round;

    for (round = 0; round < PHILOX_ROUNDS; round++) {
        uint64_t p0 = (uint64_t)PHILOX_M0 * c0, p1 = (uint64_t)PHILOX_M1 * c2;

        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        k0 += PHILOX_W0;
        k1 += PHILOX_W1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

/* The counter's bits: draw block 32, item 48, purpose 8, round 16, epoch 24. */
base_random base_random_at(uint64_t seed, base_random_purpose purpose, uint32_t round, uint32_t epoch,
                           uint64_t item)
{
    base_random random;

    memset(&random, 0, sizeof random);
    random.key[0] = (uint32_t)seed;
    random.key[1] = (uint32_t)(seed >> 32);
    random.counter[0] = 0;
    random.counter[1] = (uint32_t)item;
    random.counter[2] = (uint32_t)((item >> 32) & 0xffff) << 16 | (round & 0xffff);
    random.counter[3] = (epoch & 0xffffff) << 8 | ((uint32_t)purpose & 0xff);
    random.used = 4;
    return random;
}

uint32_t base_random_u32(base_random *random)
{
    if (random->used == 4) {
        base_random_philox(random->counter, random->key, random->block);
        random->counter[0]++;
        random->used = 0;
    }
    return random->block[random->used++];
}

static uint64_t next_u64(base_random *random)
{
    uint64_t high = base_random_u32(random);

    return high << 32 | base_random_u32(random);
}

double base_random_unit(base_random *random)
{
    return (double)(next_u64(random) >> 11) * 0x1p-53;
}

/* The words of base_random_at() in 64 bits each, so that a vector multiplies them whole. */
WIDE static void first_units(const uint32_t key[2], uint64_t low2, uint64_t word3, const int64_t *items,
                             size_t count, double *unit)
{
    size_t i;
    int round;

    for (i = 0; i < count; i++) {
        uint64_t c0 = 0, c1 = (uint64_t)items[i] & LOW, c3 = word3, k0 = key[0], k1 = key[1];
        uint64_t c2 = ((uint64_t)items[i] >> 32 & 0xffff) << 16 | low2;

#pragma GCC unroll 10
        for (round = 0; round < PHILOX_ROUNDS; round++) {
            uint64_t p0 = PHILOX_M0 * c0, p1 = PHILOX_M1 * c2;

            c0 = p1 >> 32 ^ c1 ^ k0;
            c2 = p0 >> 32 ^ c3 ^ k1;
            c1 = p1 & LOW;
            c3 = p0 & LOW;
            k0 = (k0 + PHILOX_W0) & LOW;
            k1 = (k1 + PHILOX_W1) & LOW;
        }
        unit[i] = (double)(int64_t)((c0 << 32 | c1) >> 11) * 0x1p-53;
    }
}

void base_random_units(uint64_t seed, base_random_purpose purpose, uint32_t round, uint32_t epoch,
                       const int64_t *items, size_t count, double *unit)
{
    base_random first = base_random_at(seed, purpose, round, epoch, 0);

    first_units(first.key, first.counter[2], first.counter[3], items, count, unit);
}

uint64_t base_random_below(base_random *random, uint64_t bound)
{
    uint64_t limit = UINT64_MAX - UINT64_MAX % bound; /* a multiple of bound: values below it are unbiased */
    uint64_t value;

    do {
        value = next_u64(random);
    } while (value >= limit);
    return value % bound;
}

double base_random_normal(base_random *random)
{
    double radius = sqrt(-2 * log(1 - base_random_unit(random)));

    return radius * cos(2 * M_PI * base_random_unit(random));
}

/* Logarithms: for a small alpha the powers themselves are all 0. */
double base_random_beta(base_random *random, double alpha)
{
    double x, y;

    do {
        x = log(1 - base_random_unit(random)) / alpha;
        y = log(1 - base_random_unit(random)) / alpha;
    } while (exp(x) + exp(y) > 1);
    return 1 / (1 + exp(y - x));
}

void base_random_shuffle(base_random *random, int64_t *items, size_t count)
{
    size_t i;

    for (i = count; i > 1; i--) {
        size_t j = (size_t)base_random_below(random, i);
        int64_t kept = items[i - 1];

        items[i - 1] = items[j];
        items[j] = kept;
    }
}
