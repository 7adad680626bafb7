/** Measurements of rounds as JSON lines: one line an epoch, then one line the round. Local. */
#ifndef CAMAL_EXPORT_METRICS_H
#define CAMAL_EXPORT_METRICS_H

#include "base_status.h"
#include "store_round.h"
#include <stdio.h>

/** BASE_ERR_LIBRARY, BASE_ERR_IO. */
base_status export_metrics(const store_round *round, FILE *out);

#endif
