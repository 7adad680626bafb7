#include "select_cover.h"
#include "base_log.h"
#include "base_random.h"
#include "select_vector.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Relative room that bounds leave for rounding: sums of f64 products are some 1e-13 off at most. */
#define MARGIN 1e-9

enum { NOWHERE = -1, BLOCK = 64, TILE = SELECT_VECTOR_TILE };

/* A centre that stays known, so that later ones can be compared with it. */
typedef struct centre {
    float *output, *feature;
    double feature_norm, norm; /* squared: |h|^2 and |a|^2 |h|^2 */
    double apart;              /* squared distance to the newest centre */
} centre;

struct select_cover {
    const select_points *points;
    double *feature_norm, *norm; /* [count], as in a centre */
    double *nearest;             /* [count] squared distance, infinite before the first centre */
    int32_t *owner;              /* [count] the centre it is of, NOWHERE if that is not kept */
    centre *centres;
    size_t room, kept;
    bool any, positive; /* no feature is below 0 */
};

static double short_product(const float *a, const float *b, size_t count)
{
    double sum = 0;
    size_t c;

    for (c = 0; c < count; c++)
        sum += (double)a[c] * (double)b[c];
    return sum;
}

static bool all_positive(const float *feature, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        if (feature[i] < 0)
            return false;
    return true;
}

static void measure_points(select_cover *cover)
{
    const select_points *p = cover->points;
    bool positive = true;
    size_t i;

#pragma omp parallel for schedule(static) reduction(&& : positive)
    for (i = 0; i < p->count; i++) {
        const float *h = p->feature + i * p->width, *a = p->output + i * p->outputs;

        cover->feature_norm[i] = select_vector_dot(h, h, p->width);
        cover->norm[i] =
            p->outputs ? short_product(a, a, p->outputs) * cover->feature_norm[i] : cover->feature_norm[i];
        cover->nearest[i] = INFINITY;
        cover->owner[i] = NOWHERE;
        positive = positive && all_positive(h, p->width);
    }
    cover->positive = positive;
}

base_status select_cover_create(const select_points *points, size_t centres, select_cover **cover)
{
    size_t n = points->count ? points->count : 1, c;
    select_cover *made = calloc(1, sizeof *made);
    float *vectors;

    if (!made)
        goto err_memory;
    made->points = points;
    made->room = centres;
    made->feature_norm = malloc(n * sizeof *made->feature_norm);
    made->norm = malloc(n * sizeof *made->norm);
    made->nearest = malloc(n * sizeof *made->nearest);
    made->owner = malloc(n * sizeof *made->owner);
    made->centres = calloc(centres + 1, sizeof *made->centres);
    vectors = malloc((centres + 1) * (points->width + points->outputs) * sizeof *vectors);
    if (made->centres)
        made->centres[0].feature = vectors; /* for the destroyer */
    if (!made->feature_norm || !made->norm || !made->nearest || !made->owner || !made->centres || !vectors)
        goto err_memory;
    for (c = 0; c <= centres; c++) {
        made->centres[c].feature = vectors + c * (points->width + points->outputs);
        made->centres[c].output = made->centres[c].feature + points->width;
    }
    measure_points(made);
    *cover = made;
    return BASE_OK;

err_memory:
    base_log_error("select: no memory for the distances of %zu samples to %zu centres", points->count,
                   centres);
    select_cover_destroy(&made);
    return BASE_ERR_MEMORY;
}

void select_cover_destroy(select_cover **cover)
{
    select_cover *gone = *cover;

    if (!gone)
        return;
    if (gone->centres)
        free(gone->centres[0].feature);
    free(gone->centres);
    free(gone->owner);
    free(gone->nearest);
    free(gone->norm);
    free(gone->feature_norm);
    free(gone);
    *cover = NULL;
}

static double positive_part(double distance)
{
    return distance > 0 ? distance : 0; /* of two equal vectors rounding can leave less than nothing */
}

static double distance_of_centres(const select_cover *cover, const centre *a, const centre *b)
{
    const select_points *p = cover->points;
    double factor = p->outputs ? short_product(a->output, b->output, p->outputs) : 1;

    return positive_part(a->norm + b->norm -
                         2 * factor * select_vector_dot(a->feature, b->feature, p->width));
}

/* Keep the new centre, and how far the others are from it. */
static const centre *keep_centre(select_cover *cover, const float *output, const float *feature)
{
    const select_points *p = cover->points;
    centre *made = &cover->centres[cover->kept];
    size_t c;

    memcpy(made->feature, feature, p->width * sizeof *feature);
    made->feature_norm = made->norm = select_vector_dot(feature, feature, p->width);
    if (p->outputs) {
        memcpy(made->output, output, p->outputs * sizeof *output);
        made->norm *= short_product(output, output, p->outputs);
    }
    for (c = 0; c < cover->kept; c++)
        cover->centres[c].apart = distance_of_centres(cover, &cover->centres[c], made);
    return made;
}

