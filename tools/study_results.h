/** What a study's runs measured: the few numbers of each round that comparisons need. Local. */
#ifndef STUDY_RESULTS_H
#define STUDY_RESULTS_H

#include "base_file.h"
#include "study_file.h"
#include <stdbool.h>

/** A data set as its runs know it. */
typedef struct study_data {
    char digest[BASE_DIGEST_TEXT]; /* "" while no run of it is known */
    size_t classes;
    char **name;                /* [classes] */
    int64_t *validation, *test; /* [classes] samples */
} study_data;

/** Of a class in a round. */
typedef enum study_state {
    STUDY_KEPT = 0,
    STUDY_EXCLUDED = 1, /* out of predictions: its samples are errors */
    STUDY_PAUSED = 2    /* not kept, but predicted: it takes no labels */
} study_state;

typedef struct study_round {
    int64_t
        labels; /* that the round's model could train on; asked for and given, whatever became of the class */
    double calibration;         /* expected calibration error on test, 15 bins; NaN if unknown */
    int64_t *validation, *test; /* [classes] samples that are right */
    uint8_t *state;             /* [classes] study_state after the round */
} study_round;

typedef struct study_result {
    bool known;         /* the run is done and here */
    int32_t rounds;     /* round files, at least 1 */
    study_round *round; /* [rounds] */
    double *cam; /* [classes] mean in-mask heat-map energy over the class's test samples, last round, to 5
                    digits; NaN if it has none */
} study_result;

typedef struct study_results {
    const study_file *study;
    study_data *data;     /* [datasets] */
    study_result *result; /* [tasks], numbered as study_tasks.h has it */
    size_t tasks, known;
} study_results;

/** Nothing known yet. BASE_ERR_MEMORY. The study must outlive it; study_results_clear() frees it. */
base_status study_results_create(const study_file *study, study_results *results);
void study_results_clear(study_results *results);

/** Memory of a run's result: rounds, each with arrays of the data set's classes, zeroed. BASE_ERR_MEMORY. */
base_status study_result_create(size_t classes, int32_t rounds, study_result *result);
void study_result_clear(study_result *result);

/** Memory of a data set's arrays, zeroed; study_results_clear() frees them, in failure too. BASE_ERR_MEMORY.
 */
base_status study_data_create(size_t classes, study_data *data);

/** Read the round files of every task that is done. A run whose settings are not those of the study is warned
 * of. BASE_ERR_INPUT (damaged files, runs of one data set with different contents), BASE_ERR_NOT_FOUND (no
 * task is done), BASE_ERR_MEMORY. */
base_status study_results_read(study_results *results);

/** The task of a data set, arm and seed (its place in study->seeds). */
size_t study_results_task(const study_file *study, size_t dataset, size_t arm, size_t seed);

/** Write what is known as JSON lines, in the order of the study file. Counts are of samples, lists have an
 * entry a class.
 *
 * A line a data set: {"kind":"data","data":NAME,"digest":...,"classes":[names],"validation":[samples],
 * "test":[samples]}; then a line a run: {"kind":"run","data":NAME,"arm":NAME,"seed":N,"rounds":[{"labels":N,
 * "calibration":X,"validation":[right],"test":[right],"excluded":[class numbers, if
 * any],"paused":[same]},...], "cam":[as study_result, null if none]}. BASE_ERR_IO, BASE_ERR_LIBRARY. */
base_status study_results_save(const study_results *results, const char *path);

/** Read such a file; runs that the study has not are passed over. BASE_ERR_INPUT (file, line and what is
 * wrong), BASE_ERR_NOT_FOUND (no file, no run of the study in it), BASE_ERR_MEMORY. */
base_status study_results_load(study_results *results, const char *path);

#endif
