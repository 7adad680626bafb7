#include "synth_mask.h"
#include "base_log.h"
#include <stdlib.h>
#include <string.h>

static bool is_set(const synth_mask *mask, int x, int y)
{
    return x >= 0 && y >= 0 && x < mask->width && y < mask->height && mask->pixel[y * mask->width + x];
}

/* Walk one loop with the object on the right-hand side, from the upper edge of pixel (x, y) eastwards.
 *
 * Where two pieces touch at a corner the walk turns right and stays on its piece. Pixels are met in reading
 * order, so the walk begins, and ends, at a corner of the loop. Returns twice the signed area: negative for a
 * hole. */
static int64_t walk_loop(const synth_mask *mask, int x, int y, uint8_t *seen, int *point, size_t *points)
{
    static const int dx[4] = {1, 0, -1, 0}, dy[4] = {0, 1, 0, -1}; /* east, south, west, north */
    static const int rx[4] = {0, -1, -1, 0},
                     ry[4] = {0, 0, -1, -1}; /* pixel ahead on the right of a corner */
    static const int lx[4] = {0, 0, -1, -1}, ly[4] = {-1, 0, 0, -1}; /* and on the left */
    int from_x = x, from_y = y, heading = 0, last_x = x, last_y = y;
    size_t p = *points;
    int64_t area = 0;

    do {
        int turned = heading;

        if (heading == 0)
            seen[y * mask->width + x] = 1;
        x += dx[heading];
        y += dy[heading];
        if (!is_set(mask, x + rx[heading], y + ry[heading]))
            turned = (heading + 1) % 4;
        else if (is_set(mask, x + lx[heading], y + ly[heading]))
            turned = (heading + 3) % 4;
        if (turned != heading) {
            point[2 * p] = x;
            point[2 * p + 1] = y;
            p++;
            area += (int64_t)last_x * y - (int64_t)x * last_y;
            last_x = x;
            last_y = y;
        }
        heading = turned;
    } while (x != from_x || y != from_y || heading != 0);
    *points = p;
    return area;
}

base_status synth_mask_trace(const synth_mask *mask, synth_outline *outline)
{
    /* Every pixel has four edges and every corner ends one of them. */
    size_t most = 4 * (size_t)mask->area, points = 0, i;
    uint8_t *seen = calloc((size_t)mask->width * (size_t)mask->height, 1);
    synth_outline made = {.first = malloc(((size_t)mask->area + 1) * sizeof *made.first),
                          .point = malloc(2 * most * sizeof *made.point)};
    int x, y;

    if (!seen || !made.first || !made.point) {
        base_log_error("synth mask: no memory to trace %lld pixels", (long long)mask->area);
        free(seen);
        synth_outline_destroy(&made);
        return BASE_ERR_MEMORY;
    }
    made.first[0] = 0;
    for (y = 0; y < mask->height; y++)
        for (x = 0; x < mask->width; x++)
            if (is_set(mask, x, y) && !is_set(mask, x, y - 1) && !seen[y * mask->width + x]) {
                if (walk_loop(mask, x, y, seen, made.point, &points) < 0)
                    made.holes = true;
                made.first[++made.loops] = points;
            }
    for (i = 0; i < points; i++) {
        made.point[2 * i] += mask->x;
        made.point[2 * i + 1] += mask->y;
    }
    free(seen);
    *outline = made;
    return BASE_OK;
}

void synth_outline_destroy(synth_outline *outline)
{
    if (!outline)
        return;
    free(outline->first);
    free(outline->point);
    memset(outline, 0, sizeof *outline);
}

base_status synth_mask_runs(const synth_mask *mask, int image_width, int image_height, uint32_t **counts,
                            size_t *runs)
{
    uint32_t *made = malloc((2 * (size_t)mask->area + 1) * sizeof *made), end = 0;
    size_t n = 0;
    int x, y;

    if (!made) {
        base_log_error("synth mask: no memory for the runs of %lld pixels", (long long)mask->area);
        return BASE_ERR_MEMORY;
    }
    for (x = 0; x < mask->width; x++)
        for (y = 0; y < mask->height; y++) {
            uint32_t at = (uint32_t)(mask->x + x) * (uint32_t)image_height + (uint32_t)(mask->y + y);

            if (!is_set(mask, x, y))
                continue;
            if (n > 0 && at == end) {
                made[n - 1]++;
            } else {
                made[n++] = at - end;
                made[n++] = 1;
            }
            end = at + 1;
        }
    if (end < (uint32_t)image_width * (uint32_t)image_height)
        made[n++] = (uint32_t)image_width * (uint32_t)image_height - end;
    *counts = made;
    *runs = n;
    return BASE_OK;
}

base_status synth_mask_compress(const uint32_t *counts, size_t runs, char **text)
{
    char *made = malloc(7 * runs + 1); /* 33 bits need seven characters */
    size_t i, n = 0;

    if (!made) {
        base_log_error("synth mask: no memory for the text of %zu runs", runs);
        return BASE_ERR_MEMORY;
    }
    for (i = 0; i < runs; i++) {
        int64_t value = (int64_t)counts[i] - (i > 2 ? (int64_t)counts[i - 2] : 0);
        bool more = true;

        while (more) {
            int64_t low = value & 0x1f;

            value >>= 5; /* arithmetic: keeps the sign */
            more = (low & 0x10) ? value != -1 : value != 0;
            made[n++] = (char)((more ? low | 0x20 : low) + 48);
        }
    }
    made[n] = 0;
    *text = made;
    return BASE_OK;
}

void synth_mask_destroy(synth_mask *mask)
{
    if (!mask)
        return;
    free(mask->pixel);
    memset(mask, 0, sizeof *mask);
}
