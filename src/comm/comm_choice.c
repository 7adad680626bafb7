#include "comm_choice.h"

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
