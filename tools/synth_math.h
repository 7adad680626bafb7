/** Small arithmetic that compilers inline: fmin(), fmax() and floor() are library calls on plain x86-64. */
#ifndef SYNTH_MATH_H
#define SYNTH_MATH_H

static inline double synth_least(double a, double b)
{
    return a < b ? a : b;
}

static inline double synth_most(double a, double b)
{
    return a > b ? a : b;
}

static inline double synth_clamp(double value, double low, double high)
{
    return synth_least(synth_most(value, low), high);
}

/** The largest whole number not above value, for |value| < 2^20. */
static inline int synth_floor(double value)
{
    return (int)(value + 1048576) - 1048576;
}

#endif
