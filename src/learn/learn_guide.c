#include "learn_guide.h"
#include "base_config.h"
#include "base_log.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

learn_guide learn_guide_none(const learn_data *labelled, const int32_t *labels, const store_table *table)
{
    return (learn_guide){.labelled = labelled, .labels = labels, .table = table};
}

static size_t side_of(const learn_guide *guide)
{
    return (size_t)guide->table->size;
}

static size_t mask_bytes(const learn_guide *guide)
{
    return side_of(guide) * store_mask_row_bytes(guide->table->size);
}

/* ---- masks ---- */

/* Set what is within `radius` of a set element of a line. */
static void spread(uint8_t *line, size_t step, size_t count, size_t radius)
{
    enum { SET = 1, REACHED = 2 };
    size_t left = 0, i; /* how many more are reached */

    for (i = 0; i < count; i++) {
        uint8_t *at = line + i * step;

        left = *at == SET ? radius + 1 : left;
        *at = *at == SET ? SET : left > 0 ? REACHED : 0;
        left -= left > 0;
    }
    for (left = 0, i = count; i-- > 0;) {
        uint8_t *at = line + i * step;

        left = *at == SET ? radius + 1 : left;
        *at = *at || left > 0;
        left -= left > 0;
    }
}

/* A mask and its twins, grown. @param pixels  [S,S] for work */
static void grow(const learn_guide *guide, const uint8_t *mask, const uint8_t *twins, uint8_t *pixels,
                 uint8_t *grown)
{
    size_t side = side_of(guide), row = store_mask_row_bytes(guide->table->size), x, y;
    size_t radius = side / LEARN_GUIDE_GROWTH > 0 ? side / LEARN_GUIDE_GROWTH : 1;

    for (y = 0; y < side; y++) {
        for (x = 0; x < side; x++)
            pixels[y * side + x] = (uint8_t)(learn_mask_bit(mask, row, (int32_t)y, (int32_t)x) |
                                             learn_mask_bit(twins, row, (int32_t)y, (int32_t)x));
        spread(pixels + y * side, 1, side, radius);
    }
    memset(grown, 0, side * row);
    for (x = 0; x < side; x++) {
        spread(pixels + x, side, side, radius);
        for (y = 0; y < side; y++)
            grown[y * row + x / 8] = (uint8_t)(grown[y * row + x / 8] | pixels[y * side + x] << (7 - x % 8));
    }
}

/* Grown masks of the readable samples into the block; the others' stay zero. */
static base_status fill(const learn_guide *guide, store_dataset *dataset, const uint8_t *readable,
                        uint8_t *block)
{
    size_t count = guide->labelled->count, bytes = mask_bytes(guide), n = 0, i;
    int64_t *samples = calloc(count + 1, sizeof *samples);
    uint8_t *masks = malloc(count * bytes + 1), *twins = malloc(count * bytes + 1);
    uint8_t *pixels = malloc(side_of(guide) * side_of(guide));
    base_status status = BASE_OK;

    if (!samples || !masks || !twins || !pixels) {
        base_log_error("out of memory for the masks of %zu samples", count);
        status = BASE_ERR_MEMORY;
        goto done;
    }
    memset(block, 0, count * bytes);
    for (i = 0; i < count; i++)
        if (readable[i])
            samples[n++] = guide->labelled->sample[i];
    status = store_dataset_gather(dataset, samples, n, NULL, masks);
    if (status == BASE_OK)
        status = store_dataset_gather_twins(dataset, samples, n, twins);
    for (i = 0, n = 0; status == BASE_OK && i < count; i++) {
        if (!readable[i])
            continue;
        grow(guide, masks + n * bytes, twins + n * bytes, pixels, block + i * bytes);
        n++;
    }
done:
    free(pixels);
    free(twins);
    free(masks);
    free(samples);
    return status;
}

