#include "oracle_shape.h"
#include "oracle_brush.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PERCENT_MAX 1e6 /* drawn beyond the picture's edge, but not out of this world */

/* Per cent of a side, in pixels. */
static bool take_pixels(yajl_val value, double side, double *pixels)
{
    double percent;

    if (!oracle_json_real(value, &percent) || fabs(percent) > PERCENT_MAX)
        return false;
    *pixels = percent * (side / 100.0);
    return true;
}

/* Per cent of the picture's sides, turned about the upper left corner. The result's `image_rotation` is how
 * the picture was turned to be looked at: coordinates stay those of the picture as it is in the file. */
static bool take_rectangle(oracle_reading *r, yajl_val value, oracle_mark *mark)
{
    const oracle_picture *picture = &r->queries->picture[mark->picture];
    double x, y, width, height, angle = 0, low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    int i, k;

    if (!take_pixels(oracle_json_member(value, "x"), picture->width, &x) ||
        !take_pixels(oracle_json_member(value, "y"), picture->height, &y) ||
        !take_pixels(oracle_json_member(value, "width"), picture->width, &width) ||
        !take_pixels(oracle_json_member(value, "height"), picture->height, &height) || width < 0 ||
        height < 0) {
        oracle_reading_refuse(
            r, mark->place,
            "has no rectangle: expected numbers x, y, width and height in its value, per cent of "
            "the picture's sides, at most %g",
            PERCENT_MAX);
        return false;
    }
    oracle_json_real(oracle_json_member(value, "rotation"), &angle);
    angle *= M_PI / 180;
    for (i = 0; i < 4; i++) {
        double along = i & 1 ? width : 0, down = i & 2 ? height : 0;
        double corner[2] = {x, y};

        if (angle == 0) { /* to the bit */
            corner[0] += along;
            corner[1] += down;
        } else {
            corner[0] += along * cos(angle) - down * sin(angle);
            corner[1] += along * sin(angle) + down * cos(angle);
        }
        for (k = 0; k < 2; k++) {
            low[k] = fmin(low[k], corner[k]);
            high[k] = fmax(high[k], corner[k]);
        }
    }
    mark->box[0] = low[0];
    mark->box[1] = low[1];
    mark->box[2] = high[0] - low[0];
    mark->box[3] = high[1] - low[1];
    return true;
}

/* Corners into the mark's box and outline [[x, y, ...]]. */
static bool take_polygon(oracle_reading *r, yajl_val value, oracle_mark *mark)
{
    const oracle_picture *picture = &r->queries->picture[mark->picture];
    yajl_val points = oracle_json_member(value, "points");
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY}, at[2] = {0, 0};
    oracle_json json = oracle_json_begin_line();
    size_t count = oracle_json_length(points), i;
    const unsigned char *text;
    bool good = count >= 3;
    size_t size;
    int k;

    oracle_json_open_list(&json, NULL);
    oracle_json_open_list(&json, NULL);
    for (i = 0; good && i < count; i++) {
        yajl_val point = points->u.array.values[i];

        for (k = 0; good && k < 2; k++) {
            good = oracle_json_length(point) == 2 &&
                   take_pixels(point->u.array.values[k], k ? picture->height : picture->width, &at[k]);
            low[k] = fmin(low[k], at[k]);
            high[k] = fmax(high[k], at[k]);
            oracle_json_put_real(&json, NULL, at[k]);
        }
    }
    oracle_json_close_list(&json);
    oracle_json_close_list(&json);
    if (!good)
        oracle_reading_refuse(r, mark->place,
                              "has no polygon: expected three or more points [x, y], per cent of the "
                              "picture's sides, at most %g",
                              PERCENT_MAX);
    else if (oracle_json_bytes(&json, r->path, &text, &size) == BASE_OK)
        mark->outline = strndup((const char *)text, size);
    r->out_of_memory = r->out_of_memory || (good && !mark->outline);
    oracle_json_end(&json);
    mark->box[0] = low[0];
    mark->box[1] = low[1];
    mark->box[2] = high[0] - low[0];
    mark->box[3] = high[1] - low[1];
    return good && mark->outline;
}

