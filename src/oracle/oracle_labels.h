/** What people have answered so far: queries/round-NNN.labels.json, the one file that the next camal-learn
 * reads.
 *
 * It is COCO JSON: an annotation an answer, so a sample that two have seen has two. `attributes` say which
 * query it answers, who (`by`) and when (`at`); an extra category "can't tell" is for what they could not.
 * `info` says how disagreements are settled and whether what is open shall stay open.
 *
 * The state does not depend on the order in which answers come: of one annotator the latest counts. Two
 * classes for a sample by different people, or by one at the same time, are a conflict.
 */
#ifndef ORACLE_LABELS_H
#define ORACLE_LABELS_H

#include "base_status.h"
#include "oracle_queries.h"
#include "store_records.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ORACLE_CANT_TELL "can't tell"

/** What becomes of a sample with two classes: nothing yet; the newest answer counts; that of most people. */
typedef enum oracle_conflict {
    ORACLE_CONFLICT_OPEN,
    ORACLE_CONFLICT_NEWEST,
    ORACLE_CONFLICT_MAJORITY
} oracle_conflict;

#define ORACLE_CONFLICTS 3
extern const char *const oracle_conflict_names[ORACLE_CONFLICTS];

typedef struct oracle_label {
    size_t query;   /* row of the queries */
    int32_t answer; /* class, or STORE_LABEL_CANT_TELL */
    char by[STORE_ANNOTATOR_MAX];
    int64_t at; /* oracle_time.h */
} oracle_label;

typedef struct oracle_labels {
    oracle_conflict conflict;
    bool finished; /* what is open stays unlabelled */
    size_t count, room;
    oracle_label *label; /* [count] by query, annotator, answer */
} oracle_labels;

/** What an answer changed. */
typedef enum oracle_added {
    ORACLE_ADDED,   /* a new one */
    ORACLE_SAME,    /* the annotator has said so before */
    ORACLE_CHANGED, /* it takes the place of what the annotator said earlier */
    ORACLE_OUTDATED /* the annotator has said something else since */
} oracle_added;

/** What a sample's answers come to. */
typedef enum oracle_outcome_kind {
    ORACLE_UNANSWERED,
    ORACLE_CONFLICTING,
    ORACLE_DOUBTED, /* nobody could tell */
    ORACLE_ANSWERED
} oracle_outcome_kind;

typedef struct oracle_outcome {
    oracle_outcome_kind kind;
    const oracle_label *label;  /* the one that counts, if doubted or answered */
    const oracle_label *answer; /* [answers] all of them */
    size_t answers, people;
    bool disputed; /* they name more than one class, settled or not */
} oracle_outcome;

/** Add an answer. Local. BASE_ERR_MEMORY.
 * @param before  out, what the annotator said earlier, if changed */
base_status oracle_labels_add(oracle_labels *labels, const oracle_label *label, oracle_added *how,
                              int32_t *before);

/** What the answers to a query come to. Who could not tell has no say where others could. Local. */
oracle_outcome oracle_labels_settle(const oracle_labels *labels, size_t query);

/** Name of an answer's class, or "can't tell". */
const char *oracle_labels_name(const oracle_queries *queries, int32_t answer);

/** Can it be written as the name of who answered: 1 to 63 bytes of UTF-8 without control characters? */
bool oracle_labels_is_name(const char *text);

/** Read a state and check that it is of these queries; a file that is not there is a state without answers.
 * Local. BASE_ERR_INPUT, BASE_ERR_IO, BASE_ERR_MEMORY. @param labels out, oracle_labels_destroy() frees it */
base_status oracle_labels_read(const char *path, const oracle_queries *queries, oracle_labels *labels);

/** Write a state: whole or not at all. The bytes are a function of it. Local. BASE_ERR_IO, BASE_ERR_LIBRARY.
 */
base_status oracle_labels_write(const char *path, const oracle_queries *queries, const oracle_labels *labels);

/** NULL-safe; zeroes the struct. */
void oracle_labels_destroy(oracle_labels *labels);

#endif
