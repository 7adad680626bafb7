/** Statistics of a study: learning curves, bootstrap intervals. Pure functions but for memory. Local. */
#ifndef STUDY_STATS_H
#define STUDY_STATS_H

#include "base_status.h"
#include <stdbool.h>
#include <stddef.h>

/** A learning curve: accuracy against labels, labels never falling. */
typedef struct study_curve {
    size_t points;
    const double *labels, *accuracy; /* [points] */
} study_curve;

/** Accuracy at a number of labels, linear between points, constant beyond the ends. NaN without points. */
double study_curve_at(const study_curve *curve, double labels);

/** Mean accuracy over labels from..to: the area under the curve (trapezoids) by its width. NaN if to <= from,
 * or if the curve does not reach from one to the other. */
double study_curve_area(const study_curve *curve, double from, double to);

/** The fewest labels at which the curve has reached an accuracy: of the running maximum of its points, linear
 * between the one before and the one that reaches it. NaN if it never does. */
double study_curve_labels(const study_curve *curve, double accuracy);

/** The largest accuracy of its points, NaN without points. */
double study_curve_best(const study_curve *curve);

/** Share of its labels that `curve` saves against `other` at equal accuracy: 1 - L / L', the labels of
 * study_curve_labels() at the highest accuracy that both reach. Negative if it needs more. */
double study_curve_saved(const study_curve *curve, const study_curve *other);

#define STUDY_SEEDS_LEAST 3 /* pairs a data set, below which nothing is judged */

/** A mean, or a mean difference, with its 95 % intervals. */
typedef struct study_interval {
    size_t count;         /* values; of several strata, all together */
    size_t fewest;        /* values of the smallest stratum that has any */
    double mean;          /* of several strata: mean of their means; NaN without values */
    double low, high;     /* bootstrap, BCa; NaN with fewer than 2 values in a stratum */
    double t_low, t_high; /* Student's t; of several strata, Welch and Satterthwaite's */
} study_interval;

/** The intervals of values in strata (one stratum a data set, one value a seed; those that are NaN are left
 * out, and so are strata without any).
 *
 * Bootstrap: values are drawn with replacement within each stratum; endpoints are bias-corrected and
 * accelerated (Efron, "Better bootstrap confidence intervals", JASA 1987), acceleration from the empirical
 * influence of all values. One stratum of up to 6 values: all n^n resamples, so exact; else 10,000 of them,
 * the same whenever asked (base_random, BASE_RANDOM_BOOTSTRAP). Quantiles are linear between order
 * statistics. BASE_ERR_MEMORY.
 * @param values   one stratum after the other
 * @param sizes    [strata] */
base_status study_interval_of(const double *values, const size_t *sizes, size_t strata,
                              study_interval *interval);

/** What an interval of a difference says, more being better: "better" or "worse" if both intervals are on one
 * side of 0, else "not distinguishable"; "too few seeds" below STUDY_SEEDS_LEAST. Static storage. */
const char *study_judge(const study_interval *interval);

/** Quantile q of ascending values[count], linear between order statistics (R's type 7). */
double study_quantile(const double *values, size_t count, double q);

/** Quantile of the standard normal distribution (Acklam's rational approximation and one step of Halley's).
 */
double study_normal_quantile(double q);

#endif
