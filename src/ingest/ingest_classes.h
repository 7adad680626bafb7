/** Which categories become classes. Pure functions over the records. */
#ifndef INGEST_CLASSES_H
#define INGEST_CLASSES_H

#include "base_status.h"
#include "ingest_coco.h"
#include <stdint.h>

/** Before pictures are read: which categories may become classes.
 *
 * Local. BASE_ERR_USAGE: top:K without a K of 1 or more, an empty name, a name of no category (with the
 * nearest one) or of two.
 * @param spec    "all", "top:K" or names separated by commas
 * @param wanted  [categories] out, 1: may become a class; all of them for "all" and "top:K"
 */
base_status ingest_classes_wanted(const char *spec, const ingest_coco *coco, uint8_t *wanted);

/** After that: which do, given how many usable annotations each has.
 *
 * "all": those with any; "top:K": the K with most, ties to the smaller id; names: the named.
 * Local. BASE_ERR_INPUT: a named class without a usable annotation, fewer than K categories with any, or none
 * at all.
 * @param usable  [categories]   @param wanted [categories] in: as above; out: 1 for every class
 */
base_status ingest_classes_choose(const char *spec, const ingest_coco *coco, const size_t *usable,
                                  uint8_t *wanted);

#endif