/* COCO's run lengths: down the columns, what is outside first. NULL: no memory. */
static char *write_runs(const uint8_t *mask, int32_t width, int32_t height)
{
    size_t pixels = (size_t)width * (size_t)height, run = 0, size, i;
    oracle_json json = oracle_json_begin_line();
    const unsigned char *bytes;
    char *text = NULL;
    uint8_t inside = 0;

    oracle_json_open_map(&json, NULL);
    oracle_json_open_list(&json, "size");
    oracle_json_put_integer(&json, NULL, height);
    oracle_json_put_integer(&json, NULL, width);
    oracle_json_close_list(&json);
    oracle_json_open_list(&json, "counts");
    for (i = 0; i < pixels; i++, run++) {
        uint8_t at = mask[i % (size_t)height * (size_t)width + i / (size_t)height];

        if (at == inside)
            continue;
        oracle_json_put_integer(&json, NULL, (int64_t)run);
        inside = at;
        run = 0;
    }
    oracle_json_put_integer(&json, NULL, (int64_t)run);
    oracle_json_close_list(&json);
    oracle_json_close_map(&json);
    if (oracle_json_bytes(&json, "a mask", &bytes, &size) == BASE_OK)
        text = strndup((const char *)bytes, size);
    oracle_json_end(&json);
    return text;
}

/* False: no pixel is inside. */
static bool take_mask_box(const uint8_t *mask, int32_t width, int32_t height, double box[4])
{
    int32_t low[2] = {width, height}, high[2] = {-1, -1}, x, y;

    for (y = 0; y < height; y++) {
        for (x = 0; x < width; x++) {
            if (!mask[(size_t)y * (size_t)width + (size_t)x])
                continue;
            low[0] = x < low[0] ? x : low[0];
            high[0] = x > high[0] ? x : high[0];
            low[1] = y < low[1] ? y : low[1];
            high[1] = y;
        }
    }
    box[0] = low[0];
    box[1] = low[1];
    box[2] = high[0] + 1 - low[0];
    box[3] = high[1] + 1 - low[1];
    return high[0] >= 0;
}

/* The bytes of `rle`; NULL if it is no list of bytes, or there is no memory. */
static uint8_t *read_bytes(yajl_val list, size_t *size)
{
    uint8_t *bytes = malloc(oracle_json_length(list) + 1);
    int64_t number = -1;
    size_t i;

    *size = oracle_json_length(list);
    for (i = 0; bytes && i < *size; i++) {
        if (!oracle_json_integer(list->u.array.values[i], &number) || number < 0 || number > UINT8_MAX) {
            free(bytes);
            return NULL;
        }
        bytes[i] = (uint8_t)number;
    }
    return bytes;
}

/* A mask of the whole picture. One that was wiped out again is no answer. */
static bool take_brush(oracle_reading *r, yajl_val value, oracle_mark *mark)
{
    const oracle_picture *picture = &r->queries->picture[mark->picture];
    size_t pixels = (size_t)picture->width * (size_t)picture->height, size = 0;
    uint8_t *bytes = read_bytes(oracle_json_member(value, "rle"), &size), *mask = calloc(pixels + 1, 1);
    bool good = bytes && mask && oracle_brush_decode(bytes, size, pixels, mask), some = false;

    if (good)
        some = take_mask_box(mask, picture->width, picture->height, mark->box);
    else
        oracle_reading_refuse(r, mark->place,
                              "has no mask of the %dx%d picture: expected in its value an `rle` as Label "
                              "Studio packs it, of four values a pixel",
                              (int)picture->width, (int)picture->height);
    if (good && !some)
        r->counts.empty++;
    if (some)
        mark->outline = write_runs(mask, picture->width, picture->height);
    r->out_of_memory = r->out_of_memory || !mask || (some && !mark->outline);
    free(bytes);
    free(mask);
    return mark->outline;
}

bool oracle_shape_take(oracle_reading *r, yajl_val value, const char *kind, oracle_mark *mark)
{
    if (strncmp(kind, "polygon", 7) == 0)
        return take_polygon(r, value, mark);
    if (strncmp(kind, "brush", 5) == 0)
        return take_brush(r, value, mark);
    return take_rectangle(r, value, mark);
}
