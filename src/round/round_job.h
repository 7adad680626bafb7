/** What a run needs in every round and that outlives each: engine, replicas, evaluation samples, oracle. */
#ifndef ROUND_JOB_H
#define ROUND_JOB_H

#include "base_config.h"
#include "comm_reduce.h"
#include "comm_world.h"
#include "learn_data.h"
#include "learn_scorer.h"
#include "nn_network.h"
#include "oracle.h"
#include "store_dataset.h"

typedef struct round_job {
    const comm_world *world;
    const base_config *config;
    const char *folder; /* run folder */
    store_dataset *dataset;
    const store_table *table; /* the data set's */
    nn_graph graph;
    nn_engine *engine;
    nn_network *network;
    comm_reduce *reduce;
    learn_scorer *scorer;
    char *plan;                  /* the kernels of network and scorer, as round files keep them */
    learn_data validation, test; /* this rank's shares, with masks */
    oracle *answers;             /* rank 0, NULL elsewhere */
} round_job;

/** Open the data set and build everything. `world` and `config` must outlive the job.
 *
 * Collective. BASE_ERR_INPUT (a class without train samples, named), BASE_ERR_USAGE, BASE_ERR_LIBRARY,
 * BASE_ERR_MEMORY, BASE_ERR_IO, agreed.
 */
base_status round_job_open(const comm_world *world, const base_config *config, round_job *job);

/** Collective; safe on a job that failed to open or is zero. */
void round_job_close(round_job *job);

#endif
