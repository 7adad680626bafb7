#include "comm_reduce.h"
#include "base_log.h"
#include "base_memory.h"
#include "base_progress.h"
#include "comm_transit.h"
#include "comm_window.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define VECTOR_FLOATS (COMM_TRANSIT_ALIGNMENT / sizeof(float))
#define PIECE_FLOATS  ((size_t)1 << 11) /* of all trainers' buffers, stays in the first cache */
#define READ_TAG      32766             /* one that no bucket uses */
#define LEVELS_MAX    32                /* microbatches is an int32_t, so at most 2^30 of them */

_Static_assert(COMM_REDUCE_FLAGS % VECTOR_FLOATS == 0, "flags keep the gradient behind them aligned");

struct comm_reduce {
    MPI_Comm trainers; /* MPI_COMM_NULL on ranks that do not train */
    int rank, size;    /* within the trainers; size is known everywhere */
    base_reduction kind;
    bool overlap;          /* buckets start during the backward pass */
    size_t count;          /* floats of a buffer: flags, then the caller's */
    int32_t first, leaves; /* this rank's micro-batches */
    int32_t pushed;
    int depth;                 /* buffers in use: one a set bit of `pushed`, as in a binary counter */
    int buffers;               /* log2(leaves) + 1 */
    float *buffer[LEVELS_MAX]; /* [count] each */
    comm_window *window;       /* holds all trainers' buffer 0; NULL: not on one host, or no room */
    bool shares;               /* the trainers add up in the window; else by messages */
    bool lent;                 /* the last sum lies in trainer 0's buffer, and others may read it yet */

    comm_transit *transit;  /* NULL: nobody to exchange messages with */
    size_t buckets, merged; /* of those, merged into this rank's subtree */
    float flags[COMM_REDUCE_FLAGS], sums[COMM_REDUCE_FLAGS];
    uint64_t *values; /* [size] for comm_reduce_compare() */
    comm_reduce_times times;
};

static bool is_power_of_two(int32_t value)
{
    return value > 0 && (value & (value - 1)) == 0;
}

static float *allocate(size_t count)
{
    size_t bytes;

    return __builtin_mul_overflow(count, sizeof(float), &bytes) ? NULL : base_memory_take(bytes);
}

static base_status reduce_allocate(comm_reduce *reduce)
{
    int32_t leaves = reduce->leaves;

    for (; leaves > 0; leaves /= 2) {
        bool shared = reduce->window && reduce->buffers == 0;
        float *buffer = shared ? comm_window_buffer(reduce->window, reduce->rank) : allocate(reduce->count);

        if (!buffer)
            goto no_memory;
        reduce->buffer[reduce->buffers++] = buffer;
    }
    if (reduce->leaves == 0)
        return BASE_OK;
    reduce->values = calloc((size_t)reduce->size, sizeof *reduce->values);
    if (!reduce->values)
        goto no_memory;
    if (reduce->size > 1)
        reduce->transit = comm_transit_create(reduce->trainers, reduce->buffer[0], reduce->count);
    if (reduce->size > 1 && !reduce->transit)
        goto no_memory;
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
    comm_transit_destroy(&reduce->transit);
    for (i = reduce->window ? 1 : 0; i < reduce->buffers; i++)
        free(reduce->buffer[i]);
    comm_window_destroy(&reduce->window);
    if (reduce->trainers != MPI_COMM_NULL)
        MPI_Comm_free(&reduce->trainers);
    free(reduce->values);
    free(reduce);
}

static bool spans_hosts(const comm_reduce *reduce)
{
    MPI_Comm host;
    int size;

    MPI_Comm_split_type(reduce->trainers, MPI_COMM_TYPE_SHARED, reduce->rank, MPI_INFO_NULL, &host);
    MPI_Comm_size(host, &size);
    MPI_Comm_free(&host);
    return size < reduce->size;
}

/* The largest power of two that is at most both. */
static int count_trainers(int ranks, int32_t microbatches)
{
    int trainers = 1;

    while (trainers * 2 <= ranks && trainers * 2 <= microbatches)
        trainers *= 2;
    return trainers;
}

/* Who trains, and what. */
static void set_up(comm_reduce *made, const comm_world *world, size_t count, int32_t microbatches,
                   base_reduction kind)
{
    made->size = count_trainers(world->size, microbatches);
    made->rank = world->rank;
    made->trainers = MPI_COMM_NULL;
    made->kind = kind;
    made->count = count + COMM_REDUCE_FLAGS;
    made->buckets = comm_transit_buckets(made->count);
    made->leaves = world->rank < made->size ? microbatches / made->size : 0;
    made->first = world->rank * made->leaves;
}

