#include "synth_paint.h"
#include "synth_math.h"
#include <math.h>

/* What a finish may look at besides the pixel itself. */
typedef struct brush {
    const synth_studio *studio;
    const synth_part *part;
    const synth_field *field;
    double strength; /* contrast without its sign */
} brush;

/* How much of a pixel at this distance is covered. */
static double coverage(double distance)
{
    return synth_clamp(0.5 - distance, 0, 1);
}

/* The outline's outward normal times the direction of the light: 1 facing it, -1 turned away. */
static double facing(const brush *b, int column, int row)
{
    double gx = synth_field_at(b->field, column + 1, row) - synth_field_at(b->field, column - 1, row);
    double gy = synth_field_at(b->field, column, row + 1) - synth_field_at(b->field, column, row - 1);

    return 0.5 * synth_clamp(gx * b->studio->light[0] + gy * b->studio->light[1], -2, 2);
}

static double grain(const brush *b, int column, int row)
{
    return synth_noise_at(b->studio->noise, column * 0.35 + b->part->radius,
                          row * 0.35 + 100 * b->part->contrast);
}

static void mix(double *pixel, const double *colour, double opacity)
{
    int c;

    for (c = 0; c < 3; c++)
        pixel[c] += opacity * (colour[c] - pixel[c]);
}

/* ---- finishes: each changes a pixel of the background, red, green, blue ---- */

static void paint_metal(const brush *b, int column, int row, double distance, double *pixel)
{
    double cast = 2.5, level = b->studio->level, grey = level + b->part->contrast, colour[3];
    double shaded = synth_field_at(b->field, column + (int)lround(cast * b->studio->light[0]),
                                   row + (int)lround(cast * b->studio->light[1]));
    double bevel = synth_clamp(1 + distance / synth_most(2, 0.16 * b->part->radius), 0, 1);
    double dark = 1 - 0.45 * b->strength * synth_clamp(1 - shaded / 2, 0, 1) / (0.1 + b->strength);
    int c;

    if (grey < 0.08 || grey > 0.92)
        grey = level - b->part->contrast;
    grey += 0.9 * b->strength * bevel * facing(b, column, row) + 0.05 * grain(b, column, row);
    for (c = 0; c < 3; c++) {
        pixel[c] *= dark;
        colour[c] = grey * b->part->tint[c];
    }
    mix(pixel, colour, coverage(distance));
}

static void paint_dark(const brush *b, int column, int row, double distance, double *pixel)
{
    double factor = 1 - b->strength * coverage(distance);
    int c;

    (void)column;
    (void)row;
    for (c = 0; c < 3; c++)
        pixel[c] *= factor;
}

static void paint_bright(const brush *b, int column, int row, double distance, double *pixel)
{
    double more = b->strength * coverage(distance) * (0.85 + 0.3 * grain(b, column, row));
    int c;

    for (c = 0; c < 3; c++)
        pixel[c] += more * b->part->tint[c];
}

static void paint_either(const brush *b, int column, int row, double distance, double *pixel)
{
    (b->part->contrast < 0 ? paint_dark : paint_bright)(b, column, row, distance, pixel);
}

/* Slope of a shallow dome: nothing at the rim, steepest a little inside, flat in the middle. */
static double slope(const brush *b, double distance)
{
    double depth = synth_clamp(-distance / (0.6 * b->part->radius), 0, 1);

    return 2.6 * (1 - depth) * synth_least(1, 3 * depth) * coverage(distance);
}

static void paint_relief(const brush *b, int column, int row, double distance, double *pixel, double side)
{
    double more = side * b->strength * slope(b, distance) * facing(b, column, row);
    int c;

    for (c = 0; c < 3; c++)
        pixel[c] += more;
}

static void paint_raised(const brush *b, int column, int row, double distance, double *pixel)
{
    paint_relief(b, column, row, distance, pixel, 1);
}

static void paint_hollow(const brush *b, int column, int row, double distance, double *pixel)
{
    paint_relief(b, column, row, distance, pixel, -1);
}

/* A dried puddle, `rim` stronger along its outline than in its middle, and on the whole as strong with any
 * rim. */
static void paint_puddle(const brush *b, int column, int row, double distance, double *pixel, double rim)
{
    double soft = synth_clamp(0.5 - distance / 2.5, 0, 1), wide = synth_most(2, 0.22 * b->part->radius);
    double profile = 1 - 0.5 * rim + rim * exp(-(distance / wide) * (distance / wide));
    double opacity = b->strength * soft * profile * (0.9 + 0.25 * grain(b, column, row));
    int c;

    for (c = 0; c < 3; c++)
        pixel[c] *= 1 - opacity * (1 - 2 * (b->part->tint[c] - 0.92)); /* tints 0.92 to 1.08 soak 1 to 0.7 */
}

/* The rims of both overlap: no eye can tell them all apart. */
static void paint_stain(const brush *b, int column, int row, double distance, double *pixel)
{
    paint_puddle(b, column, row, distance, pixel, 0.7 * b->part->character);
}

static void paint_rim(const brush *b, int column, int row, double distance, double *pixel)
{
    paint_puddle(b, column, row, distance, pixel, 0.35 + 0.7 * b->part->character);
}

