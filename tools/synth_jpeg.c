#include "synth_jpeg.h"
#include "base_log.h"
#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

#define QUALITY 90

typedef struct jpeg_failure {
    struct jpeg_error_mgr manager; /* first: libjpeg hands out a pointer to it */
    jmp_buf back;
    char text[JMSG_LENGTH_MAX];
} jpeg_failure;

static void give_up(j_common_ptr info)
{
    jpeg_failure *failure = (jpeg_failure *)info->err;

    failure->manager.format_message(info, failure->text);
    longjmp(failure->back, 1);
}

/* No local changes between setjmp and longjmp, so none has to be volatile. */
static base_status encode(FILE *file, const char *path, const uint8_t *rgb, int width, int height)
{
    struct jpeg_compress_struct info;
    jpeg_failure failure;

    info.err = jpeg_std_error(&failure.manager);
    failure.manager.error_exit = give_up;
    if (setjmp(failure.back)) {
        base_log_error("%s: libjpeg: %s", path, failure.text);
        jpeg_destroy_compress(&info);
        return BASE_ERR_LIBRARY;
    }
    jpeg_create_compress(&info);
    jpeg_stdio_dest(&info, file);
    info.image_width = (JDIMENSION)width;
    info.image_height = (JDIMENSION)height;
    info.input_components = 3;
    info.in_color_space = JCS_RGB;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, QUALITY, TRUE);
    jpeg_start_compress(&info, TRUE);
    while (info.next_scanline < info.image_height) {
        JSAMPROW row = (JSAMPROW)(rgb + 3 * (size_t)info.next_scanline * (size_t)width);

        jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    return BASE_OK;
}

base_status synth_jpeg_write(const char *path, const uint8_t *rgb, int width, int height)
{
    FILE *file = fopen(path, "wb");
    base_status status;

    if (!file) {
        base_log_error("%s: cannot create: %s", path, strerror(errno));
        return BASE_ERR_IO;
    }
    status = encode(file, path, rgb, width, height);
    if (fclose(file) != 0 && status == BASE_OK) {
        base_log_error("%s: cannot write: %s", path, strerror(errno));
        status = BASE_ERR_IO;
    }
    return status;
}
