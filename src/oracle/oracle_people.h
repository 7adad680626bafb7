/** Answers of people: a file of queries out, the answers that camal-label keeps in. */
#ifndef ORACLE_PEOPLE_H
#define ORACLE_PEOPLE_H

#include "base_status.h"
#include "oracle_queries.h"
#include "store_dataset.h"
#include "store_records.h"
#include <stddef.h>
#include <stdint.h>

/** Write what the round asks (oracle_queries_write()). Rank 0. BASE_WAITING, or an error. */
base_status oracle_people_ask(const store_table *table, const char *run, const oracle_round *round,
                              const store_query *queries, size_t count);

/** oracle_collect() of kind people. Rank 0.
 * @param answers  [count] out, by sample  @param answered  out, how many there are */
base_status oracle_people_collect(const store_table *table, const char *run, const oracle_round *round,
                                  const store_query *queries, size_t count, store_answer *answers,
                                  size_t *answered);

#endif
