/** Micro-batches made ahead: drawn, augmented and normalised on a thread of their own while the network works
 * on the one before.
 *
 * Two buffers go round: one is being used, one is being filled or waits. The thread sleeps when there is
 * nothing to do. What it makes is a function of the draw's place in the round (counter-based random numbers),
 * so it does not matter when it is made, or after how many interruptions.
 *
 * Mix-up (Zhang et al., arXiv 1710.09412): draws 2k and 2k + 1 of a micro-batch, which stand in random order,
 * are mixed with each other in both directions, the larger part being that of the draw whose place it is. The
 * mask stays that draw's.
 */
#ifndef LEARN_PREFETCH_H
#define LEARN_PREFETCH_H

#include "base_config.h"
#include "base_status.h"
#include "learn_data.h"
#include "learn_guide.h"
#include "learn_sampler.h"
#include "nn_loss.h"

typedef struct learn_prefetch learn_prefetch;

/** Where micro-batches come from. What it points to must outlive the prefetch and stay as it is. */
typedef struct learn_source {
    const base_config *config;
    const store_table *table;
    int32_t round;
    const learn_data *labelled; /* pixels */
    const int32_t *labels;      /* [labelled->count] */
    const learn_guide *guide;   /* of the same samples, or NULL */
    int32_t height, width;      /* of the last layer's heat maps */
    learn_sampler *sampler;     /* the thread's alone between create and destroy */
    int32_t first, count;       /* this rank's micro-batches of each step */
    int64_t begin, end;         /* steps of the round; begin > 0 where a training goes on */
} learn_source;

typedef struct learn_batch {
    const float *input;      /* [b,3,S,S] normalised, 64-byte aligned */
    const int32_t *labels;   /* [b] */
    const nn_mix *mix;       /* NULL without train.mixup */
    const nn_in_mask *masks; /* NULL without train.in_mask, or without masks */
} learn_batch;

/** Start making micro-batches, in order of step and within it of micro-batch. Local. BASE_ERR_MEMORY,
 * BASE_ERR_LIBRARY (no thread). */
base_status learn_prefetch_create(const learn_source *source, learn_prefetch **prefetch);

/** Stops the thread, wherever it is. NULL-safe; nulls the pointer. */
void learn_prefetch_destroy(learn_prefetch **prefetch);

/** The next micro-batch; waits for it if need be. Valid until the next call. Not to be called more than
 * (end - begin) count times. Local. */
learn_batch learn_prefetch_next(learn_prefetch *prefetch);

#endif
