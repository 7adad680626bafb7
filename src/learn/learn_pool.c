#include "learn_pool.h"
#include "base_log.h"
#include "base_progress.h"
#include "base_signal.h"
#include "comm_queue.h"
#include "store_chunks.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The first window of a rank is small, for nothing is done while it is read. The others are large, so that
 * chunks are read once and few messages go about, but shrink towards the end: the last ones a slow rank has
 * in hand are small. None of this changes a record. */
#define WINDOW_MOST  16 /* batches */
#define WINDOW_LEAST 2  /* batches: the next is asked for during the first, and read during the second */
#define WINDOW_BYTES ((size_t)16 << 20)
#define WINDOW_SHARE 4 /* a window is this part of what remains for each rank */
#define DEPTH        2 /* the window being scored and the one being read */

typedef struct drive {
    learn_scorer *scorer;
    const learn_pool_sink *sink; /* or NULL */
    comm_queue *queue;
    store_chunks *reader;
    int64_t *sample; /* [pool] */
    size_t pool;
    size_t *first;      /* [windows+1] first batch of each window */
    size_t windows;     /* in all */
    size_t largest;     /* samples of the largest */
    size_t ahead;       /* windows given to this rank and not yet scored */
    bool ended;         /* there will be no more */
    store_score *score; /* [room] this rank's */
    size_t count, room;
    base_progress progress;
    learn_pool_stats stats;
} drive;

static base_status list_pool(drive *d, const store_dataset *dataset, const uint8_t *state)
{
    size_t total = store_dataset_table(dataset)->samples, i;

    d->sample = malloc((total + 1) * sizeof *d->sample);
    d->first = malloc((total / LEARN_SCORER_BATCH + 2) * sizeof *d->first);
    if (!d->sample || !d->first) {
        base_log_error("out of memory for a pool of up to %zu samples", total);
        return BASE_ERR_MEMORY;
    }
    for (i = 0; i < total; i++)
        if (state[i] == STORE_POOL_UNLABELLED)
            d->sample[d->pool++] = (int64_t)i;
    return BASE_OK;
}

/* Cut the pool's batches into windows, the same on every rank. */
static void cut_windows(drive *d, size_t ranks, size_t batch_bytes)
{
    size_t batches = (d->pool + LEARN_SCORER_BATCH - 1) / LEARN_SCORER_BATCH, done = 0;
    size_t fit = WINDOW_BYTES / batch_bytes;
    size_t most = fit < 1 ? 1 : fit > WINDOW_MOST ? WINDOW_MOST : fit;

    while (done < batches) {
        size_t left = batches - done, now = left / (WINDOW_SHARE * ranks);

        now = now < WINDOW_LEAST || d->windows < ranks ? WINDOW_LEAST : now;
        now = now > most ? most : now;
        now = now > left ? left : now;
        d->first[d->windows++] = done;
        done += now;
    }
    d->first[d->windows] = batches;
    d->largest = most * LEARN_SCORER_BATCH;
}

static base_status open_local(drive *d, const comm_world *world, const store_dataset *dataset,
                              const uint8_t *state, int32_t readers)
{
    size_t side = (size_t)store_dataset_table(dataset)->size;
    base_status status = list_pool(d, dataset, state);

    if (status != BASE_OK)
        return status;
    cut_windows(d, (size_t)world->size, LEARN_SCORER_BATCH * 3 * side * side);
    return store_chunks_open(dataset, false, d->largest, DEPTH, readers, &d->reader);
}

static void close_local(drive *d)
{
    store_chunks_close(&d->reader);
    free(d->score);
    free(d->first);
    free(d->sample);
}

/* If there is room for one, take the next window and have it read; with `wait` there must be one, or none
 * left. */
static base_status look_ahead(drive *d, bool wait)
{
    size_t window = 0, begin, end;
    double start = base_progress_clock();
    comm_queue_answer answer;

    if (d->ended || store_chunks_room(d->reader) == 0) {
        comm_queue_serve(d->queue);
        return BASE_OK;
    }
    answer = comm_queue_next(d->queue, wait, &window);
    if (wait)
        d->stats.queue_seconds += base_progress_clock() - start;
    d->ended = answer == COMM_QUEUE_EMPTY;
    if (answer != COMM_QUEUE_ITEM)
        return BASE_OK;
    begin = d->first[window] * LEARN_SCORER_BATCH;
    end = d->first[window + 1] * LEARN_SCORER_BATCH;
    d->ahead++;
    return store_chunks_ask(d->reader, d->sample + begin, (end < d->pool ? end : d->pool) - begin);
}

