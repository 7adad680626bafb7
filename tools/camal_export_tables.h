/** Records of rounds as lines of CSV; every table begins with the number of the round. Local. */
#ifndef CAMAL_EXPORT_TABLES_H
#define CAMAL_EXPORT_TABLES_H

#include "camal_export_csv.h"
#include "store_dataset.h"
#include "store_round.h"

/** A table: its header, and how a round adds its lines. With `samples`, the data set's table, lines of
 * samples end with EXPORT_PLACE, what a sample is in the COCO files. */
typedef struct export_table {
    const char *columns;
    void (*add)(const store_round *round, const store_table *samples, camal_csv *csv);
} export_table;

#define EXPORT_PLACE ",annotation_id,picture"

extern const export_table export_scores, export_queries, export_classes;

/** Word for a store_query_reason. Static storage. */
const char *export_query_word(int32_t reason);

/** Samples that the round's model was trained on, copies not counted. */
int64_t export_labelled(const store_round *round);

#endif
