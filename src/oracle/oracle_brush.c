#include "oracle_brush.h"

#define CHANNELS 4 /* the last is alpha */

typedef struct bits {
    const uint8_t *bytes;
    size_t size, at; /* in bits */
    bool ended;
} bits;

static uint32_t take(bits *b, uint32_t count)
{
    uint32_t value = 0;

    if (count > b->size - b->at) {
        b->ended = true;
        return 0;
    }
    for (; count > 0; count--, b->at++)
        value = value << 1 | ((unsigned)b->bytes[b->at / 8] >> (7 - b->at % 8) & 1u);
    return value;
}

bool oracle_brush_decode(const uint8_t *bytes, size_t size, size_t pixels, uint8_t *mask)
{
    bits b = {.bytes = bytes, .size = 8 * size};
    uint32_t lengths[4], width, value = 0;
    size_t count = take(&b, 32), i, end;

    width = take(&b, 5) + 1;
    for (i = 0; i < 4; i++)
        lengths[i] = take(&b, 4) + 1;
    if (b.ended || count != CHANNELS * pixels)
        return false;
    for (i = 0; i < count;) {
        bool repeated = take(&b, 1);

        end = i + 1;
        end += take(&b, lengths[take(&b, 2)]);
        if (end > count)
            return false;
        for (value = repeated ? take(&b, width) : 0; i < end && !b.ended; i++) {
            if (!repeated)
                value = take(&b, width);
            if (i % CHANNELS == CHANNELS - 1)
                mask[i / CHANNELS] = value != 0;
        }
        if (b.ended)
            return false;
    }
    return true;
}
