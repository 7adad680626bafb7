/** What several works of camal-bench begin with: network, engine, plan, pixels, memory. */
#ifndef BENCH_SETUP_H
#define BENCH_SETUP_H

#include "bench_options.h"
#include "bench_report.h"
#include "comm_world.h"
#include "learn_plan.h"
#include "learn_trainer.h"

/** The network and the engine that run it. */
typedef struct bench_machine {
    nn_graph graph;
    nn_engine *engine;
    learn_plan plan;
    nn_weights weights; /* initial ones, in the form of files */
} bench_machine;

/** Describe the network, start the engine, find the plan, make the weights. `classes` and `size` are the data
 * set's where there is one.
 *
 * Collective. BASE_ERR_USAGE (network and size do not go together, bf16 on a CPU that only emulates it),
 * BASE_ERR_LIBRARY, BASE_ERR_MEMORY, agreed. */
base_status bench_machine_open(const comm_world *world, const bench_options *options, int32_t size,
                               int32_t classes, bench_machine *machine);

/** NULL-safe fields; everything made with the engine must be gone. */
void bench_machine_close(bench_machine *machine);

/** The bytes [count] of item `item`: uniform noise, a function of the item alone. Local. */
void bench_noise(uint64_t item, uint8_t *bytes, size_t count);

/** Write a data set of noise through the store's writer and name it: folder/camal-bench-PID.h5. Rank 0.
 * BASE_ERR_IO, BASE_ERR_MEMORY, BASE_ERR_USAGE.
 * @param path  [PATH_MAX] out */
base_status bench_dataset_write(const bench_options *options, char *path);

/** The data set that the options name, or a synthetic one, which rank 0 writes. Collective, agreed; errors as
 * above and of store_dataset_open().
 * @param path  [PATH_MAX] out, for bench_dataset_close() */
base_status bench_dataset_open(const comm_world *world, const bench_options *options, char *path,
                               store_dataset **dataset);

/** Close it, and remove what is synthetic and not to be kept. Collective, NULL-safe. */
void bench_dataset_close(const comm_world *world, const bench_options *options, const char *path,
                         store_dataset **dataset);

/** The largest memory that any rank has had resident so far (VmHWM), bytes, on rank 0; 0 where the system
 * does not say. Collective. */
double bench_memory_peak(const comm_world *world);

/** The slowest rank's times on rank 0: values[count] of this rank, replaced by the largest of all.
 * Collective. BASE_ERR_MEMORY, agreed. */
base_status bench_slowest(const comm_world *world, double *values, size_t count);

/** How many steps fit the options, if one takes `seconds` on rank 0; the same on every rank. Collective. */
int32_t bench_step_count(const comm_world *world, const bench_options *options, double seconds);

/** What every report begins with. Rank 0. */
void bench_report_setting(bench_report *report, const comm_world *world, const bench_options *options,
                          int32_t size);

#endif
