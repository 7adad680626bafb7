#include "learn_augment.h"
#include "base_config.h"
#include "learn_data.h"
#include "learn_heatmap.h"
#include <math.h>
#include <stdbool.h>
#include <string.h>

#define SHIFT_MOST    0.125 /* of the size */
#define SCALE_MOST    0.15
#define CONTRAST_MOST 0.2
#define LIGHT_MOST    0.1 /* of full scale */
#define CUTOUT_SHARE  4   /* side = size / CUTOUT_SHARE */

/* Where an output pixel comes from: source = matrix (pixel - centre) + centre + shift. */
typedef struct geometry {
    double xx, xy, yx, yy, dx, dy;
    bool exact; /* mirrors and quarter turns only: pixels move whole */
} geometry;

static geometry draw_geometry(uint32_t augment, base_random *random, int32_t size)
{
    static const int cosine[4] = {1, 0, -1, 0}, sine[4] = {0, 1, 0, -1};
    bool mirror = (augment & BASE_AUGMENT_MIRROR) && base_random_below(random, 2);
    size_t turns = augment & BASE_AUGMENT_TURN ? (size_t)base_random_below(random, 4) : 0;
    double scale = 1, flip = mirror ? -1 : 1;
    geometry g = {.exact = true};

    if (augment & BASE_AUGMENT_SHIFT) {
        scale = 1 + SCALE_MOST * (2 * base_random_unit(random) - 1);
        g.dx = SHIFT_MOST * size * (2 * base_random_unit(random) - 1);
        g.dy = SHIFT_MOST * size * (2 * base_random_unit(random) - 1);
        g.exact = false;
    }
    g.xx = flip * scale * cosine[turns];
    g.xy = flip * scale * -sine[turns];
    g.yx = scale * sine[turns];
    g.yy = scale * cosine[turns];
    return g;
}

static int32_t clamp_index(double value, int32_t size)
{
    if (value < 0)
        return 0;
    return value > size - 1 ? size - 1 : (int32_t)value;
}

/* Bilinear sample of the three channels at (x, y), edge pixels repeated. */
static void sample_bilinear(const uint8_t *image, int32_t size, double x, double y, float pixel[3])
{
    double left = floor(x), top = floor(y);
    float fx = (float)(x - left), fy = (float)(y - top);
    size_t x0 = (size_t)clamp_index(left, size), x1 = (size_t)clamp_index(left + 1, size);
    size_t row0 = (size_t)clamp_index(top, size) * (size_t)size,
           row1 = (size_t)clamp_index(top + 1, size) * (size_t)size;
    size_t c;

    for (c = 0; c < 3; c++) {
        float upper = (1 - fx) * image[3 * (row0 + x0) + c] + fx * image[3 * (row0 + x1) + c];
        float lower = (1 - fx) * image[3 * (row1 + x0) + c] + fx * image[3 * (row1 + x1) + c];

        pixel[c] = (1 - fy) * upper + fy * lower;
    }
}

/* Where the pixels of a mask go; those that come from outside the image are edge pixels, as the image's are.
 */
static void move_mask(const geometry *g, const uint8_t *mask, int32_t size, uint8_t *moved)
{
    double centre = (size - 1) / 2.0;
    size_t row_bytes = store_mask_row_bytes(size);
    int32_t x, y;

    for (y = 0; y < size; y++) {
        for (x = 0; x < size; x++) {
            double u = x - centre, v = y - centre;
            int32_t from_x = clamp_index(floor(g->xx * u + g->xy * v + centre + g->dx + 0.5), size);
            int32_t from_y = clamp_index(floor(g->yx * u + g->yy * v + centre + g->dy + 0.5), size);

            *moved++ = (uint8_t)learn_mask_bit(mask, row_bytes, from_y, from_x);
        }
    }
}

/* Planes of 0..255 values. */
static void warp(const geometry *g, const uint8_t *image, int32_t size, float *planes)
{
    double centre = (size - 1) / 2.0;
    size_t pixels = (size_t)size * (size_t)size, c;
    int32_t x, y;

    for (y = 0; y < size; y++) {
        for (x = 0; x < size; x++) {
            double u = x - centre, v = y - centre;
            double sx = g->xx * u + g->xy * v + centre + g->dx, sy = g->yx * u + g->yy * v + centre + g->dy;
            size_t at = (size_t)y * (size_t)size + (size_t)x;
            float pixel[3];

            if (g->exact) {
                size_t from = (size_t)lround(sy) * (size_t)size + (size_t)lround(sx);

                for (c = 0; c < 3; c++)
                    planes[c * pixels + at] = image[3 * from + c];
                continue;
            }
            sample_bilinear(image, size, sx, sy, pixel);
            for (c = 0; c < 3; c++)
                planes[c * pixels + at] = pixel[c];
        }
    }
}

/* Contrast about the image's mean, then brightness; values stay in 0..255. */
static void relight(base_random *random, float *planes, size_t count)
{
    float contrast = (float)(1 + CONTRAST_MOST * (2 * base_random_unit(random) - 1));
    float light = (float)(255 * LIGHT_MOST * (2 * base_random_unit(random) - 1));
    double sum = 0;
    float shift;
    size_t i;

    for (i = 0; i < count; i++)
        sum += planes[i];
    shift = (float)(sum / (double)count) * (1 - contrast) + light;
    for (i = 0; i < count; i++)
        planes[i] = fminf(255, fmaxf(0, contrast * planes[i] + shift));
}

static void cut_out(base_random *random, const store_table *table, float *planes)
{
    size_t size = (size_t)table->size, side = size / CUTOUT_SHARE, x, y, c;
    size_t left = (size_t)base_random_below(random, size - side + 1);
    size_t top = (size_t)base_random_below(random, size - side + 1);

    for (c = 0; c < 3; c++)
        for (y = top; y < top + side; y++)
            for (x = left; x < left + side; x++)
                planes[(c * size + y) * size + x] = 255 * table->mean[c];
}

void learn_augment(uint32_t augment, base_random *random, const store_table *table, const uint8_t *image,
                   const uint8_t *mask, float *input, uint8_t *moved)
{
    size_t pixels = (size_t)table->size * (size_t)table->size, c, i;
    geometry g = draw_geometry(augment, random, table->size);

    warp(&g, image, table->size, input);
    if (mask)
        move_mask(&g, mask, table->size, moved);
    if (augment & BASE_AUGMENT_LIGHT)
        relight(random, input, 3 * pixels);
    if ((augment & BASE_AUGMENT_CUTOUT) && base_random_below(random, 2))
        cut_out(random, table, input);
    for (c = 0; c < 3; c++) {
        float scale = 1 / (255 * table->std[c]), shift = -table->mean[c] / table->std[c];

        for (i = 0; i < pixels; i++)
            input[c * pixels + i] = input[c * pixels + i] * scale + shift;
    }
}
