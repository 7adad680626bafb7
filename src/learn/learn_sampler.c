#include "learn_sampler.h"
#include "base_log.h"
#include "base_random.h"
#include <stdlib.h>
#include <string.h>

/* Items of the sampler's random numbers beyond any class number: the order of an epoch. */
#define ITEM_EPOCH_ORDER ((uint64_t)1 << 40)

/* Entries a class has, 0 for inactive ones. */
static size_t entries_of(const int32_t *labels, const int32_t *copies, size_t count, int32_t class)
{
    size_t i, entries = 0;

    for (i = 0; i < count; i++)
        if (labels[i] == class)
            entries += (size_t)copies[i];
    return entries;
}

static void fill(learn_sampler *sampler, size_t slot, const int64_t *samples, const int32_t *labels,
                 const int32_t *copies, size_t count, int32_t class)
{
    size_t i, at = sampler->first[slot];
    int32_t copy;

    for (i = 0; i < count; i++)
        for (copy = 0; labels[i] == class && copy < copies[i]; copy++)
            sampler->entry[at++] = samples[i] | (copy > 0 ? LEARN_SAMPLER_COPY : 0);
    sampler->first[slot + 1] = at;
}

base_status learn_sampler_create(const int64_t *samples, const int32_t *labels, const int32_t *copies,
                                 size_t count, const uint8_t *active, size_t classes, size_t batch,
                                 uint64_t seed, uint32_t round, learn_sampler *sampler)
{
    learn_sampler made = {.seed = seed, .round = round, .batch = batch};
    size_t c, total = 0;

    for (c = 0; c < classes; c++)
        if (active[c])
            total += entries_of(labels, copies, count, (int32_t)c);
    if (total == 0) {
        base_log_error("round %u: no labelled sample of an active class is left to train on", round);
        return BASE_ERR_INPUT;
    }
    made.first = calloc(classes + 1, sizeof *made.first);
    made.entry = calloc(total, sizeof *made.entry);
    made.scratch = calloc(total, sizeof *made.scratch);
    if (!made.first || !made.entry || !made.scratch) {
        base_log_error("out of memory for a sampler of %zu entries", total);
        learn_sampler_destroy(&made);
        return BASE_ERR_MEMORY;
    }
    for (c = 0; c < classes; c++) {
        if (!active[c] || entries_of(labels, copies, count, (int32_t)c) == 0)
            continue;
        fill(&made, made.classes, samples, labels, copies, count, (int32_t)c);
        made.classes++;
    }
    made.draws = (total + batch - 1) / batch * batch;
    *sampler = made;
    return BASE_OK;
}

void learn_sampler_destroy(learn_sampler *sampler)
{
    if (!sampler)
        return;
    free(sampler->first);
    free(sampler->entry);
    free(sampler->scratch);
    memset(sampler, 0, sizeof *sampler);
}

int64_t learn_sampler_steps(const learn_sampler *sampler)
{
    return (int64_t)(sampler->draws / sampler->batch);
}

/* `wanted` draws from one class: whole shuffled passes over its entries, the last one cut. */
static void draw_class(learn_sampler *sampler, uint32_t epoch, size_t slot, size_t wanted, int64_t *out)
{
    size_t entries = sampler->first[slot + 1] - sampler->first[slot], done = 0;
    base_random random =
        base_random_at(sampler->seed, BASE_RANDOM_SAMPLER, sampler->round, epoch, (uint64_t)slot);

    while (done < wanted) {
        size_t take = wanted - done < entries ? wanted - done : entries;

        memcpy(sampler->scratch, sampler->entry + sampler->first[slot], entries * sizeof *sampler->scratch);
        base_random_shuffle(&random, sampler->scratch, entries);
        memcpy(out + done, sampler->scratch, take * sizeof *out);
        done += take;
    }
}

void learn_sampler_epoch(learn_sampler *sampler, uint32_t epoch, int64_t *order)
{
    base_random random =
        base_random_at(sampler->seed, BASE_RANDOM_SAMPLER, sampler->round, epoch, ITEM_EPOCH_ORDER);
    /* The draws left over after equal shares go to a run of classes that moves on with the epoch. */
    size_t each = sampler->draws / sampler->classes, rest = sampler->draws % sampler->classes;
    size_t slot, done = 0;

    for (slot = 0; slot < sampler->classes; slot++) {
        size_t turn = (slot + sampler->classes - (size_t)epoch % sampler->classes) % sampler->classes;
        size_t wanted = each + (turn < rest ? 1 : 0);

        draw_class(sampler, epoch, slot, wanted, order + done);
        done += wanted;
    }
    base_random_shuffle(&random, order, sampler->draws);
}
