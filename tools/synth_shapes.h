/** The outlines of synthetic parts and defects, as signed distance functions.
 *
 * A shape lives in unit coordinates: it fits a circle of radius about 1 around the origin. What differs from
 * one specimen to the next (teeth, widths, the course of a crack) is drawn once by synth_shape_draw().
 */
#ifndef SYNTH_SHAPES_H
#define SYNTH_SHAPES_H

#include "base_random.h"
#include <stddef.h>

typedef enum synth_shape_kind {
    SYNTH_SHAPE_GEAR,
    SYNTH_SHAPE_SPRING,
    SYNTH_SHAPE_WASHER,
    SYNTH_SHAPE_BOLT,
    SYNTH_SHAPE_BRACKET,
    SYNTH_SHAPE_NUT,
    SYNTH_SHAPE_PIN,
    SYNTH_SHAPE_CRACK,
    SYNTH_SHAPE_SCRATCH,
    SYNTH_SHAPE_DOTS,
    SYNTH_SHAPE_FLECK,
    SYNTH_SHAPE_BLOB,
    SYNTH_SHAPE_OVAL,
    SYNTH_SHAPE_KINDS
} synth_shape_kind;

#define SYNTH_SHAPE_STROKES 24
#define SYNTH_SHAPE_NUMBERS 16

/** A segment from a to b whose radius runs from ra to rb. */
typedef struct synth_stroke {
    double ax, ay, bx, by, ra, rb;
} synth_stroke;

typedef struct synth_shape {
    synth_shape_kind kind;
    double number[SYNTH_SHAPE_NUMBERS]; /* meaning: see the shape's draw function */
    size_t strokes;
    synth_stroke stroke[SYNTH_SHAPE_STROKES];
} synth_shape;

/** Draw a specimen of a kind. Local. */
void synth_shape_draw(synth_shape_kind kind, base_random *random, synth_shape *shape);

/** Signed distance to the outline, negative inside, in unit coordinates.
 *
 * Near the outline it is the distance but for a few percent; far from it, a bound. Strokes thinner than three
 * quarters of `pixel` (a pixel's width in unit coordinates) are widened to that, so that a mask has no gaps.
 * Local.
 */
double synth_shape_distance(const synth_shape *shape, double x, double y, double pixel);

#endif
