/** What is to be drawn: groups of shots, the parts in them, their split and their spurious cues.
 *
 * The plan fixes the statistics of the data set before a pixel is drawn: class counts in proportion to the
 * table's weights within each split, splits 7:2:1 of the images, and no group in two splits.
 */
#ifndef SYNTH_PLAN_H
#define SYNTH_PLAN_H

#include "base_status.h"
#include "synth_classes.h"
#include <stdint.h>

#define SYNTH_PARTS_MOST 4
#define SYNTH_SHOTS_MOST 3

typedef enum synth_split { SYNTH_SPLIT_TRAIN, SYNTH_SPLIT_VAL, SYNTH_SPLIT_TEST, SYNTH_SPLITS } synth_split;

/** What a run was asked for. */
typedef struct synth_request {
    int64_t images; /* 1 to SYNTH_IMAGES_MOST */
    uint64_t seed;
    int size; /* width of an image, pixels; its height is three quarters of that */
} synth_request;

/** Height of an image, pixels. */
static inline int synth_request_height(const synth_request *request)
{
    return request->size * 3 / 4;
}

#define SYNTH_IMAGES_MOST 1000000
#define SYNTH_SIZE_LEAST  128
#define SYNTH_SIZE_MOST   2048

/** One arrangement of parts, photographed one to three times. */
typedef struct synth_group {
    int shots, parts;
    synth_split split;
    int class_of[SYNTH_PARTS_MOST];
} synth_group;

typedef struct synth_image {
    int64_t group; /* row of groups */
    int shot;
    synth_cue cue[SYNTH_PARTS_MOST]; /* the mark beside each part */
} synth_image;

typedef struct synth_plan {
    int64_t groups, images;
    synth_group *group; /* [groups] */
    synth_image *image; /* [images], the shots of a group beside each other */
} synth_plan;

/** What random numbers are for: the `round` of base_random_at(), beneath BASE_RANDOM_SYNTH. Append only. */
typedef enum synth_stream {
    SYNTH_STREAM_PLAN,    /* item: split, or SYNTH_SPLITS for the order of groups */
    SYNTH_STREAM_PART,    /* item: group, epoch: part */
    SYNTH_STREAM_TEXTURE, /* item: group */
    SYNTH_STREAM_SHOT,    /* item: image */
    SYNTH_STREAM_PLACE,   /* item: image, epoch: part */
    SYNTH_STREAM_CUE,     /* item: 0 */
    SYNTH_STREAM_NOISE    /* item: image */
} synth_stream;

/** Make the plan; free it with synth_plan_destroy(). Local. BASE_ERR_MEMORY. */
base_status synth_plan_create(const synth_request *request, synth_plan *plan);

/** NULL-safe; zeroes the plan. */
void synth_plan_destroy(synth_plan *plan);

/** A split's name in the JSON file. Static storage. */
const char *synth_split_name(synth_split split);

#endif
