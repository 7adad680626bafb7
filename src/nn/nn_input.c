#include "nn_input.h"

/* Taking three bytes apart wants shuffles that x86-64 gained later; without contraction all clones give the
 * same bits. Sanitizers and the resolver of clones do not go together. */
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif

/* planes [3,pixels] = image [pixels,3] * scale + shift */
WIDE static void spread(const uint8_t *restrict image, size_t pixels, const float scale[3],
                        const float shift[3], float *restrict planes)
{
    float *restrict red = planes, *restrict green = planes + pixels, *restrict blue = planes + 2 * pixels;
    float red_scale = scale[0], green_scale = scale[1], blue_scale = scale[2];
    float red_shift = shift[0], green_shift = shift[1], blue_shift = shift[2];
    size_t i;

    for (i = 0; i < pixels; i++) {
        red[i] = (float)image[3 * i] * red_scale + red_shift;
        green[i] = (float)image[3 * i + 1] * green_scale + green_shift;
        blue[i] = (float)image[3 * i + 2] * blue_scale + blue_shift;
    }
}

void nn_input_normalise(const float mean[3], const float deviation[3], size_t pixels, const uint8_t *image,
                        float *input)
{
    float scale[3], shift[3];
    size_t c;

    for (c = 0; c < 3; c++) {
        scale[c] = 1 / (255 * deviation[c]);
        shift[c] = -mean[c] / deviation[c];
    }
    spread(image, pixels, scale, shift, input);
}
