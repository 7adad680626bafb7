#include "select_cover.h"
#include "base_log.h"
#include "base_random.h"
#include "select_lazy.h"
#include "select_vector.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Relative room that bounds leave for rounding: sums of f64 products are some 1e-13 off at most. */
#define MARGIN 1e-9

#define LEAST_UNIT 0x1p-60 /* below every random number but 0 */

enum { BLOCK = 64, UNITS = 512, TILE = SELECT_VECTOR_TILE };

typedef struct centre {
    float *output, *feature;
    double feature_norm, norm; /* squared: |h|^2 and |a|^2 |h|^2 */
    bool positive;             /* no feature is below 0 */
} centre;

struct select_cover {
    const select_points *points;
    double *feature_norm; /* [count] |h|^2 */
    double *nearest;      /* [count] squared distance to the nearest of the centres seen; |a|^2 |h|^2 before
                             there is one */
    double *reach;        /* [count] no draw of this turn is worth more */
    int32_t *seen;        /* [count] centres that `nearest` knows */
    centre *centres;
    size_t room, kept;
    bool any, positive;
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

/* |a|^2 |h|^2 of a vector whose |h|^2 is known. */
static double norm_of(const float *output, size_t outputs, double feature_norm)
{
    return outputs ? short_product(output, output, outputs) * feature_norm : feature_norm;
}

static void measure_points(select_cover *cover)
{
    const select_points *p = cover->points;
    bool positive = true;
    size_t i;

#pragma omp parallel for schedule(static) reduction(&& : positive)
    for (i = 0; i < p->count; i++) {
        const float *h = p->feature + i * p->width;

        cover->feature_norm[i] = select_vector_dot(h, h, p->width);
        cover->nearest[i] = norm_of(p->output + i * p->outputs, p->outputs, cover->feature_norm[i]);
        cover->seen[i] = 0;
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
    made->nearest = malloc(n * sizeof *made->nearest);
    made->reach = malloc(n * sizeof *made->reach);
    made->seen = malloc(n * sizeof *made->seen);
    made->centres = calloc(centres + 1, sizeof *made->centres);
    vectors = malloc((centres + 1) * (points->width + points->outputs) * sizeof *vectors);
    if (made->centres)
        made->centres[0].feature = vectors; /* for the destroyer */
    if (!made->feature_norm || !made->nearest || !made->reach || !made->seen || !made->centres || !vectors)
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
    free(gone->seen);
    free(gone->reach);
    free(gone->nearest);
    free(gone->feature_norm);
    free(gone);
    *cover = NULL;
}

static double positive_part(double distance)
{
    return distance > 0 ? distance : 0; /* of two equal vectors rounding can leave less than nothing */
}

/* The first centre: from here on `nearest` is a distance. */
static void begin_distances(select_cover *cover)
{
    size_t i;

    for (i = 0; !cover->any && i < cover->points->count; i++)
        cover->nearest[i] = INFINITY;
    cover->any = true;
}

void select_cover_add(select_cover *cover, const float *output, const float *feature)
{
    const select_points *p = cover->points;
    centre *made = &cover->centres[cover->kept];

    assert(cover->kept < cover->room);
    begin_distances(cover);
    memcpy(made->feature, feature, p->width * sizeof *feature);
    if (p->outputs)
        memcpy(made->output, output, p->outputs * sizeof *output);
    made->feature_norm = select_vector_dot(feature, feature, p->width);
    made->norm = norm_of(made->output, p->outputs, made->feature_norm);
    made->positive = all_positive(feature, p->width);
    cover->kept++;
}

/* What the centre makes of the distance `nearest` of sample i, whose |a|^2 |h|^2 is `norm`. */
static double nearer(const select_cover *cover, size_t i, const centre *new, double norm, double nearest)
{
    const select_points *p = cover->points;
    double least = norm + new->norm, factor = 1, bound = 0, distance;

    if (p->outputs)
        factor = short_product(p->output + i * p->outputs, new->output, p->outputs);
    if (factor > 0 || !(cover->positive && new->positive))
        bound = fabs(factor) * sqrt(cover->feature_norm[i] * new->feature_norm);
    if (least - 2 * bound - MARGIN * least >= nearest)
        return nearest;
    distance = positive_part(
        least - 2 * factor * select_vector_dot(p->feature + i * p->width, new->feature, p->width));
    return distance < nearest ? distance : nearest;
}

/* The distance of sample i to the nearest of all centres; before the first, its norm. */
static double catch_up(void *self, size_t i)
{
    select_cover *cover = self;
    const select_points *p = cover->points;
    double nearest = cover->nearest[i], norm;
    size_t c = (size_t)cover->seen[i];

    if (c == cover->kept)
        return nearest;
    norm = norm_of(p->output + i * p->outputs, p->outputs, cover->feature_norm[i]);
    for (; c < cover->kept; c++)
        nearest = nearer(cover, i, &cover->centres[c], norm, nearest);
    cover->seen[i] = (int32_t)cover->kept;
    cover->nearest[i] = nearest;
    return nearest;
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
                double distance =
                    positive_part(cover->feature_norm[i + s] + norm[t] - 2 * dots[s * count + t]);

                if (distance < cover->nearest[i + s])
                    cover->nearest[i + s] = distance;
            }
    }
}

void select_cover_add_many(select_cover *cover, const float *feature, size_t count)
{
    size_t width = cover->points->width, done, t;
    double norm[BLOCK];

    if (count)
        begin_distances(cover);
    for (done = 0; done < count; done += BLOCK) {
        const float *block = feature + done * width;
        size_t now = count - done < BLOCK ? count - done : BLOCK;

        for (t = 0; t < now; t++)
            norm[t] = select_vector_dot(block + t * width, block + t * width, width);
        add_block(cover, block, norm, now);
    }
}

select_pick select_cover_farthest(select_cover *cover, const select_gate *gate)
{
    return select_lazy_best(cover->points, gate, cover->nearest, catch_up, cover);
}

/* ---- draws ---- */

typedef struct drawing {
    select_cover *cover;
    select_draw draw;
} drawing;

static void random_units(const drawing *d, size_t first, size_t count, double *unit)
{
    base_random_units(d->draw.seed, BASE_RANDOM_SELECT, (uint32_t)d->draw.round, d->draw.turn,
                      d->cover->points->sample + first, count, unit);
}

static double drawn_value(void *self, size_t i)
{
    drawing *d = self;
    double weight = d->cover->any ? catch_up(d->cover, i) : 1, unit;

    random_units(d, i, 1, &unit);
    return weight > 0 ? weight / -log1p(-unit) : 0;
}

select_pick select_cover_draw(select_cover *cover, const select_gate *gate, select_draw draw)
{
    drawing d = {cover, draw};
    size_t count = cover->points->count, first;

#pragma omp parallel for schedule(static)
    for (first = 0; first < count; first += UNITS) {
        size_t now = count - first < UNITS ? count - first : UNITS, i;
        double unit[UNITS];

        random_units(&d, first, now, unit);
        for (i = 0; i < now; i++) /* w / E is at most w / u: E = -log(1 - u) is at least u */
            cover->reach[first + i] = (cover->any ? cover->nearest[first + i] : 1) * (1 + MARGIN) /
                                      (unit[i] > LEAST_UNIT ? unit[i] : LEAST_UNIT);
    }
    return select_lazy_best(cover->points, gate, cover->reach, drawn_value, &d);
}