/* Has it an object before a background? */
static uint8_t is_known(const learn_guide *guide, size_t place)
{
    const uint8_t *object = guide->object + place * mask_bytes(guide);
    size_t side = side_of(guide), set = 0, i;

    for (i = 0; i < mask_bytes(guide); i++)
        set += (size_t)__builtin_popcount(object[i]);
    return set > 0 && set < side * side;
}

/* Who can lend a background, by class. */
static base_status list_lenders(learn_guide *guide, const uint8_t *active)
{
    size_t count = guide->labelled->count, classes = guide->table->classes, at = 0, c, i;

    guide->known = calloc(count + 1, 1);
    guide->first = calloc(classes + 1, sizeof *guide->first);
    guide->lender = calloc(count + 1, sizeof *guide->lender);
    if (!guide->known || !guide->first || !guide->lender) {
        base_log_error("out of memory for the backgrounds of %zu samples", count);
        return BASE_ERR_MEMORY;
    }
    for (i = 0; i < count; i++)
        guide->known[i] = is_known(guide, i);
    for (c = 0; c < classes; c++) {
        for (i = 0; active[c] && i < count; i++)
            if (guide->known[i] && guide->labels[i] == (int32_t)c)
                guide->lender[at++] = i;
        if (at > guide->first[guide->groups])
            guide->first[++guide->groups] = at;
    }
    return BASE_OK;
}

base_status learn_guide_read_masks(learn_guide *guide, const comm_world *world, store_dataset *dataset,
                                   const uint8_t *readable, const uint8_t *active, bool needed)
{
    base_status status =
        comm_share_create(world, guide->labelled->count * mask_bytes(guide), needed, &guide->share);

    if (status != BASE_OK)
        return status;
    if (comm_share_fills(guide->share))
        status = fill(guide, dataset, readable, comm_share_bytes(guide->share));
    status = comm_share_publish(guide->share, world, status);
    if (status != BASE_OK)
        return status;
    guide->object = comm_share_bytes(guide->share);
    return comm_agree(world, guide->object ? list_lenders(guide, active) : BASE_OK);
}

/* ---- heat maps ---- */

base_status learn_guide_make_maps(learn_guide *guide, const comm_world *world, learn_scorer *scorer,
                                  int trainers, double threshold)
{
    const comm_world part = {.rank = world->rank, .size = trainers};
    const learn_data *labelled = guide->labelled;
    base_shard share = {0, 0};
    float *mine = NULL;
    int32_t height, width;
    size_t positions, total;
    base_status status;

    if (world->rank < trainers)
        share = learn_scorer_share(&part, labelled->count);
    learn_scorer_map_size(scorer, &height, &width);
    positions = (size_t)height * (size_t)width;
    guide->threshold = threshold;
    status = learn_enlargement_create(height, width, guide->table->size, &guide->enlargement);
    mine = malloc((share.count + 1) * positions * sizeof *mine);
    if (status == BASE_OK && !mine) {
        base_log_error("out of memory for %zu heat maps", share.count);
        status = BASE_ERR_MEMORY;
    }
    if (status == BASE_OK)
        status = learn_scorer_maps(scorer, labelled->image + share.first * learn_scorer_image_bytes(scorer),
                                   guide->labels + share.first, share.count, mine);
    status = comm_agree(world, status);
    if (status == BASE_OK)
        status =
            comm_gather(world, mine, share.count, positions * sizeof *mine, (void **)&guide->map, &total);
    free(mine);
    total = labelled->count * positions * sizeof *guide->map;
    return status == BASE_OK ? comm_broadcast_block(world, (void **)&guide->map, &total) : status;
}

void learn_guide_clear(learn_guide *guide)
{
    if (!guide)
        return;
    comm_share_destroy(&guide->share);
    free(guide->known);
    free(guide->first);
    free(guide->lender);
    free(guide->map);
    learn_enlargement_destroy(&guide->enlargement);
    memset(guide, 0, sizeof *guide);
}

/* ---- images ---- */

