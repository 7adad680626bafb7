/** What can be said of annotations before their picture is opened. Pure functions over the records. */
#ifndef INGEST_JUDGE_H
#define INGEST_JUDGE_H

#include "ingest_coco.h"
#include "ingest_options.h"
#include "ingest_reason.h"
#include <stdbool.h>
#include <stdint.h>

/** What became of an annotation. No pointers: travels to rank 0 as it is. */
typedef struct ingest_outcome {
    uint8_t reason;   /* ingest_reason; INGEST_USED: there is a sample in scratch */
    uint8_t source;   /* ingest_mask_source */
    uint8_t cover;    /* ingest_mask_cover */
    uint64_t look[2]; /* ingest_look_make() of the sample */
} ingest_outcome;

/** Where the annotations of the image at `first` end, at most at `limit`. Local. */
size_t ingest_judge_image_end(const ingest_coco *coco, size_t first, size_t limit);

/** Does an annotation stand for its whole picture? Local. */
bool ingest_judge_whole(const ingest_options *options, const ingest_annotation *annotation);

/** Judge the annotations [first, end) of one image: INGEST_USED where nothing stands in the way. In mode
 * image the first annotation that counts stands for its picture. Local.
 * @param wanted    [categories]   @param outcomes [end - first] out */
void ingest_judge_image(const ingest_options *options, const ingest_coco *coco, const uint8_t *wanted,
                        size_t first, size_t end, ingest_outcome *outcomes);

/** Judge them all. Local. @param outcomes [annotations] out */
void ingest_judge_all(const ingest_options *options, const ingest_coco *coco, const uint8_t *wanted,
                      ingest_outcome *outcomes);

/** "train", "val" or "validation", "test" as a store_split; false: none of them. Local. */
bool ingest_judge_split(const char *text, uint8_t *split);

#endif
