#include "base_memory.h"
#include "unit_test.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Every size from nothing to several large pages, whole and not: aligned, and all of it can be used. */
START_TEST(memory_is_aligned_and_whole)
{
    static const size_t sizes[] = {
        0, 1, 63, 64, 4097, ((size_t)2 << 20) - 1, (size_t)2 << 20, ((size_t)7 << 20) + 5};
    unsigned char *memory[sizeof sizes / sizeof *sizes];
    size_t i, k, wrong = 0;

    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        memory[i] = base_memory_take(sizes[i]);
        ck_assert_ptr_nonnull(memory[i]);
        ck_assert_uint_eq((uintptr_t)memory[i] % BASE_MEMORY_ALIGNMENT, 0);
        memset(memory[i], (int)i + 1, sizes[i]);
    }
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (k = 0; k < sizes[i]; k++)
            wrong += memory[i][k] != i + 1;
        free(memory[i]);
    }
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("base_memory");
    TCase *tests = tcase_create("all");

    tcase_add_test(tests, memory_is_aligned_and_whole);
    suite_add_tcase(suite, tests);
    return unit_test_run(suite);
}
