/** A square of a picture at another size, antialiased. */
#ifndef INGEST_RESIZE_H
#define INGEST_RESIZE_H

#include "base_status.h"
#include "ingest_decode.h"
#include "ingest_mask.h"
#include <stdint.h>

/** The part of a picture that ingest_resize() reads for a crop, with what a filter of that size reaches.
 * Local.
 * @param view  in: the whole picture; out: x, y, width, height of the part, perhaps beyond the picture's
 * edges */
void ingest_resize_reach(const ingest_crop *crop, int32_t size, ingest_view *view);

/** How far a picture may be reduced in decoding before the crop is resized: 1, 2, 4 or 8, so that twice the
 * sample's size is left. What the reduction leaves out cannot be seen in the sample. Local. */
int32_t ingest_resize_shrink(const ingest_crop *crop, int32_t size);

/** Cut and resize. Beyond the picture's edge its nearest pixel is repeated: black or grey bars would tell a
 * network about the edge, not about the object. Resizing is by a triangle filter widened to the scale:
 * area-like when shrinking, bilinear when enlarging, on stored values (not linear light).
 *
 * Local. BASE_ERR_MEMORY.
 * @param picture  covers ingest_resize_reach()
 * @param rgb      [size, size, 3] out
 */
base_status ingest_resize(const ingest_picture *picture, const ingest_crop *crop, int32_t size, uint8_t *rgb);

#endif
