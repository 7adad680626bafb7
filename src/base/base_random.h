/** Counter-based random numbers: every number is a function of (seed, purpose, round, epoch, item, draw).
 *
 * There is no stream to save or restore: the same tuple gives the same numbers on any rank, in any order,
 * before and after a restart. The generator is Philox4x32-10 (Salmon et al., "Parallel random numbers: as
 * easy as 1, 2, 3", SC11); the key is the seed, the counter is the rest of the tuple.
 */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/** What the numbers are for. Values are part of the results: append only. */
typedef enum base_random_purpose {
    BASE_RANDOM_SYNTH = 1,
    BASE_RANDOM_SPLIT = 2,
    BASE_RANDOM_INITIAL_LABELS = 3,
    BASE_RANDOM_WEIGHTS = 4,
    BASE_RANDOM_SAMPLER = 5,
    BASE_RANDOM_AUGMENT = 6,
    BASE_RANDOM_SELECT = 7,
    BASE_RANDOM_BOOTSTRAP = 8,
    BASE_RANDOM_TEST = 9,
    BASE_RANDOM_GUIDE = 10,
    BASE_RANDOM_MIXUP = 11
} base_random_purpose;

/** A short-lived generator: a position in counter space plus the draws made from it. */
typedef struct base_random {
    uint32_t key[2];
    uint32_t counter[4];
    uint32_t block[4];
    uint32_t used; /* words of block already given out, 4 = none left */
} base_random;

/** The bijection itself: out = Philox4x32-10(counter, key). Local. */
void base_random_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/** The generator for one tuple. round < 2^16, epoch < 2^24, item < 2^48. Local. */
base_random base_random_at(uint64_t seed, base_random_purpose purpose, uint32_t round, uint32_t epoch,
                           uint64_t item);

/** Next 32 random bits. Local. */
uint32_t base_random_u32(base_random *random);

/** Uniform in [0, 1), 53 bits. Local. */
double base_random_unit(base_random *random);

/** The first base_random_unit() of each of many items, all at once: some ten times faster. Local.
 * @param items  [count]   @param unit  [count] out */
void base_random_units(uint64_t seed, base_random_purpose purpose, uint32_t round, uint32_t epoch,
                       const int64_t *items, size_t count, double *unit);

/** Uniform integer in [0, bound), without bias; bound > 0. Local. */
uint64_t base_random_below(base_random *random, uint64_t bound);

/** Standard normal (Box-Muller). Local. */
double base_random_normal(base_random *random);

/** Beta(alpha, alpha) in [0, 1], 0 < alpha <= 1 (Joehnk 1964). Local. */
double base_random_beta(base_random *random, double alpha);

/** Fisher-Yates shuffle of items[count]. Local. */
void base_random_shuffle(base_random *random, int64_t *items, size_t count);

#endif
