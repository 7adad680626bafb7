/** The kernel plan of a job: found once, the same on every rank, kept for whoever continues.
 *
 * Kernels round differently, so a run keeps its plan: rank 0 takes the one that the run has already; else the
 * one that an earlier run searched on such a machine; else it searches and leaves the plan to the next. Where
 * two jobs search at once, each goes on with its own, and the one kept first serves later runs.
 */
#ifndef LEARN_PLAN_H
#define LEARN_PLAN_H

#include "base_config.h"
#include "base_status.h"
#include "comm_world.h"
#include "nn_engine.h"
#include "nn_plan.h"
#include <stdbool.h>

typedef struct learn_plan {
    nn_plan training; /* of micro-batches */
    nn_plan scoring;  /* of LEARN_SCORER_BATCH samples */
} learn_plan;

/** What a plan is for. */
typedef struct learn_plan_wish {
    const nn_engine *engine;
    const nn_graph *graph;
    int32_t microbatch; /* 0: the job only scores, and a plan's part for training is left alone */
    base_dtype dtype;
    base_kernels kernels;
} learn_plan_wish;

/** True if the text is a plan for the wish's shapes and type: what a branch of a run may change. Local. */
bool learn_plan_fits(const learn_plan_wish *wish, const char *text);

/** Find the plan; one that was searched is kept in the cache of plans ($CAMAL_CACHE, else
 * $XDG_CACHE_HOME/camal, else $HOME/.cache/camal; without one each run searches).
 *
 * Collective. BASE_ERR_USAGE (bf16 on a CPU of some rank that only emulates it), BASE_ERR_INPUT (the stored
 * plan does not fit the wish; line and reason are named), BASE_ERR_LIBRARY, BASE_ERR_MEMORY, agreed.
 * @param stored  rank 0: text of the run's plan, NULL if it has none; others: ignored
 * @param source  where that text is from, for messages
 */
base_status learn_plan_find(const comm_world *world, const learn_plan_wish *wish, const char *stored,
                            const char *source, learn_plan *plan);

/** Once replicas are built: check that they run the same kernels on every rank, and the ones that `stored`
 * names if it is not NULL.
 *
 * Collective. BASE_ERR_INPUT: ranks on CPUs of different kinds, or a run continued on another kind; the first
 * line that differs is named. Agreed.
 * @param text  this rank's plan as its replicas tell it, training (unless the job only scores) and scoring
 */
base_status learn_plan_check(const comm_world *world, const char *text, const char *stored,
                             const char *source);

#endif
