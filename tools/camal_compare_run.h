/** One run as a comparison sees it: what its round files say, and nothing of its weights. */
#ifndef CAMAL_COMPARE_RUN_H
#define CAMAL_COMPARE_RUN_H

#include "base_config.h"
#include "base_file.h"
#include "base_status.h"
#include "store_dataset.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What is said of a class in a run. All are doubles; not a number where there was nothing to measure. */
typedef enum compare_metric {
    COMPARE_INITIAL, /* n: labelled samples of L0 */
    COMPARE_ADDED,   /* m: labelled since, of those the last round's model was trained on */
    COMPARE_BEST,    /* largest validation recall over the rounds: the paper's "best accuracy" */
    COMPARE_LAST,    /* validation recall of the last round */
    COMPARE_TEST,    /* test recall of the last round; 0 for an excluded class */
    COMPARE_CAM,     /* mean in-mask heat-map energy over the test samples, last round */
    COMPARE_METRICS
} compare_metric;

typedef struct compare_class {
    double metric[COMPARE_METRICS];
    bool excluded; /* or paused: it takes no labels, but is trained and predicted */
} compare_class;

/** What a sample is in a run. */
typedef enum compare_member {
    COMPARE_POOL = 0,  /* train split, without label at the start */
    COMPARE_START = 1, /* L0 */
    COMPARE_VALIDATION = 2,
    COMPARE_TESTED = 3
} compare_member;

typedef struct compare_run {
    char *path;         /* as the user named it */
    base_config config; /* of the last round */
    uint64_t seed;
    char digest[BASE_DIGEST_TEXT]; /* the data set's */
    char start[BASE_DIGEST_TEXT]; /* of round 0's weights: alike if the initial weights and all of round 0 are
                                   */
    int32_t rounds;               /* number of the last round */
    size_t samples, classes;
    char (*name)[STORE_CLASS_NAME_MAX]; /* [classes] */
    compare_class *class;               /* [classes] */
    uint8_t *member;                    /* [samples] compare_member */
    double kept_samples,
        all_samples; /* test: right / all samples, of kept classes; of all, excluded ones as errors */
} compare_run;

/** Read every round of a run's folder, one after the other.
 *
 * Local. BASE_ERR_NOT_FOUND (no folder, no rounds, round 0 missing), BASE_ERR_INPUT (a file that is damaged,
 * or of another data set than the first), BASE_ERR_MEMORY. *run is set on success only, then
 * compare_run_clear() frees it. */
base_status compare_run_read(const char *path, compare_run *run);

/** The share of class c's samples that are right, from a confusion matrix [classes,classes]: exact, where the
 * records have floats. Not a number if there are none. Local. */
double compare_recall(const int64_t *confusion, size_t classes, size_t c);

/** NULL-safe; zeroes the struct. */
void compare_run_clear(compare_run *run);

#endif
