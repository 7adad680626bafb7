/** What is doubtful in a data set: pictures that are there twice, near copies, labels that contradict each
 * other, boxes beyond the picture. Rank 0; a function of the records alone. */
#ifndef INGEST_QUALITY_H
#define INGEST_QUALITY_H

#include "base_status.h"
#include "ingest_coco.h"
#include "ingest_look.h"
#include "ingest_take.h"
#include <stdint.h>

typedef struct ingest_quality {
    size_t *bytes_set; /* [samples] number of the set of pictures with the same bytes, SIZE_MAX: of its own */
    ingest_pair *pairs; /* [pair_count] near copies among the samples of different pictures */
    size_t pair_count;
    size_t same_bytes;    /* pictures whose bytes are those of an earlier one */
    size_t boxes_outside; /* samples whose box passes the picture's edge by more than a pixel */
} ingest_quality;

/** Find them. BASE_ERR_MEMORY.
 * @param rows    [samples] annotation of each
 * @param sights  [sight_count] in order of image; none in a dry run: then there is nothing to find */
base_status ingest_quality_find(const ingest_coco *coco, const ingest_outcome *outcomes,
                                const ingest_sight *sights, size_t sight_count, const size_t *rows,
                                size_t samples, ingest_quality *quality);

/** NULL-safe. */
void ingest_quality_clear(ingest_quality *quality);

#endif
