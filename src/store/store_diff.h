/** Where two rounds differ, in all that must be the same when a run is repeated. */
#ifndef STORE_DIFF_H
#define STORE_DIFF_H

#include "store_round.h"
#include <stdio.h>

/** Compare bit for bit, in the order in which a difference would spread: data set, seed, weights by tensor,
 * momentum, epochs, evaluation, scores, queries, classes, pool, metrics. Ranks, times, folder, parents, and
 * who gave a label when, are not compared.
 *
 * One line a differing array goes to `out`: its object, the first differing place, both values, how many
 * differ and for numbers by how much at most. Local, no errors.
 * @param name  what lines begin with ("round 2")
 * @return arrays that differ, 0 if the rounds are equal
 */
size_t store_diff_rounds(const store_round *a, const store_round *b, const char *name, FILE *out);

#endif
