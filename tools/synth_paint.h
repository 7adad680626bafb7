/** Bringing objects, marks and dirt onto a canvas. */
#ifndef SYNTH_PAINT_H
#define SYNTH_PAINT_H

#include "synth_scene.h"
#include "synth_texture.h"

/** What all objects of an image share. */
typedef struct synth_studio {
    double light[2];          /* unit vector towards the light */
    double level;             /* mean brightness of the background */
    const synth_noise *noise; /* for the grain of surfaces */
} synth_studio;

/** Paint an object in its class's finish, then its cue if it has one. Local. */
void synth_paint_object(synth_canvas *canvas, const synth_studio *studio, const synth_object *object);

/** Strew faint specks and short lines that belong to no class. Local. */
void synth_paint_dirt(synth_canvas *canvas, base_random *random, double unit);

#endif
