#include "nn_optimizer.h"
#include "nn_loops.h"
#include <math.h>

/* PyTorch's defaults for OneCycleLR. */
#define ONE_CYCLE_DIV       25.0
#define ONE_CYCLE_FINAL_DIV 1e4

void nn_optimizer_step(float *weights, float *velocity, const float *gradient, size_t count, float scale,
                       float rate, float momentum, float decay)
{
    nn_loops_step(weights, velocity, gradient, count, scale, rate, momentum, decay);
}

/* Half a cosine from `from` to `to` as share goes from 0 to 1. */
static double anneal(double from, double to, double share)
{
    return to + (from - to) / 2 * (1 + cos(M_PI * share));
}

static double one_cycle(double peak, double warmup, double step, double steps)
{
    double first = peak / ONE_CYCLE_DIV, last = first / ONE_CYCLE_FINAL_DIV;
    double top = warmup * steps - 1, end = steps - 1; /* steps at which the rate is peak and last */

    if (step <= top)
        return top > 0 ? anneal(first, peak, step / top) : peak;
    return end > top ? anneal(peak, last, (step - top) / (end - top)) : last;
}

static double cosine(double peak, double warmup, double step, double steps)
{
    double rise = warmup * steps;

    if (step < rise)
        return peak * fmin(1, (step + 1) / rise);
    return anneal(peak, 0, (step - rise) / (steps - rise));
}

double nn_optimizer_rate(base_schedule schedule, double peak, double warmup, int64_t step, int64_t steps)
{
    if (schedule == BASE_SCHEDULE_COSINE)
        return cosine(peak, warmup, (double)step, (double)steps);
    return one_cycle(peak, warmup, (double)step, (double)steps);
}
