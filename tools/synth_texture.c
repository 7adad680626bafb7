#include "synth_texture.h"
#include "base_log.h"
#include "synth_math.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A surface: how bright, what tint, which way its grain runs, how strong that is. */
typedef struct surface {
    const synth_noise *noise;
    double level, tint[3], cosine, sine, strength, pitch;
} surface;

void synth_noise_draw(base_random *random, synth_noise *noise)
{
    size_t i;

    for (i = 0; i < SYNTH_LATTICE * SYNTH_LATTICE; i++)
        noise->value[i] = (float)((double)base_random_u32(random) * 0x1p-31 - 1);
}

double synth_noise_at(const synth_noise *noise, double x, double y)
{
    int floor_x = synth_floor(x), floor_y = synth_floor(y);
    double u = x - floor_x, v = y - floor_y;
    unsigned mask = SYNTH_LATTICE - 1;
    unsigned x0 = (unsigned)floor_x & mask, y0 = (unsigned)floor_y & mask;
    unsigned x1 = (x0 + 1) & mask, y1 = (y0 + 1) & mask;
    const float *upper = noise->value + y0 * SYNTH_LATTICE, *lower = noise->value + y1 * SYNTH_LATTICE;
    double a, b;

    u = u * u * (3 - 2 * u);
    v = v * v * (3 - 2 * v);
    a = (double)upper[x0] + u * ((double)upper[x1] - (double)upper[x0]);
    b = (double)lower[x0] + u * ((double)lower[x1] - (double)lower[x0]);
    return a + v * (b - a);
}

base_status synth_canvas_create(int width, int height, synth_canvas *canvas)
{
    size_t pixels = (size_t)width * (size_t)height;
    float *planes = calloc(3 * pixels, sizeof *planes);

    if (!planes) {
        base_log_error("synth: no memory for a picture of %d x %d pixels", width, height);
        return BASE_ERR_MEMORY;
    }
    *canvas = (synth_canvas){width, height, {planes, planes + pixels, planes + 2 * pixels}};
    return BASE_OK;
}

void synth_canvas_destroy(synth_canvas *canvas)
{
    if (!canvas)
        return;
    free(canvas->plane[0]);
    memset(canvas, 0, sizeof *canvas);
}

static double triangle_wave(double x)
{
    return 4 * fabs(x - synth_floor(x) - 0.5) - 1;
}

/* Long fine streaks along u. */
static double brushed(const surface *s, double u, double v)
{
    return 0.55 * synth_noise_at(s->noise, u * 0.02, v * 0.8) +
           0.35 * synth_noise_at(s->noise, u * 0.05 + 17, v * 0.35) +
           0.35 * synth_noise_at(s->noise, u * 0.15 + 31, v * 1.1 + 7);
}

/* Threads over and under each other, unevenly dyed. */
static double woven(const surface *s, double u, double v)
{
    double warp = triangle_wave(u * s->pitch), weft = triangle_wave(v * s->pitch);
    int over = synth_floor(u * s->pitch) + synth_floor(v * s->pitch);

    return (over % 2 == 0 ? 0.7 * warp : 0.7 * weft) + 0.6 * synth_noise_at(s->noise, u * 0.05, v * 0.05) +
           0.4 * synth_noise_at(s->noise, u * 0.6, v * 0.6);
}

/* Four octaves and some pores. */
static double concrete(const surface *s, double u, double v)
{
    double pores = synth_noise_at(s->noise, u * 0.45 + 11, v * 0.45 + 5);

    return 0.6 * synth_noise_at(s->noise, u * 0.03, v * 0.03) +
           0.5 * synth_noise_at(s->noise, u * 0.11, v * 0.11) +
           0.4 * synth_noise_at(s->noise, u * 0.9, v * 0.9) - (pores > 0.62 ? 2 * (pores - 0.62) : 0);
}

/* An orange peel. */
static double painted(const surface *s, double u, double v)
{
    return 0.6 * synth_noise_at(s->noise, u * 0.02, v * 0.02) +
           0.35 * synth_noise_at(s->noise, u * 0.25, v * 0.25);
}

void synth_texture_fill(synth_canvas *canvas, base_random texture, const double *shift, double unit)
{
    static double (*const materials[])(const surface *, double, double) = {brushed, woven, concrete, painted};
    static const double strengths[] = {0.09, 0.08, 0.10, 0.06};
    synth_noise noise;
    surface s = {.noise = &noise};
    size_t material = (size_t)base_random_below(&texture, 4);
    double angle = 2 * M_PI * base_random_unit(&texture);
    int x, y, c;

    synth_noise_draw(&texture, &noise);
    s.cosine = cos(angle) / unit;
    s.sine = sin(angle) / unit;
    s.level = 0.32 + 0.33 * base_random_unit(&texture);
    s.strength = strengths[material] * (0.6 + 0.8 * base_random_unit(&texture));
    s.pitch = 0.18 + 0.15 * base_random_unit(&texture);
    for (c = 0; c < 3; c++)
        s.tint[c] = 0.93 + 0.14 * base_random_unit(&texture);
    for (y = 0; y < canvas->height; y++)
        for (x = 0; x < canvas->width; x++) {
            double px = x + shift[0], py = y + shift[1];
            double value = materials[material](&s, px * s.cosine + py * s.sine, py * s.cosine - px * s.sine);
            double grey = s.level + s.strength * value;

            for (c = 0; c < 3; c++)
                canvas->plane[c][y * canvas->width + x] = (float)(grey * s.tint[c]);
        }
}
