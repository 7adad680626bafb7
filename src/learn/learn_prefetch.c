#include "learn_prefetch.h"
#include "base_log.h"
#include "learn_augment.h"
#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define BUFFERS   2
#define ALIGNMENT 64

struct learn_prefetch {
    learn_source source;
    int64_t total;                 /* micro-batches in all */
    int64_t *order;                /* [draws] of the epoch that the thread is in */
    float *input[BUFFERS];         /* [b,3,S,S] */
    int32_t *label[BUFFERS];       /* [b] */
    int32_t *other[BUFFERS];       /* [b] */
    float *share[BUFFERS];         /* [b] */
    nn_mix mix[BUFFERS];           /* of the two */
    float *inside[BUFFERS];        /* [b,h,w] */
    uint8_t *known[BUFFERS];       /* [b] */
    float *whole;                  /* [h,w] */
    nn_in_mask masks[BUFFERS];     /* of the three */
    learn_enlargement enlargement; /* from heat maps to images */
    uint8_t *scratch;              /* [S,S,3] */
    uint8_t *moved;                /* [S,S] */

    pthread_t thread;
    bool running;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int64_t made, taken, released; /* micro-batches; the last taken one is in use until it is released */
    bool stop;
};

static size_t image_size(const learn_source *s)
{
    return 3 * (size_t)s->table->size * (size_t)s->table->size;
}

/* Are heat maps to be kept inside masks, and are there any? */
static bool masks_maps(const learn_prefetch *p)
{
    return p->source.config->train.in_mask > 0 && p->source.guide && p->source.guide->object;
}

/* One draw into place `at` of buffer `which`: augmented pixels, label and mask. The random numbers belong to
 * the draw's place in the round. */
static void make_one(const learn_prefetch *p, uint32_t epoch, size_t draw, size_t which, size_t at)
{
    const learn_source *s = &p->source;
    int64_t sample = p->order[draw] & ~LEARN_SAMPLER_COPY;
    bool copy = sample != p->order[draw];
    uint32_t augment = s->config->train.augment | (copy ? s->config->train.augment_copies : 0);
    size_t place = (size_t)learn_data_find(s->labelled, sample);
    const uint8_t *image = s->labelled->image + place * image_size(s);
    const uint8_t *mask = masks_maps(p) ? learn_guide_mask(s->guide, place) : NULL;
    size_t positions = (size_t)s->height * (size_t)s->width;
    base_random random =
        base_random_at(s->config->run.seed, BASE_RANDOM_AUGMENT, (uint32_t)s->round, epoch, draw);

    if (s->guide) {
        base_random choice =
            base_random_at(s->config->run.seed, BASE_RANDOM_GUIDE, (uint32_t)s->round, epoch, draw);

        image = learn_guide_apply(s->guide, augment, &choice, place, p->scratch);
    }
    learn_augment(augment, &random, s->table, image, mask, p->input[which] + at * image_size(s), p->moved);
    p->label[which][at] = s->labels[place];
    if (!masks_maps(p))
        return;
    p->known[which][at] = mask != NULL;
    if (mask)
        learn_enlargement_parts(&p->enlargement, p->moved, p->inside[which] + at * positions);
}

/* Mix-up of a micro-batch whose first draw is `draw`; of an odd number the last one stays as it is. */
static void mix(const learn_prefetch *p, uint32_t epoch, size_t draw, size_t which)
{
    const learn_source *s = &p->source;
    size_t b = (size_t)s->config->train.microbatch, one = image_size(s), i, k;
    base_random random =
        base_random_at(s->config->run.seed, BASE_RANDOM_MIXUP, (uint32_t)s->round, epoch, draw);

    for (i = 0; i < b; i++) {
        size_t partner = i % 2 ? i - 1 : i + 1 < b ? i + 1 : i;

        p->other[which][i] = p->label[which][partner];
        p->share[which][i] = 1;
    }
    for (i = 0; i + 1 < b; i += 2) {
        double drawn = base_random_beta(&random, s->config->train.mixup);
        float part = (float)(drawn < 0.5 ? 1 - drawn : drawn);
        float *first = p->input[which] + i * one, *second = first + one;

        p->share[which][i] = p->share[which][i + 1] = part;
        for (k = 0; k < one; k++) {
            float a = first[k], c = second[k];

            first[k] = part * a + (1 - part) * c;
            second[k] = part * c + (1 - part) * a;
        }
    }
}

/* One micro-batch of an epoch's step, into a buffer. */
static void make(const learn_prefetch *p, uint32_t epoch, int64_t step, int32_t microbatch, size_t which)
{
    const learn_source *s = &p->source;
    size_t b = (size_t)s->config->train.microbatch, i;
    size_t draw = (size_t)(step * s->config->train.batch) + (size_t)microbatch * b;

    for (i = 0; i < b; i++)
        make_one(p, epoch, draw + i, which, i);
    if (s->config->train.mixup > 0)
        mix(p, epoch, draw, which);
}

/* Wait for a buffer that nobody uses. False if the thread is to end. */
static bool wait_for_room(learn_prefetch *p)
{
    bool stop;

    pthread_mutex_lock(&p->mutex);
    while (!p->stop && p->made - p->released >= BUFFERS)
        pthread_cond_wait(&p->changed, &p->mutex);
    stop = p->stop;
    pthread_mutex_unlock(&p->mutex);
    return !stop;
}

