#include "select_balance.h"
#include <math.h>

void select_balance_begin(const int64_t *labelled, const uint8_t *closed, size_t classes, int64_t budget,
                          double *missing)
{
    int64_t all = budget;
    size_t open = 0, c;

    for (c = 0; c < classes; c++) {
        all += closed[c] ? 0 : labelled[c];
        open += !closed[c];
    }
    for (c = 0; c < classes; c++) {
        double lack = closed[c] ? 0 : (double)all / (double)open - (double)labelled[c];

        missing[c] = lack > 0 ? lack : 0;
    }
}

/* How much nearer the sums of probabilities come to what is missing. */
static double improvement(const float *output, const double *missing, size_t classes)
{
    double change = 0;
    size_t c;

    for (c = 0; c < classes; c++)
        change += fabs(missing[c]) - fabs(missing[c] - (double)output[c]);
    return change;
}

select_pick select_balance_best(const select_points *points, const double *missing, const select_gate *gate)
{
    select_pick best = {0};

#pragma omp parallel
    {
        select_pick mine = {0};
        size_t i;

#pragma omp for schedule(static) nowait
        for (i = 0; i < points->count; i++) {
            if (points->taken[i] || !gate->open[points->predicted[i]])
                continue;
            select_pick_offer(points, i,
                              -(double)points->value[i] +
                                  SELECT_BALANCE_WEIGHT * improvement(points->output + i * points->outputs,
                                                                      missing, points->outputs),
                              &mine);
        }
#pragma omp critical(select_balance_merge)
        if (mine.found && select_pick_before(mine.value, mine.sample, &best))
            best = mine;
    }
    return best;
}

void select_balance_take(const float *output, size_t classes, double *missing)
{
    size_t c;

    for (c = 0; c < classes; c++)
        missing[c] -= (double)output[c];
}
