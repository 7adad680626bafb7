/** A segmentation as a mask, and that as a sample's bits, with all that must hold of both. */
#ifndef FUZZ_MASK_H
#define FUZZ_MASK_H

#include "ingest_mask.h"

/** Make the mask of a segmentation for a picture of that size and cut it. Aborts if the mask contradicts
 * itself, or if memory is short.
 * @param mask  out, the caller's to clear; unset if the segmentation does not fit the picture
 * @return if there is a mask */
bool fuzz_mask(const ingest_segmentation *segmentation, int32_t width, int32_t height, ingest_mask *mask);

#endif
