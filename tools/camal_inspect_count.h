/** What camal-inspect counts of a round, and says of it in a line of a run. */
#ifndef CAMAL_INSPECT_COUNT_H
#define CAMAL_INSPECT_COUNT_H

#include "camal_stops.h"
#include "store_round.h"
#include <stddef.h>
#include <stdint.h>

/** Counts of a round that its file does not hold as such. */
typedef struct inspect_counts {
    int64_t start, added;                 /* labelled samples the model was trained on: of L0, and since */
    int64_t pool;                         /* samples without label after this round's answers */
    int64_t outside;                      /* validation and test samples */
    int64_t status[STORE_CLASS_STATUSES]; /* classes by store_class_status */
    int64_t by_reason[3];                 /* queries by store_query_reason */
    int64_t answered, as_predicted;
} inspect_counts;

/** One round of a run, in a line. */
typedef struct inspect_line {
    int32_t round;
    int64_t labelled;
    double validation, test, kept_test, all_test, agreement;
    int64_t active, finished, excluded, paused;
    int32_t stopped; /* base_stop_rule that ended the run here, 0 if none did */
    size_t queries;
    double seconds;
} inspect_line;

/** Count. Local. */
inspect_counts inspect_count(const store_round *round);

/** Queries whose predicted class (answer, if `answers`) is c. Local. */
int64_t inspect_queries_of(const store_round *round, int32_t c, int answers);

/** The line that a rule of stop would have made the last; NULL if none. Local. */
const inspect_line *inspect_stop(const inspect_line *lines, size_t count, const camal_stops *stops,
                                 int32_t rule);

#endif
