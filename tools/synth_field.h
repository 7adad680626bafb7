/** A shape on the pixel grid: its signed distance around every pixel near it. */
#ifndef SYNTH_FIELD_H
#define SYNTH_FIELD_H

#include "base_status.h"
#include "synth_mask.h"
#include "synth_shapes.h"

/** Where and how large a shape is shown. */
typedef struct synth_pose {
    double radius;    /* of the shape's circle, pixels */
    double angle;     /* radians */
    double offset[2]; /* of the centre from the middle of the field, below a pixel */
} synth_pose;

/** Distances in pixels, negative inside; the window's upper left pixel is (x, y) of the image. */
typedef struct synth_field {
    int x, y, side;
    float *distance; /* [side,side] */
} synth_field;

/** Evaluate a shape with `margin` pixels to spare; the field lies at (0, 0). Local. BASE_ERR_MEMORY.
 * Free with synth_field_destroy(). */
base_status synth_field_create(const synth_shape *shape, const synth_pose *pose, int margin,
                               synth_field *field);

/** The pixels whose centre lies inside, with their tight box, in the field's place. Local. BASE_ERR_MEMORY.
 * Never empty: synth_shape_distance() keeps shapes wider than a pixel. */
base_status synth_field_mask(const synth_field *field, synth_mask *mask);

/** Distance at a pixel of the window, clamped to its border. Local. */
double synth_field_at(const synth_field *field, int column, int row);

/** NULL-safe; zeroes the field. */
void synth_field_destroy(synth_field *field);

#endif