typedef void (*finish_function)(const brush *b, int column, int row, double distance, double *pixel);

/* Apply a finish to every pixel of the field that lies on the canvas. */
static void apply(synth_canvas *canvas, const brush *b, finish_function finish)
{
    const synth_field *field = b->field;
    int row, column, c;

    for (row = 0; row < field->side; row++)
        for (column = 0; column < field->side; column++) {
            int x = field->x + column, y = field->y + row, at = y * canvas->width + x;
            double pixel[3];

            if (x < 0 || y < 0 || x >= canvas->width || y >= canvas->height)
                continue;
            for (c = 0; c < 3; c++)
                pixel[c] = (double)canvas->plane[c][at];
            finish(b, column, row, (double)field->distance[row * field->side + column], pixel);
            for (c = 0; c < 3; c++)
                canvas->plane[c][at] = (float)pixel[c];
        }
}

/* ---- cues ---- */

/* Opacity of a cue of radius 1 at a point of its own coordinates; pixel is a pixel's width there. */
static double cue_opacity(synth_cue cue, double x, double y, double pixel)
{
    double radius = sqrt(x * x + y * y);

    switch (cue) {
    case SYNTH_CUE_PATCH:
        return 0.75 * coverage((radius - 0.95) / pixel);
    case SYNTH_CUE_STRIPE:
        return 0.85 * coverage(synth_most(fabs(x + y) * 0.7071 - 0.38, radius - 0.95) / pixel);
    case SYNTH_CUE_CROSS:
        return 0.85 * coverage(synth_most(synth_least(fabs(x), fabs(y)) - 0.3, radius - 0.95) / pixel);
    case SYNTH_CUE_RING:
        return 0.85 * coverage((fabs(radius - 0.65) - 0.28) / pixel);
    case SYNTH_CUE_NONE:
    case SYNTH_CUES:
        break;
    }
    return 0;
}

static void paint_cue(synth_canvas *canvas, const synth_object *object)
{
    static const double colours[SYNTH_CUES][3] = {
        {0, 0, 0}, {0.85, 0.45, 0.10}, {0.15, 0.25, 0.75}, {0.05, 0.05, 0.05}, {0.10, 0.55, 0.20}};
    double radius = object->cue_radius;
    int x, y, c;

    for (y = (int)floor(object->cue_y - radius); y <= (int)ceil(object->cue_y + radius); y++)
        for (x = (int)floor(object->cue_x - radius); x <= (int)ceil(object->cue_x + radius); x++) {
            int at = y * canvas->width + x;
            double opacity;

            if (x < 0 || y < 0 || x >= canvas->width || y >= canvas->height)
                continue;
            opacity = cue_opacity(object->cue, (x - object->cue_x) / radius, (y - object->cue_y) / radius,
                                  1 / radius);
            for (c = 0; c < 3; c++)
                canvas->plane[c][at] +=
                    (float)(opacity * (colours[object->cue][c] - (double)canvas->plane[c][at]));
        }
}

void synth_paint_object(synth_canvas *canvas, const synth_studio *studio, const synth_object *object)
{
    static const finish_function finishes[] = {
        [SYNTH_FINISH_METAL] = paint_metal,   [SYNTH_FINISH_DARK] = paint_dark,
        [SYNTH_FINISH_BRIGHT] = paint_bright, [SYNTH_FINISH_EITHER] = paint_either,
        [SYNTH_FINISH_HOLLOW] = paint_hollow, [SYNTH_FINISH_RAISED] = paint_raised,
        [SYNTH_FINISH_STAIN] = paint_stain,   [SYNTH_FINISH_RIM] = paint_rim,
    };
    brush b = {studio, &object->part, &object->field, fabs(object->part.contrast)};

    apply(canvas, &b, finishes[object->part.class->finish]);
    if (object->cue != SYNTH_CUE_NONE)
        paint_cue(canvas, object);
}

void synth_paint_dirt(synth_canvas *canvas, base_random *random, double unit)
{
    int pieces = 4 + (int)base_random_below(random, 9), i, x, y, c;

    for (i = 0; i < pieces; i++) {
        double cx = canvas->width * base_random_unit(random), cy = canvas->height * base_random_unit(random);
        double angle = 2 * M_PI * base_random_unit(random),
               half = unit * (i % 2 ? 1 : 8) * base_random_unit(random);
        double wide = unit * (0.6 + 0.9 * base_random_unit(random)),
               factor = 0.86 + 0.28 * base_random_unit(random);
        double ux = cos(angle), uy = sin(angle), reach = half + wide + 1;

        for (y = (int)synth_most(0, cy - reach); y < (int)synth_least(canvas->height, cy + reach); y++)
            for (x = (int)synth_most(0, cx - reach); x < (int)synth_least(canvas->width, cx + reach); x++) {
                double along = synth_clamp((x - cx) * ux + (y - cy) * uy, -half, half);
                double ex = x - cx - along * ux, ey = y - cy - along * uy;
                double cover = coverage(sqrt(ex * ex + ey * ey) - wide);

                for (c = 0; c < 3; c++)
                    canvas->plane[c][y * canvas->width + x] *= (float)(1 + cover * (factor - 1));
            }
    }
}
