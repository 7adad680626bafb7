#include "ingest_split.h"
#include "base_log.h"
#include "base_random.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* ---- groups: union-find over samples ---- */

static size_t root_of(size_t *parent, size_t i)
{
    while (parent[i] != i) {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    return i;
}

/* The earlier sample becomes the root, so that roots are in order of first appearance. */
static void join(size_t *parent, size_t a, size_t b)
{
    a = root_of(parent, a);
    b = root_of(parent, b);
    if (a < b)
        parent[b] = a;
    else
        parent[a] = b;
}

typedef struct keyed {
    size_t key, sample;
} keyed;

static int by_key(const void *a, const void *b)
{
    const keyed *x = a, *y = b;

    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->sample > y->sample) - (x->sample < y->sample);
}

static void join_equal_keys(size_t samples, size_t kinds, const size_t *keys, keyed *sorted, size_t *parent)
{
    size_t kind, i;

    for (kind = 0; kind < kinds; kind++) {
        for (i = 0; i < samples; i++)
            sorted[i] = (keyed){keys[i * kinds + kind], i};
        qsort(sorted, samples, sizeof *sorted, by_key);
        for (i = 1; i < samples; i++)
            if (sorted[i].key != SIZE_MAX && sorted[i].key == sorted[i - 1].key)
                join(parent, sorted[i - 1].sample, sorted[i].sample);
    }
}

base_status ingest_split_groups(size_t samples, size_t kinds, const size_t *keys, int64_t *group,
                                size_t *groups)
{
    size_t *parent = malloc((samples + 1) * sizeof *parent);
    keyed *sorted = malloc((samples + 1) * sizeof *sorted);
    base_status status = BASE_OK;
    size_t i, found = 0;

    if (!parent || !sorted) {
        base_log_error("no memory to group %zu samples", samples);
        status = BASE_ERR_MEMORY;
    } else {
        for (i = 0; i < samples; i++)
            parent[i] = i;
        join_equal_keys(samples, kinds, keys, sorted, parent);
        for (i = 0; i < samples; i++) {
            size_t root = root_of(parent, i);

            group[i] = root == i ? (int64_t)found++ : group[root];
        }
        *groups = found;
    }
    free(sorted);
    free(parent);
    return status;
}

/* ---- assignment ---- */

typedef struct plan {
    size_t samples, classes, groups;
    const int32_t *label;
    const int64_t *group;
    const uint32_t *parts;
    uint64_t seed;
    size_t *begin, *members; /* samples by group: members[begin[g]..begin[g+1]) */
    size_t *left, *total;    /* [classes] samples not yet assigned, and all */
    size_t *have;            /* [classes, 3] samples assigned to each split */
    uint8_t *of_group;       /* [groups] split, UNASSIGNED at first */
    struct candidate *order; /* [groups] scratch */
} plan;

#define UNASSIGNED 255

typedef struct candidate {
    size_t group, count; /* samples of the class at hand */
    uint64_t tie;
} candidate;

static int largest_first(const void *a, const void *b)
{
    const candidate *x = a, *y = b;

    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    if (x->tie != y->tie)
        return x->tie < y->tie ? -1 : 1;
    return (x->group > y->group) - (x->group < y->group);
}

static void plan_free(plan *p)
{
    free(p->begin);
    free(p->members);
    free(p->left);
    free(p->total);
    free(p->have);
    free(p->of_group);
    free(p->order);
}

static base_status plan_make(plan *p)
{
    size_t i;

    p->begin = calloc(p->groups + 2, sizeof *p->begin);
    p->members = malloc((p->samples + 1) * sizeof *p->members);
    p->left = calloc(p->classes + 1, sizeof *p->left);
    p->total = calloc(p->classes + 1, sizeof *p->total);
    p->have = calloc((p->classes + 1) * INGEST_SPLITS, sizeof *p->have);
    p->of_group = malloc(p->groups + 1);
    p->order = malloc((p->groups + 1) * sizeof *p->order);
    if (!p->begin || !p->members || !p->left || !p->total || !p->have || !p->of_group || !p->order) {
        base_log_error("no memory to split %zu samples", p->samples);
        return BASE_ERR_MEMORY;
    }
    memset(p->of_group, UNASSIGNED, p->groups);
    for (i = 0; i < p->samples; i++) {
        p->total[p->label[i]]++;
        p->begin[p->group[i] + 2]++;
    }
    memcpy(p->left, p->total, p->classes * sizeof *p->left);
    for (i = 2; i < p->groups + 2; i++)
        p->begin[i] += p->begin[i - 1];
    for (i = 0; i < p->samples; i++) /* begin[g+1] runs up to where group g ends */
        p->members[p->begin[p->group[i] + 1]++] = i;
    return BASE_OK;
}

