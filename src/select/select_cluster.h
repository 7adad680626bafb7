/** Clusters of samples and the most typical of each: TypiClust (Hacohen et al., arXiv 2202.02794).
 *
 * k-means over labelled and unlabelled samples; then one sample at a time, from the cluster with the fewest
 * labels, the larger first, the most typical: the one of the smallest mean distance to its nearest neighbours
 * in the cluster. The paper clusters self-supervised features; here they are the classifier's own.
 *
 * What a large pool would make slow is done on random parts of it: k-means moves its centres by at most
 * SELECT_CLUSTER_LEARN samples a cluster (as the Faiss library does, arXiv 2401.08281), and neighbours are
 * looked for among about SELECT_CLUSTER_REFERENCE members. Below those sizes everything is looked at.
 */
#ifndef SELECT_CLUSTER_H
#define SELECT_CLUSTER_H

#include "base_status.h"
#include "select_gate.h"
#include "select_points.h"
#include <stdint.h>

/** The paper's limit; there are as many clusters as labels after the round, but no more than this. */
#define SELECT_CLUSTER_MOST       500
#define SELECT_CLUSTER_LEARN      256 /* samples a cluster that move the centres */
#define SELECT_CLUSTER_ITERATIONS 10
#define SELECT_CLUSTER_NEIGHBOURS 20  /* the paper's K_NN */
#define SELECT_CLUSTER_LEAST      5   /* the paper's smallest cluster: smaller ones come last here */
#define SELECT_CLUSTER_REFERENCE  512 /* members of a cluster that neighbours are looked for among */

/** Bytes a sample beside its vectors: cluster, place in its cluster, typicality. */
#define SELECT_CLUSTER_BYTES 16

/** Clusters of so many samples, labelled ones among them, with `budget` more to be labelled: as many as
 * labels then, within the limits. Local. */
size_t select_cluster_count(size_t samples, size_t labelled, size_t budget);

/** Whether a sample belongs to a random part of about `wanted` of `total`; all do where wanted >= total. The
 * parts of different purposes are independent. Local. */
typedef enum select_cluster_part {
    SELECT_CLUSTER_PART_LEARN = 0xff0000, /* epochs that no turn reaches */
    SELECT_CLUSTER_PART_REFERENCE = 0xff0001
} select_cluster_part;
bool select_cluster_has(select_cluster_part part, uint64_t seed, int32_t round, int64_t sample, size_t wanted,
                        size_t total);

/** Typicality of samples of one cluster: 1 / mean distance to the nearest of the reference members, itself
 * not among them. Local. BASE_ERR_MEMORY.
 * @param at          [count] their places in points
 * @param members     unlabelled members on all ranks: neighbours are min(NEIGHBOURS, members / 2), 1 at least
 * @param reference   [references, width] features of reference members of all ranks, in any order
 * @param sample      [references] their numbers
 * @param typicality  [points->count] out, at those places; 0 where there is no other member */
base_status select_cluster_typicality(const select_points *points, const size_t *at, size_t count,
                                      size_t members, const float *reference, const int64_t *sample,
                                      size_t references, float *typicality);

/** The cluster whose turn it is: of those not exhausted with the fewest labels, small ones last, then the
 * larger, then by number; -1 if all are exhausted. Local.
 * @param labels     [count] labelled or chosen members
 * @param members    [count] unlabelled members at the start
 * @param exhausted  [count] 1: no open sample is left */
int32_t select_cluster_turn(const int64_t *labels, const int64_t *members, const uint8_t *exhausted,
                            size_t count);

/** The most typical open sample among those. Local. @param at  [count] places in points */
select_pick select_cluster_best(const select_points *points, const size_t *at, size_t count,
                                const float *typicality, const select_gate *gate);

#endif
