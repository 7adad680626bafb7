/* Mutations of HDF5 files: damage, which the library's checksums are to find before anything follows it.
 *
 * With FUZZ_FORGE in the environment every other mutation gets its checksums right again, as no damage does,
 * so that camal's own checks meet more of them. HDF5 1.10.8 itself crashes on some of these within minutes
 * (H5Lget_name_by_idx, H5F__accum_read), so this is for a look, not for a verdict.
 *
 * Format: https://docs.hdfgroup.org/hdf5/develop/_f_m_t3.html, superblock version 3, object headers
 * version 2. The checksum is Bob Jenkins's lookup3, hashlittle(), which is in the public domain.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

const char *__lsan_default_suppressions(void);

#define SUPERBLOCK 48 /* bytes, of which the last four are the checksum */

/* HDF5 1.10.8 forgets the parts of an object header whose checksum is wrong. */
const char *__lsan_default_suppressions(void)
{
    return "leak:libhdf5_serial\n";
}

static uint32_t rotate(uint32_t x, int bits)
{
    return x << bits | x >> (32 - bits);
}

static void mix(uint32_t v[3])
{
    static const int bits[] = {4, 6, 8, 16, 19, 4};
    int i;

    for (i = 0; i < 6; i++) {
        uint32_t *x = &v[i % 3], *y = &v[(i + 1) % 3], *z = &v[(i + 2) % 3];

        *x -= *z;
        *x ^= rotate(*z, bits[i]);
        *z += *y;
    }
}

static void finish(uint32_t v[3])
{
    static const int bits[] = {14, 11, 25, 16, 4, 14, 24};
    int i;

    for (i = 0; i < 7; i++) {
        uint32_t *x = &v[(i + 2) % 3], *y = &v[(i + 1) % 3];

        *x ^= *y;
        *x -= rotate(*y, bits[i]);
    }
}

static uint32_t checksum(const uint8_t *bytes, size_t size)
{
    uint32_t v[3];
    size_t i;

    v[0] = v[1] = v[2] = 0xdeadbeef + (uint32_t)size;
    if (size == 0)
        return v[2];
    while (size > 12) {
        for (i = 0; i < 12; i++)
            v[i / 4] += (uint32_t)bytes[i] << 8 * (i % 4);
        mix(v);
        bytes += 12;
        size -= 12;
    }
    for (i = 0; i < size; i++)
        v[i / 4] += (uint32_t)bytes[i] << 8 * (i % 4);
    finish(v);
    return v[2];
}

static uint64_t number(const uint8_t *bytes, size_t width)
{
    uint64_t value = 0;

    while (width-- > 0)
        value = value << 8 | bytes[width];
    return value;
}

/* Put the checksum behind `size` bytes; false if they do not fit. */
static bool seal(uint8_t *bytes, uint64_t size, size_t room)
{
    uint32_t sum;

    if (room < 4 || size > room - 4)
        return false;
    sum = checksum(bytes, (size_t)size);
    memcpy(bytes + size, &sum, sizeof sum);
    return true;
}

/* Bytes of an object header before its checksum, 0 if it is none. */
static uint64_t header_size(const uint8_t *bytes, size_t room)
{
    size_t at = 6, width;

    if (room < 32 || memcmp(bytes, "OHDR\2", 5) != 0)
        return 0;
    at += bytes[5] & 0x20 ? 16 : 0; /* times */
    at += bytes[5] & 0x10 ? 4 : 0;  /* limits of attributes */
    width = (size_t)1 << (bytes[5] & 3);
    return at + width + number(bytes + at, width);
}

static void seal_all(uint8_t *data, size_t size)
{
    size_t at;

    if (size < SUPERBLOCK)
        return;
    for (at = SUPERBLOCK; at + 32 < size; at++) {
        uint64_t bytes = header_size(data + at, size - at);

        if (bytes > 0)
            seal(data + at, bytes, size - at);
    }
    seal(data, SUPERBLOCK - 4, size);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    /* Mostly in place: a file that is longer or shorter than it says is refused at once. */
    size_t most = seed % 8 == 0 ? max_size : size;

    size = LLVMFuzzerMutate(data, size, most);
    if (getenv("FUZZ_FORGE") && seed % 2 == 0)
        seal_all(data, size);
    return size;
}
