#include "comm_transit.h"
#include "base_progress.h"
#include <stdlib.h>

#define VECTOR_FLOATS  (COMM_TRANSIT_ALIGNMENT / sizeof(float))
#define BUCKET_FLOATS  ((size_t)1 << 18) /* 1 MiB: larger messages are slower, they leave the cache */
#define SCRATCH_FLOATS (BUCKET_FLOATS / 2 + VECTOR_FLOATS)
#define IN_TRANSIT     4     /* buckets on their way at a time: enough to hide latency */
#define TAGS           32766 /* of the 32767 that MPI promises at least */
#define LEVELS_MAX     32

/* A bucket on its way: halving through the levels, then doubling back. */
typedef struct way {
    comm_span keep[LEVELS_MAX], give[LEVELS_MAX]; /* by level */
    int stage;                                    /* 0..levels-1 halving, levels..2 levels-1 doubling */
    MPI_Request request[2];
    float *scratch; /* what the partner sends to be added, [half a bucket] */
    int tag;
} way;

struct comm_transit {
    MPI_Comm ranks;
    int rank, levels; /* log2 of the number of ranks */
    float *sum;
    size_t count;
    size_t started, arrived; /* buckets of this step */
    double departed;         /* when the first of them started */
    float *scratch;
    way ways[IN_TRANSIT]; /* of bucket i: i % IN_TRANSIT */
};

size_t comm_transit_buckets(size_t count)
{
    return (count + BUCKET_FLOATS - 1) / BUCKET_FLOATS;
}

comm_span comm_transit_bucket(size_t count, size_t bucket)
{
    size_t end = count - bucket * BUCKET_FLOATS;
    size_t first = end > BUCKET_FLOATS ? end - BUCKET_FLOATS : 0;

    return (comm_span){first, end - first};
}

comm_transit *comm_transit_create(MPI_Comm ranks, float *sum, size_t count)
{
    comm_transit *made = calloc(1, sizeof *made);
    int i, size;

    if (!made)
        return NULL;
    made->scratch = aligned_alloc(COMM_TRANSIT_ALIGNMENT, IN_TRANSIT * SCRATCH_FLOATS * sizeof(float));
    if (!made->scratch) {
        free(made);
        return NULL;
    }
    for (i = 0; i < IN_TRANSIT; i++)
        made->ways[i].scratch = made->scratch + (size_t)i * SCRATCH_FLOATS;
    made->ranks = ranks;
    made->sum = sum;
    made->count = count;
    MPI_Comm_rank(ranks, &made->rank);
    MPI_Comm_size(ranks, &size);
    while (1 << made->levels < size)
        made->levels++;
    return made;
}

void comm_transit_destroy(comm_transit **transit)
{
    if (!*transit)
        return;
    free((*transit)->scratch);
    free(*transit);
    *transit = NULL;
}

/* high[i] = low[i] + high[i] */
static void add_left(float *restrict high, const float *restrict low, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        high[i] = low[i] + high[i];
}

/* ---- one bucket ---- */

/* Cut a span in two, the cut at a multiple of a vector. */
static void span_halve(comm_span whole, comm_span *low, comm_span *high)
{
    size_t half = (whole.count / 2 + VECTOR_FLOATS - 1) / VECTOR_FLOATS * VECTOR_FLOATS;

    if (half > whole.count)
        half = whole.count;
    *low = (comm_span){whole.first, half};
    *high = (comm_span){whole.first + half, whole.count - half};
}

static int level_of(const comm_transit *t, const way *w)
{
    return w->stage < t->levels ? w->stage : 2 * t->levels - 1 - w->stage;
}

/* Halving: send one half to the partner and take its part of the other. Doubling: send the finished half and
 * take the partner's. */
static void way_post(const comm_transit *t, way *w)
{
    int level = level_of(t, w), partner = t->rank ^ (1 << level);
    bool halving = w->stage < t->levels;
    comm_span keep = w->keep[level], give = w->give[level], sent = halving ? give : keep;

    MPI_Irecv(halving ? w->scratch : t->sum + give.first, (int)(halving ? keep.count : give.count), MPI_FLOAT,
              partner, w->tag, t->ranks, &w->request[0]);
    MPI_Isend(t->sum + sent.first, (int)sent.count, MPI_FLOAT, partner, w->tag, t->ranks, &w->request[1]);
}

static void way_start(const comm_transit *t, way *w, comm_span whole, int tag)
{
    int level;

    for (level = 0; level < t->levels; level++) {
        if (t->rank & (1 << level))
            span_halve(whole, &w->give[level], &w->keep[level]);
        else
            span_halve(whole, &w->keep[level], &w->give[level]);
        whole = w->keep[level];
    }
    w->stage = 0;
    w->tag = tag;
    way_post(t, w);
}

/* The messages of a stage are through: add what came, and go on to the next stage. */
static void way_step(const comm_transit *t, way *w)
{
    int level = level_of(t, w);
    comm_span keep = w->keep[level];

    if (w->stage < t->levels && !(t->rank & (1 << level)))
        comm_transit_add(t->sum + keep.first, w->scratch, keep.count);
    else if (w->stage < t->levels)
        add_left(t->sum + keep.first, w->scratch, keep.count);
    w->stage++;
    if (w->stage < 2 * t->levels)
        way_post(t, w);
}

/* Take a bucket as far as it goes, or wait until it has arrived. */
static void way_advance(const comm_transit *t, way *w, bool wait)
{
    while (w->stage < 2 * t->levels) {
        int through = 1;

        if (wait)
            MPI_Waitall(2, w->request, MPI_STATUSES_IGNORE);
        else
            MPI_Testall(2, w->request, &through, MPI_STATUSES_IGNORE);
        if (!through)
            return;
        way_step(t, w);
    }
}

/* ---- all buckets ---- */

/* With `wait`, until the oldest has arrived: every rank keeps the same order, so the oldest of all can always
 * move. */
static void exchange(comm_transit *t, size_t ready, bool wait)
{
    size_t i;

    while (t->started < ready && t->started - t->arrived < IN_TRANSIT) {
        if (t->started == 0)
            t->departed = base_progress_clock();
        way_start(t, &t->ways[t->started % IN_TRANSIT], comm_transit_bucket(t->count, t->started),
                  (int)(t->started % TAGS));
        t->started++;
    }
    for (i = t->arrived; i < t->started; i++)
        way_advance(t, &t->ways[i % IN_TRANSIT], wait && i == t->arrived);
    while (t->arrived < t->started && t->ways[t->arrived % IN_TRANSIT].stage == 2 * t->levels)
        t->arrived++;
}

void comm_transit_move(comm_transit *transit, size_t ready)
{
    exchange(transit, ready, false);
}

void comm_transit_finish(comm_transit *transit)
{
    size_t buckets = comm_transit_buckets(transit->count);

    while (transit->arrived < buckets)
        exchange(transit, buckets, true);
    transit->started = transit->arrived = 0;
}

double comm_transit_departed(const comm_transit *transit, double now)
{
    return transit->started > 0 ? transit->departed : now;
}
