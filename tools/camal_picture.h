/** Pictures for people: samples, heat maps over them, outlines of masks, sheets of many; PNG.
 *
 * The heat scale runs from dark violet over red and orange to pale yellow: lightness (CIE L*) rises evenly
 * along it, so that it reads the same in gray, in print and with any colour vision. A picture under a heat
 * map is dimmed, so that whatever lies under it, more heat is lighter.
 */
#ifndef CAMAL_PICTURE_H
#define CAMAL_PICTURE_H

#include "base_status.h"
#include <stddef.h>
#include <stdint.h>

#define CAMAL_PICTURE_SIDE_MAX 16384 /* pixels */

/** 8-bit RGB, row by row from the top. */
typedef struct camal_picture {
    int32_t width, height;
    uint8_t *rgb; /* [height,width,3] */
} camal_picture;

/** All pixels of one colour. Local. BASE_ERR_USAGE (a side is not 1..CAMAL_PICTURE_SIDE_MAX),
 * BASE_ERR_MEMORY.
 * @param picture  out, for camal_picture_destroy() */
base_status camal_picture_create(int32_t width, int32_t height, const uint8_t colour[3],
                                 camal_picture *picture);

/** A sample, enlarged by a whole factor, smoothly. Local. Errors as above.
 * @param image [size,size,3] as store_dataset_gather() gives it */
base_status camal_picture_sample(const uint8_t *image, int32_t size, int32_t factor, camal_picture *picture);

/** NULL-safe; zeroes the struct. */
void camal_picture_destroy(camal_picture *picture);

/** The heat scale, for heat 0 to 255 of 255. Local. */
void camal_picture_scale(uint8_t scale[256][3]);

/** Lay a heat map over the whole picture, enlarged bilinearly (half-pixel centres). Local.
 * @param map      [height,width] raw, L >= 0
 * @param largest  what is drawn hottest, the map's largest for one on its own; 0: the picture is only dimmed
 */
void camal_picture_heat(camal_picture *picture, const float *map, int32_t height, int32_t width,
                        float largest);

/** Draw a line around a mask, white with a dark one outside of it, to be seen on any ground; the mask itself
 * stays as it is. Local.
 * @param mask    [size,ceil(size/8)] bits, as store_dataset_gather() gives it
 * @param factor  the one that the picture's sample was enlarged by */
void camal_picture_outline(camal_picture *picture, const uint8_t *mask, int32_t size, int32_t factor);

/** Copy a picture into another one, its upper left corner at x, y; what lies outside is cut off. Local. */
void camal_picture_paste(camal_picture *picture, const camal_picture *part, int32_t x, int32_t y);

/** Fill a rectangle, cut off likewise. Local. */
void camal_picture_fill(camal_picture *picture, int32_t x, int32_t y, int32_t width, int32_t height,
                        const uint8_t colour[3]);

/** As PNG in memory. Local. BASE_ERR_LIBRARY (with libpng's words), BASE_ERR_MEMORY.
 * @param bytes out, the caller's to free */
base_status camal_picture_png(const camal_picture *picture, uint8_t **bytes, size_t *size);

/** As a PNG file: under its name only when it is whole (base_file_write()). Local. Errors as above,
 * BASE_ERR_IO. */
base_status camal_picture_write(const camal_picture *picture, const char *path);

/** Where cells of a sheet lie: equal cells in rows, with a gap around each. */
typedef struct camal_sheet {
    int32_t columns, rows;
    int32_t cell_width, cell_height, gap; /* pixels */
} camal_sheet;

/** An empty sheet. Local. Errors of camal_picture_create(). */
base_status camal_sheet_create(const camal_sheet *sheet, const uint8_t colour[3], camal_picture *picture);

/** Upper left corner of cell number `index`, row by row. Local. */
void camal_sheet_place(const camal_sheet *sheet, int32_t index, int32_t *x, int32_t *y);

#endif
