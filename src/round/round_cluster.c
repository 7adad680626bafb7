#include "round_cluster.h"
#include "base_log.h"
#include "comm_choice.h"
#include "select_centres.h"
#include "select_cover.h"
#include <stdlib.h>
#include <string.h>

static base_status no_memory(size_t samples)
{
    base_log_error("out of memory for the clusters of %zu samples", samples);
    return BASE_ERR_MEMORY;
}

/* ---- the samples that move the centres ---- */

static void part_destroy(select_points *part)
{
    free(part->sample);
    free(part->predicted);
    free(part->taken);
    free(part->feature);
}

/* A copy of the samples in the part, of which none counts as taken. Local. */
static base_status part_create(const round_clusters *c, size_t wanted, size_t total, select_points *part)
{
    const select_points *p = c->points;
    size_t i, n = 0;

    memset(part, 0, sizeof *part);
    for (i = 0; i < p->count; i++)
        n += select_cluster_has(SELECT_CLUSTER_PART_LEARN, c->seed, c->round, p->sample[i], wanted, total);
    part->width = p->width;
    part->sample = malloc((n + 1) * sizeof *part->sample);
    part->predicted = calloc(n + 1, sizeof *part->predicted);
    part->taken = calloc(n + 1, 1);
    part->feature = malloc((n * p->width + 1) * sizeof *part->feature);
    if (!part->sample || !part->predicted || !part->taken || !part->feature)
        return no_memory(n);
    for (i = 0; i < p->count; i++) {
        if (!select_cluster_has(SELECT_CLUSTER_PART_LEARN, c->seed, c->round, p->sample[i], wanted, total))
            continue;
        part->sample[part->count] = p->sample[i];
        memcpy(part->feature + part->count++ * p->width, p->feature + i * p->width,
               p->width * sizeof *p->feature);
    }
    return BASE_OK;
}

/* ---- k-means ---- */

/* The first centres: samples drawn by k-means++ (Arthur and Vassilvitskii, SODA 2007). */
static base_status draw_centres(const round_clusters *c, const select_points *part, select_centres *centres)
{
    const uint8_t closed[] = {0}; /* predictions of the part are all 0 */
    float *vector = malloc((part->width + 1) * sizeof *vector);
    select_cover *cover = NULL;
    select_gate gate = {0};
    base_status status = vector ? select_gate_create(NULL, closed, 1, &gate) : no_memory(part->count);
    size_t k;

    if (status == BASE_OK)
        status = select_cover_create(part, centres->count, &cover);
    status = comm_agree(c->world, status);
    for (k = 0; status == BASE_OK && k < centres->count; k++) {
        select_pick mine = select_cover_draw(cover, &gate, (select_draw){c->seed, c->round, (uint32_t)k});
        int root = comm_choice_best(c->world, mine.found, mine.value, mine.sample);

        if (root < 0)
            break;
        if (c->world->rank == root)
            memcpy(vector, part->feature + mine.at * part->width, part->width * sizeof *vector);
        comm_choice_share(c->world, root, vector, part->width * sizeof *vector);
        select_centres_set(centres, k, vector);
        select_cover_add(cover, NULL, vector);
    }
    select_cover_destroy(&cover);
    select_gate_destroy(&gate);
    free(vector);
    return status;
}

/* Move the centres to the means of their samples, a number of times. */
static base_status move_centres(const round_clusters *c, const select_points *part, select_centres *centres)
{
    size_t sums = centres->count * centres->width + centres->count; /* features, then members */
    int64_t all = (int64_t)part->count, *sum = malloc((sums + 1) * sizeof *sum);
    int32_t *cluster = malloc((part->count + 1) * sizeof *cluster);
    base_status status = comm_agree(c->world, sum && cluster ? BASE_OK : no_memory(part->count));
    int scale = 0, turn;

    if (status == BASE_OK) {
        comm_choice_sum(c->world, &all, 1);
        scale =
            select_centres_scale(comm_choice_largest(c->world, select_centres_largest(part)), (size_t)all);
    }
    for (turn = 0; status == BASE_OK && turn < SELECT_CLUSTER_ITERATIONS; turn++) {
        select_centres_assign(centres, part, cluster);
        memset(sum, 0, sums * sizeof *sum);
        select_centres_sum(centres, part, cluster, scale, sum, sum + centres->count * centres->width);
        comm_choice_sum(c->world, sum, sums);
        select_centres_move(centres, sum, sum + centres->count * centres->width, scale);
    }
    free(cluster);
    free(sum);
    return status;
}

/* ---- members ---- */

/* Count labels and members of every cluster, and list this rank's members by cluster. */
static void list_members(round_clusters *c, const int32_t *cluster)
{
    const select_points *p = c->points;
    size_t i, k;

    for (i = 0; i < p->count; i++) {
        c->labels[cluster[i]] += p->taken[i];
        c->members[cluster[i]] += !p->taken[i];
    }
    for (k = 0; k < c->count; k++)
        c->first[k + 1] = c->first[k] + (size_t)c->members[k];
    for (i = 0; i < p->count; i++)
        if (!p->taken[i])
            c->at[c->first[cluster[i]]++] = i;
    for (k = c->count; k > 0; k--)
        c->first[k] = c->first[k - 1];
    c->first[0] = 0;
    comm_choice_sum(c->world, c->labels, c->count);
    comm_choice_sum(c->world, c->members, c->count);
}

