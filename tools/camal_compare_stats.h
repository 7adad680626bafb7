/** Means over paired runs, and the interval of their difference. Pure functions but for the allocation. */
#ifndef CAMAL_COMPARE_STATS_H
#define CAMAL_COMPARE_STATS_H

#include "camal_compare_arms.h"

/** One figure in both arms. Not a number: nothing to measure. Pairs in which either is missing are left out.
 */
typedef struct compare_stat {
    double standard, proposed; /* means over the pairs */
    double difference;         /* proposed minus standard */
    double low, high;          /* 95 % interval of the difference (Student t, paired); with 2 pairs or more */
    size_t pairs;
} compare_stat;

/** Figures over classes. "Kept": not excluded in the pair's proposed run, so both arms are measured on the
 * same classes. Classes without test samples do not count in means over test recalls. */
typedef enum compare_total {
    COMPARE_LABELS_START,
    COMPARE_LABELS_ADDED,
    COMPARE_LABELS,       /* both together: the budget spent */
    COMPARE_CLASSES_KEPT, /* classes not excluded in the run itself */
    COMPARE_BEST_99_KEPT, /* kept classes whose best validation recall is at least 0.99 */
    COMPARE_BEST_95_KEPT,
    COMPARE_BEST_99_ALL, /* the same over all classes; one excluded in the run itself does not count */
    COMPARE_BEST_95_ALL,
    COMPARE_TEST_99_KEPT, /* the same by test recall of the last round */
    COMPARE_TEST_95_KEPT,
    COMPARE_TEST_99_ALL,
    COMPARE_TEST_95_ALL,
    COMPARE_TEST_KEPT,   /* mean test recall over kept classes */
    COMPARE_TEST_ALL,    /* mean test recall over all classes, excluded ones 0 */
    COMPARE_SAMPLES_ALL, /* test samples right / all, those of excluded classes as errors */
    COMPARE_CAM_KEPT,    /* mean in-mask CAM over kept classes, test */
    COMPARE_TOTALS
} compare_total;

/** How a figure is called and written. */
typedef struct compare_figure {
    const char *key, *title;                                     /* in JSON and CSV; in text */
    enum { COMPARE_COUNT, COMPARE_PERCENT, COMPARE_SHARE } unit; /* count; 0..1 shown in per cent; 0..1 */
} compare_figure;

extern const compare_figure compare_metrics[COMPARE_METRICS];
extern const compare_figure compare_totals[COMPARE_TOTALS];

typedef struct compare_result {
    const compare_arms *arms;
    size_t classes;
    compare_stat (*class)[COMPARE_METRICS]; /* [classes] */
    size_t *excluded[2]; /* [classes] runs of the default, of the proposed arm that exclude the class */
    compare_stat total[COMPARE_TOTALS];
} compare_result;

/** Mean, difference and interval of count pairs. Local. */
compare_stat compare_stat_of(const double *standard, const double *proposed, size_t count);

/** The quantile 0.975 of Student's t with `freedom` >= 1 degrees of freedom, to 4 decimals. Local. */
double compare_student(size_t freedom);

/** Everything the table says. BASE_ERR_MEMORY. The arms must outlive the result. Local. */
base_status compare_result_of(const compare_arms *arms, compare_result *result);

/** NULL-safe. */
void compare_result_clear(compare_result *result);

/** "better", "worse" or "not distinguishable" by the interval of a figure of which more is better; "no
 * interval" with one pair. Static storage. Local. */
const char *compare_judge(const compare_stat *stat);

/** One sentence on what the comparison shows and what it does not. Cut to `size`, 0-ended. Local. */
void compare_verdict(const compare_result *result, char *text, size_t size);

/** A class is listed as excluded if at least half of the proposed runs exclude it. Local. */
bool compare_result_excluded(const compare_result *result, size_t c);

#endif
