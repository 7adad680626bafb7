/** Who answers a query: ground truth, or people through files. The only code that may read the labels of pool
 * samples. */
#ifndef ORACLE_H
#define ORACLE_H

#include "base_config.h"
#include "base_status.h"
#include "oracle_queries.h"
#include "store_dataset.h"
#include "store_records.h"
#include <stddef.h>

typedef struct oracle oracle;

/** Make the oracle of a run. `folder` is the run folder (people: queries/ in it). Rank 0.
 * BASE_ERR_MEMORY. The data set must outlive the oracle. */
base_status oracle_create(base_oracle_kind kind, store_dataset *dataset, const char *folder, oracle **out);

/** NULL-safe; nulls the pointer. */
void oracle_destroy(oracle **o);

/** Labels of the initial labelled set: known at the start by definition, whoever answers later. Rank 0.
 * BASE_ERR_INPUT (a sample that is not of the data set's train split; named).
 * @param samples [count] train samples  @param labels [count] out */
base_status oracle_initial(oracle *o, const int64_t *samples, size_t count, int32_t *labels);

/** Draw the initial labelled set L0: a `share` of the train split, stratified by class (the size of L0 in
 * each class is what a user's first labels would be), at least one a class, a function of the seed.
 *
 * Of round(share * train samples), each class gets its share by largest remainder, ties by class number; a
 * class whose share is below one sample gets one. Which samples: a shuffle of the class's train samples,
 * seeded by class. Rank 0. BASE_ERR_MEMORY, BASE_ERR_USAGE (share outside 0..1).
 * @param samples  out, malloc'ed, sorted */
base_status oracle_draw_initial(oracle *o, double share, uint64_t seed, int64_t **samples, size_t *count);

/** Put the queries of a round to the oracle.
 *
 * truth: their answers at once, in place. people: writes RUN/queries/round-NNN.json (oracle_queries.h) and
 * round-NNN.txt, the names of the pictures, and returns BASE_WAITING; the answers stay STORE_LABEL_UNKNOWN.
 * A file of the queries that is there must hold these.
 *
 * Rank 0. BASE_WAITING; BASE_ERR_INPUT (a query outside the data set; another query file), BASE_ERR_IO,
 * BASE_ERR_MEMORY, BASE_ERR_LIBRARY. */
base_status oracle_ask(oracle *o, const oracle_round *round, store_query *queries, size_t count);

/** The answers to what a committed round asked and had no answers to.
 *
 * truth: as oracle_ask(), in place; nobody has said anything (*answered is 0). people: what camal-label has
 * collected in RUN/queries/round-NNN.labels.json (oracle_labels.h), bound to the data set, the round and its
 * queries: `answer` of the queries becomes the class, STORE_LABEL_CANT_TELL, or stays STORE_LABEL_UNKNOWN for
 * what is open and left so (camal-label --finish). Who answered, and when, is in answers.
 *
 * Rank 0. BASE_WAITING while samples are open (unanswered, or in conflict); the query file is written again
 * if it is gone. Errors as oracle_ask(); BASE_ERR_INPUT for labels of another run. Queries are changed on
 * success only.
 * @param answers  out, malloc'ed, by sample; NULL if there are none */
base_status oracle_collect(oracle *o, const oracle_round *round, store_query *queries, size_t count,
                           store_answer **answers, size_t *answered);

#endif
