/** What a report is made of: the rounds of its runs, grouped into the series that it shows side by side. */
#ifndef REPORT_DATA_H
#define REPORT_DATA_H

#include "camal_compare_stats.h"
#include "report_plot.h"
#include "store_dataset.h"
#include "store_round.h"
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#define REPORT_RUNS_MAX 64 /* seeds of an arm */

typedef struct report_round {
    store_round record;  /* without weights, sets and scores; evaluations of the last round only */
    store_score *chosen; /* [record.queries] the scores of what was chosen; sample -1: it had none */
    char path[4096];
    time_t written; /* of the file */
} report_round;

typedef struct report_run {
    const compare_run *facts; /* as camal-compare sees it */
    report_round *round;      /* [rounds] from round 0 on */
    size_t rounds;
} report_run;

/** An arm with a run a seed, or one run by itself. */
typedef struct report_series {
    const char *name;
    report_run *run; /* [runs] by seed */
    size_t runs;
} report_series;

typedef struct report_data {
    report_series series[REPORT_SERIES_MAX];
    size_t count;
    size_t rounds;         /* of the longest run */
    bool paired;           /* series 0 is the default arm, 1 the proposed; run i of both has one seed */
    compare_arms arms;     /* if paired */
    compare_result result; /* if paired */
    compare_run *alone;    /* [alones] if not */
    size_t alones;
    size_t classes;
    char (*name)[STORE_CLASS_NAME_MAX]; /* [classes] a run's */
    store_dataset *dataset;             /* NULL: not given, so no pictures */
} report_data;

/** What the user asks for. */
typedef struct report_request {
    char **run, **standard, **proposed; /* by themselves; of two arms */
    size_t runs, standards, proposeds;
    const char *dataset; /* NULL: none */
} report_request;

/** Read all. Local. BASE_ERR_NOT_FOUND, BASE_ERR_INPUT (damaged, or of another data set), BASE_ERR_MEMORY,
 * BASE_ERR_IO. *data is zero after an error; it holds pointers into itself and must not be copied. */
base_status report_data_read(const report_request *asked, report_data *data);

/** NULL-safe. */
void report_data_clear(report_data *data);

/** The last round of a run. Local. */
const store_round *report_last(const report_run *run);

/** Mean of count values with the 95 % interval of Student's t, not-a-numbers left out: `difference`, `low`,
 * `high` and `pairs` of a comparison with zero. At most REPORT_RUNS_MAX. Local. */
compare_stat report_mean(const double *values, size_t count);

/** Mean over classes with samples of their recall in a split, a class that is excluded as 0; not a number if
 * there are none. Local. */
double report_recall(const store_round *round, store_split split);

/** Labels that a round's model was trained on, copies not counted. Local. */
int64_t report_labels(const store_round *round);

#endif
