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

/* ---- assignment ----
 *
 * What is made small is the sum over classes c and splits s of (have - want)^2 / (total_c * want): the
 * squared deviation, relative to the class and, so that the small splits count too, to the wanted number. */

#define UNASSIGNED 255
#define PASSES     32

/* Samples of one class in one group. */
typedef struct tally {
    size_t group, class, count;
} tally;

typedef struct candidate {
    size_t group, count; /* samples of the class at hand */
    uint64_t tie;
} candidate;

typedef struct plan {
    size_t classes, groups;
    double share[INGEST_SPLITS]; /* wanted, sum 1 */
    uint64_t seed;
    tally *tallies;       /* by group, then class */
    size_t *begin;        /* [groups + 1]: tallies of group g are begin[g]..begin[g+1] */
    size_t *left, *total; /* [classes] samples not yet assigned, and all */
    size_t *have;         /* [classes, 3] samples assigned to each split */
    uint8_t *of_group;    /* [groups] split, UNASSIGNED at first */
    candidate *order;     /* [groups] scratch */
} plan;

static int by_group_and_class(const void *a, const void *b)
{
    const tally *x = a, *y = b;

    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    return (x->class > y->class) - (x->class < y->class);
}

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
    free(p->tallies);
    free(p->begin);
    free(p->left);
    free(p->total);
    free(p->have);
    free(p->of_group);
    free(p->order);
}

/* Sort the samples and merge those of one group and class. */
static void count_tallies(plan *p, size_t samples, const int32_t *label, const int64_t *group)
{
    size_t i, kept = 0;

    for (i = 0; i < samples; i++)
        p->tallies[i] = (tally){(size_t)group[i], (size_t)label[i], 1};
    qsort(p->tallies, samples, sizeof *p->tallies, by_group_and_class);
    for (i = 0; i < samples; i++) {
        tally *t = &p->tallies[i];

        p->total[t->class]++;
        if (kept && by_group_and_class(&p->tallies[kept - 1], t) == 0) {
            p->tallies[kept - 1].count++;
        } else {
            p->tallies[kept++] = *t;
            p->begin[t->group + 1]++;
        }
    }
    for (i = 0; i < p->groups; i++)
        p->begin[i + 1] += p->begin[i];
    memcpy(p->left, p->total, p->classes * sizeof *p->left);
}

static base_status plan_make(plan *p, size_t samples, const int32_t *label, const int64_t *group)
{
    p->tallies = malloc((samples + 1) * sizeof *p->tallies);
    p->begin = calloc(p->groups + 1, sizeof *p->begin);
    p->left = calloc(p->classes + 1, sizeof *p->left);
    p->total = calloc(p->classes + 1, sizeof *p->total);
    p->have = calloc((p->classes + 1) * INGEST_SPLITS, sizeof *p->have);
    p->of_group = malloc(p->groups + 1);
    p->order = malloc((p->groups + 1) * sizeof *p->order);
    if (!p->tallies || !p->begin || !p->left || !p->total || !p->have || !p->of_group || !p->order) {
        base_log_error("no memory to split %zu samples", samples);
        return BASE_ERR_MEMORY;
    }
    memset(p->of_group, UNASSIGNED, p->groups);
    count_tallies(p, samples, label, group);
    return BASE_OK;
}

static size_t *have_of(const plan *p, size_t class, size_t split)
{
    return &p->have[class * INGEST_SPLITS + split];
}

/* By how much the sum changes if a group enters split s (sign 1) or leaves it (sign -1). */
static double change(const plan *p, size_t g, size_t s, double sign)
{
    double sum = 0;
    size_t i;

    for (i = p->begin[g]; i < p->begin[g + 1]; i++) {
        const tally *t = &p->tallies[i];
        double total = (double)p->total[t->class], want = total * p->share[s], n = (double)t->count;

        sum += n * (sign * 2 * ((double)*have_of(p, t->class, s) - want) + n) / (total * want);
    }
    return sum;
}

static void enter(plan *p, size_t g, size_t s)
{
    size_t i;

    p->of_group[g] = (uint8_t)s;
    for (i = p->begin[g]; i < p->begin[g + 1]; i++)
        *have_of(p, p->tallies[i].class, s) += p->tallies[i].count;
}

