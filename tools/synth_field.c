#include "synth_field.h"
#include "base_log.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Shapes fit a circle of radius 1; what a drawn specimen may overstep. */
#define REACH 1.12

base_status synth_field_create(const synth_shape *shape, const synth_pose *pose, int margin,
                               synth_field *field)
{
    int side = 2 * ((int)ceil(REACH * pose->radius) + margin) + 1, row, column;
    float *distance = malloc((size_t)side * (size_t)side * sizeof *distance);
    double pixel = 1 / pose->radius, cosine = cos(pose->angle) * pixel, sine = sin(pose->angle) * pixel;

    if (!distance) {
        base_log_error("synth: no memory for a field of %d x %d pixels", side, side);
        return BASE_ERR_MEMORY;
    }
    for (row = 0; row < side; row++)
        for (column = 0; column < side; column++) {
            double dx = column - side / 2 - pose->offset[0], dy = row - side / 2 - pose->offset[1];
            double d = synth_shape_distance(shape, dx * cosine + dy * sine, dy * cosine - dx * sine, pixel);

            distance[row * side + column] = (float)(d * pose->radius);
        }
    *field = (synth_field){.side = side, .distance = distance};
    return BASE_OK;
}

double synth_field_at(const synth_field *field, int column, int row)
{
    int last = field->side - 1;

    column = column < 0 ? 0 : column > last ? last : column;
    row = row < 0 ? 0 : row > last ? last : row;
    return (double)field->distance[row * field->side + column];
}

base_status synth_field_mask(const synth_field *field, synth_mask *mask)
{
    int left = field->side, top = field->side, right = -1, bottom = -1, x, y;
    synth_mask made = {0};

    for (y = 0; y < field->side; y++)
        for (x = 0; x < field->side; x++)
            if (field->distance[y * field->side + x] < 0) {
                left = x < left ? x : left;
                right = x > right ? x : right;
                top = y < top ? y : top;
                bottom = y > bottom ? y : bottom;
            }
    if (right < 0) {
        base_log_error("synth: a shape covers no pixel of its field of %d x %d", field->side, field->side);
        return BASE_ERR_INTERNAL;
    }
    made = (synth_mask){
        .x = field->x + left, .y = field->y + top, .width = right - left + 1, .height = bottom - top + 1};
    made.pixel = malloc((size_t)made.width * (size_t)made.height);
    if (!made.pixel) {
        base_log_error("synth: no memory for a mask of %d x %d pixels", made.width, made.height);
        return BASE_ERR_MEMORY;
    }
    for (y = 0; y < made.height; y++)
        for (x = 0; x < made.width; x++) {
            uint8_t in = field->distance[(top + y) * field->side + left + x] < 0;

            made.pixel[y * made.width + x] = in;
            made.area += in;
        }
    *mask = made;
    return BASE_OK;
}

void synth_field_destroy(synth_field *field)
{
    if (!field)
        return;
    free(field->distance);
    memset(field, 0, sizeof *field);
}
