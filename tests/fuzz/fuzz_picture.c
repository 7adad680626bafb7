/* Any file as a picture: all of it, then a part, which must have the pixels of the whole.
 *
 * Which part, and how far it may be reduced, is in the last bytes; what lies behind its end does no harm to a
 * picture. */
#include "fuzz_file.h"
#include "ingest_picture.h"
#include <stdlib.h>
#include <string.h>

#define CHOICE 5 /* bytes */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Parts of 256: x, y, width, height; what is left of the shrink. */
static void choose_part(void *context, int32_t width, int32_t height, ingest_view *view)
{
    const uint8_t *choice = context;

    view->x = width * choice[0] / 256;
    view->y = height * choice[1] / 256;
    view->width = 1 + (width - view->x - 1) * choice[2] / 255;
    view->height = 1 + (height - view->y - 1) * choice[3] / 255;
    view->shrink = 1 << choice[4] % 4;
}

static void choose_all(void *context, int32_t width, int32_t height, ingest_view *view)
{
    const uint8_t *choice = context;

    *view = (ingest_view){0, 0, width, height, 1 << choice[4] % 4};
}

static bool read_picture(const char *path, const uint8_t *choice,
                         void (*choose)(void *, int32_t, int32_t, ingest_view *), ingest_picture *picture)
{
    uint8_t copy[CHOICE];
    ingest_picture_request request = {.choose = choose, .context = copy};
    ingest_picture_result result;

    memcpy(copy, choice, sizeof copy);
    if (ingest_picture_read(path, &request, picture, &result) != BASE_OK ||
        (result.reason == INGEST_USED) != (picture->rgb != NULL))
        abort();
    return result.reason == INGEST_USED && !result.detail[0]; /* of a damaged one, parts may differ */
}

static void compare(const ingest_picture *whole, const ingest_picture *part)
{
    size_t y, columns = (size_t)part->columns;

    if (part->shrink != whole->shrink || part->x < whole->x || part->y < whole->y ||
        part->x + part->columns > whole->x + whole->columns || part->y + part->rows > whole->y + whole->rows)
        abort();
    for (y = 0; y < (size_t)part->rows; y++) {
        size_t row = (size_t)(part->y - whole->y) + y, column = (size_t)(part->x - whole->x);

        if (memcmp(part->rgb + 3 * y * columns, whole->rgb + 3 * (row * (size_t)whole->columns + column),
                   3 * columns) != 0)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ingest_picture whole = {0}, part = {0};
    const uint8_t *choice;
    const char *path;
    bool sound;

    if (size < CHOICE)
        return 0;
    choice = data + size - CHOICE;
    path = fuzz_file(data, size);
    sound = read_picture(path, choice, choose_all, &whole);
    if (read_picture(path, choice, choose_part, &part) && sound)
        compare(&whole, &part);
    ingest_picture_clear(&part);
    ingest_picture_clear(&whole);
    return 0;
}