static size_t rarest_class(const plan *p)
{
    size_t c, best = p->classes;

    for (c = 0; c < p->classes; c++)
        if (p->left[c] > 0 && (best == p->classes || p->left[c] < p->left[best]))
            best = c;
    return best;
}

/* Unassigned groups with samples of class c, largest first; returns how many. */
static size_t find_candidates(const plan *p, size_t c)
{
    size_t g, i, found = 0;

    for (g = 0; g < p->groups; g++) {
        size_t count = 0;

        if (p->of_group[g] != UNASSIGNED)
            continue;
        for (i = p->begin[g]; i < p->begin[g + 1]; i++)
            count += (size_t)p->label[p->members[i]] == c;
        if (count > 0) {
            base_random random = base_random_at(p->seed, BASE_RANDOM_SPLIT, 0, 0, g);
            uint64_t tie = (uint64_t)base_random_u32(&random) << 32;

            p->order[found++] = (candidate){g, count, tie | base_random_u32(&random)};
        }
    }
    qsort(p->order, found, sizeof *p->order, largest_first);
    return found;
}

/* By how much a group in split s would lessen the sum over classes of (relative deviation)^2, up to a term
 * that is the same for every split. */
static double gain(const plan *p, size_t g, size_t s)
{
    double parts = (double)p->parts[0] + (double)p->parts[1] + (double)p->parts[2], sum = 0;
    size_t i;

    for (i = p->begin[g]; i < p->begin[g + 1]; i++) {
        size_t c = (size_t)p->label[p->members[i]];
        double total = (double)p->total[c];

        sum += (total * p->parts[s] / parts - (double)p->have[c * INGEST_SPLITS + s]) / (total * total);
    }
    return sum;
}

static size_t choose_split(const plan *p, size_t g, size_t c, size_t groups_left)
{
    size_t s, lacking = 0, best = INGEST_SPLITS;
    double best_gain = 0;
    bool only_lacking;

    for (s = 0; s < INGEST_SPLITS; s++)
        lacking += p->parts[s] > 0 && p->have[c * INGEST_SPLITS + s] == 0;
    only_lacking = lacking > 0 && groups_left <= lacking;
    for (s = 0; s < INGEST_SPLITS; s++) {
        double here;

        if (p->parts[s] == 0 || (only_lacking && p->have[c * INGEST_SPLITS + s] > 0))
            continue;
        here = gain(p, g, s);
        if (best == INGEST_SPLITS || here > best_gain) {
            best = s;
            best_gain = here;
        }
    }
    return best;
}

static void assign(plan *p, size_t g, size_t s)
{
    size_t i;

    p->of_group[g] = (uint8_t)s;
    for (i = p->begin[g]; i < p->begin[g + 1]; i++) {
        size_t c = (size_t)p->label[p->members[i]];

        p->left[c]--;
        p->have[c * INGEST_SPLITS + s]++;
    }
}

base_status ingest_split_assign(size_t samples, size_t classes, size_t groups, const int32_t *label,
                                const int64_t *group, const uint32_t parts[INGEST_SPLITS], uint64_t seed,
                                uint8_t *split)
{
    plan p = {.samples = samples,
              .classes = classes,
              .groups = groups,
              .label = label,
              .group = group,
              .parts = parts,
              .seed = seed};
    base_status status = plan_make(&p);
    size_t c, i, found;

    while (status == BASE_OK && (c = rarest_class(&p)) < classes) {
        found = find_candidates(&p, c);
        for (i = 0; i < found; i++)
            assign(&p, p.order[i].group, choose_split(&p, p.order[i].group, c, found - i));
    }
    for (i = 0; i < samples && status == BASE_OK; i++)
        split[i] = p.of_group[group[i]];
    plan_free(&p);
    return status;
}
