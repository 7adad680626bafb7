#include "comm_world.h"
#include "base_file.h"
#include "base_log.h"
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_BYTES ((size_t)1 << 28) /* MPI counts are int; pieces stay well below */
#define GATHER_TAG  1

base_status comm_world_open(int *argc, char ***argv, comm_world *world)
{
    comm_world opened = {.comm = MPI_COMM_WORLD};
    int provided;

    signal(SIGXFSZ, SIG_IGN); /* writing beyond a file-size limit shall fail and be told, not end the rank */
    if (MPI_Init_thread(argc, argv, MPI_THREAD_MULTIPLE, &provided) != MPI_SUCCESS) {
        base_log_error("MPI_Init_thread failed");
        return BASE_ERR_LIBRARY;
    }
    if (provided < MPI_THREAD_FUNNELED) {
        base_log_error("this MPI library has no MPI_THREAD_FUNNELED (level %d, needed %d)", provided,
                       MPI_THREAD_FUNNELED);
        MPI_Finalize();
        return BASE_ERR_LIBRARY;
    }
    opened.threaded = provided == MPI_THREAD_MULTIPLE;
    MPI_Comm_rank(opened.comm, &opened.rank);
    MPI_Comm_size(opened.comm, &opened.size);
    *world = opened;
    return BASE_OK;
}

void comm_world_close(comm_world *world)
{
    world->comm = MPI_COMM_NULL;
    MPI_Finalize();
}

base_status comm_agree(const comm_world *world, base_status local)
{
    /* Ordinary ends have the largest codes, errors shall count more. */
    bool error = local != BASE_OK && local < BASE_WAITING;
    int worst = (int)local + (error ? BASE_INTERRUPTED : 0);

    MPI_Allreduce(MPI_IN_PLACE, &worst, 1, MPI_INT, MPI_MAX, world->comm);
    return (base_status)(worst > BASE_INTERRUPTED ? worst - BASE_INTERRUPTED : worst);
}

void comm_broadcast(const comm_world *world, void *bytes, size_t size)
{
    size_t done, piece;

    for (done = 0; done < size; done += piece) {
        piece = size - done < PIECE_BYTES ? size - done : PIECE_BYTES;
        MPI_Bcast((char *)bytes + done, (int)piece, MPI_BYTE, 0, world->comm);
    }
}

base_status comm_agree_on_file(const comm_world *world, const char *path, const char *digest)
{
    char first[BASE_DIGEST_TEXT];
    base_status status = BASE_OK;

    if (world->rank == 0)
        memcpy(first, digest, sizeof first);
    comm_broadcast(world, first, sizeof first);
    if (memcmp(first, digest, sizeof first) != 0) {
        base_log_error("%s has digest %s here, but %s on rank 0: give all ranks the same file", path, digest,
                       first);
        status = BASE_ERR_INPUT;
    }
    return comm_agree(world, status);
}

base_status comm_broadcast_block(const comm_world *world, void **bytes, size_t *size)
{
    uint64_t length = world->rank == 0 ? *size : 0;
    void *block = world->rank == 0 ? *bytes : NULL;
    base_status status = BASE_OK;

    MPI_Bcast(&length, 1, MPI_UINT64_T, 0, world->comm);
    if (world->rank != 0) {
        block = malloc(length ? (size_t)length : 1);
        if (!block) {
            base_log_error("out of memory for a broadcast of %llu bytes", (unsigned long long)length);
            status = BASE_ERR_MEMORY;
        }
    }
    status = comm_agree(world, status);
    if (status != BASE_OK) {
        if (world->rank != 0)
            free(block);
        return status;
    }
    comm_broadcast(world, block, (size_t)length);
    *bytes = block;
    *size = (size_t)length;
    return BASE_OK;
}

static void send_pieces(const comm_world *world, const char *bytes, size_t size)
{
    size_t done, piece;

    for (done = 0; done < size; done += piece) {
        piece = size - done < PIECE_BYTES ? size - done : PIECE_BYTES;
        MPI_Send(bytes + done, (int)piece, MPI_BYTE, 0, GATHER_TAG, world->comm);
    }
}

static void receive_pieces(const comm_world *world, int from, char *bytes, size_t size)
{
    size_t done, piece;

    for (done = 0; done < size; done += piece) {
        piece = size - done < PIECE_BYTES ? size - done : PIECE_BYTES;
        MPI_Recv(bytes + done, (int)piece, MPI_BYTE, from, GATHER_TAG, world->comm, MPI_STATUS_IGNORE);
    }
}

/* Rank 0: room for the records of all ranks. counts [size]. */
static base_status gather_room(const comm_world *world, const uint64_t *counts, size_t record_size,
                               char **room, size_t *total)
{
    size_t sum = 0, bytes;
    bool overflow = false;
    char *made;
    int rank;

    for (rank = 0; rank < world->size; rank++)
        overflow |= __builtin_add_overflow(sum, (size_t)counts[rank], &sum);
    overflow |= __builtin_mul_overflow(sum, record_size, &bytes);
    made = overflow ? NULL : malloc(bytes ? bytes : 1);
    if (!made) {
        base_log_error("out of memory to gather %zu records of %zu bytes", sum, record_size);
        return BASE_ERR_MEMORY;
    }
    *room = made;
    *total = sum;
    return BASE_OK;
}

base_status comm_broadcast_config(const comm_world *world, base_config *config)
{
    char *text = NULL;
    size_t size = 0;
    base_status status = BASE_OK;

    if (world->rank == 0)
        status = base_config_write(config, &text, &size);
    status = comm_agree(world, status);
    if (status == BASE_OK)
        status = comm_broadcast_block(world, (void **)&text, &size);
    if (status == BASE_OK && world->rank != 0)
        status = base_config_read_text(config, text, size, "the configuration from rank 0");
    free(text);
    return comm_agree(world, status);
}

base_status comm_gather(const comm_world *world, const void *records, size_t count, size_t record_size,
                        void **all, size_t *total)
{
    bool root = world->rank == 0;
    uint64_t mine = count, *counts = root ? calloc((size_t)world->size, sizeof *counts) : NULL;
    char *room = NULL, *next;
    size_t sum = 0;
    base_status status = BASE_OK;
    int rank;

    if (root && !counts) {
        base_log_error("out of memory for the counts of %d ranks", world->size);
        status = BASE_ERR_MEMORY;
    }
    status = comm_agree(world, status);
    if (status != BASE_OK)
        return status;
    MPI_Gather(&mine, 1, MPI_UINT64_T, counts, 1, MPI_UINT64_T, 0, world->comm);
    if (root)
        status = gather_room(world, counts, record_size, &room, &sum);
    status = comm_agree(world, status);
    if (status != BASE_OK) {
        free(counts);
        return status;
    }
    if (root) {
        if (count > 0)
            memcpy(room, records, count * record_size);
        next = room + count * record_size;
        for (rank = 1; rank < world->size; rank++) {
            receive_pieces(world, rank, next, (size_t)counts[rank] * record_size);
            next += (size_t)counts[rank] * record_size;
        }
    } else {
        send_pieces(world, records, count * record_size);
    }
    free(counts);
    *all = room;
    *total = sum;
    return BASE_OK;
}
