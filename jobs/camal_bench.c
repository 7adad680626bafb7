/** camal-bench: how fast this machine trains, scores, reads and sums, and what many of it would do. */
#include "base_options.h"
#include "bench_options.h"
#include "bench_read.h"
#include "bench_reduce.h"
#include "bench_scale.h"
#include "bench_score.h"
#include "bench_select.h"
#include "bench_train.h"
#include "comm_world.h"

static base_status run(const comm_world *world, const bench_options *options)
{
    switch (options->work) {
    case BENCH_WORK_TRAIN:
        return bench_train_run(world, options);
    case BENCH_WORK_SCORE:
        return bench_score_run(world, options);
    case BENCH_WORK_READ:
        return bench_read_run(world, options);
    case BENCH_WORK_REDUCE:
        return bench_reduce_run(world, options);
    case BENCH_WORK_MODEL:
        return bench_scale_run(world, options);
    case BENCH_WORK_SELECT:
        return bench_select_run(world, options);
    }
    return BASE_ERR_INTERNAL;
}

int main(int argc, char **argv)
{
    bench_options options;
    comm_world world;
    base_status status;

    if (base_options_answer(argc, argv, bench_options_help, &status))
        return base_status_exit_code(status);
    status = comm_world_open(&argc, &argv, &world);
    if (status != BASE_OK)
        return base_status_exit_code(status);
    status = comm_agree(&world, bench_options_read(argc, argv, &options));
    if (status == BASE_OK)
        status = run(&world, &options);
    comm_world_close(&world);
    return base_status_exit_code(status);
}
