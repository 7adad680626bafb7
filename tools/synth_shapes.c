#include "synth_shapes.h"
#include "synth_math.h"
#include <math.h>
#include <string.h>

static double between(base_random *random, double low, double high)
{
    return low + (high - low) * base_random_unit(random);
}

static int whole(base_random *random, int low, int high)
{
    return low + (int)base_random_below(random, (uint64_t)(high - low + 1));
}

static void add_stroke(synth_shape *shape, double ax, double ay, double bx, double by, double ra, double rb)
{
    if (shape->strokes < SYNTH_SHAPE_STROKES)
        shape->stroke[shape->strokes++] = (synth_stroke){ax, ay, bx, by, ra, rb};
}

/* ---- distances of simple figures ---- */

static double box_distance(double x, double y, double half_x, double half_y)
{
    double qx = fabs(x) - half_x, qy = fabs(y) - half_y;
    double ox = synth_most(qx, 0), oy = synth_most(qy, 0);

    return sqrt(ox * ox + oy * oy) + synth_least(synth_most(qx, qy), 0);
}

static double circle_distance(double x, double y, double radius)
{
    return sqrt(x * x + y * y) - radius;
}

static double hexagon_distance(double x, double y, double inner_radius)
{
    double ax = fabs(x), ay = fabs(y);

    return synth_most(ay, 0.8660254037844386 * ax + 0.5 * ay) - inner_radius;
}

static double strokes_distance(const synth_shape *shape, double x, double y, double pixel)
{
    double nearest = 1e9, thinnest = 0.75 * pixel;
    size_t i;

    for (i = 0; i < shape->strokes; i++) {
        const synth_stroke *s = &shape->stroke[i];
        double dx = s->bx - s->ax, dy = s->by - s->ay, px = x - s->ax, py = y - s->ay;
        double length2 = dx * dx + dy * dy;
        double t = length2 > 0 ? synth_least(synth_most((px * dx + py * dy) / length2, 0), 1) : 0;
        double ex = px - t * dx, ey = py - t * dy;

        nearest =
            synth_least(nearest, sqrt(ex * ex + ey * ey) - synth_most(s->ra + t * (s->rb - s->ra), thinnest));
    }
    return nearest;
}

/* ---- parts ---- */

/* number: tip radius, depth of teeth, teeth, hole radius, steepness of flanks, spokes' inner and outer radius
 * (0 none) */
static void draw_gear(base_random *random, synth_shape *shape)
{
    double *n = shape->number;

    n[0] = between(random, 0.86, 1.0);
    n[1] = between(random, 0.12, 0.22);
    n[2] = whole(random, 8, 14);
    n[3] = between(random, 0.16, 0.38);
    n[4] = between(random, 1.5, 3);
}

static double gear_distance(const synth_shape *shape, double x, double y, double pixel)
{
    const double *n = shape->number;
    double radius = sqrt(x * x + y * y);
    double wave = synth_least(synth_most(n[4] * cos(n[2] * atan2(y, x)), -1), 1);
    double rim = (radius - (n[0] - 0.5 * n[1] * (1 - wave))) * 0.8; /* 0.8: flanks are not radial */

    (void)pixel;
    return synth_most(rim, n[3] - radius);
}

/* A wire going to and fro. */
static void draw_spring(base_random *random, synth_shape *shape)
{
    int turns = whole(random, 7, 13), i;
    double half = between(random, 0.28, 0.48), wire = between(random, 0.055, 0.085);
    double step = 1.9 / turns, lean = between(random, -0.3, 0.3) * step;

    for (i = 0; i < turns; i++) {
        double x = -0.95 + step * i, side = i % 2 ? half : -half;

        add_stroke(shape, x, -side, x + step, side, wire, wire);
    }
    add_stroke(shape, -0.95, half, -0.95 + lean, -half * 0.6, wire, wire);
}

/* number: middle radius, half the rim's width, gap's half angle (0: closed) */
static void draw_washer(base_random *random, synth_shape *shape)
{
    double outer = between(random, 0.85, 1), inner = outer * between(random, 0.38, 0.68);

    shape->number[0] = 0.5 * (outer + inner);
    shape->number[1] = 0.5 * (outer - inner);
}

static double washer_distance(const synth_shape *shape, double x, double y, double pixel)
{
    (void)pixel;
    return fabs(sqrt(x * x + y * y) - shape->number[0]) - shape->number[1];
}

/* number: half length of the head, half its width, half the shank's width, depth of the thread, threads a
 * unit */
static void draw_bolt(base_random *random, synth_shape *shape)
{
    double *n = shape->number;

    n[0] = between(random, 0.13, 0.24);
    n[2] = between(random, 0.14, 0.24);
    n[1] = n[2] * between(random, 1.5, 2.3);
    n[3] = between(random, 0.015, 0.045);
    n[4] = between(random, 5, 9);
}

