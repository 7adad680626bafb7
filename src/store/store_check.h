/** What one file can show about its own soundness, beyond types and shapes. */
#ifndef STORE_CHECK_H
#define STORE_CHECK_H

#include "base_status.h"
#include "store_dataset.h"
#include "store_round.h"
#include "store_scores.h"
#include "store_training.h"
#include <stddef.h>

/** Check a round for contradictions: every index in its range; labelled samples and pool disjoint; query
 * samples unique and in the state that their answer demands; class counts, quotas and confusion matrices as
 * the records say; numbers finite; configuration, version and digests present.
 *
 * Each broken rule is logged once, at its first place, as "WHERE: OBJECT[i] is FOUND, EXPECTED".
 * Local. BASE_OK or BASE_ERR_INPUT; BASE_ERR_MEMORY.
 * @param where     what messages call the round: its path
 * @param problems  out, rules broken; may be NULL */
base_status store_check_round(const store_round *round, const char *where, size_t *problems);

/** The same for a data set's table: labels, splits, image rows, mean and std, names. */
base_status store_check_table(const store_table *table, const char *where, size_t *problems);

/** The same for a checkpoint of a training: steps, epochs and tensors fit together, numbers are finite. */
base_status store_check_training(const store_training *training, const char *where, size_t *problems);

/** The same for scores of a data set: rows in order of sample, classes active, numbers finite, provenance
 * there. */
base_status store_check_scores(const store_scores *scores, const char *where, size_t *problems);

/** Check that one round follows another: the same data set and classes; no sample lost or added; labels once
 * given stay; new ones are answers to what the two have asked. Local. BASE_ERR_INPUT, BASE_ERR_MEMORY. */
base_status store_check_link(const store_round *parent, const store_round *child, const char *where,
                             size_t *problems);

/** The same with a parent's file, whose bytes must have the digest that the child says. BASE_ERR_IO too. */
base_status store_check_parent(const store_round *child, const char *parent_path, const char *where,
                               size_t *problems);

/** Everything about one camal file: schema (store_schema_check()), then what its kind asks for: a round as
 * above, and against the round before it where that lies beside it; a checkpoint and its digest; a data set's
 * table and the digest of its contents; weights, which must be finite.
 *
 * Local. BASE_ERR_INPUT if there is a problem, BASE_ERR_IO if a file cannot be read.
 * @param schemas   folder of the schema files
 * @param problems  out; may be NULL */
base_status store_check_file(const char *path, const char *schemas, size_t *problems);

#endif
