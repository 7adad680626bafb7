/* stb_image_resize, compiled once and apart from our own code. Its assertions are off: one of them holds the
 * sum of a pixel's weights to 10 % of 1 before they are normalised, which narrow filters at odd scales do not
 * keep. */
#define STBIR_ASSERT(x) ((void)0)
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#include <stb/stb_image_resize.h>