static double bolt_distance(const synth_shape *shape, double x, double y, double pixel)
{
    const double *n = shape->number;
    double head = box_distance(x + 1 - n[0], y, n[0] - 0.05, n[1] - 0.05) - 0.05;
    double phase = x * n[4] - synth_floor(x * n[4]);
    double ripple = x > -0.1 ? n[3] * fabs(4 * phase - 2) : 0;
    double shank = box_distance(x - n[0], y, 1 - n[0], n[2] - ripple);

    (void)pixel;
    return synth_least(head, shank);
}

/* number: half widths of both arms, length of the short arm, radius of the holes */
static void draw_bracket(base_random *random, synth_shape *shape)
{
    double *n = shape->number;

    n[0] = between(random, 0.16, 0.26);
    n[1] = between(random, 0.16, 0.26);
    n[2] = between(random, 0.7, 1.3);
    n[3] = synth_least(n[0], n[1]) * between(random, 0.4, 0.6);
    n[4] = whole(random, 0, 1) ? 1 : -1;
}

static double bracket_distance(const synth_shape *shape, double x, double y, double pixel)
{
    const double *n = shape->number;
    double v = n[4] * y + 0.4, u = x + 0.1; /* the corner lies at (-0.8, 0) of (u, v) */
    double arm_long = box_distance(u, v - n[0] + 0.2, 0.8, n[0]) - 0.02;
    double arm_short = box_distance(u + 0.8 - n[1], v + 0.2 - 0.5 * n[2], n[1], 0.5 * n[2]) - 0.02;
    double hole_long = n[3] - sqrt((u - 0.5) * (u - 0.5) + (v - n[0] + 0.2) * (v - n[0] + 0.2));
    double top = n[2] - 0.2 - n[1];
    double hole_short = n[3] - sqrt((u + 0.8 - n[1]) * (u + 0.8 - n[1]) + (v - top) * (v - top));

    (void)pixel;
    return synth_most(synth_least(arm_long, arm_short), synth_most(hole_long, hole_short));
}

/* number: inner radius of the hexagon, hole radius */
static void draw_nut(base_random *random, synth_shape *shape)
{
    shape->number[0] = between(random, 0.76, 0.86);
    shape->number[1] = shape->number[0] * between(random, 0.42, 0.66);
}

static double nut_distance(const synth_shape *shape, double x, double y, double pixel)
{
    (void)pixel;
    return synth_most(hexagon_distance(x, y, shape->number[0]), -circle_distance(x, y, shape->number[1]));
}

/* number: half width, rounding, taper, groove's place and depth */
static void draw_pin(base_random *random, synth_shape *shape)
{
    double *n = shape->number;

    n[0] = between(random, 0.15, 0.3);
    n[1] = n[0] * between(random, 0.2, 0.9);
    n[2] = between(random, 0, 0.07);
    n[3] = between(random, 0.4, 0.7);
    n[4] = between(random, 0.02, 0.07);
}

static double pin_distance(const synth_shape *shape, double x, double y, double pixel)
{
    const double *n = shape->number;
    double groove = fabs(x - n[3]) < 0.07 ? n[4] : 0;

    (void)pixel;
    return box_distance(x, y, 1 - n[1], n[0] - n[1] - n[2] * x - groove) - n[1];
}

/* ---- defects ---- */

/* A jagged walk that thins out, with a branch or two. */
static void draw_crack(base_random *random, synth_shape *shape)
{
    int steps = whole(random, 8, 12), branches = whole(random, 1, 2), i;
    double x = -0.97, y = between(random, -0.15, 0.15), radius = between(random, 0.035, 0.06);
    double step = 1.94 / steps;

    for (i = 0; i < steps; i++) {
        double nx = x + step * between(random, 0.7, 1.3), ny = y + between(random, -0.17, 0.17);
        double thinner = radius * between(random, 0.82, 1);

        nx = synth_least(nx, 0.98);
        ny = synth_least(synth_most(ny, -0.35), 0.35);
        add_stroke(shape, x, y, nx, ny, radius, thinner);
        if (branches > 0 && i >= 2 && base_random_unit(random) < 0.35) {
            double side = base_random_unit(random) < 0.5 ? -1 : 1, reach = between(random, 0.15, 0.3);

            add_stroke(shape, nx, ny, nx + reach, ny + side * reach, thinner * 0.8, thinner * 0.6);
            add_stroke(shape, nx + reach, ny + side * reach, nx + reach * 1.6, ny + side * reach * 1.2,
                       thinner * 0.6, thinner * 0.3);
            branches--;
        }
        x = nx;
        y = ny;
        radius = thinner;
    }
}

/* One to three neighbouring smooth arcs, thin at the ends. */
static void draw_scratch(base_random *random, synth_shape *shape)
{
    int lines = whole(random, 1, 3), line, i;
    double bend = between(random, -0.25, 0.25), radius = between(random, 0.025, 0.05);

    for (line = 0; line < lines; line++) {
        double offset = (line - 0.5 * (lines - 1)) * between(random, 0.1, 0.2);
        double from = line ? between(random, -0.98, -0.3) : -0.98,
               to = line ? between(random, 0.3, 0.98) : 0.98;

        for (i = 0; i < 6; i++) {
            double x0 = from + (to - from) * i / 6, x1 = from + (to - from) * (i + 1) / 6;

            add_stroke(shape, x0, offset + bend * (1 - x0 * x0) - 0.5 * bend, x1,
                       offset + bend * (1 - x1 * x1) - 0.5 * bend, i == 0 ? radius * 0.4 : radius,
                       i == 5 ? radius * 0.4 : radius);
        }
    }
}

