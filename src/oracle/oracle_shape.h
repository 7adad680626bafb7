/** Shapes in Label Studio's JSON, internal to oracle. */
#ifndef ORACLE_SHAPE_H
#define ORACLE_SHAPE_H

#include "oracle_reading.h"
#include <stdbool.h>

/** The shape in a result's `value` into mark->box, pixels of the picture that the mark names, and, of
 * polygons and masks, mark->outline. Local. False if there is none: it is refused, or a mask has no pixel.
 * @param kind  begins with "polygon" or "brush", else it is a rectangle */
bool oracle_shape_take(oracle_reading *r, yajl_val value, const char *kind, oracle_mark *mark);

#endif
