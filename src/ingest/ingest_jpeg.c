/* JPEG for ingest_picture.h, by libjpeg's interface as libjpeg-turbo has it. */
#include "base_log.h"
#include "ingest_decode.h"
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

/* A progressive file may ask for scans without end over a large picture; real ones have about ten. */
#define MAX_SCANS 500

/* libjpeg's fast way through entropy-coded data ends some hundred bytes before the end of a buffer, so that
 * its own of 4 KiB costs a third of the speed. */
#define SOURCE_BYTES 65536

/* What lies so near to the edge of a part is smoothed differently than in the whole picture: two blocks of
 * the coarsest component. */
#define MARGIN 32

static const char exif_name[6] = "Exif\0";

typedef struct decoder {
    struct jpeg_decompress_struct info;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf failed;
    struct jpeg_source_mgr source;
    FILE *file;
    const ingest_picture_request *request;
    ingest_picture_result *result;
    int orientation;
    int32_t left;           /* in a line, the pixels before the part */
    ingest_picture picture; /* being filled */
    uint8_t *line;          /* as libjpeg gives it: more columns than the part, or CMYK */
    JOCTET buffer[SOURCE_BYTES];
} decoder;

static decoder *of(j_common_ptr info)
{
    return info->client_data;
}

static void note(j_common_ptr info)
{
    char text[JMSG_LENGTH_MAX];

    info->err->format_message(info, text);
    ingest_picture_note(of(info)->result, "%s", text);
}

static void on_error(j_common_ptr info)
{
    decoder *d = of(info);

    if (d->result->reason == INGEST_USED)
        d->result->reason = INGEST_PICTURE_DAMAGED;
    note(info);
    longjmp(d->failed, 1);
}

/* level < 0: a warning; the first is kept. */
static void on_message(j_common_ptr info, int level)
{
    if (level >= 0)
        return;
    info->err->num_warnings++;
    note(info);
}

static void on_output(j_common_ptr info)
{
    (void)info; /* libjpeg must not print */
}

static void on_progress(j_common_ptr info)
{
    decoder *d = of(info);

    if (info->is_decompressor && d->info.input_scan_number > MAX_SCANS) {
        ingest_picture_note(d->result, "more than %d scans", MAX_SCANS);
        on_error(info);
    }
}

/* ---- the file as libjpeg's source ---- */

static void on_source(j_decompress_ptr info)
{
    (void)info; /* nothing to begin or to end */
}

/* A file that ends early is refused at once: libjpeg would go on with grey. */
static boolean on_fill(j_decompress_ptr info)
{
    decoder *d = info->client_data;
    size_t got = fread(d->buffer, 1, SOURCE_BYTES, d->file);

    if (got == 0) {
        d->result->reason = ferror(d->file) ? INGEST_PICTURE_UNREADABLE : INGEST_PICTURE_TRUNCATED;
        ingest_picture_note(d->result, "the file ends early");
        longjmp(d->failed, 1);
    }
    d->source.next_input_byte = d->buffer;
    d->source.bytes_in_buffer = got;
    return TRUE;
}

static void on_skip(j_decompress_ptr info, long count)
{
    struct jpeg_source_mgr *source = info->src;
    size_t left = count > 0 ? (size_t)count : 0;

    while (left > source->bytes_in_buffer) {
        left -= source->bytes_in_buffer;
        on_fill(info);
    }
    source->next_input_byte += left;
    source->bytes_in_buffer -= left;
}

static void prepare(decoder *d, FILE *file, const ingest_picture_request *request,
                    ingest_picture_result *result)
{
    d->file = file;
    d->request = request;
    d->result = result;
    d->info.err = jpeg_std_error(&d->errors);
    d->errors.error_exit = on_error;
    d->errors.emit_message = on_message;
    d->errors.output_message = on_output;
    d->progress.progress_monitor = on_progress;
    d->source.init_source = on_source;
    d->source.fill_input_buffer = on_fill;
    d->source.skip_input_data = on_skip;
    d->source.resync_to_restart = jpeg_resync_to_restart;
    d->source.term_source = on_source;
    d->info.client_data = d;
}

static int find_orientation(const struct jpeg_decompress_struct *info)
{
    jpeg_saved_marker_ptr marker;

    for (marker = info->marker_list; marker; marker = marker->next)
        if (marker->data_length > sizeof exif_name && memcmp(marker->data, exif_name, sizeof exif_name) == 0)
            return ingest_picture_orientation(marker->data + sizeof exif_name,
                                              marker->data_length - (unsigned)sizeof exif_name);
    return 1;
}

/* ---- pixels ---- */

static uint8_t times(uint8_t a, uint8_t b)
{
    return (uint8_t)((a * b + 127) / 255);
}

/* Adobe writes CMYK inverted: 255 is no ink. */
static void cmyk_to_rgb(const uint8_t *cmyk, size_t pixels, int inverted, uint8_t *rgb)
{
    uint8_t flip = inverted ? 0 : 255;
    size_t i;

    for (i = 0; i < pixels; i++, cmyk += 4, rgb += 3) {
        uint8_t light = cmyk[3] ^ flip;

        rgb[0] = times(cmyk[0] ^ flip, light);
        rgb[1] = times(cmyk[1] ^ flip, light);
        rgb[2] = times(cmyk[2] ^ flip, light);
    }
}

