#include "store_chunks.h"
#include "base_log.h"
#include "base_progress.h"
#include "store_chunk_map.h"
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Of the ring: a window from being asked for to being given back. */
typedef struct slot {
    const int64_t *sample; /* [count] */
    size_t count;
    size_t claimed, missing; /* samples that a thread has taken on; that are not there yet */
    uint8_t *image, *mask;
} slot;

typedef struct worker {
    store_chunks *reader;
    pthread_t thread;
    store_chunk_buffer image, mask;
} worker;

struct store_chunks {
    const store_chunk_map *image, *mask; /* mask NULL: none asked for */
    size_t largest, depth;
    int32_t threads; /* running */
    worker *workers;

    pthread_mutex_t lock; /* of all that follows */
    pthread_cond_t work, done;
    slot *ring;                          /* [depth] */
    size_t asked, working, taken, given; /* windows ever: asked for, fully claimed, taken, given back */
    base_status status;
    bool stop;
    store_chunks_stats stats;
};

/* Samples of a window that lie in one chunk: what a thread takes on at a time. */
typedef struct piece {
    slot *slot;
    size_t first, count, chunk;
} piece;

/* Take on the next piece of the oldest window that has one; false if there is none. With the lock. */
static bool claim(store_chunks *reader, piece *next)
{
    size_t rows = reader->image->chunk_rows;
    slot *s;

    if (reader->working == reader->asked || reader->status != BASE_OK)
        return false;
    s = &reader->ring[reader->working % reader->depth];
    *next = (piece){.slot = s, .first = s->claimed, .chunk = (size_t)s->sample[s->claimed] / rows};
    while (s->claimed < s->count && (size_t)s->sample[s->claimed] / rows == next->chunk)
        s->claimed++;
    next->count = s->claimed - next->first;
    if (s->claimed == s->count)
        reader->working++;
    return true;
}

static base_status copy_rows(const store_chunk_map *map, store_chunk_buffer *buffer, const piece *p,
                             uint8_t *window)
{
    base_status status = store_chunk_map_load(map, p->chunk, buffer);
    size_t i;

    for (i = p->first; status == BASE_OK && i < p->first + p->count; i++)
        memcpy(window + i * map->row_bytes,
               buffer->data + (size_t)p->slot->sample[i] % map->chunk_rows * map->row_bytes, map->row_bytes);
    return status;
}

static void *run_worker(void *argument)
{
    worker *w = argument;
    store_chunks *reader = w->reader;

    pthread_mutex_lock(&reader->lock);
    while (!reader->stop) {
        uint64_t before = w->image.bytes + w->mask.bytes;
        base_status status;
        piece next;

        if (!claim(reader, &next)) {
            pthread_cond_wait(&reader->work, &reader->lock);
            continue;
        }
        pthread_mutex_unlock(&reader->lock);
        status = copy_rows(reader->image, &w->image, &next, next.slot->image);
        if (status == BASE_OK && reader->mask)
            status = copy_rows(reader->mask, &w->mask, &next, next.slot->mask);
        pthread_mutex_lock(&reader->lock);
        reader->stats.bytes += w->image.bytes + w->mask.bytes - before;
        if (reader->status == BASE_OK)
            reader->status = status;
        next.slot->missing -= next.count;
        if (next.slot->missing == 0 || status != BASE_OK)
            pthread_cond_signal(&reader->done);
    }
    pthread_mutex_unlock(&reader->lock);
    return NULL;
}

static base_status out_of_memory(const store_chunks *reader)
{
    base_log_error("%s: out of memory for %zu windows of %zu samples", reader->image->path, reader->depth,
                   reader->largest);
    return BASE_ERR_MEMORY;
}

static base_status make_ring(store_chunks *reader)
{
    size_t i;

    reader->ring = calloc(reader->depth, sizeof *reader->ring);
    if (!reader->ring)
        return out_of_memory(reader);
    for (i = 0; i < reader->depth; i++) {
        slot *s = &reader->ring[i];

        s->image = calloc(reader->largest, reader->image->row_bytes);
        s->mask = reader->mask ? calloc(reader->largest, reader->mask->row_bytes) : NULL;
        if (!s->image || (reader->mask && !s->mask))
            return out_of_memory(reader);
    }
    return BASE_OK;
}

