#include "base_config.h"
#include "base_signal.h"
#include "nn_primitive.h"
#include "nn_taps.h"
#include "nn_test.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_bool over;

static void *send_signals(void *sent)
{
    while (!atomic_load(&over)) {
        usleep(100);
        *(int *)sent += kill(getpid(), SIGUSR1) == 0;
    }
    return NULL;
}

/* 300 products of all passes and many sizes; gives a digest of what came out. */
static uint64_t compute(void)
{
    static const int64_t channels[] = {8, 16, 24, 48, 64, 128};
    uint64_t digest = 0;
    int i;

    for (i = 0; i < 300; i++) {
        nn_taps taps = {.pass = (nn_pass)(i % NN_PASSES),
                        .batch = 1 + i % 40,
                        .height = 2 + i % 3,
                        .width = 2 + i / 3 % 3,
                        .inputs = channels[i % 6],
                        .outputs = channels[i / 6 % 6],
                        .kernel = 3};
        size_t map = (size_t)(taps.batch * taps.height * taps.width), count[3], k, n;
        float *data[3];

        count[0] = map * (size_t)taps.inputs;
        count[1] = map * (size_t)taps.outputs;
        count[2] = (size_t)(9 * taps.inputs * taps.outputs);
        for (k = 0; k < 3; k++) {
            ck_assert_int_eq(nn_engine_allocate(count[k], &data[k]), BASE_OK);
            for (n = 0; n < count[k]; n++)
                data[k][n] = (float)(n % 7) - 3;
        }
        ck_assert_int_eq(nn_taps_run(&taps, data[0], data[1], data[2]), BASE_OK);
        for (k = 0; k < 3; k++) {
            for (n = 0; n < count[k]; n++) {
                uint32_t bits;

                memcpy(&bits, &data[k][n], sizeof bits);
                digest = digest * 1099511628211u + bits;
            }
            free(data[k]);
        }
    }
    return digest;
}

/* What SLURM sends before a job's end comes in the midst of a step. */
START_TEST(signals_change_nothing_that_is_being_computed)
{
    uint64_t undisturbed = compute();
    pthread_t sender;
    int sent = 0, i;

    ck_assert_int_eq(base_signal_catch(BASE_SIGNAL_USR1 | BASE_SIGNAL_TERM), BASE_OK);
    ck_assert_int_eq(pthread_create(&sender, NULL, send_signals, &sent), 0);
    for (i = 0; i < 5; i++)
        ck_assert(compute() == undisturbed);
    atomic_store(&over, true);
    pthread_join(sender, NULL);
    ck_assert_int_gt(sent, 100);
    ck_assert(base_signal_caught());
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_test(tests, signals_change_nothing_that_is_being_computed);
}

int main(void)
{
    return nn_test_main("nn_signal", add);
}
