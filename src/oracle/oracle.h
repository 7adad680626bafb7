/** Who answers a query: ground truth, or people through a label file. The only code that may read the labels
 * of pool samples. */
#ifndef ORACLE_H
#define ORACLE_H

#include "base_config.h"
#include "base_status.h"
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

/** Answer the queries of a round, in place.
 *
 * truth: at once. people: if queries/round-NNN.labels.json is there, answers from it: COCO JSON of which `id`
 * and `category_id` of the annotations are read; ids are those of the query file. If it is not there, writes
 * queries/round-NNN.json (COCO JSON to be labelled: predicted class as pre-annotation, score, rank, reason)
 * and returns BASE_WAITING. A query without an answer (no annotation, or category_id null or missing) stays
 * STORE_LABEL_UNKNOWN and its sample in the pool. Queries are changed on success only.
 *
 * Rank 0. BASE_WAITING; BASE_ERR_INPUT: every wrong answer (unknown id, unknown category, two different
 * answers) is counted, the first are named with file, annotation, value and what is allowed; or the query
 * file is there and is not what would be written (labels put in the wrong file?). BASE_ERR_IO,
 * BASE_ERR_MEMORY. */
base_status oracle_answer(oracle *o, int32_t round, store_query *queries, size_t count);

#endif
