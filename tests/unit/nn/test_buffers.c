#include "nn_buffers.h"
#include "nn_test.h"
#include <stdint.h>

START_TEST(slots_in_use_do_not_overlap)
{
    static const size_t floats[] = {1, 1000, 16, 17, 1 << 20, 0, 5000};
    enum { COUNT = sizeof floats / sizeof *floats };
    nn_buffers buffers = {0};
    int slot[COUNT], i, wrong = 0;
    size_t k;

    for (i = 0; i < COUNT; i++)
        ck_assert_int_eq(nn_buffers_take(&buffers, floats[i], &slot[i]), BASE_OK);
    for (i = 0; i < COUNT; i++)
        for (k = 0; k < floats[i]; k++)
            nn_buffers_data(&buffers, slot[i])[k] = (float)i;
    for (i = 0; i < COUNT; i++) {
        wrong += (uintptr_t)nn_buffers_data(&buffers, slot[i]) % 64 != 0;
        for (k = 0; k < floats[i]; k++)
            wrong += nn_buffers_data(&buffers, slot[i])[k] != (float)i;
    }
    ck_assert_int_eq(wrong, 0);
    nn_buffers_destroy(&buffers);
}
END_TEST

START_TEST(place_of_several_small_slots_serves_a_large_one_once_all_are_released)
{
    nn_buffers buffers = {0};
    int small[3], large, behind;

    ck_assert_int_eq(nn_buffers_take(&buffers, 100, &small[0]), BASE_OK);
    ck_assert_int_eq(nn_buffers_take(&buffers, 100, &small[1]), BASE_OK);
    ck_assert_int_eq(nn_buffers_take(&buffers, 100, &small[2]), BASE_OK);
    ck_assert_int_eq(nn_buffers_take(&buffers, 100, &behind), BASE_OK);
    nn_buffers_share(&buffers, small[1]);
    nn_buffers_release(&buffers, small[0]);
    nn_buffers_release(&buffers, small[1]);
    nn_buffers_release(&buffers, small[2]);
    ck_assert(nn_buffers_is_sole(&buffers, small[1]));
    ck_assert_int_eq(nn_buffers_take(&buffers, 300, &large), BASE_OK);
    ck_assert(nn_buffers_data(&buffers, large) > nn_buffers_data(&buffers, behind));
    nn_buffers_release(&buffers, large);
    nn_buffers_release(&buffers, small[1]);
    ck_assert_int_eq(nn_buffers_take(&buffers, 300, &large), BASE_OK);
    ck_assert_ptr_eq(nn_buffers_data(&buffers, large), nn_buffers_data(&buffers, small[0]));
    nn_buffers_destroy(&buffers);
}
END_TEST

START_TEST(slot_larger_than_a_block_has_a_block_of_its_own)
{
    nn_buffers buffers = {0};
    int first, large, last;

    ck_assert_int_eq(nn_buffers_take(&buffers, 10, &first), BASE_OK);
    ck_assert_int_eq(nn_buffers_take(&buffers, (size_t)1 << 25, &large), BASE_OK);
    ck_assert_int_eq(nn_buffers_take(&buffers, 10, &last), BASE_OK);
    nn_buffers_data(&buffers, large)[((size_t)1 << 25) - 1] = 1;
    ck_assert_ptr_eq(nn_buffers_data(&buffers, last), nn_buffers_data(&buffers, first) + 16);
    nn_buffers_destroy(&buffers);
}
END_TEST

START_TEST(memory_that_cannot_be_had_is_an_error)
{
    nn_buffers buffers = {0};
    int slot = -1;

    ck_assert_int_eq(nn_buffers_take(&buffers, SIZE_MAX / 4, &slot), BASE_ERR_MEMORY);
    ck_assert_int_eq(slot, -1);
    nn_buffers_destroy(&buffers);
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_test(tests, slots_in_use_do_not_overlap);
    tcase_add_test(tests, place_of_several_small_slots_serves_a_large_one_once_all_are_released);
    tcase_add_test(tests, slot_larger_than_a_block_has_a_block_of_its_own);
    tcase_add_test(tests, memory_that_cannot_be_had_is_an_error);
}

int main(void)
{
    return nn_test_main("nn_buffers", add);
}