static void mean_background(const learn_guide *guide, const uint8_t *image, const uint8_t *object,
                            uint8_t mean[3])
{
    size_t side = side_of(guide), row = store_mask_row_bytes(guide->table->size), sum[3] = {0}, count = 0;
    size_t x, y, c;

    for (y = 0; y < side; y++) {
        for (x = 0; x < side; x++, image += 3) {
            if (learn_mask_bit(object, row, (int32_t)y, (int32_t)x))
                continue;
            for (c = 0; c < 3; c++)
                sum[c] += image[c];
            count++;
        }
    }
    for (c = 0; c < 3; c++)
        mean[c] = (uint8_t)((sum[c] + count / 2) / count);
}

/* The object of one sample before the background of another. */
static void compose(const learn_guide *guide, size_t place, size_t lender, uint8_t *out)
{
    size_t side = side_of(guide), row = store_mask_row_bytes(guide->table->size), one = 3 * side * side;
    const uint8_t *own = guide->labelled->image + place * one, *lent = guide->labelled->image + lender * one;
    const uint8_t *object = guide->object + place * mask_bytes(guide);
    const uint8_t *hidden = guide->object + lender * mask_bytes(guide);
    uint8_t mean[3];
    size_t x, y, at = 0;

    mean_background(guide, lent, hidden, mean);
    for (y = 0; y < side; y++) {
        for (x = 0; x < side; x++, at += 3) {
            const uint8_t *pixel = lent + at;

            if (learn_mask_bit(object, row, (int32_t)y, (int32_t)x))
                pixel = own + at;
            else if (learn_mask_bit(hidden, row, (int32_t)y, (int32_t)x))
                pixel = mean;
            memcpy(out + at, pixel, 3);
        }
    }
}

static bool change_background(const learn_guide *guide, base_random *random, size_t place, uint8_t *out)
{
    size_t group = (size_t)base_random_below(random, guide->groups);
    size_t first = guide->first[group], lenders = guide->first[group + 1] - first;
    size_t lender = guide->lender[first + (size_t)base_random_below(random, lenders)];

    if (guide->labels[lender] == guide->labels[place])
        return false;
    compose(guide, place, lender, out);
    return true;
}

/* Cover what is hot; false if nothing is. */
static bool erase(const learn_guide *guide, size_t place, const uint8_t *image, uint8_t *out)
{
    const learn_enlargement *e = &guide->enlargement;
    size_t side = side_of(guide), positions = (size_t)e->height * (size_t)e->width, x, y, c, i;
    const float *map = guide->map + place * positions;
    uint8_t mean[3];
    float largest = 0;

    for (i = 0; i < positions; i++)
        largest = fmaxf(largest, map[i]);
    if (!(largest > 0))
        return false;
    if (out != image)
        memcpy(out, image, 3 * side * side);
    for (c = 0; c < 3; c++)
        mean[c] = (uint8_t)lroundf(255 * guide->table->mean[c]);
    for (y = 0; y < side; y++)
        for (x = 0; x < side; x++)
            if (learn_enlargement_at(e, map, (int32_t)y, (int32_t)x) >= guide->threshold * largest)
                memcpy(out + 3 * (y * side + x), mean, 3);
    return true;
}

const uint8_t *learn_guide_mask(const learn_guide *guide, size_t place)
{
    return guide->known[place] ? guide->object + place * mask_bytes(guide) : NULL;
}

const uint8_t *learn_guide_apply(const learn_guide *guide, uint32_t augment, base_random *random,
                                 size_t place, uint8_t *scratch)
{
    const uint8_t *image = guide->labelled->image + place * 3 * side_of(guide) * side_of(guide);

    if ((augment & BASE_AUGMENT_OBJECT) && guide->object && guide->known[place] && guide->groups > 0 &&
        change_background(guide, random, place, scratch))
        image = scratch;
    if ((augment & BASE_AUGMENT_ERASE) && guide->map && base_random_below(random, 2) &&
        erase(guide, place, image, scratch))
        image = scratch;
    return image;
}
