/** Short captions in pictures, in capital letters of 5 x 5 dots: signs that it has no letter for are "?". */
#ifndef CAMAL_HEATMAP_TEXT_H
#define CAMAL_HEATMAP_TEXT_H

#include "camal_picture.h"

/* Pixels: a dot, from one letter to the next, a letter's height. */
#define HEATMAP_TEXT_DOT_WIDTH  2
#define HEATMAP_TEXT_DOT_HEIGHT 3
#define HEATMAP_TEXT_WIDTH      (6 * HEATMAP_TEXT_DOT_WIDTH)
#define HEATMAP_TEXT_HEIGHT     (5 * HEATMAP_TEXT_DOT_HEIGHT)

/** Draw text, its upper left corner at x, y, cut off after `width` pixels. UTF-8; local. */
void heatmap_text_draw(camal_picture *picture, int32_t x, int32_t y, int32_t width, const uint8_t colour[3],
                       const char *text);

#endif
