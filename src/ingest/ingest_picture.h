/** Pictures: JPEG, PNG, TIFF and BMP files as RGB, told apart by their first bytes, whatever their names.
 *
 * JPEG: grayscale, YCbCr, RGB, CMYK and YCCK, baseline and progressive; Adobe's inverted CMYK is recognised
 * by its marker. PNG: every depth and kind, interlaced or not; 16 bits are rounded to 8; transparency is laid
 * over white. TIFF: the first picture of a file, of 1 to 16 bits, grey, RGB, palette, CMYK, YCbCr or Lab, in
 * strips or tiles; 16-bit greys are cut to 8. BMP: 1 to 32 bits, palettes, run lengths, bit fields. Colour
 * profiles and gamma are not applied.
 *
 * A caller that needs a part of a picture, or needs it smaller, says so once the size is known; a JPEG is
 * then decoded there alone, and reduced while it is decoded. The pixels that come are the same as those of
 * the whole picture at that reduction.
 *
 * COCO's boxes and masks are in the pixels as they are stored, so an EXIF orientation is applied only where
 * the annotation file says so, by giving the size of the turned picture (labelling tools that show pictures
 * upright do), or where there are no annotations.
 *
 * A file that ends before the part that is wanted is refused, though a decoder could fill it up: half a
 * picture of grey would be a sample of nothing. Other damage a decoder recovers from is accepted, and the
 * decoder's words are kept.
 */
#ifndef INGEST_PICTURE_H
#define INGEST_PICTURE_H

#include "base_status.h"
#include "ingest_decode.h"

/** Decode a file.
 *
 * Local. A file that cannot be used is a result, not an error; BASE_ERR_MEMORY alone is one.
 * @param request  NULL: everything, of whatever size
 * @param picture  set if result->reason is INGEST_USED, then the caller's to clear; covers at least the view
 */
base_status ingest_picture_read(const char *path, const ingest_picture_request *request,
                                ingest_picture *picture, ingest_picture_result *result);

#endif
