#include "select_cluster.h"
#include "base_log.h"
#include "base_random.h"
#include "select_vector.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TILE = SELECT_VECTOR_TILE, NEIGHBOURS = SELECT_CLUSTER_NEIGHBOURS };

size_t select_cluster_count(size_t samples, size_t labelled, size_t budget)
{
    size_t count = labelled + budget;

    count = count < SELECT_CLUSTER_MOST ? count : SELECT_CLUSTER_MOST;
    return count < samples ? count : samples;
}

bool select_cluster_has(select_cluster_part part, uint64_t seed, int32_t round, int64_t sample, size_t wanted,
                        size_t total)
{
    base_random random;

    if (wanted >= total)
        return true;
    random = base_random_at(seed, BASE_RANDOM_SELECT, (uint32_t)round, (uint32_t)part, (uint64_t)sample);
    return base_random_unit(&random) * (double)total < (double)wanted;
}

/* ---- typicality ---- */

/* The smallest distances so far, in order. */
typedef struct nearest {
    double distance[NEIGHBOURS]; /* squared */
    size_t count, most;
} nearest;

static void offer(nearest *n, double distance)
{
    size_t at;

    if (n->count == n->most && distance >= n->distance[n->count - 1])
        return;
    for (at = n->count < n->most ? n->count++ : n->count - 1; at > 0 && n->distance[at - 1] > distance; at--)
        n->distance[at] = n->distance[at - 1];
    n->distance[at] = distance;
}

/* Distances are added in order of size: the order of the reference does not show. */
static float typicality_of(const nearest *n)
{
    double sum = 0;
    size_t i;

    for (i = 0; i < n->count; i++)
        sum += sqrt(n->distance[i]);
    return n->count ? (float)(1 / (sum / (double)n->count + 1e-5)) : 0; /* the paper's 1e-5 */
}

/* What typicality is measured against. */
typedef struct reference {
    const float *feature;
    const int64_t *sample;
    double *norm; /* [count] */
    size_t count, neighbours;
} reference;

/* Up to four samples at places at[0..count). */
static void measure_group(const select_points *points, const size_t *at, size_t count, const reference *r,
                          double *dots, float *typicality)
{
    const float *x[TILE];
    size_t s, t;

    for (s = 0; s < TILE; s++)
        x[s] = points->feature + at[s < count ? s : count - 1] * points->width;
    select_vector_tile(x, r->feature, r->count, points->width, dots);
    for (s = 0; s < count; s++) {
        double norm = select_vector_dot(x[s], x[s], points->width);
        nearest found = {.most = r->neighbours};

        for (t = 0; t < r->count; t++) {
            double distance = norm + r->norm[t] - 2 * dots[s * r->count + t];

            if (r->sample[t] != points->sample[at[s]])
                offer(&found, distance > 0 ? distance : 0);
        }
        typicality[at[s]] = typicality_of(&found);
    }
}

base_status select_cluster_typicality(const select_points *points, const size_t *at, size_t count,
                                      size_t members, const float *feature, const int64_t *sample,
                                      size_t references, float *typicality)
{
    reference r = {.feature = feature, .sample = sample, .count = references};
    bool missing = false;
    size_t group, t;

    r.neighbours = members / 2 < NEIGHBOURS ? members / 2 : NEIGHBOURS;
    r.neighbours = r.neighbours ? r.neighbours : 1;
    r.norm = malloc((references + 1) * sizeof *r.norm);
    missing = !r.norm;
    for (t = 0; !missing && t < references; t++)
        r.norm[t] =
            select_vector_dot(feature + t * points->width, feature + t * points->width, points->width);
#pragma omp parallel reduction(|| : missing)
    {
        double *dots = malloc((TILE * references + 1) * sizeof *dots);

        missing = !r.norm || !dots; /* each thread's own, and false at first */
#pragma omp for schedule(static)
        for (group = 0; group < (count + TILE - 1) / TILE; group++)
            if (!missing)
                measure_group(points, at + group * TILE,
                              count - group * TILE < TILE ? count - group * TILE : TILE, &r, dots,
                              typicality);
        free(dots);
    }
    free(r.norm);
    if (!missing)
        return BASE_OK;
    base_log_error("select: no memory for neighbours among %zu samples", references);
    return BASE_ERR_MEMORY;
}

/* ---- picks ---- */

static bool comes_before(const int64_t *labels, const int64_t *members, size_t a, size_t b)
{
    bool a_small = members[a] < SELECT_CLUSTER_LEAST, b_small = members[b] < SELECT_CLUSTER_LEAST;

    if (a_small != b_small)
        return b_small;
    if (labels[a] != labels[b])
        return labels[a] < labels[b];
    return members[a] > members[b];
}

int32_t select_cluster_turn(const int64_t *labels, const int64_t *members, const uint8_t *exhausted,
                            size_t count)
{
    int32_t turn = -1;
    size_t k;

    for (k = 0; k < count; k++)
        if (!exhausted[k] && (turn < 0 || comes_before(labels, members, k, (size_t)turn)))
            turn = (int32_t)k;
    return turn;
}

select_pick select_cluster_best(const select_points *points, const size_t *at, size_t count,
                                const float *typicality, const select_gate *gate)
{
    select_pick best = {0};
    size_t i;

    for (i = 0; i < count; i++)
        if (!points->taken[at[i]] && gate->open[points->predicted[at[i]]])
            select_pick_offer(points, at[i], (double)typicality[at[i]], &best);
    return best;
}
