/* JPEG for ingest_picture.h, by libjpeg's interface as libjpeg-turbo has it. */
#include "base_log.h"
#include "ingest_picture.h"
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

/* A progressive file may ask for scans without end over a large picture; real ones have about ten. */
#define MAX_SCANS 500

typedef struct decoder {
    struct jpeg_decompress_struct info;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf failed;
    FILE *file;
    ingest_picture_result *result;
    uint8_t *rgb, *line; /* line: CMYK before conversion */
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

/* level < 0: a warning; the first is kept. A file that ended early is refused at once: libjpeg would go on
 * with grey. */
static void on_message(j_common_ptr info, int level)
{
    if (level >= 0)
        return;
    if (info->err->msg_code == JWRN_JPEG_EOF) {
        of(info)->result->reason =
            ferror(of(info)->file) ? INGEST_PICTURE_UNREADABLE : INGEST_PICTURE_TRUNCATED;
        on_error(info);
    }
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

static void prepare(decoder *d, FILE *file, ingest_picture_result *result)
{
    d->file = file;
    d->result = result;
    d->info.err = jpeg_std_error(&d->errors);
    d->errors.error_exit = on_error;
    d->errors.emit_message = on_message;
    d->errors.output_message = on_output;
    d->info.client_data = d;
}

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

/* Read the header and make room; d->result says if the picture is refused. */
static base_status start(decoder *d, int32_t width, int32_t height)
{
    struct jpeg_decompress_struct *info = &d->info;
    size_t pixels;

    jpeg_create_decompress(info);
    info->progress = &d->progress;
    d->progress.progress_monitor = on_progress;
    jpeg_stdio_src(info, d->file);
    jpeg_read_header(info, TRUE);
    if (!ingest_picture_accept(info->image_width, info->image_height, width, height, d->result))
        return BASE_OK;
    info->out_color_space =
        info->jpeg_color_space == JCS_CMYK || info->jpeg_color_space == JCS_YCCK ? JCS_CMYK : JCS_RGB;
    pixels = (size_t)info->image_width * info->image_height;
    d->rgb = malloc(pixels * 3);
    d->line = malloc((size_t)info->image_width * 4);
    return d->rgb && d->line ? BASE_OK : BASE_ERR_MEMORY;
}

static void read_lines(decoder *d)
{
    struct jpeg_decompress_struct *info = &d->info;

    jpeg_start_decompress(info);
    while (info->output_scanline < info->output_height) {
        uint8_t *to = d->rgb + (size_t)info->output_scanline * info->output_width * 3;
        JSAMPROW row = info->out_color_space == JCS_CMYK ? d->line : to;

        if (jpeg_read_scanlines(info, &row, 1) != 1)
            continue;
        if (info->out_color_space == JCS_CMYK)
            cmyk_to_rgb(d->line, info->output_width, info->saw_Adobe_marker, to);
    }
    jpeg_finish_decompress(info);
}

static base_status decode(decoder *d, int32_t width, int32_t height)
{
    base_status status;

    if (setjmp(d->failed) != 0)
        return BASE_OK; /* d->result says what happened */
    status = start(d, width, height);
    if (status != BASE_OK)
        base_log_error("no memory for a picture of %d x %d", d->result->width, d->result->height);
    else if (d->result->reason == INGEST_USED)
        read_lines(d);
    return status;
}

base_status ingest_jpeg_read(FILE *file, int32_t width, int32_t height, ingest_picture *picture,
                             ingest_picture_result *result)
{
    base_status status;
    decoder *d = calloc(1, sizeof *d); /* not on the stack: its fields must survive longjmp */

    if (!d) {
        base_log_error("no memory for a JPEG decoder");
        return BASE_ERR_MEMORY;
    }
    prepare(d, file, result);
    status = decode(d, width, height);
    if (status == BASE_OK && result->reason == INGEST_USED) {
        picture->width = result->width;
        picture->height = result->height;
        picture->rgb = d->rgb;
        d->rgb = NULL;
    }
    jpeg_destroy_decompress(&d->info);
    free(d->rgb);
    free(d->line);
    free(d);
    return status;
}
