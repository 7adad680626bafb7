#include "learn_scorer.h"
#include "base_log.h"
#include "base_shard.h"
#include "learn_heatmap.h"
#include "nn_input.h"
#include "nn_predict.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BATCH LEARN_SCORER_BATCH

struct learn_scorer {
    nn_gradcam *gradcam;
    learn_enlargement enlargement;
    const store_table *table; /* size, mean, std only */
    int32_t classes, height, width;
    double threshold;
    uint8_t *active; /* [K] */
    float *input;    /* [BATCH,3,S,S] */
    float *logits;   /* [BATCH,K] */
    double *softmax; /* [BATCH,K] */
    float *map[3];   /* [BATCH,h,w] predicted, second, mirrored */
    learn_feature feature;
    float *features; /* [BATCH,width] or NULL */
};

static size_t input_floats(const learn_scorer *scorer)
{
    return 3 * (size_t)scorer->table->size * (size_t)scorer->table->size;
}

static base_status allocate(learn_scorer *scorer)
{
    size_t positions = (size_t)scorer->height * (size_t)scorer->width, i;
    bool missing;

    scorer->active = calloc((size_t)scorer->classes, 1);
    scorer->softmax = calloc(BATCH * (size_t)scorer->classes, sizeof *scorer->softmax);
    scorer->logits = calloc(BATCH * (size_t)scorer->classes, sizeof *scorer->logits);
    scorer->input = aligned_alloc(64, BATCH * input_floats(scorer) * sizeof *scorer->input);
    missing = !scorer->active || !scorer->softmax || !scorer->logits || !scorer->input;
    for (i = 0; i < 3; i++) {
        scorer->map[i] = calloc(BATCH * positions, sizeof *scorer->map[i]);
        missing |= !scorer->map[i];
    }
    if (missing) {
        base_log_error("out of memory for a scorer of %d-sample batches", BATCH);
        return BASE_ERR_MEMORY;
    }
    return learn_enlargement_create(scorer->height, scorer->width, scorer->table->size, &scorer->enlargement);
}

base_status learn_scorer_create(nn_engine *engine, const nn_graph *graph, const nn_plan *plan,
                                const store_table *table, const char *layer, double threshold,
                                learn_scorer **scorer)
{
    learn_scorer *made = calloc(1, sizeof *made);
    base_status status;

    if (!made) {
        base_log_error("out of memory for a scorer");
        return BASE_ERR_MEMORY;
    }
    made->table = table;
    made->classes = graph->classes;
    made->threshold = threshold;
    status = nn_gradcam_create(engine, graph, BATCH, layer, plan, &made->gradcam);
    if (status != BASE_OK)
        goto err_destroy;
    nn_gradcam_map_size(made->gradcam, &made->height, &made->width);
    status = allocate(made);
    if (status != BASE_OK)
        goto err_destroy;
    *scorer = made;
    return BASE_OK;

err_destroy:
    learn_scorer_destroy(&made);
    return status;
}

void learn_scorer_destroy(learn_scorer **scorer)
{
    learn_scorer *s = *scorer;
    size_t i;

    if (!s)
        return;
    nn_gradcam_destroy(&s->gradcam);
    learn_enlargement_destroy(&s->enlargement);
    for (i = 0; i < 3; i++)
        free(s->map[i]);
    free(s->features);
    free(s->active);
    free(s->softmax);
    free(s->logits);
    free(s->input);
    free(s);
    *scorer = NULL;
}

base_status learn_scorer_load(learn_scorer *scorer, const nn_weights *weights, const uint8_t *active)
{
    memcpy(scorer->active, active, (size_t)scorer->classes);
    return nn_gradcam_load(scorer->gradcam, weights);
}

const char *learn_scorer_plan(const learn_scorer *scorer)
{
    return nn_gradcam_plan(scorer->gradcam);
}

/* Of sample i of the batch. */
static nn_prediction predict(learn_scorer *scorer, size_t i)
{
    size_t first = i * (size_t)scorer->classes;

    return nn_predict(scorer->logits + first, scorer->active, scorer->classes, scorer->softmax + first);
}

size_t learn_scorer_image_bytes(const learn_scorer *scorer)
{
    return input_floats(scorer);
}

