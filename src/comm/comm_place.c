#include "comm_place.h"
#include "base_log.h"
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#define MASK_BYTES 1024 /* 8192 processors, as many as Linux knows */

static int count_bits(const unsigned char *mask)
{
    int count = 0, i;

    for (i = 0; i < MASK_BYTES; i++)
        count += __builtin_popcount(mask[i]);
    return count;
}

static int smallest(const comm_world *world, int value)
{
    MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_INT, MPI_MIN, world->comm);
    return value;
}

static int largest(const comm_world *world, int value)
{
    MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_INT, MPI_MAX, world->comm);
    return value;
}

static void name_crowded(int ranks, int threads, int cores)
{
    char host[256] = "a node";

    gethostname(host, sizeof host - 1);
    base_log_error(
        "%s has %d cores for %d ranks of %d threads each: start fewer ranks, bind them to more cores "
        "(mpirun --map-by slot:PE=%d --bind-to core, srun --cpus-per-task=%d), set run.threads, or "
        "allow it by run.oversubscribe: yes",
        host, cores, ranks, threads, threads, threads);
}

base_status comm_place_find(const comm_world *world, int threads, bool allowed, comm_place *place)
{
    unsigned char mask[MASK_BYTES] = {0};
    base_status status = BASE_OK;
    int rank, ranks, own, cores;
    bool crowded;
    MPI_Comm node;

    if (sched_getaffinity(0, sizeof mask, (cpu_set_t *)(void *)mask) != 0) {
        base_log_error("cannot find out which cores may be used: %s", strerror(errno));
        status = BASE_ERR_LIBRARY;
    }
    status = comm_agree(world, status);
    if (status != BASE_OK)
        return status;
    MPI_Comm_split_type(world->comm, MPI_COMM_TYPE_SHARED, world->rank, MPI_INFO_NULL, &node);
    MPI_Comm_rank(node, &rank);
    MPI_Comm_size(node, &ranks);
    own = count_bits(mask);
    MPI_Allreduce(MPI_IN_PLACE, mask, MASK_BYTES, MPI_BYTE, MPI_BOR, node);
    MPI_Comm_free(&node);
    cores = count_bits(mask);
    crowded = (long)ranks * threads > cores;
    if (crowded && !allowed && rank == 0) {
        name_crowded(ranks, threads, cores);
        status = BASE_ERR_USAGE;
    }
    place->nodes = rank == 0;
    MPI_Allreduce(MPI_IN_PLACE, &place->nodes, 1, MPI_INT, MPI_SUM, world->comm);
    place->fewest_ranks = smallest(world, ranks);
    place->most_ranks = largest(world, ranks);
    place->fewest_cores = smallest(world, cores);
    place->fewest_own = smallest(world, own);
    place->most_own = largest(world, own);
    place->crowded = largest(world, crowded);
    return comm_agree(world, status);
}
