/** What decoders of pictures share: what is asked of them, what they give, and how they say so.
 * ingest_picture.h is the way to them. */
#ifndef INGEST_DECODE_H
#define INGEST_DECODE_H

#include "base_status.h"
#include "ingest_reason.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** Larger pictures are refused before anything is allocated for them: 2^28 pixels are 0.8 GB of RGB. */
#ifndef INGEST_PICTURE_MAX_PIXELS /* less, where every mutation of a file is to be quick */
#define INGEST_PICTURE_MAX_PIXELS ((int64_t)1 << 28)
#endif
#define INGEST_PICTURE_DETAIL 160

/** A picture, or a part of it, whole or reduced. Zeroed but for width, height and rgb: the whole, not
 * reduced. */
typedef struct ingest_picture {
    int32_t width, height; /* of the whole picture, source pixels */
    int32_t shrink;        /* a pixel of rgb stands for shrink x shrink source pixels: 1, 2, 4, 8 */
    int32_t x, y;          /* where rgb begins, in reduced pixels */
    int32_t columns, rows; /* of rgb, reduced pixels */
    uint8_t *rgb;          /* [rows, columns, 3] */
} ingest_picture;

/** The part of a picture that is wanted, in source pixels, inside the picture, and how far it may be reduced.
 */
typedef struct ingest_view {
    int32_t x, y, width, height;
    int32_t shrink; /* at most: 1, 2, 4, 8 */
} ingest_view;

typedef struct ingest_picture_request {
    int32_t width, height; /* expected size, 0 if unknown; a header that says otherwise ends the decoding */
    bool upright;          /* apply the EXIF orientation, whatever the expected size */
    /* Once the size is known; may be NULL: everything is wanted. `view` comes filled with the whole. */
    void (*choose)(void *context, int32_t width, int32_t height, ingest_view *view);
    void *context;
} ingest_picture_request;

/** What became of a file. */
typedef struct ingest_picture_result {
    ingest_reason reason;               /* INGEST_USED, or why there is no picture */
    int32_t width, height;              /* as found in the file, turned if it was turned; 0 if not known */
    char detail[INGEST_PICTURE_DETAIL]; /* the decoder's or the system's words; empty if it said nothing */
} ingest_picture_result;

/** NULL-safe. */
void ingest_picture_clear(ingest_picture *picture);

/** Note the decoder's words; the first stay. Control characters become spaces. */
void ingest_picture_note(ingest_picture_result *result, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Check a header's size against limit and expectation; false: refused, result says why.
 * @param orientation  in: EXIF's, 1 to 8; out: 1 unless the picture is to be turned so
 * @param view         out: what is wanted; all of it, not reduced, of a picture that will be turned */
bool ingest_picture_accept(int64_t width, int64_t height, const ingest_picture_request *request,
                           int *orientation, ingest_view *view, ingest_picture_result *result);

/** The orientation in an EXIF block (a TIFF header and its first directory), 1 if it has none. Local. */
int ingest_picture_orientation(const uint8_t *exif, size_t size);

/** Turn and mirror a whole picture as EXIF's orientation 1 to 8 says. Local. BASE_ERR_MEMORY. */
base_status ingest_picture_turn(ingest_picture *picture, int orientation);

/** Decode an open file of the kind. Same contract as ingest_picture_read(). */
base_status ingest_jpeg_read(FILE *file, const ingest_picture_request *request, ingest_picture *picture,
                             ingest_picture_result *result);
base_status ingest_png_read(FILE *file, const ingest_picture_request *request, ingest_picture *picture,
                            ingest_picture_result *result);
base_status ingest_tiff_read(FILE *file, const ingest_picture_request *request, ingest_picture *picture,
                             ingest_picture_result *result);
base_status ingest_bmp_read(FILE *file, const ingest_picture_request *request, ingest_picture *picture,
                            ingest_picture_result *result);

#endif
