/** Writing a picture as a JPEG file. */
#ifndef SYNTH_JPEG_H
#define SYNTH_JPEG_H

#include "base_status.h"
#include <stdint.h>

/** Write rgb[height,width,3] at quality 90. Local. BASE_ERR_IO, BASE_ERR_LIBRARY. */
base_status synth_jpeg_write(const char *path, const uint8_t *rgb, int width, int height);

#endif
