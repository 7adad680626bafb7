#include "camal_maps.h"
#include "base_config.h"
#include "base_log.h"
#include "camal_rounds.h"
#include "nn_gradcam.h"
#include "nn_input.h"
#include "nn_predict.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BATCH ((size_t)NN_GRADCAM_BATCH)

struct camal_maps {
    store_dataset *dataset; /* the caller's */
    nn_graph graph;
    nn_engine *engine;
    nn_gradcam *gradcam;
    bool of_round; /* kernels */
    int32_t height, width;
    uint8_t *active; /* [K] */
    uint8_t *image;  /* [BATCH,S,S,3] */
    float *input;    /* [BATCH,3,S,S] */
    float *logits;   /* [BATCH,K] */
    double *softmax; /* [BATCH,K] */
    float *heat;     /* [BATCH,h,w] */
};

static size_t pixels_of(const camal_maps *maps)
{
    return (size_t)maps->graph.size * (size_t)maps->graph.size;
}

/* ---- opening ---- */

static base_status take_weights(const store_round *round, const char *path, nn_weights *weights)
{
    int32_t i;

    for (i = 0; i < weights->tensors; i++) {
        const nn_tensor *mine = &weights->tensor[i];
        const store_tensor *theirs = store_tensor_find(round->model, round->model_tensors, mine->name);

        if (!theirs || !nn_tensor_fits(mine, theirs->rank, theirs->dims)) {
            base_log_error("%s: /model/%s does not fit the network of its configuration", path, mine->name);
            return BASE_ERR_INPUT;
        }
        memcpy(weights->data + mine->offset, theirs->data, mine->count * sizeof *theirs->data);
    }
    return BASE_OK;
}

/* Whether this machine can be asked for the round's kernels. Winograd and bf16 kernels are of wide CPUs only.
 */
static bool has_kernels(const store_round *round, int threads, nn_dtype *dtype)
{
    for (*dtype = NN_DTYPE_F32; *dtype <= NN_DTYPE_BF16; (*dtype)++)
        if (nn_plan_fits(round->plan, NN_USE_SCORING, NN_GRADCAM_BATCH, threads, *dtype))
            return (*dtype == NN_DTYPE_F32 || nn_engine_has_bf16()) &&
                   (nn_engine_is_wide() || !strstr(round->plan, "avx512"));
    return false;
}

static base_status build(camal_maps *maps, const store_round *round, const char *path,
                         const base_config *config, int threads, bool direct)
{
    nn_plan *plan = calloc(1, sizeof *plan);
    nn_dtype dtype;
    base_status status = BASE_OK;

    if (!plan) {
        base_log_error("out of memory for a kernel plan");
        return BASE_ERR_MEMORY;
    }
    nn_plan_default(plan);
    status = nn_engine_create(threads, &maps->engine);
    if (status == BASE_OK && !direct && has_kernels(round, threads, &dtype)) {
        maps->of_round = true;
        status =
            nn_plan_read(round->plan, path, NN_USE_SCORING, &maps->graph, NN_GRADCAM_BATCH, threads, plan);
    }
    if (status == BASE_OK)
        status = nn_gradcam_create(maps->engine, &maps->graph, NN_GRADCAM_BATCH, config->cam.layer, plan,
                                   &maps->gradcam);
    free(plan);
    return status;
}

static base_status load(camal_maps *maps, const store_round *round, const char *path)
{
    nn_weights weights;
    base_status status = nn_weights_create(&maps->graph, &weights);

    if (status != BASE_OK)
        return status;
    status = take_weights(round, path, &weights);
    if (status == BASE_OK)
        status = nn_gradcam_load(maps->gradcam, &weights);
    nn_weights_destroy(&weights);
    return status;
}

static base_status allocate(camal_maps *maps)
{
    size_t classes = (size_t)maps->graph.classes;

    nn_gradcam_map_size(maps->gradcam, &maps->height, &maps->width);
    maps->active = calloc(classes, sizeof *maps->active);
    maps->image = calloc(BATCH * pixels_of(maps) * 3, sizeof *maps->image);
    maps->input = aligned_alloc(64, BATCH * pixels_of(maps) * 3 * sizeof *maps->input);
    maps->logits = calloc(BATCH * classes, sizeof *maps->logits);
    maps->softmax = calloc(BATCH * classes, sizeof *maps->softmax);
    maps->heat = calloc(BATCH * (size_t)maps->height * (size_t)maps->width, sizeof *maps->heat);
    if (maps->active && maps->image && maps->input && maps->logits && maps->softmax && maps->heat)
        return BASE_OK;
    base_log_error("out of memory for heat maps of %zu-sample batches", BATCH);
    return BASE_ERR_MEMORY;
}

static base_status check_dataset(const store_round *round, const char *path, const store_table *table)
{
    if (strcmp(round->dataset_digest, table->digest) == 0 && round->samples == table->samples &&
        round->classes == table->classes)
        return BASE_OK;
    base_log_error("%s was made from the data set %s, this is %s: give the data set that its run names", path,
                   round->dataset_digest, table->digest);
    return BASE_ERR_INPUT;
}

static int choose_threads(int wanted, int of_run)
{
    long there = sysconf(_SC_NPROCESSORS_ONLN);

    if (wanted > 0)
        return wanted;
    return there > 0 && of_run > there ? (int)there : of_run;
}

static base_status open_by(camal_maps *maps, const store_round *round, const char *path,
                           const base_config *config, int threads, bool direct)
{
    const store_table *table = store_dataset_table(maps->dataset);
    base_status status = nn_models_describe(config->network.name, config->network.stem, table->size,
                                            (int32_t)table->classes, &maps->graph);

    if (status == BASE_OK)
        status = build(maps, round, path, config, choose_threads(threads, config->run.threads), direct);
    if (status == BASE_OK)
        status = load(maps, round, path);
    if (status == BASE_OK)
        status = allocate(maps);
    if (status == BASE_OK)
        store_round_active(round, maps->active);
    return status;
}

