#include "store_calibration.h"
#include <math.h>

#define BINS STORE_CALIBRATION_BINS

void store_calibration_add(store_calibration_bin *bins, const store_evaluation *record)
{
    int at = (int)(record->confidence * BINS);

    at = at < 0 ? 0 : at >= BINS ? BINS - 1 : at;
    bins[at].confidence += (double)record->confidence;
    bins[at].right += record->predicted == record->label;
    bins[at].count++;
}

double store_calibration_count(const store_calibration_bin *bins)
{
    double total = 0;
    int i;

    for (i = 0; i < BINS; i++)
        total += bins[i].count;
    return total;
}

double store_calibration_error(const store_calibration_bin *bins)
{
    double total = store_calibration_count(bins), error = 0;
    int i;

    for (i = 0; i < BINS; i++)
        error += fabs(bins[i].confidence - bins[i].right);
    return total > 0 ? error / total : 0;
}
