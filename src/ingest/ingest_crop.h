/** The square around a box that is cut from a picture. */
#ifndef INGEST_CROP_H
#define INGEST_CROP_H

#include "ingest_mask.h"
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

#endif
