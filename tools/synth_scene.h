/** One image before it is painted: its parts, where they lie, their masks and the marks beside them. */
#ifndef SYNTH_SCENE_H
#define SYNTH_SCENE_H

#include "synth_field.h"
#include "synth_plan.h"

/** A specimen; the shots of a group show the same ones. */
typedef struct synth_part {
    const synth_class *class;
    synth_shape shape;
    double radius;    /* pixels */
    double contrast;  /* signed: darker or brighter than the background, where the finish allows both */
    double tint[3];   /* colour, around 1 */
    double character; /* 0 to 1: where in its class's range a specimen lies */
} synth_part;

typedef struct synth_object {
    synth_part part;
    synth_field field;
    synth_mask mask;
    synth_cue cue;
    double cue_x, cue_y,
        cue_radius; /* pixels; the cue lies within this circle, which meets no pixel of the mask */
} synth_object;

typedef struct synth_scene {
    int objects;
    synth_object object[SYNTH_PARTS_MOST];
} synth_scene;

/** Share of the longer side of the box by which the square around an object is larger: what a crop will show.
 */
#define SYNTH_CONTEXT 1.3

/** Draw and place the parts of an image. Local.
 *
 * The square of SYNTH_CONTEXT times an object's longer side lies within the image and meets no other object's
 * box. Free with synth_scene_destroy(). BASE_ERR_MEMORY, BASE_ERR_INTERNAL.
 */
base_status synth_scene_create(const synth_request *request, const synth_plan *plan, int64_t image,
                               synth_scene *scene);

/** NULL-safe; zeroes the scene. */
void synth_scene_destroy(synth_scene *scene);

#endif