/* Threads with all signals blocked: handlers are the program's business, and run on its own threads. */
static base_status start_workers(store_chunks *reader, int32_t threads)
{
    base_status status = BASE_OK;
    sigset_t all, before;

    reader->workers = calloc((size_t)threads, sizeof *reader->workers);
    if (!reader->workers)
        return out_of_memory(reader);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (status == BASE_OK && reader->threads < threads) {
        worker *w = &reader->workers[reader->threads];
        int code;

        w->reader = reader;
        status = store_chunk_buffer_make(reader->image, &w->image);
        if (status == BASE_OK && reader->mask)
            status = store_chunk_buffer_make(reader->mask, &w->mask);
        code = status == BASE_OK ? pthread_create(&w->thread, NULL, run_worker, w) : 0;
        if (code != 0) {
            base_log_error("%s: cannot start reading thread %d of %d: %s", reader->image->path,
                           reader->threads + 1, threads, strerror(code));
            status = BASE_ERR_LIBRARY;
        }
        if (status == BASE_OK) {
            reader->threads++;
        } else {
            store_chunk_buffer_destroy(&w->mask);
            store_chunk_buffer_destroy(&w->image);
        }
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status;
}

base_status store_chunks_open(const store_dataset *dataset, bool with_masks, size_t largest, size_t depth,
                              int32_t threads, store_chunks **reader)
{
    store_chunks *made;
    base_status status;

    if (threads < 1 || threads > STORE_CHUNKS_THREADS_MAX || depth < 1 || depth > STORE_CHUNKS_DEPTH_MAX ||
        largest < 1) {
        base_log_error("reader: %d threads, %zu windows of %zu samples; allowed are 1 to %d threads, 1 to %d "
                       "windows, 1 sample or more",
                       threads, depth, largest, STORE_CHUNKS_THREADS_MAX, STORE_CHUNKS_DEPTH_MAX);
        return BASE_ERR_USAGE;
    }
    made = calloc(1, sizeof *made);
    if (!made) {
        base_log_error("reader: out of memory");
        return BASE_ERR_MEMORY;
    }
    made->image = store_dataset_images(dataset);
    made->mask = with_masks ? store_dataset_masks(dataset) : NULL;
    made->largest = largest;
    made->depth = depth;
    pthread_mutex_init(&made->lock, NULL); /* these cannot fail with default attributes */
    pthread_cond_init(&made->work, NULL);
    pthread_cond_init(&made->done, NULL);
    status = make_ring(made);
    if (status == BASE_OK)
        status = start_workers(made, threads);
    if (status == BASE_OK)
        *reader = made;
    else
        store_chunks_close(&made);
    return status;
}

void store_chunks_close(store_chunks **reader)
{
    store_chunks *r = reader ? *reader : NULL;
    size_t i;

    if (!r)
        return;
    pthread_mutex_lock(&r->lock);
    r->stop = true;
    pthread_cond_broadcast(&r->work);
    pthread_mutex_unlock(&r->lock);
    for (i = 0; i < (size_t)r->threads; i++) {
        pthread_join(r->workers[i].thread, NULL);
        store_chunk_buffer_destroy(&r->workers[i].mask);
        store_chunk_buffer_destroy(&r->workers[i].image);
    }
    for (i = 0; r->ring && i < r->depth; i++) {
        free(r->ring[i].mask);
        free(r->ring[i].image);
    }
    pthread_cond_destroy(&r->done);
    pthread_cond_destroy(&r->work);
    pthread_mutex_destroy(&r->lock);
    free(r->workers);
    free(r->ring);
    free(r);
    *reader = NULL;
}

size_t store_chunks_room(const store_chunks *reader)
{
    return reader->depth - (reader->asked - reader->given); /* both are written by the caller's thread only */
}

base_status store_chunks_ask(store_chunks *reader, const int64_t *samples, size_t count)
{
    size_t i;

    for (i = 0; i < count && i < reader->largest; i++)
        if (samples[i] < 0 || (uint64_t)samples[i] >= reader->image->rows ||
            (i > 0 && samples[i] <= samples[i - 1]))
            break;
    if (count == 0 || i < count || store_chunks_room(reader) == 0) {
        base_log_error(
            "%s: a window of %zu samples, %zu of them in order and within 0 to %zu, with room for %zu "
            "windows of 1 to %zu samples",
            reader->image->path, count, i, reader->image->rows - 1, store_chunks_room(reader),
            reader->largest);
        return BASE_ERR_INTERNAL;
    }
    pthread_mutex_lock(&reader->lock);
    {
        slot *s = &reader->ring[reader->asked % reader->depth];

        s->sample = samples;
        s->count = s->missing = count;
        s->claimed = 0;
    }
    reader->asked++;
    pthread_cond_broadcast(&reader->work);
    pthread_mutex_unlock(&reader->lock);
    return BASE_OK;
}

/* Wait until the window is whole or will never be. With the lock. */
static base_status wait_for(store_chunks *reader, const slot *s)
{
    double start;

    if (s->missing == 0)
        return BASE_OK;
    start = base_progress_clock();
    while (s->missing > 0 && reader->status == BASE_OK)
        pthread_cond_wait(&reader->done, &reader->lock);
    reader->stats.stall_seconds += base_progress_clock() - start;
    return s->missing == 0 ? BASE_OK : reader->status;
}

base_status store_chunks_next(store_chunks *reader, store_window *window)
{
    base_status status;
    slot *s;

    if (reader->taken == reader->asked) {
        base_log_error("%s: a window taken that was not asked for", reader->image->path);
        return BASE_ERR_INTERNAL;
    }
    pthread_mutex_lock(&reader->lock);
    reader->given = reader->taken;
    s = &reader->ring[reader->taken % reader->depth];
    status = wait_for(reader, s);
    if (status == BASE_OK) {
        reader->taken++;
        *window = (store_window){.sample = s->sample, .count = s->count, .image = s->image, .mask = s->mask};
    }
    pthread_mutex_unlock(&reader->lock);
    return status;
}

store_chunks_stats store_chunks_measure(store_chunks *reader)
{
    store_chunks_stats stats;

    pthread_mutex_lock(&reader->lock);
    stats = reader->stats;
    pthread_mutex_unlock(&reader->lock);
    return stats;
}
