/** What an ingest did, as a JSON file and as a table for people. Every annotation is in it once. */
#ifndef INGEST_SUMMARY_H
#define INGEST_SUMMARY_H

#include "base_status.h"
#include "ingest_coco.h"
#include "ingest_options.h"
#include "ingest_plan.h"
#include "ingest_take.h"
#include "store_dataset.h"
#include <stdio.h>

typedef struct ingest_summary {
    const ingest_options *options;
    const ingest_coco *coco;
    const ingest_outcome *outcomes; /* [annotations] */
    const ingest_sight *sights;     /* [sight_count] */
    size_t sight_count;
    const ingest_plan *plan;
    const store_table *table; /* NULL: a dry run, nothing was made */
} ingest_summary;

/** Write the summary as JSON. Rank 0. BASE_ERR_IO, BASE_ERR_MEMORY. */
base_status ingest_summary_write(const ingest_summary *summary, const char *path);

/** Print the table, what was refused, and what to do next. Rank 0. */
void ingest_summary_print(const ingest_summary *summary, FILE *out);

#endif
