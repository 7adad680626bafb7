/** Is the network right as often as it says: bins of confidence, and the expected calibration error (Guo et
 * al., arXiv 1706.04599). Pure functions over records. */
#ifndef STORE_CALIBRATION_H
#define STORE_CALIBRATION_H

#include "store_records.h"

/** Of equal width over 0 to 1; part of the round file's figures. */
#define STORE_CALIBRATION_BINS 15

typedef struct store_calibration_bin {
    double confidence, right, count; /* sums over its samples */
} store_calibration_bin;

/** Add a record; which ones count is the caller's choice. Local.
 * @param bins  [STORE_CALIBRATION_BINS] zeroed before the first call */
void store_calibration_add(store_calibration_bin *bins, const store_evaluation *record);

/** Samples in all bins. Local. */
double store_calibration_count(const store_calibration_bin *bins);

/** Mean over the samples of |confidence - share that is right| of their bin; 0 if there are none. Local. */
double store_calibration_error(const store_calibration_bin *bins);

#endif
