/* Near copies: what is like what, and that all of it is found. */
#include "ingest_look.h"
#include "unit_test.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define SIZE 64

static unsigned next_random(unsigned *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* A soft random landscape. */
static void paint(unsigned seed, uint8_t rgb[SIZE * SIZE * 3])
{
    int heights[6][6], x, y, c;

    for (y = 0; y < 6; y++)
        for (x = 0; x < 6; x++)
            heights[y][x] = (int)(next_random(&seed) % 180) + 20;
    for (y = 0; y < SIZE; y++)
        for (x = 0; x < SIZE; x++) {
            int u = x * 5 * 256 / SIZE, v = y * 5 * 256 / SIZE, i = u / 256, j = v / 256;
            int top = heights[j][i] * (256 - u % 256) + heights[j][i + 1] * (u % 256);
            int bottom = heights[j + 1][i] * (256 - u % 256) + heights[j + 1][i + 1] * (u % 256);

            for (c = 0; c < 3; c++)
                rgb[3 * (y * SIZE + x) + c] = (uint8_t)((top * (256 - v % 256) + bottom * (v % 256)) >> 16);
        }
}

static int distance(const uint64_t a[2], const uint64_t b[2])
{
    return __builtin_popcountll(a[0] ^ b[0]) + __builtin_popcountll(a[1] ^ b[1]);
}

START_TEST(a_lighter_and_noisier_copy_is_near_and_others_are_far)
{
    static uint8_t rgb[SIZE * SIZE * 3], copy[SIZE * SIZE * 3];
    unsigned seed, state = 5, near = 0, far = 0;
    uint64_t look[2], like[2], other[2];
    size_t i;

    for (seed = 1; seed <= 50; seed++) {
        paint(seed, rgb);
        for (i = 0; i < sizeof rgb; i++)
            copy[i] = (uint8_t)(rgb[i] + 12 + next_random(&state) % 7);
        ingest_look_make(rgb, SIZE, look);
        ingest_look_make(copy, SIZE, like);
        paint(seed + 1000, rgb);
        ingest_look_make(rgb, SIZE, other);
        near += distance(look, like) <= INGEST_LOOK_NEAR;
        far += distance(look, other) > 2 * INGEST_LOOK_NEAR;
    }
    ck_assert_uint_ge(near, 48);
    ck_assert_uint_eq(far, 50);
}
END_TEST

START_TEST(what_is_flat_or_tiny_is_like_nothing)
{
    static uint8_t rgb[SIZE * SIZE * 3];
    uint64_t look[2] = {1, 1};

    memset(rgb, 90, sizeof rgb);
    ingest_look_make(rgb, SIZE, look);
    ck_assert(look[0] == 0 && look[1] == 0);
    paint(3, rgb);
    ingest_look_make(rgb, 15, look);
    ck_assert(look[0] == 0 && look[1] == 0);
    ingest_look_make(rgb, 16, look);
    ck_assert(look[0] != 0 || look[1] != 0);
}
END_TEST

#define COUNT 400

START_TEST(every_near_pair_of_two_pictures_is_found_once)
{
    ingest_looked looked[COUNT], given[COUNT];
    ingest_pair *pairs = NULL;
    size_t count = 0, expected = 0, missing = 0, i, j, k;
    unsigned state = 11;

    for (i = 0; i < COUNT; i++) {
        looked[i] = (ingest_looked){{0, 0}, i, i / 2}; /* two samples a picture */
        if (i % 4 < 3)
            for (k = 0; k < 8; k++)
                looked[i].look[k % 2] = looked[i].look[k % 2] << 16 | (next_random(&state) & 0xffff);
        else
            memcpy(looked[i].look, looked[i - 2].look, sizeof looked[i].look);
        for (k = 0; i % 4 == 3 && k < i / 4 % 10; k++) { /* up to 9 bits off */
            unsigned bit = next_random(&state) % 128;

            looked[i].look[bit / 64] ^= (uint64_t)1 << bit % 64;
        }
    }
    memcpy(given, looked, sizeof given);
    ck_assert_int_eq(ingest_look_pairs(looked, COUNT, &pairs, &count), BASE_OK);
    for (i = 0; i < COUNT; i++)
        for (j = i + 1; j < COUNT; j++) {
            bool found = false;

            if (given[i].picture == given[j].picture ||
                distance(given[i].look, given[j].look) > INGEST_LOOK_NEAR)
                continue;
            expected++;
            for (k = 0; k < count; k++)
                found = found || (pairs[k].a == i && pairs[k].b == j);
            missing += !found;
        }
    ck_assert_uint_ge(expected, 70);
    ck_assert_uint_eq(missing, 0);
    ck_assert_uint_eq(count, expected);
    free(pairs);
    pairs = NULL;
    ck_assert_int_eq(ingest_look_pairs(NULL, 0, &pairs, &count), BASE_OK);
    ck_assert_uint_eq(count, 0);
    free(pairs);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ingest_look");
    TCase *tests = tcase_create("look");

    tcase_add_test(tests, a_lighter_and_noisier_copy_is_near_and_others_are_far);
    tcase_add_test(tests, what_is_flat_or_tiny_is_like_nothing);
    tcase_add_test(tests, every_near_pair_of_two_pictures_is_found_once);
    suite_add_tcase(suite, tests);
    return unit_test_run(suite);
}
