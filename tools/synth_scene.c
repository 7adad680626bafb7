#include "synth_scene.h"
#include "base_log.h"
#include "synth_math.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MARGIN    5   /* pixels of a field beyond the shape: room for its shadow */
#define TRIES     150 /* places tried before everything is made smaller */
#define ROUNDS    60  /* times everything is made smaller before giving up */
#define SMALLER   0.94
#define BOX_LEAST 18.0 /* longer side of a box at width 256, pixels */
#define BOX_MOST  70.0

/* Radius of a cue and the distance of its centre from that of the object, of the box's longer side. */
#define CUE_RADIUS 0.10
#define CUE_REACH  0.53

static double between(base_random *random, const double *range)
{
    return range[0] + (range[1] - range[0]) * base_random_unit(random);
}

static void draw_part(const synth_request *request, int64_t group, int slot, int class, synth_part *part)
{
    base_random random =
        base_random_at(request->seed, BASE_RANDOM_SYNTH, SYNTH_STREAM_PART, (uint32_t)slot, (uint64_t)group);
    int c;

    part->class = &synth_classes[class];
    part->radius = between(&random, part->class->size) * request->size / 256;
    part->contrast = between(&random, part->class->contrast);
    if (base_random_unit(&random) < 0.5)
        part->contrast = -part->contrast;
    for (c = 0; c < 3; c++)
        part->tint[c] = between(&random, (const double[]){0.92, 1.08});
    part->character = base_random_unit(&random);
    synth_shape_draw(part->class->shape, &random, &part->shape);
}

static int longer_side(const synth_mask *mask)
{
    return mask->width > mask->height ? mask->width : mask->height;
}

/* Shape in its pose, with its mask, not yet placed; made again larger or smaller if its box is out of bounds.
 */
static base_status pose_object(base_random *random, const synth_request *request, double scale,
                               synth_object *object)
{
    double unit = request->size / 256.0;
    synth_pose pose = {.radius = object->part.radius * scale, .angle = 2 * M_PI * base_random_unit(random)};
    base_status status = BASE_OK;
    int try;

    pose.offset[0] = base_random_unit(random) - 0.5;
    pose.offset[1] = base_random_unit(random) - 0.5;
    for (try = 0; try < 3 && status == BASE_OK; try++) {
        double longer, wanted;

        synth_field_destroy(&object->field);
        synth_mask_destroy(&object->mask);
        status = synth_field_create(&object->part.shape, &pose, MARGIN, &object->field);
        if (status == BASE_OK)
            status = synth_field_mask(&object->field, &object->mask);
        longer = longer_side(&object->mask);
        wanted = synth_clamp(longer, BOX_LEAST * unit, BOX_MOST * unit);
        if (status != BASE_OK || longer == wanted)
            break;
        pose.radius *= wanted / longer;
    }
    return status;
}

/* Half the square that a crop around the object shows, rounded up. */
static int half_context(const synth_mask *mask)
{
    return (int)ceil(0.5 * SYNTH_CONTEXT * longer_side(mask)) + 1;
}

/* Would the crop of one object, its centre twice at (x2, y2), show a part of the other's box? */
static bool context_meets(const synth_mask *mask, int x2, int y2, const synth_mask *other)
{
    int half2 = 2 * half_context(mask);
    int dx = 2 * other->x + other->width - x2, dy = 2 * other->y + other->height - y2;

    return abs(dx) < half2 + other->width && abs(dy) < half2 + other->height;
}

static void move_object(synth_object *object, int dx, int dy)
{
    object->field.x += dx;
    object->field.y += dy;
    object->mask.x += dx;
    object->mask.y += dy;
}