/* Can the centre be nearer to sample i than what it has, as far as bounds say? */
static bool may_be_nearer(const select_cover *cover, size_t i, const centre *new, bool positive,
                          double factor)
{
    double least = cover->norm[i] + new->norm, bound;

    if (cover->owner[i] != NOWHERE &&
        cover->centres[cover->owner[i]].apart * (1 - MARGIN) > 4 * cover->nearest[i] + MARGIN * least)
        return false;
    bound = factor <= 0 && positive ? 0 : fabs(factor) * sqrt(cover->feature_norm[i] * new->feature_norm);
    return least - 2 * bound - MARGIN * least < cover->nearest[i];
}

void select_cover_add(select_cover *cover, const float *output, const float *feature)
{
    const select_points *p = cover->points;
    const centre *new = keep_centre(cover, output, feature);
    bool positive = cover->positive && all_positive(feature, p->width);
    int32_t number = cover->kept < cover->room ? (int32_t)cover->kept : NOWHERE;
    size_t i;

#pragma omp parallel for schedule(static)
    for (i = 0; i < p->count; i++) {
        double factor = 1, distance;

        if (p->outputs)
            factor = short_product(p->output + i * p->outputs, new->output, p->outputs);
        if (!may_be_nearer(cover, i, new, positive, factor))
            continue;
        distance =
            positive_part(cover->norm[i] + new->norm -
                          2 * factor *select_vector_dot(p->feature + i * p->width, new->feature, p->width));
        if (distance < cover->nearest[i]) {
            cover->nearest[i] = distance;
            cover->owner[i] = number;
        }
    }
    cover->any = true;
    if (cover->kept < cover->room)
        cover->kept++;
}

/* Up to BLOCK centres against every sample, four samples at a time. */
static void add_block(select_cover *cover, const float *feature, const double *norm, size_t count)
{
    const select_points *p = cover->points;
    size_t group;

#pragma omp parallel for schedule(static)
    for (group = 0; group < (p->count + TILE - 1) / TILE; group++) {
        const float *x[TILE];
        double dots[TILE * BLOCK];
        size_t s, t, i = group * TILE;

        for (s = 0; s < TILE; s++)
            x[s] = p->feature + (i + s < p->count ? i + s : p->count - 1) * p->width;
        select_vector_tile(x, feature, count, p->width, dots);
        for (s = 0; s < TILE && i + s < p->count; s++)
            for (t = 0; t < count; t++) {
                double distance = positive_part(cover->norm[i + s] + norm[t] - 2 * dots[s * count + t]);

                if (distance < cover->nearest[i + s]) {
                    cover->nearest[i + s] = distance;
                    cover->owner[i + s] = NOWHERE;
                }
            }
    }
}

void select_cover_add_many(select_cover *cover, const float *feature, size_t count)
{
    size_t width = cover->points->width, done, t;
    double norm[BLOCK];

    for (done = 0; done < count; done += BLOCK) {
        const float *block = feature + done * width;
        size_t now = count - done < BLOCK ? count - done : BLOCK;

        for (t = 0; t < now; t++)
            norm[t] = select_vector_dot(block + t * width, block + t * width, width);
        add_block(cover, block, norm, now);
        cover->any = true;
    }
}

static bool is_open(const select_points *points, const select_gate *gate, size_t i)
{
    return !points->taken[i] && gate->open[points->predicted[i]];
}

static void merge(select_pick *best, const select_pick *mine)
{
    if (mine->found && select_pick_before(mine->value, mine->sample, best))
        *best = *mine;
}

select_pick select_cover_farthest(const select_cover *cover, const select_gate *gate)
{
    const select_points *p = cover->points;
    const double *value = cover->any ? cover->nearest : cover->norm;
    select_pick best = {0};

#pragma omp parallel
    {
        select_pick mine = {0};
        size_t i;

#pragma omp for schedule(static) nowait
        for (i = 0; i < p->count; i++)
            if (is_open(p, gate, i))
                select_pick_offer(p, i, value[i], &mine);
#pragma omp critical(select_cover_merge)
        merge(&best, &mine);
    }
    return best;
}

/* w / E, unless it cannot reach `best`: E = -log(1 - u) is at least u. */
static double drawn_value(double weight, int64_t sample, select_draw draw, const select_pick *best)
{
    base_random random;
    double u;

    if (!(weight > 0))
        return 0;
    random = base_random_at(draw.seed, BASE_RANDOM_SELECT, (uint32_t)draw.round, draw.turn, (uint64_t)sample);
    u = base_random_unit(&random);
    if (best->found && weight * (1 + MARGIN) < best->value * u)
        return -1;
    return weight / -log1p(-u);
}

select_pick select_cover_draw(const select_cover *cover, const select_gate *gate, select_draw draw)
{
    const select_points *p = cover->points;
    select_pick best = {0};

#pragma omp parallel
    {
        select_pick mine = {0};
        size_t i;

#pragma omp for schedule(static) nowait
        for (i = 0; i < p->count; i++)
            if (is_open(p, gate, i))
                select_pick_offer(
                    p, i, drawn_value(cover->any ? cover->nearest[i] : 1, p->sample[i], draw, &mine), &mine);
#pragma omp critical(select_cover_merge)
        merge(&best, &mine);
    }
    return best;
}
