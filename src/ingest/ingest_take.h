/** A rank's share of the work: read its pictures once, and cut and mask every sample in them. */
#ifndef INGEST_TAKE_H
#define INGEST_TAKE_H

#include "base_file.h"
#include "base_shard.h"
#include "base_status.h"
#include "ingest_coco.h"
#include "ingest_judge.h"
#include "ingest_options.h"
#include "ingest_picture.h"
#include "ingest_reason.h"
#include "ingest_scratch.h"
#include <stdint.h>

/** What became of a picture that was opened. No pointers. */
typedef struct ingest_sight {
    size_t image; /* index */
    ingest_picture_result result;
    char digest[BASE_DIGEST_TEXT]; /* of the file's bytes, empty if it was not decoded */
} ingest_sight;

typedef struct ingest_taken {
    base_shard share;         /* annotations, by index */
    ingest_outcome *outcomes; /* [share.count] */
    size_t *kept;             /* [share.count] place in scratch, INGEST_NONE if there is no sample */
    ingest_sight *sights;     /* [sight_count] in order of image */
    size_t sight_count;
    ingest_scratch scratch;
    double decoding, cutting, masking; /* seconds spent; for display only */
} ingest_taken;

/** Divide the annotations among ranks: neighbours in order, never within an image, by the pixels to decode.
 *
 * Local, the same on every rank.
 * @param wanted  [categories]   @param bounds [parts + 1] out: part r has annotations bounds[r]..bounds[r+1]
 */
void ingest_take_bounds(const ingest_coco *coco, const uint8_t *wanted, size_t parts, size_t *bounds);

/** Do a share. Shows progress on rank 0.
 *
 * Local. BASE_ERR_IO (scratch, annotation file), BASE_ERR_MEMORY. *taken is the caller's to clear.
 */
base_status ingest_take_share(const ingest_options *options, const ingest_coco *coco, const uint8_t *wanted,
                              base_shard share, int rank, ingest_taken *taken);

/** NULL-safe. */
void ingest_taken_clear(ingest_taken *taken);

#endif