base_status camal_maps_open(const store_round *round, const char *path, store_dataset *dataset, int threads,
                            bool direct, camal_maps **maps)
{
    camal_maps *made;
    base_config config;
    base_status status = check_dataset(round, path, store_dataset_table(dataset));

    if (status == BASE_OK)
        status = camal_rounds_config(round, path, &config);
    if (status != BASE_OK)
        return status;
    made = calloc(1, sizeof *made);
    if (!made) {
        base_log_error("out of memory for heat maps");
        status = BASE_ERR_MEMORY;
    }
    if (status == BASE_OK) {
        made->dataset = dataset;
        status = open_by(made, round, path, &config, threads, direct);
    }
    base_config_clear(&config);
    if (status == BASE_OK)
        *maps = made;
    else
        camal_maps_close(&made);
    return status;
}

void camal_maps_close(camal_maps **maps)
{
    camal_maps *m = *maps;

    if (!m)
        return;
    free(m->heat);
    free(m->softmax);
    free(m->logits);
    free(m->input);
    free(m->image);
    free(m->active);
    nn_gradcam_destroy(&m->gradcam);
    nn_engine_destroy(&m->engine);
    free(m);
    *maps = NULL;
}

void camal_maps_size(const camal_maps *maps, int32_t *height, int32_t *width)
{
    *height = maps->height;
    *width = maps->width;
}

bool camal_maps_are_of_round(const camal_maps *maps)
{
    return maps->of_round;
}

/* ---- computing ---- */

static base_status check_request(const camal_maps *maps, const int64_t *samples, const int32_t *classes,
                                 size_t count)
{
    const store_table *table = store_dataset_table(maps->dataset);
    size_t i;

    for (i = 0; i < count; i++) {
        if (samples[i] < 0 || (uint64_t)samples[i] >= table->samples) {
            base_log_error("sample %" PRId64 ": the data set has 0 to %zu", samples[i], table->samples - 1);
            return BASE_ERR_USAGE;
        }
        if (classes && (classes[i] < CAMAL_MAPS_PREDICTED || classes[i] >= maps->graph.classes)) {
            base_log_error("class %d: the data set has 0 to %d", classes[i], maps->graph.classes - 1);
            return BASE_ERR_USAGE;
        }
    }
    return BASE_OK;
}

/* Pixels of a batch, and the network's answer; the padding repeats the last image. */
static base_status run_batch(camal_maps *maps, const int64_t *samples, size_t count)
{
    const store_table *table = store_dataset_table(maps->dataset);
    size_t pixels = pixels_of(maps), i;
    base_status status = store_dataset_gather(maps->dataset, samples, count, maps->image, NULL);

    if (status != BASE_OK)
        return status;
    for (i = 0; i < BATCH; i++)
        nn_input_normalise(table->mean, table->std, pixels,
                           maps->image + (i < count ? i : count - 1) * pixels * 3,
                           maps->input + i * pixels * 3);
    return nn_gradcam_run(maps->gradcam, maps->input, maps->logits);
}

static void describe_map(const camal_maps *maps, size_t i, camal_map *record)
{
    size_t positions = (size_t)maps->height * (size_t)maps->width, p;
    const float *map = maps->heat + i * positions;
    double sum = 0;

    record->largest = 0;
    for (p = 0; p < positions; p++) {
        sum += map[p];
        record->largest = map[p] > record->largest ? map[p] : record->largest;
    }
    record->sum = (float)sum;
}

static base_status map_batch(camal_maps *maps, const int64_t *samples, const int32_t *classes, size_t count,
                             camal_map *records)
{
    int32_t wanted[NN_GRADCAM_BATCH] = {0};
    size_t k = (size_t)maps->graph.classes, i;
    base_status status;

    for (i = 0; i < count; i++) {
        nn_prediction p = nn_predict(maps->logits + i * k, maps->active, (int32_t)k, maps->softmax + i * k);

        wanted[i] = classes && classes[i] != CAMAL_MAPS_PREDICTED ? classes[i] : p.first;
        records[i].sample = samples[i];
        records[i].class_index = wanted[i];
        records[i].predicted = p.first;
        records[i].confidence = (float)p.confidence;
        records[i].probability = (float)maps->softmax[i * k + (size_t)wanted[i]];
    }
    status = nn_gradcam_maps(maps->gradcam, wanted, maps->heat);
    for (i = 0; status == BASE_OK && i < count; i++)
        describe_map(maps, i, &records[i]);
    return status;
}

base_status camal_maps_compute(camal_maps *maps, const int64_t *samples, const int32_t *classes, size_t count,
                               camal_map *records, float *heat, float *probabilities, uint8_t *images)
{
    size_t positions = (size_t)maps->height * (size_t)maps->width, bytes = pixels_of(maps) * 3;
    size_t k = (size_t)maps->graph.classes, done, i;
    base_status status = check_request(maps, samples, classes, count);

    for (done = 0; status == BASE_OK && done < count; done += BATCH) {
        size_t now = count - done < BATCH ? count - done : BATCH;

        status = run_batch(maps, samples + done, now);
        if (status == BASE_OK)
            status = map_batch(maps, samples + done, classes ? classes + done : NULL, now, records + done);
        if (status != BASE_OK)
            return status;
        memcpy(heat + done * positions, maps->heat, now * positions * sizeof *heat);
        for (i = 0; probabilities && i < now * k; i++)
            probabilities[done * k + i] = (float)maps->softmax[i];
        if (images)
            memcpy(images + done * bytes, maps->image, now * bytes);
    }
    return status;
}
