/** The tasks of a study: one a data set, arm and seed, each a run of camal-learn. Local. */
#ifndef STUDY_TASKS_H
#define STUDY_TASKS_H

#include "study_file.h"
#include <stdbool.h>
#include <stdio.h>

typedef struct study_task {
    size_t index;        /* its number */
    size_t dataset, arm; /* of the study's lists */
    uint64_t seed;
    char name[3 * STUDY_NAME_MAX]; /* DATASET/ARM-seedN */
    base_config config;            /* effective */
    int32_t newest;                /* newest round file of the run's folder, -1 if there is none */
    bool stopped;                  /* a rule of stop ended the run before its last round */
} study_task;

/** Number of tasks. They are numbered from 0: first all arms of all data sets with the first seed, so that a
 * study that is cut short still compares like with like. */
size_t study_tasks_count(const study_file *study);

/** Task `index` < study_tasks_count(), and how far it is. BASE_ERR_MEMORY and as study_file_config();
 * study_task_clear() frees it. */
base_status study_task_make(const study_file *study, size_t index, study_task *task);
void study_task_clear(study_task *task);

/** The last round is there, or a rule of stop ended the run. */
bool study_task_done(const study_task *task);

/** "waiting", "round 2 of 5", "done" or "done, stopped in round 3" into text[size]. */
void study_task_state(const study_task *task, char *text, size_t size);

/** The command as a NULL-ended vector: the words of `launch` (such as "mpirun -n 2"; NULL: none), camal-learn
 * as it stands beside this program, the base run file, settings, and `extra` [extras] at the end. NULL if out
 * of memory, logged; else study_task_command_free(). */
char **study_task_command(const study_file *study, const study_task *task, const char *launch,
                          char *const *extra, size_t extras);
void study_task_command_free(char **command);

/** The command as a line for a shell, quoted where it must be. */
void study_task_print(char *const *command, FILE *out);

#endif
