#include "store_pack.h"
#include "base_log.h"
#include "store_array.h"
#include "store_dataset.h"
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define FLETCHER_BLOCK 360 /* words after which 32-bit sums could overflow */

size_t store_chunk_samples(int32_t size)
{
    size_t samples = ((size_t)1 << 20) / ((size_t)size * (size_t)size * 3);

    return samples < 1 ? 1 : samples > 1024 ? 1024 : samples;
}

size_t store_mask_row_bytes(int32_t size)
{
    return ((size_t)size + 7) / 8;
}

static uint32_t fold(uint32_t sum)
{
    return (sum & 0xffff) + (sum >> 16);
}

uint32_t store_pack_fletcher32(const uint8_t *bytes, size_t size)
{
    size_t words = size / 2;
    uint32_t sum1 = 0, sum2 = 0;

    while (words > 0) {
        size_t block = words < FLETCHER_BLOCK ? words : FLETCHER_BLOCK, i;

        for (i = 0; i < block; i++, bytes += 2) {
            sum1 += (uint32_t)bytes[0] << 8 | bytes[1];
            sum2 += sum1;
        }
        words -= block;
        sum1 = fold(sum1);
        sum2 = fold(sum2);
    }
    if (size % 2) {
        sum1 += (uint32_t)*bytes << 8;
        sum2 += sum1;
        sum1 = fold(sum1);
        sum2 = fold(sum2);
    }
    return fold(sum2) << 16 | fold(sum1);
}

static void append_checksum(uint8_t *bytes, size_t size)
{
    uint32_t sum = store_pack_fletcher32(bytes, size);
    int i;

    for (i = 0; i < STORE_PACK_CHECKSUM; i++)
        bytes[size + (size_t)i] = (uint8_t)(sum >> (8 * i));
}

base_status store_pack_verify(const store_pack_name *name, const uint8_t *stored, size_t size)
{
    const uint8_t *at = stored + size - STORE_PACK_CHECKSUM;
    uint32_t found = store_pack_fletcher32(stored, size - STORE_PACK_CHECKSUM), expected = 0;
    int i;

    for (i = 0; i < STORE_PACK_CHECKSUM; i++)
        expected |= (uint32_t)at[i] << (8 * i);
    if (found == expected)
        return BASE_OK;
    base_log_error("%s: %s: the chunk of row %zu has checksum %08x, expected %08x", name->path, name->object,
                   name->row, found, expected);
    return BASE_ERR_INPUT;
}

base_status store_pack_inflate(const store_pack_name *name, const uint8_t *deflated, size_t size,
                               uint8_t *raw, size_t raw_size)
{
    uLongf inflated = raw_size;
    int code = uncompress(raw, &inflated, deflated, size);

    if (code == Z_OK && inflated == raw_size)
        return BASE_OK;
    base_log_error("%s: %s: the chunk of row %zu inflates to %lu bytes (%s), expected %zu", name->path,
                   name->object, name->row, inflated, code == Z_OK ? "its stream ends" : zError(code),
                   raw_size);
    return BASE_ERR_INPUT;
}

static base_status out_of_memory(size_t bytes)
{
    base_log_error("chunk: out of memory for %zu bytes", bytes);
    return BASE_ERR_MEMORY;
}

/* Deflated, with the checksum behind. */
static base_status pack_masks(const uint8_t *masks, int32_t size, void **packed, size_t *packed_size)
{
    size_t bytes = store_chunk_samples(size) * (size_t)size * store_mask_row_bytes(size);
    uLongf deflated = compressBound((uLong)bytes);
    uint8_t *made = malloc(deflated + STORE_PACK_CHECKSUM);
    int code;

    if (!made)
        return out_of_memory(deflated);
    code = compress2(made, &deflated, masks, (uLong)bytes, STORE_ARRAY_DEFLATE_LEVEL);
    if (code != Z_OK) {
        base_log_error("chunk: zlib cannot deflate %zu bytes of masks: %s", bytes, zError(code));
        free(made);
        return BASE_ERR_LIBRARY;
    }
    append_checksum(made, deflated);
    *packed = made;
    *packed_size = deflated + STORE_PACK_CHECKSUM;
    return BASE_OK;
}

base_status store_pack_twins(const uint8_t *twins, int32_t size, store_packed *packed)
{
    base_status status = pack_masks(twins, size, &packed->twins, &packed->twins_size);

    packed->twins_filters = 0;
    return status;
}

base_status store_pack(const uint8_t *images, const uint8_t *masks, int32_t size, store_packed *packed)
{
    size_t samples = store_chunk_samples(size), side = (size_t)size, bytes = samples * side * side * 3;
    store_packed made = {.image = malloc(bytes + STORE_PACK_CHECKSUM),
                         .image_size = bytes + STORE_PACK_CHECKSUM};
    base_status status;

    if (!made.image)
        return out_of_memory(bytes);
    memcpy(made.image, images, bytes);
    append_checksum(made.image, bytes);
    status = pack_masks(masks, size, &made.mask, &made.mask_size);
    if (status == BASE_OK)
        *packed = made;
    else
        store_packed_clear(&made);
    return status;
}

void store_packed_clear(store_packed *packed)
{
    if (!packed)
        return;
    free(packed->image);
    free(packed->mask);
    free(packed->twins);
    memset(packed, 0, sizeof *packed);
}
