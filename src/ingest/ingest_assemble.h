/** From every rank's samples to one file: rows are compacted, packed into chunks and appended in order.
 *
 * Rows follow the annotations and shares are neighbours in order, so a rank's rows are neighbours too. A
 * chunk that lies within one rank's rows is packed there; the few that lie across two ranks are sent as rows
 * and packed by rank 0. Either way the bytes are the same, so the file does not depend on the number of
 * ranks.
 */
#ifndef INGEST_ASSEMBLE_H
#define INGEST_ASSEMBLE_H

#include "base_status.h"
#include "comm_world.h"
#include "ingest_plan.h"
#include "ingest_take.h"
#include "store_dataset.h"
#include <stdint.h>

/** Sums over the pixels of the train split: exact, so that mean and std do not depend on who added what. */
typedef struct ingest_sums {
    uint64_t pixels, sum[3], squares[3]; /* RGB in 0..255 */
} ingest_sums;

/** Append every row.
 *
 * Collective. BASE_ERR_IO, BASE_ERR_MEMORY, BASE_ERR_LIBRARY, agreed.
 * @param bounds  [ranks + 1] from ingest_take_bounds()
 * @param writer  rank 0: begun, nothing appended; NULL elsewhere
 * @param sums    rank 0: out
 */
base_status ingest_assemble(const comm_world *world, const size_t *bounds, const ingest_taken *taken,
                            const ingest_plan *plan, int32_t size, store_dataset_writer *writer,
                            ingest_sums *sums);

/** Mean and standard deviation of pixel / 255. A channel that never changes gets std 1, not 0: it is divided
 * by. Local. */
void ingest_sums_moments(const ingest_sums *sums, float mean[3], float std[3]);

#endif
