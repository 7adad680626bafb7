#include "round_guide.h"
#include "base_log.h"
#include <stdlib.h>

/* Whose masks came with their labels. */
static base_status read_masks(round_job *job, const round_state *state, round_work *work, bool trains)
{
    bool truth = job->config->oracle.kind == BASE_ORACLE_TRUTH;
    size_t count = work->labelled.count, i;
    uint8_t *readable = calloc(count + 1, 1);
    base_status status = BASE_OK;

    if (!readable) {
        base_log_error("out of memory for %zu samples", count);
        status = BASE_ERR_MEMORY;
    }
    for (i = 0; readable && i < count; i++)
        readable[i] = truth || state->pool_round[work->labelled.sample[i]] == 0;
    status = comm_agree(job->world, status);
    if (status == BASE_OK)
        status =
            learn_guide_read_masks(&work->guide, job->world, job->dataset, readable, work->active, trains);
    free(readable);
    return status;
}

base_status round_guide_make(round_job *job, const round_state *state, round_work *work)
{
    uint32_t wanted = job->config->train.augment | job->config->train.augment_copies;
    int trainers = comm_reduce_trainers(job->reduce);
    base_status status = BASE_OK;

    work->guide = learn_guide_none(&work->labelled, work->labels, job->table);
    if ((wanted & BASE_AUGMENT_OBJECT) || job->config->train.in_mask > 0)
        status = read_masks(job, state, work, job->world->rank < trainers);
    if (status != BASE_OK || !(wanted & BASE_AUGMENT_ERASE) || work->index == 0)
        return status;
    status = comm_agree(job->world, learn_scorer_load(job->scorer, &state->weights, work->active));
    if (status == BASE_OK)
        status = learn_guide_make_maps(&work->guide, job->world, job->scorer, trainers,
                                       job->config->cam.threshold);
    return status;
}
