/** Progress of long work: a bar on a terminal, a plain line now and then in a log. Rank 0 only speaks.
 *
 * Honours NO_COLOR, TERM=dumb, CAMAL_QUIET and CAMAL_PROGRESS (base_log.h). Time is used for display only,
 * never in results.
 */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct base_progress {
    const char *what; /* "ingest", "round 2 training"; the caller's, must outlive the progress */
    const char *unit; /* "images", "steps" */
    size_t total;     /* units of work, 0 if unknown */
    size_t done;      /* as the last update said */
    double started;   /* seconds, monotonic */
    double last_shown;
    bool terminal, silent;
} base_progress;

/** Start; silent on ranks other than 0. Local. */
base_progress base_progress_start(const char *what, const char *unit, size_t total);

/** Show that `done` units are done, with share, rate and time left. On a terminal the bar is as wide as it
 * and is drawn at most 10 times a second; in a log a line comes after 10 s, then whenever a tenth of the time
 * has passed again, but at least every 5 minutes. `detail` (may be NULL) is appended, such as "loss 0.42".
 * Local. */
void base_progress_update(base_progress *progress, size_t done, const char *detail);

/** End the bar and say in one line what was done and how long it took. Local. */
void base_progress_end(base_progress *progress, const char *detail);

/** Seconds from a monotonic clock, for timing and display. Local. */
double base_progress_clock(void);

#endif
