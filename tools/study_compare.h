/** A study's figures, and the differences between its arms. Local. */
#ifndef STUDY_COMPARE_H
#define STUDY_COMPARE_H

#include "camal_compare_stats.h"
#include "study_results.h"
#include "study_stats.h"

/** What is said of a run. "Kept" classes are those that neither are excluded nor paused at the run's end; in
 * a difference between two arms those that both keep. "All" counts excluded classes as
 * errors. Test figures are reported and decide nothing. */
typedef enum study_figure {
    STUDY_AREA_ALL,  /* mean test recall over the classes, meaned over the labels from start to end */
    STUDY_AREA_KEPT, /* the same of kept classes */
    STUDY_TEST_ALL,  /* mean test recall over the classes at the end */
    STUDY_TEST_KEPT,
    STUDY_SAMPLES_ALL, /* share of the test samples that are right at the end */
    STUDY_BEST_KEPT,   /* mean over kept classes of the best validation recall of the rounds */
    STUDY_LABELS,
    STUDY_CLASSES_KEPT,
    STUDY_BEST_99_KEPT, /* kept classes whose best validation recall is at least 0.99 */
    STUDY_BEST_95_KEPT,
    STUDY_BEST_99_ALL, /* the same of all; one that is excluded does not count */
    STUDY_BEST_95_ALL,
    STUDY_TEST_99_KEPT, /* the same by test recall at the end */
    STUDY_TEST_95_KEPT,
    STUDY_TEST_99_ALL,
    STUDY_TEST_95_ALL,
    STUDY_CAM_KEPT, /* mean in-mask heat-map energy of test samples at the end, over kept classes */
    STUDY_CAM_ALL,
    STUDY_CALIBRATION, /* expected calibration error on test; less is better */
    STUDY_SAVED_ALL,   /* differences only: share of labels saved at equal accuracy (study_curve_saved()), all
                          classes */
    STUDY_SAVED_KEPT,
    STUDY_FIGURES
} study_figure;

/** Keys, titles and units of the figures. */
extern const compare_figure study_figures[STUDY_FIGURES];

/** Arm against arm on one data set, or on all (dataset == the study's number of data sets). */
typedef struct study_pair {
    size_t dataset, arm, against;
    double mean[2][STUDY_FIGURES]; /* of the arm, of the other: over the runs that make the differences */
    study_interval difference[STUDY_FIGURES]; /* arm minus other; SAVED as it is */
} study_pair;

typedef struct study_summary {
    const study_results *results;
    study_interval
        *arm;         /* [datasets, arms, FIGURES] of each arm's runs; Student's interval is the one shown */
    study_pair *pair; /* [pairs] by data set, then against, then arm; then over all data sets */
    size_t pairs;
} study_summary;

/** Whose kept classes count: those that both keep. NULL: of the other alone; both NULL: all classes. */
typedef struct study_keepers {
    const study_result *one, *other;
} study_keepers;

/** The figure of a run of a data set over the classes that `kept` keep. NaN for SAVED figures, and
 * where there is nothing to measure. BASE_ERR_MEMORY. */
base_status study_figure_of(const study_data *data, const study_result *run, const study_keepers *kept,
                            study_figure figure, double *value);

/** A run's learning curve: mean test recall after each round. Over the classes that `kept` keep at
 * their end; over all, those excluded after the round are errors.
 * @param labels    [run->rounds] out, non-falling
 * @param accuracy  [run->rounds] out */
study_curve study_curve_of(const study_data *data, const study_result *run, const study_keepers *kept,
                           double *labels, double *accuracy);

#define STUDY_EVERY_DATASET SIZE_MAX

/** All arms, and the pairs: every arm against each of study->against, and compare.proposed against every arm
 * that takes a part of it away. If `only` is not STUDY_EVERY_DATASET, the others than of that data set (the
 * study's number of data sets: all together; above: none) are left without figures, which saves their time.
 * BASE_ERR_MEMORY. study_summary_clear() frees it. */
base_status study_summary_of(const study_results *results, size_t only, study_summary *summary);

/** study_judge() of a difference in a figure: less calibration error is better; "" for figures that are
 * neither good nor bad in themselves (labels, classes kept). Static storage. */
const char *study_summary_judge(const study_interval *difference, study_figure figure);

void study_summary_clear(study_summary *summary);

/** The pair, NULL if there is none. */
const study_pair *study_summary_pair(const study_summary *summary, size_t dataset, size_t arm,
                                     size_t against);

/** Figures of one arm on a data set, [FIGURES]. */
const study_interval *study_summary_arm(const study_summary *summary, size_t dataset, size_t arm);

#endif
