/* Random single bits of a round file are flipped, one at a time: each is found, or what is read
 * is what was written. */
#include "base_random.h"
#include "store_fixture.h"
#include "unit_test.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define FLIPS 1000

static char folder[PATH_MAX], path[PATH_MAX];

static void set_up(void)
{
    store_round round;

    fixture_folder_make(folder);
    fixture_round(0, &round);
    ck_assert_int_eq(store_round_commit(folder, &round), BASE_OK);
    store_round_destroy(&round);
    fixture_path(folder, "round-000.h5", path);
}

static void tear_down(void)
{
    fixture_folder_remove(folder);
}

START_TEST(any_bit_of_a_round_that_flips_is_found_or_harmless)
{
    size_t i, found = 0, harmless = 0;
    store_round whole, read;
    struct stat info;

    ck_assert_int_eq(store_round_read(path, &whole), BASE_OK);
    ck_assert_int_eq(stat(path, &info), 0);
    for (i = 0; i < FLIPS; i++) {
        base_random random = base_random_at(4, BASE_RANDOM_TEST, 0, 0, i);
        size_t at = base_random_below(&random, (uint32_t)info.st_size);
        int bit = (int)base_random_below(&random, 8);

        fixture_flip(path, at, bit);
        if (store_round_read(path, &read) == BASE_OK) {
            fixture_round_compare(&whole, &read);
            store_round_destroy(&read);
            harmless++;
        } else {
            found++;
        }
        fixture_flip(path, at, bit);
    }
    printf("bit flips of a round of %lld bytes: %zu found, %zu harmless\n", (long long)info.st_size, found,
           harmless);
    ck_assert_uint_gt(found, FLIPS * 9 / 10);
    store_round_destroy(&whole);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("flips");
    TCase *tests = tcase_create("rounds");

    tcase_set_timeout(tests, 240);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, any_bit_of_a_round_that_flips_is_found_or_harmless);
    suite_add_tcase(suite, tests);
    return unit_test_run(suite);
}
