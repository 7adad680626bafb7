/** Running the tasks of a study on this machine. */
#ifndef STUDY_RUN_H
#define STUDY_RUN_H

#include "study_tasks.h"

typedef struct study_run {
    size_t jobs;        /* tasks at a time */
    const char *only;   /* pattern of task names, NULL: all */
    const char *launch; /* as study_task_command() */
    char *const *extra;
    size_t extras;
} study_run;

/** Whether a task's name matches the pattern (as in a shell); NULL matches all. Local. */
bool study_run_wanted(const study_task *task, const char *only);

/** Run what is not done, `jobs` at a time, each with its output appended to the log beside its run folder
 * (DATASET/ARM-seedN.log). A task that fails is told of with its log, and the others go on. While a run has
 * not written its kernels.plan no other is started: it may be measuring kernels for all (CAMAL_CACHE).
 *
 * SIGTERM or SIGUSR1 starts nothing more and goes on to the runs, which end at their next safe point.
 * Local. BASE_OK if every task is done; BASE_ERR_LIBRARY if some failed, BASE_WAITING if some wait for
 * labels, BASE_INTERRUPTED, BASE_ERR_MEMORY. */
base_status study_run_all(const study_file *study, const study_run *how);

#endif