static void *run(void *context)
{
    learn_prefetch *p = context;
    const learn_source *s = &p->source;
    int64_t steps = learn_sampler_steps(s->sampler), i, drawn = -1;

    for (i = 0; i < p->total && wait_for_room(p); i++) {
        int64_t step = s->begin + i / s->count, epoch = step / steps;

        if (epoch != drawn)
            learn_sampler_epoch(s->sampler, (uint32_t)epoch, p->order);
        drawn = epoch;
        make(p, (uint32_t)epoch, step % steps, s->first + (int32_t)(i % s->count), (size_t)(i % BUFFERS));
        pthread_mutex_lock(&p->mutex);
        p->made++;
        pthread_cond_signal(&p->changed);
        pthread_mutex_unlock(&p->mutex);
    }
    return NULL;
}

/* What keeps heat maps inside masks. */
static base_status allocate_masks(learn_prefetch *p)
{
    const learn_source *s = &p->source;
    size_t b = (size_t)s->config->train.microbatch, positions = (size_t)s->height * (size_t)s->width;
    base_status status = learn_enlargement_create(s->height, s->width, s->table->size, &p->enlargement);
    int i;

    if (status != BASE_OK)
        return status;
    p->whole = calloc(positions, sizeof *p->whole);
    p->moved = malloc((size_t)s->table->size * (size_t)s->table->size);
    for (i = 0; i < BUFFERS; i++) {
        p->inside[i] = calloc(b * positions, sizeof *p->inside[i]);
        p->known[i] = calloc(b, 1);
        p->masks[i] = (nn_in_mask){p->inside[i], p->whole, p->known[i], (float)s->config->train.in_mask};
        if (!p->whole || !p->moved || !p->inside[i] || !p->known[i]) {
            base_log_error("out of memory for the masks of micro-batches of %zu images", b);
            return BASE_ERR_MEMORY;
        }
    }
    learn_enlargement_parts(&p->enlargement, NULL, p->whole);
    return BASE_OK;
}

static base_status allocate(learn_prefetch *p)
{
    const learn_source *s = &p->source;
    size_t b = (size_t)s->config->train.microbatch;
    size_t bytes = (b * image_size(s) * sizeof(float) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    int i;

    p->order = calloc(s->sampler->draws, sizeof *p->order);
    p->scratch = malloc(image_size(s));
    for (i = 0; i < BUFFERS; i++) {
        p->input[i] = aligned_alloc(ALIGNMENT, bytes);
        p->label[i] = calloc(b, sizeof *p->label[i]);
        p->other[i] = calloc(b, sizeof *p->other[i]);
        p->share[i] = calloc(b, sizeof *p->share[i]);
        p->mix[i] = (nn_mix){p->other[i], p->share[i]};
        if (!p->order || !p->scratch || !p->input[i] || !p->label[i] || !p->other[i] || !p->share[i]) {
            base_log_error("out of memory for micro-batches of %zu images", b);
            return BASE_ERR_MEMORY;
        }
    }
    return masks_maps(p) ? allocate_masks(p) : BASE_OK;
}

/* Signals are for the thread that waits for them to matter. */
static base_status start(learn_prefetch *p)
{
    sigset_t all, before;
    int code;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    code = pthread_create(&p->thread, NULL, run, p);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (code != 0) {
        base_log_error("cannot start a thread for micro-batches: %s", strerror(code));
        return BASE_ERR_LIBRARY;
    }
    p->running = true;
    return BASE_OK;
}

base_status learn_prefetch_create(const learn_source *source, learn_prefetch **prefetch)
{
    learn_prefetch *made = calloc(1, sizeof *made);
    base_status status;

    if (!made) {
        base_log_error("out of memory for a prefetch");
        return BASE_ERR_MEMORY;
    }
    pthread_mutex_init(&made->mutex, NULL);
    pthread_cond_init(&made->changed, NULL);
    made->source = *source;
    made->total = (source->end - source->begin) * source->count;
    status = allocate(made);
    if (status == BASE_OK && made->total > 0)
        status = start(made);
    if (status == BASE_OK)
        *prefetch = made;
    else
        learn_prefetch_destroy(&made);
    return status;
}

void learn_prefetch_destroy(learn_prefetch **prefetch)
{
    learn_prefetch *p;
    int i;

    if (!prefetch || !*prefetch)
        return;
    p = *prefetch;
    if (p->running) {
        pthread_mutex_lock(&p->mutex);
        p->stop = true;
        pthread_cond_signal(&p->changed);
        pthread_mutex_unlock(&p->mutex);
        pthread_join(p->thread, NULL);
    }
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->mutex);
    for (i = 0; i < BUFFERS; i++) {
        free(p->input[i]);
        free(p->label[i]);
        free(p->other[i]);
        free(p->share[i]);
        free(p->inside[i]);
        free(p->known[i]);
    }
    learn_enlargement_destroy(&p->enlargement);
    free(p->whole);
    free(p->moved);
    free(p->scratch);
    free(p->order);
    free(p);
    *prefetch = NULL;
}

learn_batch learn_prefetch_next(learn_prefetch *p)
{
    size_t which = (size_t)(p->taken % BUFFERS);

    assert(p->taken < p->total);
    pthread_mutex_lock(&p->mutex);
    p->released = p->taken;
    pthread_cond_signal(&p->changed); /* one waits at a time: the thread for room, or this one for work */
    while (p->made <= p->taken)
        pthread_cond_wait(&p->changed, &p->mutex);
    pthread_mutex_unlock(&p->mutex);
    p->taken++;
    return (learn_batch){p->input[which], p->label[which],
                         p->source.config->train.mixup > 0 ? &p->mix[which] : NULL,
                         masks_maps(p) ? &p->masks[which] : NULL};
}
