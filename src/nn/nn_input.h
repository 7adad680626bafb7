/** From the pixels of files to a network's input. */
#ifndef NN_INPUT_H
#define NN_INPUT_H

#include <stddef.h>
#include <stdint.h>

/** One image to the network's input: (pixel / 255 - mean) / deviation, NCHW. Local.
 * @param mean, deviation  of pixel / 255, RGB
 * @param pixels  S * S   @param image [S,S,3] u8   @param input [3,S,S] out */
void nn_input_normalise(const float mean[3], const float deviation[3], size_t pixels, const uint8_t *image,
                        float *input);

#endif
