/* The orientation of ingest_picture.h: EXIF's tag 274, found and applied. */
#include "base_log.h"
#include "ingest_decode.h"
#include <stdlib.h>
#include <string.h>

#define TAG_ORIENTATION 0x0112
#define TYPE_SHORT      3

typedef struct exif {
    const uint8_t *bytes;
    size_t size;
    bool big_endian;
} exif;

static uint32_t number(const exif *e, size_t at, size_t bytes)
{
    uint32_t value = 0;
    size_t i;

    for (i = 0; i < bytes; i++)
        value = value << 8 | e->bytes[at + (e->big_endian ? i : bytes - 1 - i)];
    return value;
}

int ingest_picture_orientation(const uint8_t *bytes, size_t size)
{
    exif e = {bytes, size, false};
    size_t directory, entries, i;

    if (size < 8 || (memcmp(bytes, "II*\0", 4) != 0 && memcmp(bytes, "MM\0*", 4) != 0))
        return 1;
    e.big_endian = bytes[0] == 'M';
    directory = number(&e, 4, 4);
    if (directory > size - 2)
        return 1;
    entries = number(&e, directory, 2);
    for (i = 0; i < entries && directory + 2 + 12 * (i + 1) <= size; i++) {
        size_t at = directory + 2 + 12 * i;
        uint32_t value;

        if (number(&e, at, 2) != TAG_ORIENTATION || number(&e, at + 2, 2) != TYPE_SHORT)
            continue;
        value = number(&e, at + 8, 2);
        return value >= 1 && value <= 8 ? (int)value : 1;
    }
    return 1;
}

base_status ingest_picture_turn(ingest_picture *picture, int orientation)
{
    size_t width = (size_t)picture->width, height = (size_t)picture->height, x, y;
    bool swap = orientation >= 5;
    bool mirror = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    bool upset = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    size_t columns = swap ? height : width;
    uint8_t *rgb;

    if (orientation == 1)
        return BASE_OK;
    rgb = malloc(width * height * 3);
    if (!rgb) {
        base_log_error("no memory to turn a picture of %zu x %zu", width, height);
        return BASE_ERR_MEMORY;
    }
    for (y = 0; y < height; y++)
        for (x = 0; x < width; x++) {
            size_t u = mirror ? width - 1 - x : x, v = upset ? height - 1 - y : y;
            size_t column = swap ? v : u, row = swap ? u : v;

            memcpy(rgb + 3 * (row * columns + column), picture->rgb + 3 * (y * width + x), 3);
        }
    free(picture->rgb);
    picture->rgb = rgb;
    picture->width = picture->columns = (int32_t)columns;
    picture->height = picture->rows = (int32_t)(swap ? width : height);
    return BASE_OK;
}