/* Images of a batch into the network's input; the padding repeats the last image. */
static void fill_input(learn_scorer *scorer, const uint8_t *images, size_t count)
{
    const store_table *table = scorer->table;
    size_t one = input_floats(scorer), i;

#pragma omp parallel for schedule(static)
    for (i = 0; i < BATCH; i++)
        nn_input_normalise(table->mean, table->std, one / 3, images + (i < count ? i : count - 1) * one,
                           scorer->input + i * one);
}

/* Turn what is in the input left to right. */
static void mirror_input(learn_scorer *scorer)
{
    size_t side = (size_t)scorer->table->size, row;

#pragma omp parallel for schedule(static)
    for (row = 0; row < BATCH * 3 * side; row++) {
        float *left = scorer->input + row * side, *right = left + side - 1;

        for (; left < right; left++, right--) {
            float kept = *left;

            *left = *right;
            *right = kept;
        }
    }
}

/* Likeliest classes of every sample; records of the samples that are not padding. */
static void describe_predictions(learn_scorer *scorer, const int64_t *samples, size_t count,
                                 store_score *scores, int32_t *first, int32_t *second)
{
    size_t i;

#pragma omp parallel for schedule(static)
    for (i = 0; i < BATCH; i++) {
        nn_prediction p = predict(scorer, i);

        first[i] = p.first;
        second[i] = p.second;
        if (i >= count)
            continue;
        scores[i].sample = samples[i];
        scores[i].predicted = p.first;
        scores[i].second = p.second;
        scores[i].confidence = (float)p.confidence;
        scores[i].margin = (float)p.margin;
        scores[i].entropy = (float)p.entropy;
    }
}

static void describe_maps(learn_scorer *scorer, size_t count, store_score *scores)
{
    size_t positions = (size_t)scorer->height * (size_t)scorer->width, i;

#pragma omp parallel for schedule(static)
    for (i = 0; i < count; i++) {
        const float *map = scorer->map[0] + i * positions;

        learn_heatmap_describe(map, positions, scorer->threshold, &scores[i]);
        scores[i].cam_overlap =
            learn_heatmap_overlap(map, scorer->map[1] + i * positions, scorer->height, scorer->width, 0);
        scores[i].cam_agreement =
            learn_heatmap_overlap(map, scorer->map[2] + i * positions, scorer->height, scorer->width, 1);
    }
}

base_status learn_scorer_want(learn_scorer *scorer, learn_feature feature)
{
    float *made = NULL;

    if (feature != LEARN_FEATURE_NONE) {
        made = calloc(BATCH * learn_scorer_width(scorer, feature), sizeof *made);
        if (!made) {
            base_log_error("out of memory for the features of %d samples", BATCH);
            return BASE_ERR_MEMORY;
        }
    }
    free(scorer->features);
    scorer->features = made;
    scorer->feature = feature;
    return BASE_OK;
}

size_t learn_scorer_width(const learn_scorer *scorer, learn_feature feature)
{
    return nn_gradcam_width(scorer->gradcam, feature == LEARN_FEATURE_HEATED);
}

const float *learn_scorer_features(const learn_scorer *scorer)
{
    return scorer->features;
}

const double *learn_scorer_softmax(const learn_scorer *scorer)
{
    return scorer->softmax;
}

base_status learn_scorer_batch(learn_scorer *scorer, const uint8_t *images, const int64_t *samples,
                               size_t count, store_score *scores)
{
    int32_t first[BATCH], second[BATCH];
    base_status status;

    fill_input(scorer, images, count);
    status = nn_gradcam_run(scorer->gradcam, scorer->input, scorer->logits);
    if (status != BASE_OK)
        return status;
    describe_predictions(scorer, samples, count, scores, first, second);
    status = nn_gradcam_maps(scorer->gradcam, first, scorer->map[0]);
    if (status == BASE_OK)
        status = nn_gradcam_maps(scorer->gradcam, second, scorer->map[1]);
    if (status != BASE_OK)
        return status;
    if (scorer->feature == LEARN_FEATURE_POOLED)
        nn_gradcam_features(scorer->gradcam, scorer->features);
    if (scorer->feature == LEARN_FEATURE_HEATED)
        nn_gradcam_heated(scorer->gradcam, scorer->map[0], scorer->features);
    mirror_input(scorer);
    status = nn_gradcam_run(scorer->gradcam, scorer->input, scorer->logits);
    if (status == BASE_OK)
        status = nn_gradcam_maps(scorer->gradcam, first, scorer->map[2]);
    if (status == BASE_OK)
        describe_maps(scorer, count, scores);
    return status;
}

