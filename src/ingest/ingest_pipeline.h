/** The whole ingest: annotation file and pictures in, dataset.h5 out. */
#ifndef INGEST_PIPELINE_H
#define INGEST_PIPELINE_H

#include "base_status.h"
#include "comm_world.h"
#include "ingest_options.h"

/** Run an ingest.
 *
 * 1. Rank 0 reads the annotation file and gives the records to all.
 * 2. Every rank reads its share of the pictures once, cuts and masks their samples into a scratch file.
 * 3. What became of each annotation is gathered; rank 0 chooses classes, numbers rows, groups and splits.
 * 4. Ranks pack their rows into chunks, rank 0 appends them in order and commits the file.
 *
 * A dry run ends after a plan made of what 1 tells, and reports it.
 *
 * The file depends on the inputs and options alone, not on the number of ranks. On failure neither the data
 * set nor the summary is there (an older data set of that name is untouched).
 *
 * Collective, agreed. BASE_ERR_USAGE, BASE_ERR_INPUT, BASE_ERR_NOT_FOUND (what was asked for or given is
 * wrong), BASE_ERR_IO, BASE_ERR_MEMORY, BASE_ERR_LIBRARY.
 */
base_status ingest_run(const comm_world *world, const ingest_options *options);

#endif
