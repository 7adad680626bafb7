/** bf16: the upper half of an f32. Internal to src/nn. */
#ifndef NN_BF16_H
#define NN_BF16_H

#include <stdint.h>
#include <string.h>

static inline float nn_bf16_value(uint16_t value)
{
    uint32_t bits = (uint32_t)value << 16;
    float number;

    memcpy(&number, &bits, sizeof number);
    return number;
}

/** To the nearest, ties to even; a NaN stays one. */
static inline uint16_t nn_bf16_round(float number)
{
    uint32_t bits, rounded;

    memcpy(&bits, &number, sizeof bits);
    rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
    return (uint16_t)((bits & 0x7fffffffu) > 0x7f800000u ? (bits >> 16) | 0x40u : rounded);
}

#endif
