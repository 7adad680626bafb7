#include "base_shard.h"
#include "unit_test.h"
#include <stdint.h>
#include <stdlib.h>

START_TEST(shards_are_neighbours_that_cover_the_range_once)
{
    static const size_t totals[] = {0, 1, 2, 7, 64, 1000, SIZE_MAX};
    size_t i, parts, index;

    for (i = 0; i < sizeof totals / sizeof *totals; i++) {
        for (parts = 1; parts <= 65; parts++) {
            size_t next = 0, least = totals[i] / parts;

            for (index = 0; index < parts; index++) {
                base_shard shard = base_shard_of(totals[i], parts, index);

                ck_assert_uint_eq(shard.first, next);
                ck_assert(shard.count == least || shard.count == least + 1);
                next += shard.count;
            }
            ck_assert_uint_eq(next, totals[i]);
        }
    }
}
END_TEST

START_TEST(more_parts_than_items_leaves_the_last_empty)
{
    ck_assert_uint_eq(base_shard_of(2, 4, 1).count, 1);
    ck_assert_uint_eq(base_shard_of(2, 4, 2).count, 0);
    ck_assert_uint_eq(base_shard_of(2, 4, 3).first, 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("base_shard");
    TCase *tests = tcase_create("base_shard");

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, shards_are_neighbours_that_cover_the_range_once);
    tcase_add_test(tests, more_parts_than_items_leaves_the_last_empty);
    return unit_test_run(suite);
}
