/** Answers of people: a COCO file of queries out, a COCO file of labels in. */
#ifndef ORACLE_PEOPLE_H
#define ORACLE_PEOPLE_H

#include "base_status.h"
#include "store_dataset.h"
#include "store_records.h"
#include <stddef.h>
#include <stdint.h>

/** Answers from FOLDER/queries/round-NNN.labels.json, or that file's questions into round-NNN.json and
 * BASE_WAITING: oracle_answer() of kind people. Rank 0.
 * @param answers  [count] out, class or STORE_LABEL_UNKNOWN; without meaning unless BASE_OK is returned */
base_status oracle_people_answer(const store_table *table, const char *folder, int32_t round,
                                 const store_query *queries, size_t count, int32_t *answers);

#endif