void learn_scorer_map_size(const learn_scorer *scorer, int32_t *height, int32_t *width)
{
    *height = scorer->height;
    *width = scorer->width;
}

base_status learn_scorer_maps(learn_scorer *scorer, const uint8_t *images, const int32_t *classes,
                              size_t count, float *maps)
{
    size_t positions = (size_t)scorer->height * (size_t)scorer->width, done;
    base_status status = BASE_OK;

    for (done = 0; status == BASE_OK && done < count; done += BATCH) {
        size_t now = count - done < BATCH ? count - done : BATCH;
        int32_t batch_classes[BATCH] = {0}; /* of the padding: any */

        memcpy(batch_classes, classes + done, now * sizeof *classes);
        fill_input(scorer, images + done * input_floats(scorer), now);
        status = nn_gradcam_run(scorer->gradcam, scorer->input, scorer->logits);
        if (status == BASE_OK)
            status = nn_gradcam_maps(scorer->gradcam, batch_classes, scorer->map[0]);
        if (status == BASE_OK)
            memcpy(maps + done * positions, scorer->map[0], now * positions * sizeof *maps);
    }
    return status;
}

base_shard learn_scorer_share(const comm_world *world, size_t count)
{
    base_shard batches = base_shard_of((count + BATCH - 1) / BATCH, (size_t)world->size, (size_t)world->rank);
    size_t first = batches.first * BATCH < count ? batches.first * BATCH : count;
    size_t end = (batches.first + batches.count) * BATCH;
    base_shard share = {.first = first, .count = (end < count ? end : count) - first};

    return share;
}

static base_status evaluate_batch(learn_scorer *scorer, const store_table *table, const learn_data *data,
                                  size_t first, size_t count, int with_maps, store_evaluation *records)
{
    size_t positions = (size_t)scorer->height * (size_t)scorer->width, i;
    size_t mask_bytes = (size_t)data->size * store_mask_row_bytes(data->size);
    int32_t labels[BATCH] = {0};
    base_status status;

    fill_input(scorer, data->image + first * input_floats(scorer), count);
    status = nn_gradcam_run(scorer->gradcam, scorer->input, scorer->logits);
    for (i = 0; status == BASE_OK && i < count; i++) {
        int64_t sample = data->sample[first + i];
        const double *softmax = scorer->softmax + i * (size_t)scorer->classes;
        nn_prediction p = predict(scorer, i);

        labels[i] = table->label[sample];
        records[i].sample = sample;
        records[i].split = table->split[sample];
        records[i].label = labels[i];
        records[i].predicted = p.first;
        records[i].confidence = (float)p.confidence;
        /* A class without probability (excluded) has no finite loss; the summary leaves it out. */
        records[i].loss = scorer->active[labels[i]] ? (float)-log(softmax[labels[i]]) : 0;
    }
    if (status != BASE_OK || !with_maps)
        return status;
    status = nn_gradcam_maps(scorer->gradcam, labels, scorer->map[0]);
    if (status != BASE_OK)
        return status;
#pragma omp parallel for schedule(static)
    for (i = 0; i < count; i++)
        learn_heatmap_judge(&scorer->enlargement, scorer->map[0] + i * positions,
                            data->mask + (first + i) * mask_bytes, data->twins + (first + i) * mask_bytes,
                            &records[i]);
    return BASE_OK;
}

base_status learn_scorer_evaluate(learn_scorer *scorer, const comm_world *world, const store_table *table,
                                  const learn_data *data, int with_maps, store_evaluation **records,
                                  size_t *count)
{
    store_evaluation *mine = calloc(data->count + 1, sizeof *mine);
    base_status status = BASE_OK;
    size_t done;

    if (!mine) {
        base_log_error("out of memory for the evaluation of %zu samples", data->count);
        status = BASE_ERR_MEMORY;
    }
    for (done = 0; status == BASE_OK && done < data->count; done += BATCH) {
        size_t now = data->count - done < BATCH ? data->count - done : BATCH;

        status = evaluate_batch(scorer, table, data, done, now, with_maps, mine + done);
    }
    status = comm_agree(world, status);
    if (status == BASE_OK)
        status = comm_gather(world, mine, data->count, sizeof *mine, (void **)records, count);
    free(mine);
    return status;
}
