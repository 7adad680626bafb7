/** Which categories become classes. Pure functions over the records.
 *
 * A choice is a list, commas between: a category's name, id:N, super:NAME for all of a supercategory, all;
 * and top:K, the K of those (of all, where it stands alone) with most usable annotations.
 */
#ifndef INGEST_CLASSES_H
#define INGEST_CLASSES_H

#include "base_status.h"
#include "ingest_coco.h"
#include <stdint.h>

/** Before pictures are read: which categories may become classes.
 *
 * Local. BASE_ERR_USAGE: top:K without a K of 1 or more, an empty name, a name of no category (with the
 * nearest one) or of two, an id or a supercategory that nobody has.
 * @param wanted  [categories] out, not 0: may become a class
 */
base_status ingest_classes_wanted(const char *spec, const ingest_coco *coco, uint8_t *wanted);

/** After that: which do, given how many usable annotations each has: the wanted ones with any; with top:K the
 * K with most of them, ties to the smaller id.
 *
 * Local. BASE_ERR_INPUT: a class chosen by name or id without a usable annotation, fewer than K categories
 * with any, or none at all; BASE_ERR_MEMORY.
 * @param usable  [categories]   @param wanted [categories] in: as above; out: 1 for every class, else 0
 */
base_status ingest_classes_choose(const char *spec, const ingest_coco *coco, const size_t *usable,
                                  uint8_t *wanted);

#endif
