/** The answers of the data set itself. */
#ifndef ORACLE_TRUTH_H
#define ORACLE_TRUTH_H

#include "base_status.h"
#include "store_dataset.h"
#include "store_records.h"
#include <stddef.h>
#include <stdint.h>

/** The true label of a train sample. Local. BASE_ERR_INPUT (not a sample of the train split; logged). */
base_status oracle_truth_label(const store_table *table, int64_t sample, int32_t *label);

/** oracle_draw_initial() on a table. Local. */
base_status oracle_truth_draw(const store_table *table, double share, uint64_t seed, int64_t **samples,
                              size_t *count);

#endif
