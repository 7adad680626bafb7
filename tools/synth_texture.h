/** Surfaces the parts lie on: value noise, four materials, an image in floating point. */
#ifndef SYNTH_TEXTURE_H
#define SYNTH_TEXTURE_H

#include "base_random.h"
#include "base_status.h"

#define SYNTH_LATTICE 64 /* a power of two */

/** Random values on a torus of lattice points, what all noise is interpolated from. */
typedef struct synth_noise {
    float value[SYNTH_LATTICE * SYNTH_LATTICE]; /* in [-1, 1) */
} synth_noise;

/** A picture in the making: red, green, blue planes [3,height,width], 0 black to 1 white. */
typedef struct synth_canvas {
    int width, height;
    float *plane[3];
} synth_canvas;

void synth_noise_draw(base_random *random, synth_noise *noise);

/** Smooth noise in [-1, 1] at a point; one lattice step is 1. Local. */
double synth_noise_at(const synth_noise *noise, double x, double y);

/** Allocate. BASE_ERR_MEMORY. Free with synth_canvas_destroy(). */
base_status synth_canvas_create(int width, int height, synth_canvas *canvas);

/** NULL-safe; zeroes the canvas. */
void synth_canvas_destroy(synth_canvas *canvas);

/** Fill the canvas with a surface drawn at random: brushed metal, woven fabric, concrete or paint.
 *
 * @param texture  what is drawn of the surface itself (a group's shots share it)
 * @param shift    [2] which part of the surface is seen, in pixels
 * @param unit     pixels an image of width 256 would have one of
 */
void synth_texture_fill(synth_canvas *canvas, base_random texture, const double *shift, double unit);

#endif
