/** Augmentation: one image in, one randomly changed network input out, and where its object went. */
#ifndef LEARN_AUGMENT_H
#define LEARN_AUGMENT_H

#include "base_random.h"
#include "store_dataset.h"
#include <stdint.h>

/** Change and normalise one image.
 *
 * mirror: left-right with probability 1/2. turn: 0 to 3 quarter turns. shift: up to 1/8 of the size in each
 * direction and a scale of 0.85 to 1.15, bilinear, edge pixels repeated. light: contrast 0.8 to 1.2 about the
 * image's mean and brightness +-0.1 of full scale. cutout: with probability 1/2 a square of a quarter of the
 * size becomes the data set's mean. Object and erase are learn_guide's, which comes before. Local.
 * @param augment  BASE_AUGMENT_* bits
 * @param image    [S,S,3] u8
 * @param mask     [S,ceil(S/8)] bits, or NULL
 * @param input    [3,S,S] out, normalised as nn_input_normalise()
 * @param moved    [S,S] out, 1 where the mask is now, by nearest pixels; not written without a mask
 */
void learn_augment(uint32_t augment, base_random *random, const store_table *table, const uint8_t *image,
                   const uint8_t *mask, float *input, uint8_t *moved);

#endif