/* [from, from + count) of source pixels as reduced pixels, clipped to the reduced picture. */
static void reduce(int32_t from, int32_t count, int32_t shrink, JDIMENSION limit, int32_t *first,
                   int32_t *pixels)
{
    int32_t end = (from + count + shrink - 1) / shrink;

    *first = from / shrink;
    *pixels = (end < (int32_t)limit ? end : (int32_t)limit) - *first;
}

/* Read the header; d->result says if the picture is refused. */
static void read_header(decoder *d, ingest_view *view)
{
    struct jpeg_decompress_struct *info = &d->info;

    jpeg_create_decompress(info);
    info->progress = &d->progress;
    info->src = &d->source;
    jpeg_save_markers(info, JPEG_APP0 + 1, 0xFFFF);
    jpeg_read_header(info, TRUE);
    d->orientation = find_orientation(info);
    if (!ingest_picture_accept(info->image_width, info->image_height, d->request, &d->orientation, view,
                               d->result))
        return;
    info->out_color_space =
        info->jpeg_color_space == JCS_CMYK || info->jpeg_color_space == JCS_YCCK ? JCS_CMYK : JCS_RGB;
    info->scale_num = 1;
    info->scale_denom = (unsigned)view->shrink;
}

/* Leave out what lies left and right of the part, and make room for the part. */
static base_status start_part(decoder *d, const ingest_view *view)
{
    struct jpeg_decompress_struct *info = &d->info;
    ingest_picture *picture = &d->picture;
    JDIMENSION from, columns, end;

    jpeg_start_decompress(info);
    picture->width = (int32_t)info->image_width;
    picture->height = (int32_t)info->image_height;
    picture->shrink = view->shrink;
    reduce(view->x, view->width, view->shrink, info->output_width, &picture->x, &picture->columns);
    reduce(view->y, view->height, view->shrink, info->output_height, &picture->y, &picture->rows);
    from = picture->x > MARGIN ? (JDIMENSION)(picture->x - MARGIN) : 0;
    end = (JDIMENSION)(picture->x + picture->columns + MARGIN);
    columns = (end < info->output_width ? end : info->output_width) - from;
    if (columns < info->output_width)
        jpeg_crop_scanline(info, &from, &columns);
    else
        from = 0;
    d->left = picture->x - (int32_t)from;
    picture->rgb = malloc((size_t)picture->columns * (size_t)picture->rows * 3);
    d->line = malloc((size_t)info->output_width * 4);
    return picture->rgb && d->line ? BASE_OK : BASE_ERR_MEMORY;
}

static void read_lines(decoder *d)
{
    struct jpeg_decompress_struct *info = &d->info;
    JDIMENSION first = (JDIMENSION)d->picture.y, end = first + (JDIMENSION)d->picture.rows;
    size_t columns = (size_t)d->picture.columns, channels = (size_t)info->output_components;
    bool direct = info->out_color_space != JCS_CMYK && columns == info->output_width;

    if (first > MARGIN)
        jpeg_skip_scanlines(info, first - MARGIN);
    while (info->output_scanline < end) {
        JDIMENSION y = info->output_scanline;
        const uint8_t *from = d->line + channels * (size_t)d->left;
        uint8_t *to = y < first ? d->line : d->picture.rgb + (size_t)(y - first) * columns * 3;
        JSAMPROW row = direct ? to : d->line;

        if (jpeg_read_scanlines(info, &row, 1) != 1 || y < first || direct)
            continue;
        if (info->out_color_space == JCS_CMYK)
            cmyk_to_rgb(from, columns, info->saw_Adobe_marker, to);
        else
            memcpy(to, from, columns * 3);
    }
    if (end == info->output_height)
        jpeg_finish_decompress(info);
}

static base_status read_pixels(decoder *d, const ingest_view *view)
{
    base_status status = start_part(d, view);

    if (status == BASE_OK)
        read_lines(d);
    else
        base_log_error("no memory for a picture of %d x %d", d->result->width, d->result->height);
    return status;
}

static base_status decode(decoder *d)
{
    ingest_view view;

    if (setjmp(d->failed) != 0)
        return BASE_OK; /* d->result says what happened */
    read_header(d, &view);
    return d->result->reason == INGEST_USED ? read_pixels(d, &view) : BASE_OK;
}

base_status ingest_jpeg_read(FILE *file, const ingest_picture_request *request, ingest_picture *picture,
                             ingest_picture_result *result)
{
    base_status status;
    decoder *d = calloc(1, sizeof *d); /* not on the stack: its fields must survive longjmp */

    if (!d) {
        base_log_error("no memory for a JPEG decoder");
        return BASE_ERR_MEMORY;
    }
    prepare(d, file, request, result);
    status = decode(d);
    if (status == BASE_OK && result->reason == INGEST_USED)
        status = ingest_picture_turn(&d->picture, d->orientation);
    if (status == BASE_OK && result->reason == INGEST_USED) {
        *picture = d->picture;
        d->picture.rgb = NULL;
    }
    jpeg_destroy_decompress(&d->info);
    free(d->picture.rgb);
    free(d->line);
    free(d);
    return status;
}
