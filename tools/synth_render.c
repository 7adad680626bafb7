#include "synth_render.h"
#include "synth_math.h"
#include "synth_paint.h"
#include <math.h>
#include <stdlib.h>

/* The light falls off across the image, away from where it comes from. */
static void shine(synth_canvas *canvas, const double *light, double strength)
{
    int x, y, c;

    for (y = 0; y < canvas->height; y++)
        for (x = 0; x < canvas->width; x++) {
            double across = (x - 0.5 * canvas->width) * light[0] + (y - 0.5 * canvas->height) * light[1];
            float gain = (float)(1 + strength * across / (0.5 * canvas->width));

            for (c = 0; c < 3; c++)
                canvas->plane[c][y * canvas->width + x] *= gain;
        }
}

/* One pass of (share, 1 - 2 share, share) over `count` values `stride` apart; the border repeats. */
static void smooth(float *value, int count, int stride, float share)
{
    float before = value[0];
    int i;

    for (i = 0; i < count; i++) {
        float here = value[i * stride], after = value[(i + 1 < count ? i + 1 : i) * stride];

        value[i * stride] = here + share * (before + after - 2 * here);
        before = here;
    }
}

static void blur(synth_canvas *canvas, float share)
{
    int c, i;

    for (c = 0; c < 3; c++) {
        for (i = 0; i < canvas->height; i++)
            smooth(canvas->plane[c] + i * canvas->width, canvas->width, 1, share);
        for (i = 0; i < canvas->width; i++)
            smooth(canvas->plane[c] + i, canvas->height, canvas->width, share);
    }
}

static double mean_of(const synth_canvas *canvas)
{
    int pixels = canvas->width * canvas->height, i;
    double sum = 0;

    for (i = 0; i < pixels; i++)
        sum += (double)canvas->plane[1][i];
    return sum / pixels;
}

/* To bytes, with noise of a standard deviation of `sigma`: the sum of a random word's four bytes is near
 * normal. */
static void expose(const synth_canvas *canvas, base_random *random, double sigma, uint8_t *rgb)
{
    int pixels = canvas->width * canvas->height, i, c;

    for (i = 0; i < pixels; i++) {
        uint32_t bits = base_random_u32(random);
        double sum = (bits & 255) + (bits >> 8 & 255) + (bits >> 16 & 255) + (bits >> 24);
        double noise = sigma * (sum - 510) / 147.8;

        for (c = 0; c < 3; c++) {
            double value = 255 * ((double)canvas->plane[c][i] + noise);

            rgb[3 * i + c] = (uint8_t)synth_least(synth_most(value + 0.5, 0), 255);
        }
    }
}

base_status synth_render(const synth_request *request, const synth_plan *plan, int64_t image,
                         const synth_scene *scene, uint8_t *rgb)
{
    base_random texture = base_random_at(request->seed, BASE_RANDOM_SYNTH, SYNTH_STREAM_TEXTURE, 0,
                                         (uint64_t)plan->image[image].group);
    base_random shot =
        base_random_at(request->seed, BASE_RANDOM_SYNTH, SYNTH_STREAM_SHOT, 0, (uint64_t)image);
    base_random sensor =
        base_random_at(request->seed, BASE_RANDOM_SYNTH, SYNTH_STREAM_NOISE, 0, (uint64_t)image);
    double angle = 2 * M_PI * base_random_unit(&shot), unit = request->size / 256.0;
    double shift_x = 40 * unit * base_random_unit(&shot), shift_y = 40 * unit * base_random_unit(&shot);
    synth_noise noise;
    synth_studio studio = {.light = {cos(angle), sin(angle)}, .noise = &noise};
    synth_canvas canvas;
    base_status status;
    int i;

    status = synth_canvas_create(request->size, synth_request_height(request), &canvas);
    if (status != BASE_OK)
        return status;
    synth_noise_draw(&shot, &noise);
    synth_texture_fill(&canvas, texture, (const double[]){shift_x, shift_y}, unit);
    studio.level = mean_of(&canvas);
    synth_paint_dirt(&canvas, &shot, unit);
    for (i = 0; i < scene->objects; i++)
        synth_paint_object(&canvas, &studio, &scene->object[i]);
    shine(&canvas, studio.light, 0.08 + 0.22 * base_random_unit(&shot));
    blur(&canvas, (float)(0.25 * base_random_unit(&shot)));
    expose(&canvas, &sensor, 0.012 + 0.030 * base_random_unit(&shot), rgb);
    synth_canvas_destroy(&canvas);
    return BASE_OK;
}
