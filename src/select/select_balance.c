#include "select_balance.h"
#include "base_log.h"
#include "select_lazy.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of a sum of |missing| and |missing - p|, relative: some 1e-16 an addition. */
#define ROUNDING 1e-14

static void begin(select_balance *b, const int64_t *labelled, const uint8_t *closed, int64_t budget)
{
    size_t classes = b->points->outputs, open = 0, c;
    int64_t all = budget;

    for (c = 0; c < classes; c++) {
        all += closed[c] ? 0 : labelled[c];
        open += !closed[c];
    }
    for (c = 0; c < classes; c++) {
        double lack = closed[c] ? 0 : (double)all / (double)open - (double)labelled[c];

        b->missing[c] = lack > 0 ? lack : 0;
    }
    b->slack = ROUNDING * ((double)all + (double)budget + 1) * SELECT_BALANCE_WEIGHT;
}

base_status select_balance_create(const select_points *points, const int64_t *labelled, const uint8_t *closed,
                                  int64_t budget, select_balance *balance)
{
    select_balance made = {.points = points};
    size_t i;

    made.missing = malloc((points->outputs + 1) * sizeof *made.missing);
    made.bound = malloc((points->count + 1) * sizeof *made.bound);
    if (!made.missing || !made.bound) {
        base_log_error("select: no memory for the worth of %zu samples", points->count);
        select_balance_destroy(&made);
        return BASE_ERR_MEMORY;
    }
    for (i = 0; i < points->count; i++)
        made.bound[i] = INFINITY;
    begin(&made, labelled, closed, budget);
    *balance = made;
    return BASE_OK;
}

void select_balance_destroy(select_balance *balance)
{
    if (!balance)
        return;
    free(balance->missing);
    free(balance->bound);
    memset(balance, 0, sizeof *balance);
}

/* How much nearer the sums of probabilities come to what is missing: no class's part grows when less is. */
static double improvement(const float *output, const double *missing, size_t classes)
{
    double change = 0;
    size_t c;

    for (c = 0; c < classes; c++)
        change += fabs(missing[c]) - fabs(missing[c] - (double)output[c]);
    return change;
}

static double worth(void *self, size_t i)
{
    select_balance *b = self;
    const select_points *p = b->points;
    double value = -(double)p->value[i] +
                   SELECT_BALANCE_WEIGHT * improvement(p->output + i * p->outputs, b->missing, p->outputs);

    b->bound[i] = value + b->slack;
    return value;
}

select_pick select_balance_best(select_balance *balance, const select_gate *gate)
{
    return select_lazy_best(balance->points, gate, balance->bound, worth, balance);
}

void select_balance_take(select_balance *balance, const float *output)
{
    size_t c;

    for (c = 0; c < balance->points->outputs; c++)
        balance->missing[c] -= (double)output[c];
}
