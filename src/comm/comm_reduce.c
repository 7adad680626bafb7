#include "comm_reduce.h"
#include "base_log.h"
#include <assert.h>
#include <stdlib.h>

#define ALIGNMENT     64
#define VECTOR_FLOATS (ALIGNMENT / sizeof(float))
#define BUCKET_FLOATS ((size_t)1 << 18) /* 1 MiB: larger messages are slower, they leave the cache */
#define LEVELS_MAX    32                /* microbatches is an int32_t, so at most 2^30 of them */
#define EXCHANGE_TAG  2

/* Part of a buffer, in floats. */
typedef struct span {
    size_t first, count;
} span;

struct comm_reduce {
    MPI_Comm trainers; /* MPI_COMM_NULL on ranks that do not train */
    int rank, size;    /* within the trainers; size is known everywhere */
    base_reduction kind;
    size_t count;
    int32_t first, leaves; /* this rank's micro-batches */
    int32_t pushed;
    int depth;                 /* buffers in use: one a set bit of `pushed`, as in a binary counter */
    int buffers;               /* log2(leaves) + 1 */
    float *buffer[LEVELS_MAX]; /* [count] each */
    float *scratch;            /* what a neighbour sends, [bucket] */
};

static bool is_power_of_two(int32_t value)
{
    return value > 0 && (value & (value - 1)) == 0;
}

