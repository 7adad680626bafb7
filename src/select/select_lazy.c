#include "select_lazy.h"

/* Samples of the largest bounds: the best of them is nearly always the best of all. */
enum { FIRST = 8 };

typedef struct largest {
    size_t at[FIRST], count;
    double bound[FIRST]; /* descending */
} largest;

static void offer(largest *l, double bound, size_t at)
{
    size_t i;

    if (l->count == FIRST && !(bound > l->bound[FIRST - 1]))
        return;
    for (i = l->count < FIRST ? l->count++ : FIRST - 1; i > 0 && bound > l->bound[i - 1]; i--) {
        l->bound[i] = l->bound[i - 1];
        l->at[i] = l->at[i - 1];
    }
    l->bound[i] = bound;
    l->at[i] = at;
}

static largest find_largest(const select_points *points, const select_gate *gate, const double *bound)
{
    largest all = {.count = 0};

#pragma omp parallel
    {
        largest mine = {.count = 0};
        size_t i;

#pragma omp for schedule(static) nowait
        for (i = 0; i < points->count; i++)
            if (select_is_open(points, gate, i))
                offer(&mine, bound[i], i);
#pragma omp critical(select_lazy_largest)
        for (i = 0; i < mine.count; i++)
            offer(&all, mine.bound[i], mine.at[i]);
    }
    return all;
}

select_pick select_lazy_best(const select_points *points, const select_gate *gate, const double *bound,
                             select_lazy_value value, void *self)
{
    largest first = find_largest(points, gate, bound);
    select_pick best = {0};
    size_t f;

    for (f = 0; f < first.count; f++)
        if (!best.found || first.bound[f] >= best.value)
            select_pick_offer(points, first.at[f], value(self, first.at[f]), &best);
    if (first.count < FIRST)
        return best; /* there are no more */
#pragma omp parallel
    {
        select_pick mine = best;
        size_t i;

#pragma omp for schedule(dynamic, 4096) nowait
        for (i = 0; i < points->count; i++)
            if (bound[i] >= mine.value && select_is_open(points, gate, i))
                select_pick_offer(points, i, value(self, i), &mine);
#pragma omp critical(select_lazy_best)
        if (select_pick_before(mine.value, mine.sample, &best))
            best = mine;
    }
    return best;
}
