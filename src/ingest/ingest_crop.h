/** The square around a box, cut from a picture and resized. */
#ifndef INGEST_CROP_H
#define INGEST_CROP_H

#include "base_status.h"
#include "ingest_mask.h"
#include "ingest_picture.h"
#include "ingest_reason.h"
#include <stdint.h>

/** Smallest side of a crop in source pixels. */
#define INGEST_CROP_MIN_SIDE 16

/** Clip a COCO box to its picture.
 *
 * Local. INGEST_USED, INGEST_BOX_INVALID (not finite, no area), INGEST_BOX_OUTSIDE, INGEST_BOX_TOO_SMALL
 * (longer side of what is left below min_box).
 * @param clipped  x, y, width, height; set if INGEST_USED
 */
ingest_reason ingest_crop_clip(const double box[4], int32_t width, int32_t height, double min_box,
                               double clipped[4]);

/** The crop around a box: a square of context x its longer side, at least INGEST_CROP_MIN_SIDE, rounded to
 * whole pixels, with the box's centre in its middle. It may pass the picture's edges. Local. */
ingest_crop ingest_crop_around(const double box[4], double context);

/** Cut and resize. Beyond the picture's edge its nearest pixel is repeated: black or grey bars would tell a
 * network about the edge, not about the object. Resizing is by a triangle filter widened to the scale:
 * area-like when shrinking, bilinear when enlarging, on stored values (not linear light). A crop more than
 * four times the sample's size is first averaged over small squares: less work, and memory for at most 8 x
 * size pixels a side.
 *
 * Local. BASE_ERR_MEMORY.
 * @param rgb  [size, size, 3] out
 */
base_status ingest_crop_resize(const ingest_picture *picture, const ingest_crop *crop, int32_t size,
                               uint8_t *rgb);

#endif
