/** A scene through the camera: surface, dirt, objects, light, lens and sensor. */
#ifndef SYNTH_RENDER_H
#define SYNTH_RENDER_H

#include "synth_scene.h"
#include <stdint.h>

/** Render an image of the plan. Local. BASE_ERR_MEMORY.
 *
 * @param rgb  [height,width,3] out, bytes of the caller's
 */
base_status synth_render(const synth_request *request, const synth_plan *plan, int64_t image,
                         const synth_scene *scene, uint8_t *rgb);

#endif