static float *allocate(size_t count)
{
    size_t bytes;

    if (__builtin_mul_overflow(count ? count : 1, sizeof(float), &bytes) || bytes > SIZE_MAX - ALIGNMENT)
        return NULL;
    return aligned_alloc(ALIGNMENT, (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
}

/* low[i] += high[i], the lower-numbered subtree on the left. */
static void add_right(float *restrict low, const float *restrict high, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        low[i] = low[i] + high[i];
}

/* high[i] = low[i] + high[i] */
static void add_left(float *restrict high, const float *restrict low, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        high[i] = low[i] + high[i];
}

static base_status reduce_allocate(comm_reduce *reduce)
{
    size_t bucket = reduce->count < BUCKET_FLOATS ? reduce->count : BUCKET_FLOATS;
    int32_t leaves = reduce->leaves;

    for (; leaves > 0; leaves /= 2) {
        float *buffer = allocate(reduce->count);

        if (!buffer)
            goto no_memory;
        reduce->buffer[reduce->buffers++] = buffer;
    }
    if (reduce->size > 1 && reduce->leaves > 0) {
        reduce->scratch = allocate(bucket);
        if (!reduce->scratch)
            goto no_memory;
    }
    return BASE_OK;

no_memory:
    base_log_error("out of memory for sums of %zu gradients over %d micro-batches", reduce->count,
                   reduce->leaves);
    return BASE_ERR_MEMORY;
}

static void reduce_free(comm_reduce *reduce)
{
    int i;

    if (!reduce)
        return;
    for (i = 0; i < reduce->buffers; i++)
        free(reduce->buffer[i]);
    free(reduce->scratch);
    free(reduce);
}

/* The largest power of two that is at most both. */
static int count_trainers(int ranks, int32_t microbatches)
{
    int trainers = 1;

    while (trainers * 2 <= ranks && trainers * 2 <= microbatches)
        trainers *= 2;
    return trainers;
}

base_status comm_reduce_create(const comm_world *world, size_t count, int32_t microbatches,
                               base_reduction kind, comm_reduce **reduce)
{
    comm_reduce *made = NULL;
    base_status status = BASE_OK;
    bool trains;

    if (!is_power_of_two(microbatches)) {
        if (world->rank == 0)
            base_log_error("%d micro-batches a step: it must be a power of two (1, 2, 4 ...)", microbatches);
        return BASE_ERR_USAGE;
    }
    made = calloc(1, sizeof *made);
    if (made) {
        made->size = count_trainers(world->size, microbatches);
        trains = world->rank < made->size;
        made->rank = world->rank;
        made->trainers = MPI_COMM_NULL;
        made->kind = kind;
        made->count = count;
        made->leaves = trains ? microbatches / made->size : 0;
        made->first = trains ? world->rank * made->leaves : 0;
        status = reduce_allocate(made);
    } else {
        base_log_error("out of memory for a reduction");
        status = BASE_ERR_MEMORY;
    }
    status = comm_agree(world, status);
    if (status != BASE_OK) {
        reduce_free(made);
        return status;
    }
    MPI_Comm_split(world->comm, made->leaves > 0 ? 0 : MPI_UNDEFINED, world->rank, &made->trainers);
    *reduce = made;
    return BASE_OK;
}

void comm_reduce_destroy(comm_reduce **reduce)
{
    if (!reduce || !*reduce)
        return;
    if ((*reduce)->trainers != MPI_COMM_NULL)
        MPI_Comm_free(&(*reduce)->trainers);
    reduce_free(*reduce);
    *reduce = NULL;
}

int comm_reduce_trainers(const comm_reduce *reduce)
{
    return reduce->size;
}

void comm_reduce_range(const comm_reduce *reduce, int32_t *first, int32_t *count)
{
    *first = reduce->first;
    *count = reduce->leaves;
}

float *comm_reduce_buffer(comm_reduce *reduce)
{
    assert(reduce->pushed < reduce->leaves);
    return reduce->buffer[reduce->depth];
}

void comm_reduce_push(comm_reduce *reduce)
{
    int32_t carry;

    assert(reduce->pushed < reduce->leaves);
    reduce->depth++;
    /* Each trailing one of the counter is a complete subtree of the size of the new one: merge them. */
    for (carry = reduce->pushed; carry & 1; carry >>= 1) {
        reduce->depth--;
        add_right(reduce->buffer[reduce->depth - 1], reduce->buffer[reduce->depth], reduce->count);
    }
    reduce->pushed++;
}

/* Cut a span in two, the cut at a multiple of a vector. */
static void span_halve(span whole, span *low, span *high)
{
    size_t half = (whole.count / 2 + VECTOR_FLOATS - 1) / VECTOR_FLOATS * VECTOR_FLOATS;

    if (half > whole.count)
        half = whole.count;
    *low = (span){whole.first, half};
    *high = (span){whole.first + half, whole.count - half};
}

/* The bucket at `done` of a span; empty behind its end. */
static span bucket_at(span whole, size_t done)
{
    size_t skipped = done < whole.count ? done : whole.count, left = whole.count - skipped;

    return (span){whole.first + skipped, left < BUCKET_FLOATS ? left : BUCKET_FLOATS};
}

static size_t longer(span a, span b)
{
    return a.count > b.count ? a.count : b.count;
}

/* Send one half to the partner, take its part of the other half and add it to ours. */
static void exchange_halves(comm_reduce *reduce, float *sum, int partner, span keep, span give)
{
    size_t done;

    for (done = 0; done < longer(keep, give); done += BUCKET_FLOATS) {
        span kept = bucket_at(keep, done), given = bucket_at(give, done);

        MPI_Sendrecv(sum + given.first, (int)given.count, MPI_FLOAT, partner, EXCHANGE_TAG, reduce->scratch,
                     (int)kept.count, MPI_FLOAT, partner, EXCHANGE_TAG, reduce->trainers, MPI_STATUS_IGNORE);
        if (partner > reduce->rank)
            add_right(sum + kept.first, reduce->scratch, kept.count);
        else
            add_left(sum + kept.first, reduce->scratch, kept.count);
    }
}

/* Send the partner our finished half and take its finished half. */
static void collect_halves(const comm_reduce *reduce, float *sum, int partner, span mine, span theirs)
{
    size_t done;

    for (done = 0; done < longer(mine, theirs); done += BUCKET_FLOATS) {
        span sent = bucket_at(mine, done), received = bucket_at(theirs, done);

        MPI_Sendrecv(sum + sent.first, (int)sent.count, MPI_FLOAT, partner, EXCHANGE_TAG,
                     sum + received.first, (int)received.count, MPI_FLOAT, partner, EXCHANGE_TAG,
                     reduce->trainers, MPI_STATUS_IGNORE);
    }
}

/* Recursive halving, nearest neighbour first, so that each element is summed by the tree that the
 * micro-batches' order gives; then doubling back, farthest first. */
static void combine_by_tree(comm_reduce *reduce, float *sum)
{
    span keep[LEVELS_MAX], give[LEVELS_MAX], whole = {0, reduce->count};
    int level = 0, bit;

    for (bit = 1; bit < reduce->size; bit *= 2, level++) {
        if (reduce->rank & bit)
            span_halve(whole, &give[level], &keep[level]);
        else
            span_halve(whole, &keep[level], &give[level]);
        exchange_halves(reduce, sum, reduce->rank ^ bit, keep[level], give[level]);
        whole = keep[level];
    }
    while (level-- > 0) {
        bit /= 2;
        collect_halves(reduce, sum, reduce->rank ^ bit, keep[level], give[level]);
    }
}

static void combine_by_mpi(comm_reduce *reduce, float *sum)
{
    const span whole = {0, reduce->count};
    size_t done;

    for (done = 0; done < whole.count; done += BUCKET_FLOATS) {
        span part = bucket_at(whole, done);

        MPI_Allreduce(MPI_IN_PLACE, sum + part.first, (int)part.count, MPI_FLOAT, MPI_SUM, reduce->trainers);
    }
}

void comm_reduce_finish(comm_reduce *reduce, const float **sum)
{
    assert(reduce->leaves > 0 && reduce->pushed == reduce->leaves && reduce->depth == 1);
    if (reduce->size > 1 && reduce->kind == BASE_REDUCTION_TREE)
        combine_by_tree(reduce, reduce->buffer[0]);
    else if (reduce->size > 1)
        combine_by_mpi(reduce, reduce->buffer[0]);
    reduce->pushed = 0;
    reduce->depth = 0;
    *sum = reduce->buffer[0];
}
