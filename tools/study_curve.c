#include "study_stats.h"
#include <math.h>

double study_curve_at(const study_curve *curve, double labels)
{
    const double *x = curve->labels, *y = curve->accuracy;
    size_t i = 0;

    if (curve->points == 0)
        return NAN;
    while (i < curve->points && x[i] < labels)
        i++;
    if (i == 0)
        return y[0];
    if (i == curve->points)
        return y[i - 1];
    return y[i - 1] + (y[i] - y[i - 1]) * (labels - x[i - 1]) / (x[i] - x[i - 1]);
}

double study_curve_area(const study_curve *curve, double from, double to)
{
    double area = 0, x = from, y = study_curve_at(curve, from);
    size_t i;

    if (curve->points == 0 || !(from < to) || from < curve->labels[0] ||
        to > curve->labels[curve->points - 1])
        return NAN;
    for (i = 0; i < curve->points && curve->labels[i] < to; i++) {
        if (curve->labels[i] <= from)
            continue;
        area += (curve->labels[i] - x) * (curve->accuracy[i] + y) / 2;
        x = curve->labels[i];
        y = curve->accuracy[i];
    }
    area += (to - x) * (study_curve_at(curve, to) + y) / 2;
    return area / (to - from);
}

double study_curve_labels(const study_curve *curve, double accuracy)
{
    double best = -INFINITY; /* of the points so far */
    size_t i;

    for (i = 0; i < curve->points; i++) {
        double y = curve->accuracy[i];

        if (y >= accuracy && i == 0)
            return curve->labels[0];
        if (y >= accuracy)
            return curve->labels[i - 1] +
                   (curve->labels[i] - curve->labels[i - 1]) * (accuracy - best) / (y - best);
        best = fmax(best, y);
    }
    return NAN;
}

double study_curve_best(const study_curve *curve)
{
    double best = NAN;
    size_t i;

    for (i = 0; i < curve->points; i++)
        best = fmax(best, curve->accuracy[i]);
    return best;
}

double study_curve_saved(const study_curve *curve, const study_curve *other)
{
    double reached = study_curve_best(curve), there = study_curve_best(other);

    if (isnan(reached) || isnan(there))
        return NAN;
    reached = fmin(reached, there);
    return 1 - study_curve_labels(curve, reached) / study_curve_labels(other, reached);
}
