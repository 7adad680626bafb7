#include "nn_engine.h"
#include "nn_test.h"
#include <omp.h>

START_TEST(thread_counts_out_of_range_are_usage_errors)
{
    nn_engine *engine = NULL;

    ck_assert_int_eq(nn_engine_create(0, &engine), BASE_ERR_USAGE);
    ck_assert_int_eq(nn_engine_create(-1, &engine), BASE_ERR_USAGE);
    ck_assert_int_eq(nn_engine_create(100000, &engine), BASE_ERR_USAGE);
    ck_assert_ptr_null(engine);
}
END_TEST

START_TEST(denormals_are_flushed_on_every_thread)
{
    volatile float tiny = 1e-30f;
    int flushed = 0, threads = 0;
    nn_engine *engine;

    ck_assert_int_eq(nn_engine_create(3, &engine), BASE_OK);
#pragma omp parallel reduction(+ : flushed, threads)
    {
        volatile float product = tiny * 1e-10f; /* 1e-40, a denormal */

        threads++;
        flushed += product == 0;
    }
    ck_assert_int_eq(threads, 3);
    ck_assert_int_eq(flushed, 3);
    nn_engine_destroy(&engine);
    ck_assert_ptr_null(engine);
    nn_engine_destroy(&engine);
    nn_engine_destroy(NULL);
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_test(tests, thread_counts_out_of_range_are_usage_errors);
    tcase_add_test(tests, denormals_are_flushed_on_every_thread);
}

int main(void)
{
    return nn_test_main("nn_engine", add);
}