/* Find room for the last object of the scene; false if there is none. */
static bool place_object(base_random *random, const synth_request *request, synth_scene *scene, int slot)
{
    synth_object *object = &scene->object[slot];
    int half = half_context(&object->mask), width = request->size, height = synth_request_height(request),
        try, i;
    int middle_x = object->mask.x + object->mask.width / 2,
        middle_y = object->mask.y + object->mask.height / 2;

    if (2 * half + 2 > height)
        return false;
    for (try = 0; try < TRIES; try++) {
        int to_x = half + (int)base_random_below(random, (uint64_t)(width - 2 * half));
        int to_y = half + (int)base_random_below(random, (uint64_t)(height - 2 * half));

        move_object(object, to_x - middle_x, to_y - middle_y);
        middle_x = to_x;
        middle_y = to_y;
        for (i = 0; i < slot; i++) {
            const synth_mask *a = &object->mask, *b = &scene->object[i].mask;

            if (context_meets(a, 2 * a->x + a->width, 2 * a->y + a->height, b) ||
                context_meets(b, 2 * b->x + b->width, 2 * b->y + b->height, a))
                break;
        }
        if (i == slot)
            return true;
    }
    return false;
}

/* In the corner of the crop that is farthest from the object, as large as fits. */
static void place_cue(base_random *random, synth_object *object)
{
    const synth_mask *mask = &object->mask;
    double longer = longer_side(mask), best = -1;
    double x = mask->x + 0.5 * mask->width - 0.5, y = mask->y + 0.5 * mask->height - 0.5;
    int turn = (int)base_random_below(random, 4), i;

    for (i = 0; i < 4; i++) {
        int corner = (i + turn) % 4;
        double cx = x + (corner & 1 ? CUE_REACH : -CUE_REACH) * longer;
        double cy = y + (corner & 2 ? CUE_REACH : -CUE_REACH) * longer;
        double room = synth_field_at(&object->field, (int)lround(cx) - object->field.x,
                                     (int)lround(cy) - object->field.y) -
                      2;

        room = synth_least(room, CUE_RADIUS * longer); /* the first corner with enough room, so any of them */
        if (room > best) {
            best = room;
            object->cue_x = cx;
            object->cue_y = cy;
        }
    }
    object->cue_radius = best;
    if (best < 1)
        object->cue = SYNTH_CUE_NONE;
}

static base_status place_all(const synth_request *request, int64_t image, double scale, synth_scene *scene,
                             bool *placed)
{
    base_status status;
    int slot;

    for (slot = 0; slot < scene->objects; slot++) {
        synth_object *object = &scene->object[slot];
        base_random random = base_random_at(request->seed, BASE_RANDOM_SYNTH, SYNTH_STREAM_PLACE,
                                            (uint32_t)slot, (uint64_t)image);

        synth_field_destroy(&object->field);
        synth_mask_destroy(&object->mask);
        status =
            pose_object(&random, request, scale * between(&random, (const double[]){0.92, 1.08}), object);
        if (status != BASE_OK)
            return status;
        *placed = place_object(&random, request, scene, slot);
        if (!*placed)
            return BASE_OK;
        if (object->cue != SYNTH_CUE_NONE)
            place_cue(&random, object);
    }
    return BASE_OK;
}

base_status synth_scene_create(const synth_request *request, const synth_plan *plan, int64_t image,
                               synth_scene *scene)
{
    int64_t row = plan->image[image].group;
    const synth_group *group = &plan->group[row];
    synth_scene made = {.objects = group->parts};
    base_status status = BASE_OK;
    bool placed = false;
    double scale = 1;
    int slot, round;

    for (slot = 0; slot < group->parts; slot++) {
        draw_part(request, row, slot, group->class_of[slot], &made.object[slot].part);
        made.object[slot].cue = plan->image[image].cue[slot];
    }
    for (round = 0; round < ROUNDS && !placed && status == BASE_OK; round++) {
        status = place_all(request, image, scale, &made, &placed);
        scale *= SMALLER;
    }
    if (status == BASE_OK && !placed) {
        base_log_error("synth: no room for %d objects in image %lld", made.objects, (long long)image + 1);
        status = BASE_ERR_INTERNAL;
    }
    if (status == BASE_OK)
        *scene = made;
    else
        synth_scene_destroy(&made);
    return status;
}

void synth_scene_destroy(synth_scene *scene)
{
    int slot;

    if (!scene)
        return;
    for (slot = 0; slot < scene->objects; slot++) {
        synth_field_destroy(&scene->object[slot].field);
        synth_mask_destroy(&scene->object[slot].mask);
    }
    memset(scene, 0, sizeof *scene);
}
