#include "select_centres.h"
#include "base_log.h"
#include "select_vector.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TILE = SELECT_VECTOR_TILE, SUM_BITS = 62 };

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

/* Up to four samples from `first` on. */
static void assign_group(const select_centres *centres, const select_points *points, size_t first,
                         double *dots, int32_t *cluster)
{
    const float *x[TILE];
    size_t s, k;

    for (s = 0; s < TILE; s++)
        x[s] = points->feature + (first + s < points->count ? first + s : points->count - 1) * points->width;
    select_vector_tile(x, centres->centre, centres->count, centres->width, dots);
    for (s = 0; s < TILE && first + s < points->count; s++) {
        double best = INFINITY;

        for (k = 0; k < centres->count; k++) {
            double distance =
                centres->norm[k] - 2 * dots[s * centres->count + k]; /* less the sample's norm */

            if (distance < best) {
                best = distance;
                cluster[first + s] = (int32_t)k;
            }
        }
    }
}

base_status select_centres_assign(const select_centres *centres, const select_points *points,
                                  int32_t *cluster)
{
    bool missing = false;
    size_t group;

#pragma omp parallel reduction(|| : missing)
    {
        double *dots = malloc((TILE * centres->count + 1) * sizeof *dots);

        missing = !dots;
#pragma omp for schedule(static)
        for (group = 0; group < (points->count + TILE - 1) / TILE; group++)
            if (!missing)
                assign_group(centres, points, group * TILE, dots, cluster);
        free(dots);
    }
    if (!missing)
        return BASE_OK;
    base_log_error("select: no memory for distances to %zu centres", centres->count);
    return BASE_ERR_MEMORY;
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
