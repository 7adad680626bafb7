/** Records of rounds as lines of CSV; every table begins with the number of the round. Local. */
#ifndef CAMAL_EXPORT_TABLES_H
#define CAMAL_EXPORT_TABLES_H

#include "camal_export_csv.h"
#include "store_round.h"

/** A table: its header, and how a round adds its lines. */
typedef struct export_table {
    const char *columns;
    void (*add)(const store_round *round, camal_csv *csv);
} export_table;

extern const export_table export_scores, export_queries, export_classes;

/** Word for a store_query_reason. Static storage. */
const char *export_query_word(int32_t reason);

/** Samples that the round's model was trained on, copies not counted. */
int64_t export_labelled(const store_round *round);

#endif