static void leave(plan *p, size_t g)
{
    size_t i;

    for (i = p->begin[g]; i < p->begin[g + 1]; i++)
        *have_of(p, p->tallies[i].class, p->of_group[g]) -= p->tallies[i].count;
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
    size_t i, found = 0;

    for (i = 0; i < p->begin[p->groups]; i++) {
        const tally *t = &p->tallies[i];
        base_random random;

        if (t->class != c || p->of_group[t->group] != UNASSIGNED)
            continue;
        random = base_random_at(p->seed, BASE_RANDOM_SPLIT, 0, 0, t->group);
        p->order[found] = (candidate){t->group, t->count, (uint64_t)base_random_u32(&random) << 32};
        p->order[found++].tie |= base_random_u32(&random);
    }
    qsort(p->order, found, sizeof *p->order, largest_first);
    return found;
}

static size_t choose_split(const plan *p, size_t g, size_t c, size_t groups_left)
{
    size_t s, lacking = 0, best = INGEST_SPLITS;
    double best_change = 0;
    bool only_lacking;

    for (s = 0; s < INGEST_SPLITS; s++)
        lacking += p->share[s] > 0 && *have_of(p, c, s) == 0;
    only_lacking = lacking > 0 && groups_left <= lacking;
    for (s = 0; s < INGEST_SPLITS; s++) {
        double here;

        if (!(p->share[s] > 0) || (only_lacking && *have_of(p, c, s) > 0))
            continue;
        here = change(p, g, s, 1);
        if (best == INGEST_SPLITS || here < best_change) {
            best = s;
            best_change = here;
        }
    }
    return best;
}

static void assign_greedily(plan *p)
{
    size_t c, i, j, found;

    while ((c = rarest_class(p)) < p->classes) {
        found = find_candidates(p, c);
        for (i = 0; i < found; i++) {
            size_t g = p->order[i].group;

            enter(p, g, choose_split(p, g, c, found - i));
            for (j = p->begin[g]; j < p->begin[g + 1]; j++)
                p->left[p->tallies[j].class] -= p->tallies[j].count;
        }
    }
}

/* A class must not lose its last samples of a split. */
static bool may_leave(const plan *p, size_t g)
{
    size_t i;

    for (i = p->begin[g]; i < p->begin[g + 1]; i++)
        if (*have_of(p, p->tallies[i].class, p->of_group[g]) == p->tallies[i].count)
            return false;
    return true;
}

/* Move a group where it serves better, if anywhere; true if it moved. */
static bool improve(plan *p, size_t g)
{
    size_t s, from = p->of_group[g], best = from;
    double gained = change(p, g, from, -1), best_change = -1e-9; /* moves worth less than rounding are none */

    if (!may_leave(p, g))
        return false;
    for (s = 0; s < INGEST_SPLITS; s++) {
        double here;

        if (s == from || !(p->share[s] > 0))
            continue;
        here = gained + change(p, g, s, 1);
        if (here < best_change) {
            best = s;
            best_change = here;
        }
    }
    if (best == from)
        return false;
    leave(p, g);
    enter(p, g, best);
    return true;
}

base_status ingest_split_assign(size_t samples, size_t classes, size_t groups, const int32_t *label,
                                const int64_t *group, const uint32_t parts[INGEST_SPLITS], uint64_t seed,
                                uint8_t *split)
{
    plan p = {.classes = classes, .groups = groups, .seed = seed};
    base_status status = plan_make(&p, samples, label, group);
    double all = (double)parts[0] + (double)parts[1] + (double)parts[2];
    size_t i, pass, moved = 1;

    for (i = 0; i < INGEST_SPLITS; i++)
        p.share[i] = parts[i] / all;
    if (status == BASE_OK) {
        assign_greedily(&p);
        for (pass = 0; pass < PASSES && moved > 0; pass++)
            for (i = 0, moved = 0; i < groups; i++)
                moved += improve(&p, i);
        for (i = 0; i < samples; i++)
            split[i] = p.of_group[group[i]];
    }
    plan_free(&p);
    return status;
}
