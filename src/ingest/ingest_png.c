/* PNG for ingest_picture.h, by libpng. */
#include "base_log.h"
#include "ingest_decode.h"
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#define CHUNK_LIMIT ((png_alloc_size_t)64 << 20) /* bytes an ancillary chunk may take up */

typedef struct decoder {
    png_structp png;
    png_infop info;
    jmp_buf failed;
    FILE *file;
    const ingest_picture_request *request;
    ingest_picture_result *result;
    int orientation;
    uint8_t *pixels; /* [height, width, channels] */
    png_bytep *rows;
    size_t channels;
} decoder;

static void on_error(png_structp png, png_const_charp text)
{
    decoder *d = png_get_error_ptr(png);

    if (d->result->reason == INGEST_USED)
        d->result->reason = INGEST_PICTURE_DAMAGED;
    ingest_picture_note(d->result, "%s", text);
    longjmp(d->failed, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
    decoder *d = png_get_error_ptr(png);

    ingest_picture_note(d->result, "%s", text);
}

static void on_read(png_structp png, png_bytep bytes, size_t size)
{
    decoder *d = png_get_io_ptr(png);

    if (fread(bytes, 1, size, d->file) == size)
        return;
    d->result->reason = ferror(d->file) ? INGEST_PICTURE_UNREADABLE : INGEST_PICTURE_TRUNCATED;
    png_error(png, "the file ends early");
}

/* Whatever the file holds becomes 8-bit RGB, or RGBA where there is transparency of any kind. */
static void set_transforms(decoder *d)
{
    png_set_expand(d->png); /* palette, low depths and tRNS */
    png_set_scale_16(d->png);
    png_set_gray_to_rgb(d->png);
    (void)png_set_interlace_handling(d->png);
    png_read_update_info(d->png, d->info);
    d->channels = png_get_channels(d->png, d->info);
}

static int find_orientation(decoder *d)
{
    png_uint_32 size = 0;
    png_bytep exif = NULL;

    if (png_get_eXIf_1(d->png, d->info, &size, &exif) && exif)
        return ingest_picture_orientation(exif, size);
    return 1;
}

static base_status start(decoder *d)
{
    ingest_view view; /* all of it is decoded, whatever is wanted */
    size_t w, h, y;

    png_set_read_fn(d->png, d, on_read);
    png_set_user_limits(d->png, 0x7fffffff, 0x7fffffff); /* ingest_picture_accept() judges sizes */
    png_set_chunk_malloc_max(d->png, CHUNK_LIMIT);
    png_read_info(d->png, d->info);
    w = png_get_image_width(d->png, d->info);
    h = png_get_image_height(d->png, d->info);
    d->orientation = find_orientation(d);
    if (!ingest_picture_accept((int64_t)w, (int64_t)h, d->request, &d->orientation, &view, d->result))
        return BASE_OK;
    set_transforms(d);
    d->pixels = malloc(w * h * d->channels);
    d->rows = malloc(h * sizeof *d->rows);
    if (!d->pixels || !d->rows)
        return BASE_ERR_MEMORY;
    for (y = 0; y < h; y++)
        d->rows[y] = d->pixels + y * w * d->channels;
    return BASE_OK;
}

/* In place: a pixel's three bytes never pass its four. */
static void lay_over_white(uint8_t *pixels, size_t count)
{
    const uint8_t *from = pixels;
    size_t i, c;

    for (i = 0; i < count; i++, from += 4, pixels += 3) {
        unsigned alpha = from[3];

        for (c = 0; c < 3; c++)
            pixels[c] = (uint8_t)((from[c] * alpha + 255u * (255u - alpha) + 127u) / 255u);
    }
}

static base_status decode(decoder *d)
{
    base_status status;

    if (setjmp(d->failed) != 0)
        return BASE_OK; /* d->result says what happened */
    d->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, d, on_error, on_warning);
    d->info = d->png ? png_create_info_struct(d->png) : NULL;
    status = d->info ? start(d) : BASE_ERR_MEMORY;
    if (status != BASE_OK) {
        base_log_error("no memory for a picture of %d x %d", d->result->width, d->result->height);
    } else if (d->result->reason == INGEST_USED) {
        png_read_image(d->png, d->rows);
        png_read_end(d->png, NULL);
    }
    return status;
}

base_status ingest_png_read(FILE *file, const ingest_picture_request *request, ingest_picture *picture,
                            ingest_picture_result *result)
{
    base_status status;
    ingest_picture whole;
    decoder *d = calloc(1, sizeof *d); /* not on the stack: its fields must survive longjmp */

    if (!d) {
        base_log_error("no memory for a PNG decoder");
        return BASE_ERR_MEMORY;
    }
    d->file = file;
    d->request = request;
    d->result = result;
    status = decode(d);
    if (status == BASE_OK && result->reason == INGEST_USED) {
        if (d->channels == 4)
            lay_over_white(d->pixels, (size_t)result->width * (size_t)result->height);
        whole = (ingest_picture){.shrink = 1, .rgb = d->pixels};
        whole.width = whole.columns = (int32_t)png_get_image_width(d->png, d->info);
        whole.height = whole.rows = (int32_t)png_get_image_height(d->png, d->info);
        status = ingest_picture_turn(&whole, d->orientation);
        d->pixels = whole.rgb;
    }
    if (status == BASE_OK && result->reason == INGEST_USED) {
        *picture = whole;
        d->pixels = NULL;
    }
    png_destroy_read_struct(&d->png, &d->info, NULL);
    free(d->pixels);
    free(d->rows);
    free(d);
    return status;
}
