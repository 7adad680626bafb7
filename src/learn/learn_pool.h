/** The pool scored in parallel: windows of whole batches go to ranks on demand, each rank reads its next
 * window while it scores one.
 */
#ifndef LEARN_POOL_H
#define LEARN_POOL_H

#include "base_status.h"
#include "comm_world.h"
#include "learn_scorer.h"
#include "store_dataset.h"
#include "store_records.h"
#include <stddef.h>
#include <stdint.h>

/** What one rank did. */
typedef struct learn_pool_stats {
    size_t samples, windows; /* scored here */
    double seconds;          /* from the start to the end of this rank's last window */
    double stall_seconds;    /* of them, waiting for pixels */
    double queue_seconds;    /* of them, waiting to be given a window */
    uint64_t bytes;          /* read from the file */
} learn_pool_stats;

/** Takes each batch right after it was scored, on the rank that scored it: records of `count` samples, and
 * what learn_scorer_features() and learn_scorer_softmax() say of them. Local; an error ends the scoring. */
typedef struct learn_pool_sink {
    base_status (*take)(void *self, const store_score *scores, size_t count);
    void *self;
} learn_pool_sink;

/** Score the unlabelled samples, records gathered to rank 0 in order of sample.
 *
 * Batches are cut before ranks are, neighbours in the pool: the records are the same on any number of ranks,
 * whichever of them scores a batch. Masks and labels are not read.
 *
 * Collective. BASE_ERR_IO, BASE_ERR_LIBRARY, BASE_ERR_MEMORY, BASE_ERR_NUMERIC; BASE_INTERRUPTED when a rank
 * has caught a signal (base_signal.h) between two windows; agreed.
 * @param state    [samples] store_pool_state
 * @param readers  threads that read ahead on each rank, 1 or more
 * @param sink     may be NULL
 * @param scores   out, on rank 0 malloc'ed, elsewhere NULL
 * @param stats    out, this rank's; may be NULL
 */
base_status learn_pool_score(learn_scorer *scorer, const comm_world *world, const store_dataset *dataset,
                             const uint8_t *state, int32_t readers, const learn_pool_sink *sink,
                             store_score **scores, size_t *count, learn_pool_stats *stats);

#endif