base_status comm_reduce_create(const comm_world *world, size_t count, int32_t microbatches,
                               base_reduction kind, comm_reduce **reduce)
{
    comm_reduce *made;
    base_status status;

    if (!is_power_of_two(microbatches)) {
        if (world->rank == 0)
            base_log_error("%d micro-batches a step: it must be a power of two (1, 2, 4 ...)", microbatches);
        return BASE_ERR_USAGE;
    }
    made = count <= SIZE_MAX - COMM_REDUCE_FLAGS ? calloc(1, sizeof *made) : NULL;
    if (!made)
        base_log_error("out of memory for a reduction");
    status = comm_agree(world, made ? BASE_OK : BASE_ERR_MEMORY);
    if (status != BASE_OK) {
        free(made);
        return status;
    }
    set_up(made, world, count, microbatches, kind);
    MPI_Comm_split(world->comm, made->leaves > 0 ? 0 : MPI_UNDEFINED, world->rank, &made->trainers);
    if (made->leaves > 0) {
        made->overlap = spans_hosts(made);
        if (made->size > 1 && kind == BASE_REDUCTION_TREE && !made->overlap)
            made->window = comm_window_create(made->trainers, made->count);
        made->shares = made->window != NULL;
    }
    status = comm_agree(world, reduce_allocate(made));
    if (status == BASE_OK)
        *reduce = made;
    else
        reduce_free(made);
    return status;
}

