/** Order statistics of measured times. Pure functions. */
#ifndef BENCH_STATS_H
#define BENCH_STATS_H

#include <stddef.h>

/** Median and the 10th and 90th percentile, by linear interpolation between neighbours. */
typedef struct bench_spread {
    double low, median, high;
} bench_spread;

/** Spread of values[count], count >= 1; sorts them. Local. */
bench_spread bench_stats_spread(double *values, size_t count);

/** all[r * count + i] of `ranks` ranks: the largest of each i into values[count]. Local. */
void bench_stats_slowest(const double *all, size_t ranks, size_t count, double *values);

#endif
