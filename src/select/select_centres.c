#include "select_centres.h"
#include "base_log.h"
#include "select_vector.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TILE = SELECT_VECTOR_TILE, GROUP = 8 * TILE, CENTRES = 128, SUM_BITS = 62 };

base_status select_centres_create(size_t count, size_t width, select_centres *centres)
{
    select_centres made = {.count = count, .width = width};

    made.centre = calloc(count * width + 1, sizeof *made.centre);
    made.norm = calloc(count + 1, sizeof *made.norm);
    if (!made.centre || !made.norm) {
        base_log_error("select: no memory for %zu centres of %zu floats", count, width);
        select_centres_destroy(&made);
        return BASE_ERR_MEMORY;
    }
    *centres = made;
    return BASE_OK;
}

void select_centres_destroy(select_centres *centres)
{
    if (!centres)
        return;
    free(centres->centre);
    free(centres->norm);
    memset(centres, 0, sizeof *centres);
}

void select_centres_set(select_centres *centres, size_t at, const float *feature)
{
    memcpy(centres->centre + at * centres->width, feature, centres->width * sizeof *feature);
    centres->norm[at] = select_vector_dot(feature, feature, centres->width);
}

/* What is nearest so far. */
typedef struct nearest {
    double distance; /* squared, less the sample's norm */
    int32_t centre;
} nearest;

/* Up to four samples from `first` on against `many` centres. */
static void compare_tile(const select_centres *centres, const select_points *points, size_t first,
                         size_t centre, size_t many, nearest found[TILE])
{
    const float *x[TILE];
    double dots[TILE * CENTRES];
    size_t s, k;

    for (s = 0; s < TILE; s++)
        x[s] = points->feature + (first + s < points->count ? first + s : points->count - 1) * points->width;
    select_vector_tile(x, centres->centre + centre * centres->width, many, centres->width, dots);
    for (s = 0; s < TILE; s++)
        for (k = 0; k < many; k++) {
            double distance = centres->norm[centre + k] - 2 * dots[s * many + k];

            if (distance < found[s].distance)
                found[s] = (nearest){distance, (int32_t)(centre + k)};
        }
}

/* A group of samples from `first` on; a block of centres stays in cache while all of them meet it. */
static void assign_group(const select_centres *centres, const select_points *points, size_t first,
                         int32_t *cluster)
{
    size_t count = points->count - first < GROUP ? points->count - first : GROUP, centre, s;
    nearest found[GROUP];

    for (s = 0; s < GROUP; s++)
        found[s] = (nearest){INFINITY, 0};
    for (centre = 0; centre < centres->count; centre += CENTRES)
        for (s = 0; s < count; s += TILE)
            compare_tile(centres, points, first + s, centre,
                         centres->count - centre < CENTRES ? centres->count - centre : CENTRES, found + s);
    for (s = 0; s < count; s++)
        cluster[first + s] = found[s].centre;
}

void select_centres_assign(const select_centres *centres, const select_points *points, int32_t *cluster)
{
    size_t first;

#pragma omp parallel for schedule(static)
    for (first = 0; first < points->count; first += GROUP)
        assign_group(centres, points, first, cluster);
}

double select_centres_largest(const select_points *points)
{
    double largest = 0;
    size_t i;

#pragma omp parallel for schedule(static) reduction(max : largest)
    for (i = 0; i < points->count * points->width; i++)
        largest = fmax(largest, fabs((double)points->feature[i]));
    return largest;
}

int select_centres_scale(double largest, size_t count)
{
    int size, many;

    frexp(largest, &size); /* largest < 2^size */
    frexp((double)count, &many);
    return SUM_BITS - size - many;
}

void select_centres_sum(const select_centres *centres, const select_points *points, const int32_t *cluster,
                        int scale, int64_t *sum, int64_t *members)
{
    double unit = ldexp(1, scale);
    size_t i, j;

    for (i = 0; i < points->count; i++) {
        const float *from = points->feature + i * points->width;
        int64_t *to = sum + (size_t)cluster[i] * centres->width;

        members[cluster[i]]++;
        for (j = 0; j < points->width; j++)
            to[j] += (int64_t)((double)from[j] * unit);
    }
}

void select_centres_move(select_centres *centres, const int64_t *sum, const int64_t *members, int scale)
{
    double unit = ldexp(1, -scale);
    size_t k, j;

    for (k = 0; k < centres->count; k++) {
        float *centre = centres->centre + k * centres->width;

        if (members[k] == 0)
            continue;
        for (j = 0; j < centres->width; j++)
            centre[j] = (float)((double)sum[k * centres->width + j] * unit / (double)members[k]);
        centres->norm[k] = select_vector_dot(centre, centre, centres->width);
    }
}
