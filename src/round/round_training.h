/** Checkpoints within a round: what a killed or interrupted job left of its training, and what this one
 * leaves.
 *
 * A checkpoint is of use to the same round of the same run only: same round, parent round, data set and
 * configuration. Others are left aside with a word, and overwritten in time.
 */
#ifndef ROUND_TRAINING_H
#define ROUND_TRAINING_H

#include "learn_trainer.h"
#include "round_run.h"

/** The checkpoints of one round. Zero it before use. */
typedef struct round_training {
    const round_job *job;
    const round_state *state;
    int32_t round;
    int next;         /* rank 0: the file that is written next */
    int64_t sequence; /* rank 0: of the newest file */
    double kept;      /* rank 0: when it was written, or training began */
    learn_keeper keeper;
    bool found;              /* there was one to go on from */
    bool finished;           /* its training is over; its epochs are in progress */
    learn_progress progress; /* the same on every rank; weights and velocity are in the state */
} round_training;

/** Look for a checkpoint of the round that `work` begins; where there is one, its weights and velocity go
 * into the state.
 *
 * Collective. BASE_ERR_MEMORY, BASE_ERR_INPUT (not of this network), agreed. */
base_status round_training_open(const round_job *job, round_state *state, const round_work *work,
                                round_training *training);

/** NULL-safe. */
void round_training_close(round_training *training);

/** Keep that training is over, so that scoring can be done again from here. With `always` false only if the
 * last checkpoint is older than a tenth of run.checkpoint, since then that much would be lost.
 *
 * Rank 0. BASE_ERR_IO, BASE_ERR_MEMORY. */
base_status round_training_keep_finished(round_training *training, const round_work *work, bool always);

#endif