static base_status allocate(round_clusters *c)
{
    c->labels = calloc(c->count + 1, sizeof *c->labels);
    c->members = calloc(c->count + 1, sizeof *c->members);
    c->exhausted = calloc(c->count + 1, 1);
    c->measured = calloc(c->count + 1, 1);
    c->first = calloc(c->count + 2, sizeof *c->first);
    c->at = malloc((c->points->count + 1) * sizeof *c->at);
    c->typicality = malloc((c->points->count + 1) * sizeof *c->typicality);
    if (c->labels && c->members && c->exhausted && c->measured && c->first && c->at && c->typicality)
        return BASE_OK;
    return no_memory(c->points->count);
}

static base_status find_clusters(round_clusters *c, size_t total)
{
    int32_t *cluster = malloc((c->points->count + 1) * sizeof *cluster);
    select_centres centres = {0};
    select_points part = {0};
    base_status status = cluster ? allocate(c) : no_memory(c->points->count);

    if (status == BASE_OK)
        status = select_centres_create(c->count, c->points->width, &centres);
    if (status == BASE_OK)
        status = part_create(c, c->count * SELECT_CLUSTER_LEARN, total, &part);
    status = comm_agree(c->world, status);
    if (status == BASE_OK)
        status = draw_centres(c, &part, &centres);
    if (status == BASE_OK)
        status = move_centres(c, &part, &centres);
    part_destroy(&part);
    if (status == BASE_OK) {
        select_centres_assign(&centres, c->points, cluster);
        list_members(c, cluster);
    }
    select_centres_destroy(&centres);
    free(cluster);
    return status;
}

base_status round_clusters_create(const comm_world *world, const select_points *points, uint64_t seed,
                                  int32_t round, size_t budget, round_clusters *clusters)
{
    round_clusters made = {.world = world, .points = points, .seed = seed, .round = round};
    int64_t counts[2] = {(int64_t)points->count, 0};
    base_status status;
    size_t i;

    for (i = 0; i < points->count; i++)
        counts[1] += points->taken[i];
    comm_choice_sum(world, counts, 2);
    made.count = select_cluster_count((size_t)counts[0], (size_t)counts[1], budget);
    status = find_clusters(&made, (size_t)counts[0]);
    if (status == BASE_OK)
        *clusters = made;
    else
        round_clusters_destroy(&made);
    return status;
}

void round_clusters_destroy(round_clusters *clusters)
{
    if (!clusters)
        return;
    free(clusters->labels);
    free(clusters->members);
    free(clusters->exhausted);
    free(clusters->measured);
    free(clusters->first);
    free(clusters->at);
    free(clusters->typicality);
    memset(clusters, 0, sizeof *clusters);
}

/* ---- picks ---- */

/* This rank's reference members of a cluster. Local. */
static base_status copy_reference(const round_clusters *c, size_t k, int64_t **sample, float **feature,
                                  size_t *count)
{
    const select_points *p = c->points;
    size_t i, n = 0, most = c->first[k + 1] - c->first[k];
    size_t *chosen = malloc((most + 1) * sizeof *chosen);

    for (i = c->first[k]; chosen && i < c->first[k + 1]; i++)
        if (select_cluster_has(SELECT_CLUSTER_PART_REFERENCE, c->seed, c->round, p->sample[c->at[i]],
                               SELECT_CLUSTER_REFERENCE, (size_t)c->members[k]))
            chosen[n++] = c->at[i];
    *sample = malloc((n + 1) * sizeof **sample);
    *feature = malloc((n * p->width + 1) * sizeof **feature);
    if (!chosen || !*sample || !*feature) {
        free(chosen);
        return no_memory(n);
    }
    for (i = 0; i < n; i++) {
        (*sample)[i] = p->sample[chosen[i]];
        memcpy(*feature + i * p->width, p->feature + chosen[i] * p->width, p->width * sizeof **feature);
    }
    *count = n;
    free(chosen);
    return BASE_OK;
}

/* Typicality of this rank's members of a cluster. Collective. */
static base_status measure(round_clusters *c, size_t k)
{
    size_t width = c->points->width, mine = 0, count = 0;
    int64_t *sample = NULL, *samples = NULL;
    float *feature = NULL, *features = NULL;
    base_status status = comm_agree(c->world, copy_reference(c, k, &sample, &feature, &mine));

    if (status == BASE_OK)
        status = comm_choice_gather(c->world, sample, mine, sizeof *sample, (void **)&samples, &count);
    if (status == BASE_OK)
        status =
            comm_choice_gather(c->world, feature, mine, width * sizeof *feature, (void **)&features, &count);
    if (status == BASE_OK)
        status = comm_agree(c->world, select_cluster_typicality(
                                          c->points, c->at + c->first[k], c->first[k + 1] - c->first[k],
                                          (size_t)c->members[k], features, samples, count, c->typicality));
    c->measured[k] = status == BASE_OK;
    free(sample);
    free(feature);
    free(samples);
    free(features);
    return status;
}

base_status round_clusters_pick(round_clusters *clusters, const select_gate *gate, select_pick *mine,
                                int *root, int32_t *from)
{
    round_clusters *c = clusters;
    base_status status = BASE_OK;
    int32_t k;

    *root = -1;
    while ((k = select_cluster_turn(c->labels, c->members, c->exhausted, c->count)) >= 0) {
        if (!c->measured[k])
            status = measure(c, (size_t)k);
        if (status != BASE_OK)
            return status;
        *mine = select_cluster_best(c->points, c->at + c->first[k], c->first[k + 1] - c->first[k],
                                    c->typicality, gate);
        *root = comm_choice_best(c->world, mine->found, mine->value, mine->sample);
        *from = k;
        if (*root >= 0)
            break;
        c->exhausted[k] = 1;
    }
    return BASE_OK;
}