/* A loose cluster of dots, none of them alike. */
static void draw_dots(base_random *random, synth_shape *shape)
{
    int dots = whole(random, 4, 8), i;
    double turn = between(random, 0, 2 * M_PI);

    for (i = 0; i < dots; i++) {
        double angle = turn + 2.399963 * i,
               reach = 0.84 * sqrt((i + 0.5) / dots) * between(random, 0.85, 1.05);
        double x = reach * cos(angle), y = reach * sin(angle), radius = between(random, 0.07, 0.14);
        double dx = between(random, -0.03, 0.03), dy = between(random, -0.03, 0.03);

        add_stroke(shape, x, y, x + dx, y + dy, radius, radius);
    }
}

/* A torn chip of metal: spikes from a small body. */
static void draw_fleck(base_random *random, synth_shape *shape)
{
    int spikes = whole(random, 4, 7), i;
    double turn = between(random, 0, 2 * M_PI), body = between(random, 0.16, 0.3);

    for (i = 0; i < spikes; i++) {
        double angle = turn + 2 * M_PI * (i + between(random, -0.3, 0.3)) / spikes;
        double reach = between(random, 0.45, 0.97), tip = between(random, 0.02, 0.1);

        add_stroke(shape, 0, 0, reach * cos(angle), reach * sin(angle), body, tip);
    }
}

/* number: radius, then amplitude and phase of the harmonics 2 to 5 of the outline */
static void draw_blob(base_random *random, synth_shape *shape)
{
    int i;

    shape->number[0] = between(random, 0.62, 0.72);
    for (i = 0; i < 4; i++) {
        shape->number[1 + 2 * i] = between(random, 0.02, 0.16) / (1 + 0.5 * i);
        shape->number[2 + 2 * i] = between(random, 0, 2 * M_PI);
    }
}

static double blob_distance(const synth_shape *shape, double x, double y, double pixel)
{
    const double *n = shape->number;
    double angle = atan2(y, x), radius = n[0];
    int i;

    (void)pixel;
    for (i = 0; i < 4; i++)
        radius += n[1 + 2 * i] * cos((i + 2) * angle + n[2 + 2 * i]);
    return (sqrt(x * x + y * y) - radius) * 0.9;
}

/* number: half axes */
static void draw_oval(base_random *random, synth_shape *shape)
{
    shape->number[0] = between(random, 0.85, 1);
    shape->number[1] = shape->number[0] * between(random, 0.6, 1);
}

static double oval_distance(const synth_shape *shape, double x, double y, double pixel)
{
    double a = shape->number[0], b = shape->number[1];
    double k0 = sqrt(x * x / (a * a) + y * y / (b * b));
    double k1 = sqrt(x * x / (a * a * a * a) + y * y / (b * b * b * b));

    (void)pixel;
    return k1 > 1e-9 ? k0 * (k0 - 1) / k1 : -b;
}

/* ---- the table ---- */

typedef struct shape_functions {
    void (*draw)(base_random *random, synth_shape *shape);
    double (*distance)(const synth_shape *shape, double x, double y, double pixel);
} shape_functions;

static const shape_functions functions[SYNTH_SHAPE_KINDS] = {
    [SYNTH_SHAPE_GEAR] = {draw_gear, gear_distance},
    [SYNTH_SHAPE_SPRING] = {draw_spring, strokes_distance},
    [SYNTH_SHAPE_WASHER] = {draw_washer, washer_distance},
    [SYNTH_SHAPE_BOLT] = {draw_bolt, bolt_distance},
    [SYNTH_SHAPE_BRACKET] = {draw_bracket, bracket_distance},
    [SYNTH_SHAPE_NUT] = {draw_nut, nut_distance},
    [SYNTH_SHAPE_PIN] = {draw_pin, pin_distance},
    [SYNTH_SHAPE_CRACK] = {draw_crack, strokes_distance},
    [SYNTH_SHAPE_SCRATCH] = {draw_scratch, strokes_distance},
    [SYNTH_SHAPE_DOTS] = {draw_dots, strokes_distance},
    [SYNTH_SHAPE_FLECK] = {draw_fleck, strokes_distance},
    [SYNTH_SHAPE_BLOB] = {draw_blob, blob_distance},
    [SYNTH_SHAPE_OVAL] = {draw_oval, oval_distance},
};

void synth_shape_draw(synth_shape_kind kind, base_random *random, synth_shape *shape)
{
    memset(shape, 0, sizeof *shape);
    shape->kind = kind;
    functions[kind].draw(random, shape);
}

double synth_shape_distance(const synth_shape *shape, double x, double y, double pixel)
{
    return functions[shape->kind].distance(shape, x, y, pixel);
}