void comm_reduce_destroy(comm_reduce **reduce)
{
    if (!reduce)
        return;
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

/* Trainer 0 waits until nobody reads its buffer any more; the others say so and go on. */
static void return_sum(comm_reduce *reduce)
{
    double start = base_progress_clock();
    int i;

    reduce->lent = false;
    if (reduce->rank > 0)
        MPI_Send(NULL, 0, MPI_BYTE, 0, READ_TAG, reduce->trainers);
    for (i = 1; i < reduce->size && reduce->rank == 0; i++)
        MPI_Recv(NULL, 0, MPI_BYTE, i, READ_TAG, reduce->trainers, MPI_STATUS_IGNORE);
    reduce->times.exposed += base_progress_clock() - start;
}

float *comm_reduce_buffer(comm_reduce *reduce)
{
    assert(reduce->pushed < reduce->leaves);
    if (reduce->lent)
        return_sum(reduce);
    return reduce->buffer[reduce->depth] + COMM_REDUCE_FLAGS;
}

void comm_reduce_raise(comm_reduce *reduce, int flag, float value)
{
    assert(flag >= 0 && flag < COMM_REDUCE_FLAGS);
    reduce->flags[flag] = value;
}

float comm_reduce_raised(const comm_reduce *reduce, int flag)
{
    assert(flag >= 0 && flag < COMM_REDUCE_FLAGS);
    return reduce->sums[flag];
}

/* The last micro-batch's part of a bucket into this rank's subtree. */
static void merge_bucket(comm_reduce *reduce, size_t bucket)
{
    comm_span part = comm_transit_bucket(reduce->count, bucket);
    int depth;

    for (depth = reduce->depth; depth > 0; depth--)
        comm_transit_add(reduce->buffer[depth - 1] + part.first, reduce->buffer[depth] + part.first,
                         part.count);
}

/* Floats [first, count) of the last micro-batch's buffer, flags included, are final. */
static void take_final(comm_reduce *reduce, size_t first)
{
    bool by_messages = reduce->size > 1 && reduce->kind == BASE_REDUCTION_TREE && !reduce->shares;
    double start = base_progress_clock(), merged;
    size_t bucket = reduce->merged;

    while (bucket < reduce->buckets && comm_transit_bucket(reduce->count, bucket).first >= first)
        merge_bucket(reduce, bucket++);
    reduce->merged = bucket;
    merged = base_progress_clock();
    reduce->times.local += merged - start;
    if (by_messages) {
        comm_transit_move(reduce->transit, bucket);
        reduce->times.exposed += base_progress_clock() - merged;
    }
}

void comm_reduce_overlap(comm_reduce *reduce, bool overlap)
{
    reduce->overlap = overlap;
}

void comm_reduce_share(comm_reduce *reduce, bool share)
{
    assert(reduce->pushed == 0);
    reduce->shares = share && reduce->window != NULL;
}

void comm_reduce_ready(comm_reduce *reduce, size_t first)
{
    if (reduce->overlap && reduce->pushed + 1 == reduce->leaves && first > 0)
        take_final(reduce, first + COMM_REDUCE_FLAGS);
}

void comm_reduce_push(comm_reduce *reduce)
{
    float *flags = reduce->buffer[reduce->depth];
    double start = base_progress_clock();
    int32_t carry;

    assert(reduce->pushed < reduce->leaves);
    memset(flags, 0, sizeof reduce->flags);
    if (reduce->pushed + 1 == reduce->leaves) {
        memcpy(flags, reduce->flags, sizeof reduce->flags);
        take_final(reduce, 0);
        reduce->pushed++;
        return;
    }
    reduce->depth++;
    /* Each trailing one of the counter is a complete subtree of the size of the new one: merge them. */
    for (carry = reduce->pushed; carry & 1; carry >>= 1) {
        reduce->depth--;
        comm_transit_add(reduce->buffer[reduce->depth - 1], reduce->buffer[reduce->depth], reduce->count);
    }
    reduce->pushed++;
    reduce->times.local += base_progress_clock() - start;
}

static void combine_by_mpi(comm_reduce *reduce)
{
    size_t bucket;

    for (bucket = 0; bucket < reduce->buckets; bucket++) {
        comm_span part = comm_transit_bucket(reduce->count, bucket);

        MPI_Allreduce(MPI_IN_PLACE, reduce->buffer[0] + part.first, (int)part.count, MPI_FLOAT, MPI_SUM,
                      reduce->trainers);
    }
}

/* Each trainer adds up its part of all buffers, by the same tree, into trainer 0's, which all of them read.
 */
static void combine_in_window(comm_reduce *reduce)
{
    size_t vectors = (reduce->count + VECTOR_FLOATS - 1) / VECTOR_FLOATS, size = (size_t)reduce->size;
    size_t at = vectors * (size_t)reduce->rank / size * VECTOR_FLOATS;
    size_t end = vectors * ((size_t)reduce->rank + 1) / size * VECTOR_FLOATS;
    int step, r;

    end = end < reduce->count ? end : reduce->count;
    comm_window_meet(reduce->window);
    for (; at < end; at += PIECE_FLOATS) {
        size_t count = end - at < PIECE_FLOATS ? end - at : PIECE_FLOATS;

        for (step = 1; step < reduce->size; step *= 2)
            for (r = 0; r < reduce->size; r += 2 * step)
                comm_transit_add(comm_window_buffer(reduce->window, r) + at,
                                 comm_window_buffer(reduce->window, r + step) + at, count);
    }
    comm_window_meet(reduce->window);
    reduce->lent = true;
}

/* From the trainers' subtrees to the total, which is left where this gives it. */
static const float *combine(comm_reduce *reduce)
{
    if (reduce->shares) {
        combine_in_window(reduce);
        return comm_window_buffer(reduce->window, 0);
    }
    if (reduce->kind == BASE_REDUCTION_MPI)
        combine_by_mpi(reduce);
    else
        comm_transit_finish(reduce->transit);
    return reduce->buffer[0];
}

void comm_reduce_finish(comm_reduce *reduce, const float **sum)
{
    const float *total = reduce->buffer[0];
    double start = base_progress_clock(), departed, end;

    assert(reduce->leaves > 0 && reduce->pushed == reduce->leaves && reduce->merged == reduce->buckets);
    if (reduce->size > 1) {
        departed = comm_transit_departed(reduce->transit, start);
        total = combine(reduce);
        end = base_progress_clock();
        reduce->times.exposed += end - start;
        reduce->times.elapsed += end - departed;
    }
    memcpy(reduce->sums, total, sizeof reduce->sums);
    memset(reduce->flags, 0, sizeof reduce->flags);
    reduce->pushed = 0;
    reduce->depth = 0;
    reduce->merged = 0;
    *sum = total + COMM_REDUCE_FLAGS;
}

void comm_reduce_measure(const comm_reduce *reduce, comm_reduce_times *times)
{
    *times = reduce->times;
}

/* Trainers that have the same value as trainer i. */
static int supporters(const comm_reduce *reduce, int i)
{
    int k, count = 0;

    for (k = 0; k < reduce->size; k++)
        count += reduce->values[k] == reduce->values[i];
    return count;
}

int comm_reduce_compare(comm_reduce *reduce, uint64_t value)
{
    int i, odd = -1;

    MPI_Allgather(&value, 1, MPI_UINT64_T, reduce->values, 1, MPI_UINT64_T, reduce->trainers);
    for (i = 0; i < reduce->size;
         i++) /* the last of those with fewest supporters: trainer 0 is in the right if in doubt */
        if (supporters(reduce, i) < reduce->size &&
            (odd < 0 || supporters(reduce, i) <= supporters(reduce, odd)))
            odd = i;
    return odd;
}
