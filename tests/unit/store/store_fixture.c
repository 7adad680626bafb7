#include "store_fixture.h"
#include "base_file.h"
#include "base_random.h"
#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SAMPLES 40

/* For the leak sanitizer: HDF5 1.10.8 forgets some memory of its own when it meets damaged metadata. Weak:
 * MPI tests have their own. */
const char *__lsan_default_suppressions(void);
__attribute__((weak)) const char *__lsan_default_suppressions(void)
{
    return "leak:libhdf5";
}

void fixture_folder_make(char folder[PATH_MAX])
{
    snprintf(folder, PATH_MAX, "/tmp/camal-store-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static int remove_entry(const char *path, const struct stat *info, int flag, struct FTW *walk)
{
    (void)info;
    (void)flag;
    (void)walk;
    return remove(path);
}

void fixture_folder_remove(const char *folder)
{
    ck_assert_int_eq(nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
}

void fixture_path(const char *folder, const char *name, char path[PATH_MAX])
{
    ck_assert_int_eq(base_file_join(folder, name, path, PATH_MAX), BASE_OK);
}

void fixture_flip(const char *path, size_t at, int bit)
{
    FILE *file = fopen(path, "r+b");
    int byte;

    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fseek(file, (long)at, SEEK_SET), 0);
    byte = fgetc(file);
    ck_assert_int_ne(byte, EOF);
    ck_assert_int_eq(fseek(file, (long)at, SEEK_SET), 0);
    ck_assert_int_ne(fputc(byte ^ 1 << bit, file), EOF);
    ck_assert_int_eq(fclose(file), 0);
}

/* ---- data sets ---- */

void fixture_table(size_t samples, int32_t size, store_table *table)
{
    size_t i;

    ck_assert_int_eq(store_table_create(samples, FIXTURE_CLASSES, FIXTURE_IMAGES, table), BASE_OK);
    table->size = size;
    for (i = 0; i < 3; i++) {
        table->mean[i] = 0.4f + 0.01f * (float)i;
        table->std[i] = 0.2f + 0.01f * (float)i;
    }
    for (i = 0; i < FIXTURE_CLASSES; i++) {
        snprintf(table->class_info[i].name, STORE_CLASS_NAME_MAX, "class %zu \xc3\xa9", i);
        snprintf(table->class_info[i].supercategory, STORE_CLASS_NAME_MAX, "%s", i % 2 ? "" : "part");
        table->class_info[i].category_id = (int64_t)(90 - 3 * i);
    }
    for (i = 0; i < FIXTURE_IMAGES; i++) {
        table->image_info[i] = (store_image_info){.id = (int64_t)(10 * i + 5), .width = 640, .height = 480};
        ck_assert_int_gt(asprintf(&table->image_info[i].file_name, "%.*s/%zu.jpg", (int)i, "abcdefg", i), 0);
    }
    for (i = 0; i < samples; i++) {
        table->label[i] = (int32_t)(i % FIXTURE_CLASSES);
        table->split[i] = (uint8_t)(i % 5 == 3   ? STORE_SPLIT_VALIDATION
                                    : i % 5 == 4 ? STORE_SPLIT_TEST
                                                 : STORE_SPLIT_TRAIN);
        table->image_id[i] = table->image_info[i % FIXTURE_IMAGES].id;
        table->annotation_id[i] = 908400535506 + (int64_t)i;
        table->group[i] = (int64_t)(i % (5 * FIXTURE_IMAGES)) - 2; /* of one split */
        table->bbox[4 * i] = (float)i;
        table->bbox[4 * i + 3] = 1.5f * (float)i;
    }
}

static uint8_t *random_bytes(size_t samples, int32_t size, size_t sample_bytes, uint32_t purpose,
                             uint32_t mask)
{
    size_t rows = store_chunk_samples(size), chunks = (samples - 1) / rows + 1, i;
    uint8_t *bytes = calloc(chunks * rows, sample_bytes);
    base_random random = base_random_at(1, BASE_RANDOM_TEST, purpose, 0, 0);

    ck_assert_ptr_nonnull(bytes);
    for (i = 0; i < samples * sample_bytes; i++)
        bytes[i] = (uint8_t)(base_random_u32(&random) & mask);
    return bytes;
}

uint8_t *fixture_images(size_t samples, int32_t size)
{
    return random_bytes(samples, size, (size_t)size * (size_t)size * 3, 1, 0xff);
}

uint8_t *fixture_masks(size_t samples, int32_t size)
{
    return random_bytes(samples, size, (size_t)size * store_mask_row_bytes(size), 2, 0x81);
}

void fixture_dataset_write(const char *path, size_t samples, int32_t size)
{
    size_t rows = store_chunk_samples(size), side = (size_t)size, first;
    uint8_t *images = fixture_images(samples, size), *masks = fixture_masks(samples, size);
    store_dataset_writer *writer = NULL;
    store_packed packed;
    store_table table;

    fixture_table(samples, size, &table);
    ck_assert_int_eq(store_dataset_begin(path, samples, size, &writer), BASE_OK);
    for (first = 0; first < samples; first += rows) {
        ck_assert_int_eq(store_pack(images + first * side * side * 3,
                                    masks + first * side * store_mask_row_bytes(size), size, &packed),
                         BASE_OK);
        ck_assert_int_eq(store_dataset_append(writer, &packed), BASE_OK);
        store_packed_clear(&packed);
    }
    ck_assert_int_eq(store_dataset_commit(&writer, &table), BASE_OK);
    ck_assert_ptr_null(writer);
    ck_assert_uint_eq(strlen(table.digest), BASE_DIGEST_TEXT - 1);
    store_table_destroy(&table);
    free(masks);
    free(images);
}

/* ---- rounds ---- */

static void make_tensors(store_round *round)
{
    static const store_tensor like[] = {{.name = "layer1.0.conv1.weight", .rank = 4, .dims = {8, 3, 3, 3}},
                                        {.name = "layer1.0.bn1.weight", .rank = 1, .dims = {8}},
                                        {.name = "fc.weight", .rank = 2, .dims = {FIXTURE_CLASSES, 8}},
                                        {.name = "fc.bias", .rank = 1, .dims = {FIXTURE_CLASSES}},
                                        {.name = "bn1.running_mean", .rank = 1, .dims = {8}}};
    base_random random = base_random_at(2, BASE_RANDOM_TEST, (uint32_t)round->index, 0, 0);
    int32_t i;
    size_t k;

    round->model_tensors = 5;
    round->optimizer_tensors = 4;
    ck_assert_int_eq(store_tensor_list_create(like, 5, &round->model), BASE_OK);
    ck_assert_int_eq(store_tensor_list_create(like, 4, &round->optimizer), BASE_OK);
    for (i = 0; i < 5; i++)
        for (k = 0; k < store_tensor_count(&round->model[i]); k++)
            round->model[i].data[k] = (float)base_random_normal(&random);
    for (i = 0; i < 4; i++)
        for (k = 0; k < store_tensor_count(&round->optimizer[i]); k++)
            round->optimizer[i].data[k] = (float)base_random_normal(&random);
}

/* 0..9 labelled from the start, 10..27 pool, 28..33 validation, 34..39 test; 10, 12 and 14 are queried, 14
 * without an answer. */
static void fill_pool(store_round *r)
{
    size_t i;

    for (i = 0; i < r->samples; i++) {
        bool labelled = i < 10 || i == 10 || i == 12;

        r->pool_state[i] = i >= 28    ? STORE_POOL_OUTSIDE
                           : labelled ? STORE_POOL_LABELLED
                                      : STORE_POOL_UNLABELLED;
        r->pool_label[i] = labelled ? (int32_t)(i % FIXTURE_CLASSES) : STORE_LABEL_UNKNOWN;
        r->pool_round[i] = !labelled ? -1 : i < 10 ? 0 : r->index + 1;
        r->pool_copies[i] = !labelled ? 0 : i < 10 ? 1 : 2;
        if (i < 10)
            r->class_state[i % FIXTURE_CLASSES].labelled++;
    }
}

static void fill_scores(store_round *r)
{
    size_t i;

    for (i = 0; i < r->scores; i++) {
        float f = (float)i / 32;

        r->score[i] = (store_score){.sample = (int64_t)(10 + i),
                                    .predicted = (int32_t)(i % FIXTURE_CLASSES),
                                    .second = (int32_t)((i + 1) % FIXTURE_CLASSES),
                                    .confidence = f,
                                    .margin = f / 2,
                                    .entropy = 1 - f,
                                    .cam_sum = 10 * f,
                                    .cam_activation = f / 3,
                                    .cam_area = f / 4,
                                    .cam_entropy = f / 5,
                                    .cam_overlap = f / 6,
                                    .cam_agreement = f / 7,
                                    .cam_empty = i % 2};
        r->class_state[i % FIXTURE_CLASSES].pool_predicted++;
    }
    r->query[0] =
        (store_query){.sample = 12, .predicted = 2, .score = -0.5f, .answer = 0, .reason = STORE_QUERY_QUOTA};
    r->query[1] =
        (store_query){.sample = 10, .rank = 1, .score = 0.25f, .answer = 2, .reason = STORE_QUERY_FILL};
    r->query[2] =
        (store_query){.sample = 14, .rank = 2, .score = 0.5f, .answer = -1, .reason = STORE_QUERY_FILL};
    r->pool_label[12] = 0;
    r->class_state[2].quota = 2;
}

static void fill_evaluation(store_round *r)
{
    size_t i;

    for (i = 0; i < r->evaluations; i++) {
        bool test = i >= 6;
        int32_t label = (int32_t)(i % FIXTURE_CLASSES), predicted = (int32_t)(i % 3);

        r->evaluation[i] = (store_evaluation){.sample = (int64_t)(28 + i),
                                              .label = label,
                                              .predicted = predicted,
                                              .confidence = 0.5f,
                                              .loss = i == 3 ? INFINITY : 0.25f,
                                              .energy = 0.125f,
                                              .attention_iou = 0.0625f,
                                              .hit = i % 2,
                                              .cam_empty = i % 3 == 0,
                                              .split = test ? STORE_SPLIT_TEST : STORE_SPLIT_VALIDATION};
        (test ? r->test_confusion : r->validation_confusion)[label * FIXTURE_CLASSES + predicted]++;
        if (test)
            r->class_state[label].test_count++;
        else
            r->class_state[label].validation_count++;
    }
}

static void fill_classes(store_round *r)
{
    size_t i;

    for (i = 0; i < r->classes; i++) {
        store_class *c = &r->class_state[i];

        snprintf(r->class_name[i], sizeof r->class_name[i], "class %zu", i);
        c->status = i == 3 ? STORE_CLASS_EXCLUDED : STORE_CLASS_ACTIVE;
        c->reason = i == 3 ? STORE_REASON_BELOW_THRESHOLD : STORE_REASON_NONE;
        c->decided_round = i == 3 ? r->index : -1;
        c->below = i == 3 ? 2 : 0;
        c->validation_accuracy = 0.5f + 0.01f * (float)i;
        c->best_validation_accuracy = 0.625f;
        c->test_accuracy = -1;
        c->cam_score = 0.3f;
        c->test_cam_score = 0.2f;
        c->need = 0.85f;
    }
    for (i = 0; i < r->epochs; i++)
        r->epoch[i] = (store_epoch){.epoch = (int32_t)i,
                                    .steps = 10 * (int64_t)(i + 1),
                                    .rate = 0.1f,
                                    .train_loss = 2,
                                    .train_accuracy = 0.5f,
                                    .validation_loss = i % 2 ? 1 : NAN,
                                    .validation_accuracy = i % 2 ? 0.75f : NAN};
}

void fixture_round(int32_t index, store_round *round)
{
    int c;

    ck_assert_int_eq(store_round_create(SAMPLES, FIXTURE_CLASSES, 18, 3, 12, 4, round), BASE_OK);
    round->index = index;
    round->seed = UINT64_MAX - 3;
    round->ranks = 2;
    round->threads = 1;
    round->size = 16;
    for (c = 0; c < 3; c++) {
        round->mean[c] = 0.4f + 0.01f * (float)c;
        round->std[c] = 0.25f;
    }
    round->best_epoch = 1;
    snprintf(round->version, sizeof round->version, "%s", CAMAL_VERSION);
    base_file_digest_bytes("data", 4, round->dataset_digest);
    if (index > 0)
        base_file_digest_bytes("parent", 6, round->parent_digest);
    base_file_digest_bytes("weights", 7, round->start_digest);
    round->config = strdup("run:\n  seed: 1\n");
    round->plan = strdup("");
    round->validation_accuracy = 0.1;
    round->test_accuracy = 0.2;
    round->validation_calibration = 0.3;
    round->test_calibration = 0.4;
    round->kept_test_accuracy = NAN;
    round->all_test_accuracy = 0.6;
    round->timing = (store_timing){1.5, 2.5, 3.5, 4.5};
    make_tensors(round);
    fill_pool(round);
    fill_scores(round);
    fill_evaluation(round);
    fill_classes(round);
}

static void compare_tensors(const store_tensor *a, const store_tensor *b, int32_t count)
{
    int32_t i;

    for (i = 0; i < count; i++) {
        ck_assert_str_eq(a[i].name, b[i].name);
        ck_assert_int_eq(a[i].rank, b[i].rank);
        ck_assert_mem_eq(a[i].dims, b[i].dims, (size_t)a[i].rank * sizeof *a[i].dims);
        ck_assert_mem_eq(a[i].data, b[i].data, store_tensor_count(&a[i]) * sizeof(float));
    }
}

/* Fields one by one: the bytes between them are nobody's. */
#define SAME(list, count, field)                                                                             \
    do {                                                                                                     \
        for (i = 0; i < a->count; i++)                                                                       \
            ck_assert_mem_eq(&a->list[i].field, &b->list[i].field, sizeof a->list[i].field);                 \
    } while (0)

static void compare_records(const store_round *a, const store_round *b)
{
    size_t i;

    SAME(score, scores, sample);
    SAME(score, scores, predicted);
    SAME(score, scores, second);
    SAME(score, scores, confidence);
    SAME(score, scores, margin);
    SAME(score, scores, entropy);
    SAME(score, scores, cam_sum);
    SAME(score, scores, cam_activation);
    SAME(score, scores, cam_area);
    SAME(score, scores, cam_entropy);
    SAME(score, scores, cam_overlap);
    SAME(score, scores, cam_agreement);
    SAME(score, scores, cam_empty);
    SAME(query, queries, sample);
    SAME(query, queries, predicted);
    SAME(query, queries, rank);
    SAME(query, queries, score);
    SAME(query, queries, answer);
    SAME(query, queries, reason);
    SAME(evaluation, evaluations, sample);
    SAME(evaluation, evaluations, label);
    SAME(evaluation, evaluations, predicted);
    SAME(evaluation, evaluations, confidence);
    SAME(evaluation, evaluations, loss);
    SAME(evaluation, evaluations, energy);
    SAME(evaluation, evaluations, attention_iou);
    SAME(evaluation, evaluations, hit);
    SAME(evaluation, evaluations, cam_empty);
    SAME(evaluation, evaluations, split);
    SAME(epoch, epochs, epoch);
    SAME(epoch, epochs, steps);
    SAME(epoch, epochs, rate);
    SAME(epoch, epochs, train_loss);
    SAME(epoch, epochs, train_accuracy);
    SAME(epoch, epochs, validation_loss);
    SAME(epoch, epochs, validation_accuracy);
    SAME(class_state, classes, status);
    SAME(class_state, classes, reason);
    SAME(class_state, classes, decided_round);
    SAME(class_state, classes, below);
    SAME(class_state, classes, validation_accuracy);
    SAME(class_state, classes, best_validation_accuracy);
    SAME(class_state, classes, test_accuracy);
    SAME(class_state, classes, cam_score);
    SAME(class_state, classes, test_cam_score);
    SAME(class_state, classes, need);
    SAME(class_state, classes, quota);
    SAME(class_state, classes, labelled);
    SAME(class_state, classes, added);
    SAME(class_state, classes, pool_predicted);
    SAME(class_state, classes, validation_count);
    SAME(class_state, classes, test_count);
}

void fixture_round_compare(const store_round *a, const store_round *b)
{
    size_t n = a->samples, cells = a->classes * a->classes;

    ck_assert_int_eq(a->index, b->index);
    ck_assert_uint_eq(a->samples, b->samples);
    ck_assert_uint_eq(a->classes, b->classes);
    ck_assert_uint_eq(a->scores, b->scores);
    ck_assert_uint_eq(a->queries, b->queries);
    ck_assert_uint_eq(a->evaluations, b->evaluations);
    ck_assert_uint_eq(a->epochs, b->epochs);
    ck_assert_int_eq(a->model_tensors, b->model_tensors);
    ck_assert_int_eq(a->optimizer_tensors, b->optimizer_tensors);
    compare_tensors(a->model, b->model, a->model_tensors);
    compare_tensors(a->optimizer, b->optimizer, a->optimizer_tensors);
    ck_assert_str_eq(a->config, b->config);
    ck_assert_str_eq(a->plan, b->plan);
    ck_assert_uint_eq(a->seed, b->seed);
    ck_assert_str_eq(a->version, b->version);
    ck_assert_str_eq(a->dataset_digest, b->dataset_digest);
    ck_assert_str_eq(a->parent_digest, b->parent_digest);
    ck_assert_str_eq(a->start_digest, b->start_digest);
    ck_assert_int_eq(a->ranks, b->ranks);
    ck_assert_int_eq(a->threads, b->threads);
    ck_assert_int_eq(a->size, b->size);
    ck_assert_mem_eq(a->mean, b->mean, sizeof a->mean);
    ck_assert_mem_eq(a->std, b->std, sizeof a->std);
    ck_assert_mem_eq(a->pool_state, b->pool_state, n);
    ck_assert_mem_eq(a->pool_round, b->pool_round, n * sizeof *a->pool_round);
    ck_assert_mem_eq(a->pool_copies, b->pool_copies, n * sizeof *a->pool_copies);
    ck_assert_mem_eq(a->pool_label, b->pool_label, n * sizeof *a->pool_label);
    compare_records(a, b);
    ck_assert_mem_eq(a->class_name, b->class_name, a->classes * sizeof *a->class_name);
    ck_assert_int_eq(a->best_epoch, b->best_epoch);
    ck_assert_mem_eq(a->validation_confusion, b->validation_confusion,
                     cells * sizeof *a->validation_confusion);
    ck_assert_mem_eq(a->test_confusion, b->test_confusion, cells * sizeof *a->test_confusion);
    ck_assert_mem_eq(&a->validation_accuracy, &b->validation_accuracy, sizeof a->validation_accuracy);
    ck_assert_mem_eq(&a->test_accuracy, &b->test_accuracy, sizeof a->test_accuracy);
    ck_assert_mem_eq(&a->validation_calibration, &b->validation_calibration,
                     sizeof a->validation_calibration);
    ck_assert_mem_eq(&a->test_calibration, &b->test_calibration, sizeof a->test_calibration);
    ck_assert_mem_eq(&a->kept_test_accuracy, &b->kept_test_accuracy, sizeof a->kept_test_accuracy);
    ck_assert_mem_eq(&a->all_test_accuracy, &b->all_test_accuracy, sizeof a->all_test_accuracy);
    ck_assert_mem_eq(&a->timing, &b->timing, sizeof a->timing);
}
