/** The plan on rank 0: which annotations become rows of the data set, of which class, group and split. */
#ifndef INGEST_PLAN_H
#define INGEST_PLAN_H

#include "base_status.h"
#include "comm_world.h"
#include "ingest_coco.h"
#include "ingest_options.h"
#include "ingest_quality.h"
#include "ingest_take.h"
#include "store_dataset.h"
#include <stdint.h>

typedef struct ingest_plan {
    size_t samples, classes, groups;
    size_t *rows;           /* [samples] annotation index, rising */
    uint8_t *split;         /* [samples] store_split */
    int32_t *label;         /* [samples] row of category; rank 0 only */
    int64_t *group;         /* [samples]; rank 0 only */
    size_t *categories;     /* [classes] category index, rising; rank 0 only */
    ingest_quality quality; /* rank 0 only */
} ingest_plan;

/** Choose classes, number the rows, group and split. Annotations of other categories become
 * INGEST_CLASS_NOT_SELECTED in outcomes.
 *
 * Rank 0. BASE_ERR_INPUT (a class without samples; a group that --split-key tears apart), BASE_ERR_USAGE (a
 * class name that does not fit the data set), BASE_ERR_MEMORY.
 * @param outcomes  [annotations]   @param sights [sight_count] in order of image, none in a dry run
 * @param wanted [categories] from ingest_classes_wanted(); out: the classes
 */
base_status ingest_plan_make(const ingest_options *options, const ingest_coco *coco, ingest_outcome *outcomes,
                             const ingest_sight *sights, size_t sight_count, uint8_t *wanted,
                             ingest_plan *plan);

/** Give rows and splits to all ranks. Collective. BASE_ERR_MEMORY, agreed. */
base_status ingest_plan_share(const comm_world *world, ingest_plan *plan);

/** Everything of the data set but pixels, mean and std. Rank 0. BASE_ERR_MEMORY.
 * @param sights  [sight_count] in order of image: sizes as found */
base_status ingest_plan_table(const ingest_options *options, const ingest_coco *coco, const ingest_plan *plan,
                              const ingest_sight *sights, size_t sight_count, store_table *table);

/** NULL-safe. */
void ingest_plan_clear(ingest_plan *plan);

#endif
