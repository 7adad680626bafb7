/* stb_image_resize, compiled once and apart from our own code. Its assertions are about its own arithmetic.
 */
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#include <stb/stb_image_resize.h>
