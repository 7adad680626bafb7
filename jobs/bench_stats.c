#include "bench_stats.h"
#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double quantile(const double *sorted, size_t count, double share)
{
    double place = share * (double)(count - 1);
    size_t below = (size_t)place;

    if (below + 1 >= count)
        return sorted[count - 1];
    return sorted[below] + (place - (double)below) * (sorted[below + 1] - sorted[below]);
}

bench_spread bench_stats_spread(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
    return (bench_spread){quantile(values, count, 0.1), quantile(values, count, 0.5),
                          quantile(values, count, 0.9)};
}

void bench_stats_slowest(const double *all, size_t ranks, size_t count, double *values)
{
    size_t r, i;

    for (i = 0; i < count; i++) {
        values[i] = all[i];
        for (r = 1; r < ranks; r++)
            if (all[r * count + i] > values[i])
                values[i] = all[r * count + i];
    }
}
