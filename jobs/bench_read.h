/** camal-bench read: the images of a data set from its file, and nothing else. */
#ifndef BENCH_READ_H
#define BENCH_READ_H

#include "bench_options.h"
#include "comm_world.h"

/** Read every image by the store's chunk reader, each rank its share, and report. Collective. BASE_ERR_IO,
 * BASE_ERR_INPUT, BASE_ERR_MEMORY, agreed. */
base_status bench_read_run(const comm_world *world, const bench_options *options);

#endif
