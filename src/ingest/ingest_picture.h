/** Pictures: JPEG and PNG files as RGB, told apart by their first bytes, whatever their names.
 *
 * JPEG: grayscale, YCbCr, RGB, CMYK and YCCK, baseline and progressive; Adobe's inverted CMYK is recognised
 * by its marker. PNG: every depth and kind, interlaced or not; 16 bits are rounded to 8; transparency is laid
 * over white. Colour profiles and gamma are not applied. The EXIF orientation is not applied: COCO's boxes
 * and masks are in the pixels as they are stored.
 *
 * A file that ends early is refused, though a decoder could fill it up: half a picture of grey would be a
 * sample of nothing. Other damage a decoder recovers from is accepted, and the decoder's words are kept.
 */
#ifndef INGEST_PICTURE_H
#define INGEST_PICTURE_H

#include "base_status.h"
#include "ingest_reason.h"
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** Larger pictures are refused before anything is allocated for them: 2^28 pixels are 0.8 GB of RGB. */
#define INGEST_PICTURE_MAX_PIXELS ((int64_t)1 << 28)
#define INGEST_PICTURE_DETAIL     160

typedef struct ingest_picture {
    int32_t width, height;
    uint8_t *rgb; /* [height, width, 3] */
} ingest_picture;

/** What became of a file. */
typedef struct ingest_picture_result {
    ingest_reason reason;               /* INGEST_USED, or why there is no picture */
    int32_t width, height;              /* as found in the file, 0 if not known */
    char detail[INGEST_PICTURE_DETAIL]; /* the decoder's or the system's words; empty if it said nothing */
} ingest_picture_result;

/** Decode a file.
 *
 * Local. A file that cannot be used is a result, not an error; BASE_ERR_MEMORY alone is one.
 * @param width, height  expected size, 0 if unknown; a header that says otherwise ends the decoding
 * @param picture        set if result->reason is INGEST_USED, then the caller's to clear
 */
base_status ingest_picture_read(const char *path, int32_t width, int32_t height, ingest_picture *picture,
                                ingest_picture_result *result);

/** NULL-safe. */
void ingest_picture_clear(ingest_picture *picture);

/* ---- for the decoders ---- */

/** Note the decoder's words; the first stay. Control characters become spaces. */
void ingest_picture_note(ingest_picture_result *result, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Check a header's size against limit and expectation; false: refused, result says why. */
int ingest_picture_accept(int64_t found_width, int64_t found_height, int32_t width, int32_t height,
                          ingest_picture_result *result);

/** Decode an open file of the kind. Same contract as ingest_picture_read(). */
base_status ingest_jpeg_read(FILE *file, int32_t width, int32_t height, ingest_picture *picture,
                             ingest_picture_result *result);
base_status ingest_png_read(FILE *file, int32_t width, int32_t height, ingest_picture *picture,
                            ingest_picture_result *result);

#endif
