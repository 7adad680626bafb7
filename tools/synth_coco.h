/** The annotation file: COCO JSON, written as the scenes come.
 *
 * Beside COCO's keys, images carry `group` and `split`, and annotations with a spurious cue beside them carry
 * `cue` (its kind) and `cue_circle` (centre x, y and radius, pixels).
 */
#ifndef SYNTH_COCO_H
#define SYNTH_COCO_H

#include "synth_scene.h"

typedef struct synth_coco synth_coco;

/** Name of an image's file, "000001.jpg" for row 0. */
void synth_coco_file_name(int64_t image, char name[32]);

/** Create the file and write categories and images. Local. BASE_ERR_IO, BASE_ERR_MEMORY, BASE_ERR_LIBRARY.
 * The path and the plan must outlive *coco; end with synth_coco_finish() or synth_coco_destroy(). */
base_status synth_coco_create(const synth_request *request, const synth_plan *plan, const char *path,
                              synth_coco **coco);

/** Add the objects of an image, in order. Local. BASE_ERR_MEMORY. */
base_status synth_coco_add(synth_coco *coco, int64_t image, const synth_scene *scene);

/** End the file and close it; *coco becomes NULL in any case. Local. BASE_ERR_IO, BASE_ERR_LIBRARY.
 * @param annotations  out, how many there are */
base_status synth_coco_finish(synth_coco **coco, int64_t *annotations);

/** Give up a file half written. NULL-safe; *coco becomes NULL. */
void synth_coco_destroy(synth_coco **coco);

#endif
