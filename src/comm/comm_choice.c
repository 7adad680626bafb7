#include "comm_choice.h"
#include "base_log.h"
#include <limits.h>
#include <stdlib.h>

#define PIECE ((size_t)1 << 30)

typedef struct candidate {
    double value;
    int64_t id;
    int32_t rank, found;
} candidate;

static bool comes_before(const candidate *a, const candidate *b)
{
    if (a->found != b->found)
        return a->found;
    return a->value > b->value || (a->value == b->value && a->id < b->id);
}

/* MPI_User_function: the better of each pair. */
static void keep_best(void *in, void *inout, int *length, MPI_Datatype *type)
{
    const candidate *from = in;
    candidate *best = inout;
    int i;

    (void)type;
    for (i = 0; i < *length; i++)
        if (comes_before(&from[i], &best[i]))
            best[i] = from[i];
}

int comm_choice_best(const comm_world *world, bool found, double value, int64_t id)
{
    candidate best = {found ? value : 0, found ? id : 0, world->rank, found};
    MPI_Datatype type;
    MPI_Op op;

    MPI_Type_contiguous((int)sizeof best, MPI_BYTE, &type);
    MPI_Type_commit(&type);
    MPI_Op_create(keep_best, 1, &op);
    MPI_Allreduce(MPI_IN_PLACE, &best, 1, type, op, world->comm);
    MPI_Op_free(&op);
    MPI_Type_free(&type);
    return best.found ? best.rank : -1;
}

void comm_choice_share(const comm_world *world, int from, void *bytes, size_t size)
{
    char *at = bytes;

    for (; size > PIECE; size -= PIECE, at += PIECE)
        MPI_Bcast(at, (int)PIECE, MPI_BYTE, from, world->comm);
    MPI_Bcast(at, (int)size, MPI_BYTE, from, world->comm);
}

/* Where each rank's bytes go; their sum. bytes [size] in, at [size] out. */
static uint64_t place(const uint64_t *bytes, int ranks, int *length, int *at)
{
    uint64_t sum = 0;
    int r;

    for (r = 0; r < ranks; r++) {
        length[r] = (int)bytes[r];
        at[r] = (int)sum;
        sum += bytes[r];
    }
    return sum;
}

base_status comm_choice_gather(const comm_world *world, const void *records, size_t count, size_t record_size,
                               void **all, size_t *total)
{
    size_t ranks = (size_t)world->size;
    uint64_t mine = count * record_size, sum = 0, *bytes = malloc(ranks * sizeof *bytes);
    int *length = malloc(2 * ranks * sizeof *length);
    void *room = NULL;
    base_status status = BASE_OK;

    if (!bytes || !length) {
        base_log_error("out of memory for the counts of %d ranks", world->size);
        status = BASE_ERR_MEMORY;
    }
    status = comm_agree(world, status);
    if (status == BASE_OK) {
        MPI_Allgather(&mine, 1, MPI_UINT64_T, bytes, 1, MPI_UINT64_T, world->comm);
        sum = place(bytes, world->size, length, length + ranks);
        room = sum <= INT_MAX ? malloc(sum ? (size_t)sum : 1) : NULL;
        if (!room) {
            base_log_error("out of memory to gather %llu bytes on every rank, allowed are %d",
                           (unsigned long long)sum, INT_MAX);
            status = BASE_ERR_MEMORY;
        }
        status = comm_agree(world, status);
    }
    if (status == BASE_OK) {
        MPI_Allgatherv(records, (int)mine, MPI_BYTE, room, length, length + ranks, MPI_BYTE, world->comm);
        *all = room;
        *total = (size_t)sum / record_size;
    } else {
        free(room);
    }
    free(length);
    free(bytes);
    return status;
}

void comm_choice_sum(const comm_world *world, int64_t *values, size_t count)
{
    size_t piece = PIECE / sizeof *values;

    for (; count > piece; count -= piece, values += piece)
        MPI_Allreduce(MPI_IN_PLACE, values, (int)piece, MPI_INT64_T, MPI_SUM, world->comm);
    MPI_Allreduce(MPI_IN_PLACE, values, (int)count, MPI_INT64_T, MPI_SUM, world->comm);
}

double comm_choice_largest(const comm_world *world, double value)
{
    MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_DOUBLE, MPI_MAX, world->comm);
    return value;
}
