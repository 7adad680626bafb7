/** The labels of a run's round, as camal-label works on them. */
#ifndef CAMAL_LABEL_RUN_H
#define CAMAL_LABEL_RUN_H

#include "base_status.h"
#include "oracle_boxes.h"
#include "oracle_labels.h"
#include "oracle_queries.h"
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct label_run {
    const char *folder;
    oracle_queries queries;
    oracle_labels labels;
    oracle_boxes boxes;
    char labels_path[PATH_MAX], boxes_path[PATH_MAX];
    int lock; /* -1: not held */
} label_run;

/** Open a round's queries and what has been answered so far. Local. BASE_ERR_NOT_FOUND, BASE_ERR_INPUT,
 * BASE_ERR_IO, BASE_ERR_MEMORY.
 * @param round  -1: the newest that has queries
 * @param run    out, label_run_close() in any case */
base_status label_run_open(const char *folder, int32_t round, label_run *run);

/** Hold the folder as camal-learn does, and check that nothing has been trained with the labels yet. Local.
 * BASE_ERR_USAGE (a job works on the run; the labels are in use), BASE_ERR_IO. */
base_status label_run_claim(label_run *run);

/** Write labels and boxes, each file whole or not at all; the labels last. Local. BASE_ERR_IO. */
base_status label_run_save(const label_run *run);

/** Say on standard output what is answered, open, in conflict and to be done next. Local. BASE_OK when
 * camal-learn can go on, BASE_WAITING while samples are open; BASE_ERR_IO. */
base_status label_run_report(const label_run *run);

/** 1 for each query that is open (unanswered, or in conflict) or, if all is asked for, each; into
 * asked[queries]. @return how many */
size_t label_run_asked(const label_run *run, bool all, uint8_t *asked);

void label_run_close(label_run *run);

#endif
