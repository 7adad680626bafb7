/** What tests of scoring share: a data set in a folder of its own that all ranks read, and a network with
 * weights. */
#ifndef MPI_NETWORK_H
#define MPI_NETWORK_H

#include "mpi_check.h"
#include "nn_models.h"
#include "store_fixture.h"
#include <string.h>

static char folder[PATH_MAX], path[PATH_MAX]; /* path: of the data set */
static nn_engine *engine;
static nn_weights weights;
static nn_graph graph;
static uint8_t active[FIXTURE_CLASSES]; /* all are */

/** A data set of so many samples of size x size pixels, and the network for it. Collective. */
static inline void mpi_network_begin(size_t samples, int32_t size)
{
    if (world.rank == 0) {
        fixture_folder_make(folder);
        fixture_path(folder, "dataset.h5", path);
        fixture_dataset_write(path, samples, size);
    }
    MPI_Bcast(path, sizeof path, MPI_CHAR, 0, world.comm);
    memset(active, 1, sizeof active);
    MPI_CHECK(nn_engine_create(1, &engine) == BASE_OK);
    MPI_CHECK(nn_models_describe(BASE_NETWORK_RESNET8, BASE_STEM_SMALL, size, FIXTURE_CLASSES, &graph) ==
              BASE_OK);
    MPI_CHECK(nn_weights_create(&graph, &weights) == BASE_OK);
    nn_weights_initialise(&weights, 3);
}

/** Collective. */
static inline void mpi_network_end(void)
{
    nn_weights_destroy(&weights);
    nn_engine_destroy(&engine);
    MPI_Barrier(world.comm);
    if (world.rank == 0)
        fixture_folder_remove(folder);
}

#endif
