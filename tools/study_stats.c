#include "study_stats.h"
#include "base_log.h"
#include "base_random.h"
#include "camal_compare_stats.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EXACT_MOST 6 /* values of which all resamples are made: 6^6 = 46,656 */
#define RESAMPLES  10000
#define ALPHA      0.025 /* on either side */

double study_quantile(const double *values, size_t count, double q)
{
    double at = q * (double)(count - 1);
    size_t below = (size_t)at;

    if (below + 1 >= count)
        return values[count - 1];
    return values[below] + (at - (double)below) * (values[below + 1] - values[below]);
}

static double normal_share(double z)
{
    return erfc(-z / sqrt(2)) / 2;
}

double study_normal_quantile(double q)
{
    static const double a[] = {-3.969683028665376e+01, 2.209460984245205e+02,  -2.759285104469687e+02,
                               1.383577518672690e+02,  -3.066479806614716e+01, 2.506628277459239e+00},
                        b[] = {-5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02,
                               6.680131188771972e+01, -1.328068155288572e+01},
                        c[] = {-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
                               -2.549732539343734e+00, 4.374664141464968e+00,  2.938163982698783e+00},
                        d[] = {7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00,
                               3.754408661907416e+00};
    double z, r, error;

    if (q <= 0)
        return -INFINITY;
    if (q >= 1)
        return INFINITY;
    if (q > 0.5)
        return -study_normal_quantile(1 - q);
    if (q < 0.02425) {
        r = sqrt(-2 * log(q));
        z = (((((c[0] * r + c[1]) * r + c[2]) * r + c[3]) * r + c[4]) * r + c[5]) /
            ((((d[0] * r + d[1]) * r + d[2]) * r + d[3]) * r + 1);
    } else {
        r = (q - 0.5) * (q - 0.5);
        z = (((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * (q - 0.5) /
            (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1);
    }
    error = (normal_share(z) - q) * sqrt(2 * M_PI) * exp(z * z / 2);
    return z - error / (1 + z * error / 2);
}

/* ---- strata ---- */

/* Values without those that are not numbers, in strata that all have some. */
typedef struct strata {
    double *value, *mean; /* all values, stratum by stratum; [count] */
    size_t *size, count;
    size_t values, fewest;
} strata;

static base_status gather(const double *values, const size_t *sizes, size_t count, strata *made)
{
    size_t all = 0, s, i;

    for (s = 0; s < count; s++)
        all += sizes[s];
    *made = (strata){.value = calloc(all + 1, sizeof(double)),
                     .mean = calloc(count + 1, sizeof(double)),
                     .size = calloc(count + 1, sizeof(size_t))};
    if (!made->value || !made->mean || !made->size) {
        base_log_error("no memory for an interval of %zu values", all);
        return BASE_ERR_MEMORY;
    }
    for (s = 0; s < count; values += sizes[s++]) {
        size_t begun = made->values, n;

        for (i = 0; i < sizes[s]; i++)
            if (!isnan(values[i])) {
                made->value[made->values++] = values[i];
                made->mean[made->count] += values[i];
            }
        n = made->values - begun;
        if (n == 0)
            continue;
        made->fewest = made->count == 0 || n < made->fewest ? n : made->fewest;
        made->mean[made->count] /= (double)n;
        made->size[made->count++] = n;
    }
    return BASE_OK;
}

static void release(strata *made)
{
    free(made->value);
    free(made->mean);
    free(made->size);
}

/* ---- bootstrap ---- */

/* Resample number `which` of all n^n of one stratum: its digits to the base n say which values are in it. */
static double exact_resample(const strata *from, size_t which)
{
    size_t n = from->size[0], i;
    double sum = 0;

    for (i = 0; i < n; i++, which /= n)
        sum += from->value[which % n];
    return sum / (double)n;
}

static double random_resample(const strata *from, size_t which)
{
    base_random random = base_random_at(0, BASE_RANDOM_BOOTSTRAP, 0, 0, which);
    const double *value = from->value;
    double total = 0;
    size_t s, i;

    for (s = 0; s < from->count; value += from->size[s++]) {
        double sum = 0;

        for (i = 0; i < from->size[s]; i++)
            sum += value[base_random_below(&random, from->size[s])];
        total += sum / (double)from->size[s];
    }
    return total / (double)from->count;
}

static int compare_values(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

/* a of BCa, for a mean of means: sum U^3 / n^3 over 6 (sum U^2 / n^2)^1.5 of all values, U their influence.
 */
static double acceleration(const strata *from)
{
    const double *value = from->value;
    double squares = 0, cubes = 0;
    size_t s, i;

    for (s = 0; s < from->count; value += from->size[s++])
        for (i = 0; i < from->size[s]; i++) {
            double u = (value[i] - from->mean[s]) / (double)from->size[s];

            squares += u * u;
            cubes += u * u * u;
        }
    return squares > 0 ? cubes / (6 * pow(squares, 1.5)) : 0;
}

/* The quantile of the resamples that stands for the normal quantile z. */
static double corrected(double z, double bias, double a)
{
    return normal_share(bias + (bias + z) / (1 - a * (bias + z)));
}

/* Resamples that are below the mean, ties by half. Those equal to it but for rounding are ties. */
static double share_below(const double *made, size_t count, double mean)
{
    double near = 1e-12 * fmax(fabs(made[0]), fabs(made[count - 1])), below = 0;
    size_t i;

    for (i = 0; i < count; i++)
        below += made[i] < mean - near ? 1 : made[i] <= mean + near ? 0.5 : 0;
    return below / (double)count;
}

static base_status bootstrap(const strata *from, study_interval *interval)
{
    bool exact = from->count == 1 && from->values <= EXACT_MOST;
    size_t count = RESAMPLES, i;
    double *made, bias, a;

    for (count = exact ? 1 : RESAMPLES, i = 0; exact && i < from->values; i++)
        count *= from->values;
    made = malloc(count * sizeof *made);
    if (!made) {
        base_log_error("no memory for %zu resamples", count);
        return BASE_ERR_MEMORY;
    }
    for (i = 0; i < count; i++)
        made[i] = exact ? exact_resample(from, i) : random_resample(from, i);
    qsort(made, count, sizeof *made, compare_values);
    bias = study_normal_quantile(share_below(made, count, interval->mean));
    a = acceleration(from);
    interval->low = study_quantile(made, count, corrected(study_normal_quantile(ALPHA), bias, a));
    interval->high = study_quantile(made, count, corrected(-study_normal_quantile(ALPHA), bias, a));
    free(made);
    return BASE_OK;
}

/* ---- Student ---- */

static void student(const strata *from, study_interval *interval)
{
    const double *value = from->value;
    double variance = 0, by_freedom = 0, half;
    size_t s, i;

    for (s = 0; s < from->count; value += from->size[s++]) {
        double squares = 0, n = (double)from->size[s], part;

        for (i = 0; i < from->size[s]; i++)
            squares += pow(value[i] - from->mean[s], 2);
        part = squares / (n - 1) / n / pow((double)from->count, 2);
        variance += part;
        by_freedom += part * part / (n - 1);
    }
    half = variance > 0 ? sqrt(variance) * compare_student((size_t)(variance * variance / by_freedom + 1e-9))
                        : 0;
    interval->t_low = interval->mean - half;
    interval->t_high = interval->mean + half;
}

base_status study_interval_of(const double *values, const size_t *sizes, size_t count,
                              study_interval *interval)
{
    study_interval made = {0, 0, NAN, NAN, NAN, NAN, NAN};
    base_status status;
    strata from;
    size_t s;

    status = gather(values, sizes, count, &from);
    if (status == BASE_OK && from.count > 0) {
        made.mean = 0;
        for (s = 0; s < from.count; s++)
            made.mean += from.mean[s] / (double)from.count;
        made.count = from.values;
        made.fewest = from.fewest;
        if (from.fewest > 1) {
            student(&from, &made);
            status = bootstrap(&from, &made);
        }
    }
    release(&from);
    if (status == BASE_OK)
        *interval = made;
    return status;
}

const char *study_judge(const study_interval *interval)
{
    if (interval->fewest < STUDY_SEEDS_LEAST)
        return "too few seeds";
    if (interval->low > 0 && interval->t_low > 0)
        return "better";
    return interval->high < 0 && interval->t_high < 0 ? "worse" : "not distinguishable";
}
