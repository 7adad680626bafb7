/** Which sample stands where in an epoch: a function of (seed, round, epoch) and the labelled set. */
#ifndef LEARN_SAMPLER_H
#define LEARN_SAMPLER_H

#include "base_status.h"
#include <stddef.h>
#include <stdint.h>

/** Set in a draw beside the sample's id: not the sample's first entry, but one of its copies. */
#define LEARN_SAMPLER_COPY ((int64_t)1 << 62)

/** The labelled set that trains: active classes only, each sample `copies` times. */
typedef struct learn_sampler {
    uint64_t seed;
    uint32_t round;
    size_t batch;
    size_t classes, draws; /* classes that have samples; draws an epoch, a multiple of batch */
    size_t *first;         /* [classes+1] where a class's entries start */
    int64_t *entry;        /* sample ids, by class, ascending; copies are marked and follow */
    int64_t *scratch;      /* [entries] */
} learn_sampler;

/** Build from the labelled set. An epoch has as many draws as there are entries, rounded up to whole batches.
 *
 * Local. BASE_ERR_MEMORY; BASE_ERR_INPUT if no class is left to train.
 * @param samples  [count] ascending   @param labels [count]   @param copies [count] >= 1
 * @param active   [classes] samples of other classes are left out
 */
base_status learn_sampler_create(const int64_t *samples, const int32_t *labels, const int32_t *copies,
                                 size_t count, const uint8_t *active, size_t classes, size_t batch,
                                 uint64_t seed, uint32_t round, learn_sampler *sampler);

/** NULL-safe. */
void learn_sampler_destroy(learn_sampler *sampler);

/** Steps of an epoch: draws / batch. */
int64_t learn_sampler_steps(const learn_sampler *sampler);

/** Sample ids of an epoch in drawing order, copies with LEARN_SAMPLER_COPY; every class is drawn equally
 * often (to within one), every entry of a class equally often (to within one). Local.
 * @param order  [draws] out */
void learn_sampler_epoch(learn_sampler *sampler, uint32_t epoch, int64_t *order);

#endif