/* Room for `count` more records, zeroed: padding bytes travel too. */
static base_status make_room(drive *d, size_t count)
{
    size_t room = d->room * 2 > d->count + count ? d->room * 2 : d->count + count;
    store_score *larger;

    if (d->count + count <= d->room)
        return BASE_OK;
    larger = realloc(d->score, room * sizeof *larger);
    if (!larger) {
        base_log_error("out of memory for the scores of %zu samples", room);
        return BASE_ERR_MEMORY;
    }
    memset(larger + d->room, 0, (room - d->room) * sizeof *larger);
    d->score = larger;
    d->room = room;
    return BASE_OK;
}

static base_status score_window(drive *d, const store_window *window)
{
    size_t image = window->count > 0 ? learn_scorer_image_bytes(d->scorer) : 0, done, now;
    base_status status = make_room(d, window->count);

    for (done = 0; status == BASE_OK && done < window->count; done += now) {
        now = window->count - done < LEARN_SCORER_BATCH ? window->count - done : LEARN_SCORER_BATCH;
        status = look_ahead(d, false);
        if (status == BASE_OK)
            status = learn_scorer_batch(d->scorer, window->image + done * image, window->sample + done, now,
                                        d->score + d->count);
        if (status == BASE_OK && d->sink)
            status = d->sink->take(d->sink->self, d->score + d->count, now);
        d->count += now;
        /* Windows are given out in order: where this one lies is about how far all ranks are. */
        base_progress_update(&d->progress, (size_t)(window->sample - d->sample) + done + now, NULL);
    }
    d->stats.windows++;
    return status;
}

static base_status run(drive *d)
{
    double start = base_progress_clock();
    base_status status = BASE_OK;
    store_window window;

    for (;;) {
        status = base_signal_caught() ? BASE_INTERRUPTED : look_ahead(d, d->ahead == 0);
        if (status != BASE_OK || d->ahead == 0)
            break;
        status = look_ahead(d, false);
        if (status == BASE_OK)
            status = store_chunks_next(d->reader, &window);
        if (status == BASE_OK)
            status = score_window(d, &window);
        if (status != BASE_OK)
            break;
        d->ahead--;
    }
    d->stats.seconds = base_progress_clock() - start;
    d->stats.samples = d->count;
    d->stats.bytes = store_chunks_measure(d->reader).bytes;
    d->stats.stall_seconds = store_chunks_measure(d->reader).stall_seconds;
    return status;
}

static int by_sample(const void *a, const void *b)
{
    const store_score *p = a, *q = b;

    return (p->sample > q->sample) - (p->sample < q->sample);
}

base_status learn_pool_score(learn_scorer *scorer, const comm_world *world, const store_dataset *dataset,
                             const uint8_t *state, int32_t readers, const learn_pool_sink *sink,
                             store_score **scores, size_t *count, learn_pool_stats *stats)
{
    drive d = {.scorer = scorer, .sink = sink};
    base_status status = comm_agree(world, open_local(&d, world, dataset, state, readers));

    if (status == BASE_OK)
        status = comm_queue_create(world, d.windows, &d.queue);
    if (status == BASE_OK) {
        d.progress = base_progress_start("scoring the pool", "samples", d.pool);
        status = comm_queue_end(&d.queue, world, run(&d));
    }
    if (status == BASE_OK && d.pool > 0) {
        base_progress_update(&d.progress, d.pool, NULL);
        base_progress_end(&d.progress, NULL);
    }
    if (status == BASE_OK)
        status = comm_gather(world, d.score, d.count, sizeof *d.score, (void **)scores, count);
    if (status == BASE_OK && world->rank == 0)
        qsort(*scores, *count, sizeof **scores, by_sample);
    if (status == BASE_OK && stats)
        *stats = d.stats;
    close_local(&d);
    return status;
}
