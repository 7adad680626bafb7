#include "ingest_decode.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void ingest_picture_clear(ingest_picture *picture)
{
    if (!picture)
        return;
    free(picture->rgb);
    memset(picture, 0, sizeof *picture);
}

void ingest_picture_note(ingest_picture_result *result, const char *format, ...)
{
    va_list arguments;
    char *c;

    if (result->detail[0])
        return;
    va_start(arguments, format);
    vsnprintf(result->detail, sizeof result->detail, format, arguments);
    va_end(arguments);
    for (c = result->detail; *c; c++)
        if ((unsigned char)*c < ' ' || (unsigned char)*c > '~')
            *c = ' ';
}

/* The annotation file's size is that of the picture as it is stored, of the turned one, or of another. */
static bool choose_turn(int64_t width, int64_t height, const ingest_picture_request *request,
                        int *orientation)
{
    int32_t w = request->width, h = request->height;
    bool as_stored = (!w || w == width) && (!h || h == height);
    bool as_turned = *orientation >= 5 ? (!w || w == height) && (!h || h == width) : as_stored;

    if (request->upright || (!as_stored && as_turned))
        return as_turned;
    *orientation = 1;
    return as_stored;
}

static void clip(int32_t limit, int32_t *from, int32_t *count)
{
    int64_t low = *from < 0 ? 0 : *from, high = (int64_t)*from + *count;

    if (low > limit - 1)
        low = limit - 1;
    if (high > limit)
        high = limit;
    *from = (int32_t)low;
    *count = (int32_t)(high > low ? high - low : 1);
}

bool ingest_picture_accept(int64_t width, int64_t height, const ingest_picture_request *request,
                           int *orientation, ingest_view *view, ingest_picture_result *result)
{
    if (width < 1 || height < 1) {
        result->reason = INGEST_PICTURE_DAMAGED;
        ingest_picture_note(result, "has no pixels");
        return false;
    }
    if (width > INGEST_PICTURE_MAX_PIXELS / height) {
        result->reason = INGEST_PICTURE_TOO_LARGE;
        ingest_picture_note(result, "%lld x %lld pixels", (long long)width, (long long)height);
        return false;
    }
    result->width = (int32_t)width;
    result->height = (int32_t)height;
    if (!choose_turn(width, height, request, orientation)) {
        result->reason = INGEST_PICTURE_SIZE_DIFFERS;
        ingest_picture_note(result, "%d x %d in the annotation file, %d x %d in the picture", request->width,
                            request->height, result->width, result->height);
        return false;
    }
    *view = (ingest_view){0, 0, result->width, result->height, 8};
    if (*orientation >= 5) {
        result->width = (int32_t)height;
        result->height = (int32_t)width;
    }
    if (*orientation > 1 || !request->choose) {
        view->shrink = 1;
        return true;
    }
    request->choose(request->context, result->width, result->height, view);
    clip(result->width, &view->x, &view->width);
    clip(result->height, &view->y, &view->height);
    return true;
}
