#include "camal_compare_run.h"
#include "base_log.h"
#include "camal_compare_settings.h"
#include "camal_rounds.h"
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

double compare_recall(const int64_t *confusion, size_t classes, size_t c)
{
    int64_t all = 0;
    size_t k;

    for (k = 0; k < classes; k++)
        all += confusion[c * classes + k];
    return all > 0 ? (double)confusion[c * classes + c] / (double)all : NAN;
}

static base_status allocate(const char *path, const store_round *first, compare_run *run)
{
    run->path = strdup(path);
    run->name = calloc(first->classes, sizeof *run->name);
    run->class = calloc(first->classes, sizeof *run->class);
    run->member = calloc(first->samples, sizeof *run->member);
    if (run->path && run->name && run->class && run->member)
        return BASE_OK;
    base_log_error("no memory for a run of %zu samples", first->samples);
    return BASE_ERR_MEMORY;
}

/* One digest of all weights, in the file's order. */
static base_status digest_model(const store_round *round, char digest[BASE_DIGEST_TEXT])
{
    size_t count = (size_t)round->model_tensors, i;
    char(*each)[BASE_DIGEST_TEXT] = calloc(count + 1, sizeof *each);

    if (!each) {
        base_log_error("no memory for the digests of %zu tensors", count);
        return BASE_ERR_MEMORY;
    }
    for (i = 0; i < count; i++)
        base_file_digest_bytes(round->model[i].data, store_tensor_count(&round->model[i]) * sizeof(float),
                               each[i]);
    base_file_digest_bytes(each, count * sizeof *each, digest);
    free(each);
    return BASE_OK;
}

/* What all rounds share, from round 0. */
static base_status take_first(const char *path, const store_round *first, compare_run *run)
{
    base_status status = allocate(path, first, run);
    size_t i, c;

    if (status == BASE_OK)
        status = digest_model(first, run->start);
    if (status != BASE_OK)
        return status;
    run->samples = first->samples;
    run->classes = first->classes;
    run->seed = first->seed;
    memcpy(run->digest, first->dataset_digest, sizeof run->digest);
    memcpy(run->name, first->class_name, first->classes * sizeof *run->name);
    for (i = 0; i < first->samples; i++)
        if (first->pool_state[i] == STORE_POOL_LABELLED && first->pool_round[i] == 0)
            run->member[i] = COMPARE_START;
    for (i = 0; i < first->evaluations; i++)
        run->member[first->evaluation[i].sample] =
            first->evaluation[i].split == STORE_SPLIT_TEST ? COMPARE_TESTED : COMPARE_VALIDATION;
    for (c = 0; c < first->classes; c++)
        run->class[c].metric[COMPARE_BEST] = NAN;
    return BASE_OK;
}

/* What the last round says. */
static void take_last(const store_round *last, compare_run *run)
{
    size_t c;

    run->rounds = last->index;
    run->kept_samples = last->kept_test_accuracy;
    run->all_samples = last->all_test_accuracy;
    for (c = 0; c < last->classes; c++) {
        const store_class *from = &last->class_state[c];
        compare_class *to = &run->class[c];

        to->excluded = from->status == STORE_CLASS_EXCLUDED || from->status == STORE_CLASS_PAUSED;
        to->metric[COMPARE_INITIAL] = (double)(from->labelled - from->added);
        to->metric[COMPARE_ADDED] = (double)from->added;
        to->metric[COMPARE_LAST] = compare_recall(last->validation_confusion, last->classes, c);
        to->metric[COMPARE_TEST] = compare_recall(last->test_confusion, last->classes, c);
        if (from->status == STORE_CLASS_EXCLUDED && from->test_count > 0) /* a paused one is predicted */
            to->metric[COMPARE_TEST] = 0;
        to->metric[COMPARE_CAM] = from->test_cam_score >= 0 ? (double)from->test_cam_score : NAN;
    }
}

static base_status take_round(const char *folder, int32_t index, bool last, compare_run *run)
{
    char path[PATH_MAX];
    store_round round;
    base_status status = store_round_path(folder, index, path, sizeof path);
    size_t c;

    if (status == BASE_OK)
        status = camal_rounds_read(path, &round);
    if (status != BASE_OK)
        return status;
    if (!run->path)
        status = take_first(folder, &round, run);
    if (status == BASE_OK &&
        (strcmp(round.dataset_digest, run->digest) != 0 || round.classes != run->classes ||
         round.samples != run->samples || round.seed != run->seed)) {
        base_log_error("%s: made from data set %s with seed %" PRIu64
                       ", round 0 of its run from %s with seed %" PRIu64,
                       path, round.dataset_digest, round.seed, run->digest, run->seed);
        status = BASE_ERR_INPUT;
    }
    for (c = 0; c < round.classes && status == BASE_OK; c++) /* fmax: a number beats none */
        run->class[c].metric[COMPARE_BEST] = fmax(
            run->class[c].metric[COMPARE_BEST], compare_recall(round.validation_confusion, round.classes, c));
    if (status == BASE_OK && last) {
        take_last(&round, run);
        status = camal_rounds_config(&round, path, &run->config);
    }
    store_round_destroy(&round);
    return status;
}

base_status compare_run_read(const char *path, compare_run *run)
{
    compare_run made = {0};
    int32_t *indices = NULL;
    base_status status;
    size_t count, i;

    status = camal_rounds_list(path, &indices, &count);
    if (status != BASE_OK)
        return status;
    if (indices[0] != 0 || indices[count - 1] != (int32_t)count - 1) {
        base_log_error("%s: %zu round files, numbered %" PRId32 " to %" PRId32
                       "; all from round-000.h5 on are needed",
                       path, count, indices[0], indices[count - 1]);
        status = BASE_ERR_NOT_FOUND;
    }
    for (i = 0; i < count && status == BASE_OK; i++)
        status = take_round(path, indices[i], i + 1 == count, &made);
    free(indices);
    if (status == BASE_OK)
        *run = made;
    else
        compare_run_clear(&made);
    return status;
}

void compare_run_clear(compare_run *run)
{
    if (!run)
        return;
    base_config_clear(&run->config);
    free(run->path);
    free(run->name);
    free(run->class);
    free(run->member);
    memset(run, 0, sizeof *run);
}
