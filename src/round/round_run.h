/** One round, stage by stage. */
#ifndef ROUND_RUN_H
#define ROUND_RUN_H

#include "learn_guide.h"
#include "round_features.h"
#include "round_job.h"
#include "round_state.h"

struct round_training;

/** What the stages of a round hand on to each other. Records are on rank 0, the rest on every rank. */
typedef struct round_work {
    int32_t index;
    bool last;       /* the run's last round: nothing is chosen any more */
    uint8_t *active; /* [classes] not excluded when the round began */
    learn_data labelled;
    int32_t *labels, *copies;        /* [labelled.count] */
    learn_guide guide;               /* of the labelled set */
    struct round_training *training; /* checkpoints within the round */
    store_epoch *epochs;             /* NULL until training is over */
    size_t epoch_count;
    int32_t best_epoch;
    store_evaluation *evaluations; /* validation and test, by sample */
    size_t evaluation_count;
    store_score *scores;
    size_t score_count;
    round_features features; /* of this rank's pool samples, where the strategy needs them */
    store_query *queries;
    size_t query_count;
    base_status answered; /* BASE_OK or BASE_WAITING, on every rank */
    store_timing timing;
    double commit_seconds; /* known when the file is written: said in the log only */
} round_work;

/** Run the round state->next and commit it; the state is then ready for the round after it.
 *
 * Collective. BASE_OK; BASE_INTERRUPTED when a signal came before the choice, and the round's training is
 * kept; BASE_WAITING when the round is committed and its queries wait for people; otherwise the first stage's
 * error, agreed: nothing is committed then, and the state is not to be used further.
 */
base_status round_run(round_job *job, round_state *state);

#endif
