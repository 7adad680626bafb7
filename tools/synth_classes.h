/** The fifteen classes of the synthetic data set: one table says everything about them. */
#ifndef SYNTH_CLASSES_H
#define SYNTH_CLASSES_H

#include "synth_shapes.h"

#define SYNTH_CLASSES 15

/** How a shape is brought onto the background. */
typedef enum synth_finish {
    SYNTH_FINISH_METAL,  /* a body of its own colour with a bevel and a cast shadow */
    SYNTH_FINISH_DARK,   /* darkens the background */
    SYNTH_FINISH_BRIGHT, /* brightens it */
    SYNTH_FINISH_EITHER, /* one or the other */
    SYNTH_FINISH_HOLLOW, /* shading of a dent under the image's light */
    SYNTH_FINISH_RAISED, /* shading of a bump under the image's light */
    SYNTH_FINISH_STAIN,  /* a tint, the rim hardly stronger than the middle */
    SYNTH_FINISH_RIM     /* a tint, the rim mostly stronger */
} synth_finish;

/** How a mask is written into the JSON file. A mask with holes is written as RLE in any case. */
typedef enum synth_writing {
    SYNTH_WRITING_POLYGON,   /* one polygon a connected piece */
    SYNTH_WRITING_RLE,       /* counts as a list */
    SYNTH_WRITING_COMPRESSED /* counts as COCO's string */
} synth_writing;

/** A mark beside the object that goes with its class in training images only. */
typedef enum synth_cue {
    SYNTH_CUE_NONE,
    SYNTH_CUE_PATCH,  /* an orange tint */
    SYNTH_CUE_STRIPE, /* a blue stripe */
    SYNTH_CUE_CROSS,  /* a black printed cross */
    SYNTH_CUE_RING,   /* a green printed ring */
    SYNTH_CUES
} synth_cue;

typedef struct synth_class {
    const char *name, *supercategory;
    int weight; /* annotations, relative to the other classes */
    synth_shape_kind shape;
    synth_finish finish;
    synth_writing writing;
    double size[2];     /* radius of the shape's circle in pixels of an image 256 wide: least, most */
    double contrast[2]; /* strength against the background, of full scale: least, most */
    synth_cue cue;
} synth_class;

/** Ordered from easy to nearly impossible; category ids are positions plus 1. */
extern const synth_class synth_classes[SYNTH_CLASSES];

/** A cue's name in the JSON file. Static storage. */
const char *synth_cue_name(synth_cue cue);

#endif
