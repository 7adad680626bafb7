/** The collective half of select_cluster.h: clusters over the samples of all ranks. */
#ifndef ROUND_CLUSTER_H
#define ROUND_CLUSTER_H

#include "comm_world.h"
#include "select_cluster.h"
#include "select_points.h"

typedef struct round_clusters {
    const comm_world *world;
    const select_points *points;
    uint64_t seed;
    int32_t round;
    size_t count;
    int64_t *labels, *members; /* [count] of all ranks: labelled or chosen; unlabelled at the start */
    uint8_t *exhausted;        /* [count] no open sample is left */
    uint8_t *measured;         /* [count] its typicalities are known */
    size_t *first, *at;        /* this rank's unlabelled members of k: at[first[k] .. first[k + 1]) */
    float *typicality;         /* [points->count] */
} round_clusters;

/** Cluster the points, labelled ones among them. Collective. BASE_ERR_MEMORY, agreed.
 * @param points  outlive the clusters */
base_status round_clusters_create(const comm_world *world, const select_points *points, uint64_t seed,
                                  int32_t round, size_t budget, round_clusters *clusters);

/** NULL-safe; safe on zeroed ones. */
void round_clusters_destroy(round_clusters *clusters);

/** The next pick: the most typical open sample of the cluster whose turn it is. Typicality is measured when a
 * cluster's first turn comes. Collective. BASE_ERR_MEMORY, agreed.
 * @param mine  out, this rank's candidate
 * @param root  out, the rank whose candidate is the pick, -1 if there is none
 * @param from  out, the cluster */
base_status round_clusters_pick(round_clusters *clusters, const select_gate *gate, select_pick *mine,
                                int *root, int32_t *from);

#endif
