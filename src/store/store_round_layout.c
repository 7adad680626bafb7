#include "store_round_layout.h"
#include "base_log.h"
#include "store_array.h"
#include "store_attributes.h"
#include "store_columns.h"
#include "store_tensors.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH(list) (sizeof(list) / sizeof *(list))

static const char *const groups[] = {"/model",   "/optimizer",     "/rng",        "/pool",
                                     "/scores",  "/queries",       "/evaluation", "/classes",
                                     "/metrics", "/metrics/epoch", "/timing"};

/* ---- attributes ---- */

static const store_attribute scalars[] = {
    {"/", "index", STORE_H5_TYPE_I32, 0, offsetof(store_round, index)},
    {"/", "version", STORE_H5_TYPE_TEXT(sizeof((store_round *)0)->version), 0,
     offsetof(store_round, version)},
    {"/", "dataset_digest", STORE_H5_TYPE_TEXT(BASE_DIGEST_TEXT), 0, offsetof(store_round, dataset_digest)},
    {"/", "parent_digest", STORE_H5_TYPE_TEXT(BASE_DIGEST_TEXT), 0, offsetof(store_round, parent_digest)},
    {"/", "ranks", STORE_H5_TYPE_I32, 0, offsetof(store_round, ranks)},
    {"/", "threads", STORE_H5_TYPE_I32, 0, offsetof(store_round, threads)},
    {"/rng", "seed", STORE_H5_TYPE_U64, 0, offsetof(store_round, seed)},
    {"/metrics", "best_epoch", STORE_H5_TYPE_I32, 0, offsetof(store_round, best_epoch)},
    {"/metrics", "validation_accuracy", STORE_H5_TYPE_F64, 0, offsetof(store_round, validation_accuracy)},
    {"/metrics", "test_accuracy", STORE_H5_TYPE_F64, 0, offsetof(store_round, test_accuracy)},
    {"/metrics", "validation_calibration", STORE_H5_TYPE_F64, 0,
     offsetof(store_round, validation_calibration)},
    {"/metrics", "test_calibration", STORE_H5_TYPE_F64, 0, offsetof(store_round, test_calibration)},
    {"/metrics", "kept_test_accuracy", STORE_H5_TYPE_F64, 0, offsetof(store_round, kept_test_accuracy)},
    {"/metrics", "all_test_accuracy", STORE_H5_TYPE_F64, 0, offsetof(store_round, all_test_accuracy)},
    {"/timing", "train", STORE_H5_TYPE_F64, 0, offsetof(store_round, timing.train)},
    {"/timing", "evaluate", STORE_H5_TYPE_F64, 0, offsetof(store_round, timing.evaluate)},
    {"/timing", "score", STORE_H5_TYPE_F64, 0, offsetof(store_round, timing.score)},
    {"/timing", "select", STORE_H5_TYPE_F64, 0, offsetof(store_round, timing.select)},
};

static const store_attributes attributes = {STORE_ROUND_SCHEMA, STORE_ROUND_VERSION, LENGTH(scalars),
                                            scalars};

/* Of the network's input; older files have none of them. */
static const store_attribute input[] = {
    {"/model", "size", STORE_H5_TYPE_I32, 0, offsetof(store_round, size)},
    {"/model", "mean", STORE_H5_TYPE_F32, 3, offsetof(store_round, mean)},
    {"/model", "std", STORE_H5_TYPE_F32, 3, offsetof(store_round, std)},
};

/* Of the run's beginning; of runs that began with a file of weights alone. */
static const store_attribute beginning[] = {
    {"/model", "start_digest", STORE_H5_TYPE_TEXT(BASE_DIGEST_TEXT), 0, offsetof(store_round, start_digest)},
};

/* Of the end of the run; older files have none of them. */
static const store_attribute ending[] = {
    {"/metrics", "agreement", STORE_H5_TYPE_F64, 0, offsetof(store_round, agreement)},
    {"/metrics", "agreement_samples", STORE_H5_TYPE_I64, 0, offsetof(store_round, agreement_samples)},
    {"/metrics", "stopped", STORE_H5_TYPE_I32, 0, offsetof(store_round, stopped)},
};

static base_status write_attributes(const store_h5 *h5, const store_round *round)
{
    base_status status = store_attributes_write(h5, &attributes, round);

    if (status == BASE_OK && round->size > 0)
        status = store_attributes_put(h5, input, LENGTH(input), round);
    if (status == BASE_OK && round->start_digest[0] != 0)
        status = store_attributes_put(h5, beginning, LENGTH(beginning), round);
    return status == BASE_OK ? store_attributes_put(h5, ending, LENGTH(ending), round) : status;
}

static base_status read_attributes(const store_h5 *h5, store_round *round)
{
    base_status status = store_attributes_read(h5, &attributes, round);

    round->agreement = NAN;
    if (status == BASE_OK)
        status = store_attributes_get_if(h5, input, LENGTH(input), round);
    if (status == BASE_OK)
        status = store_attributes_get_if(h5, beginning, LENGTH(beginning), round);
    return status == BASE_OK ? store_attributes_get_if(h5, ending, LENGTH(ending), round) : status;
}

/* ---- arrays and records ---- */

/* Fields of a round that count rows, as offsets: what a dimension may be. */
#define SAMPLES offsetof(store_round, samples)
#define CLASSES offsetof(store_round, classes)

typedef struct plain_array {
    const char *object;
    store_h5_type type;
    int32_t rank;  /* every dimension is the same */
    size_t size;   /* offset of the dimension in store_round */
    size_t offset; /* of the pointer in store_round */
} plain_array;

static const plain_array arrays[] = {
    {"/pool/state", STORE_H5_TYPE_U8, 1, SAMPLES, offsetof(store_round, pool_state)},
    {"/pool/round_labelled", STORE_H5_TYPE_I32, 1, SAMPLES, offsetof(store_round, pool_round)},
    {"/pool/copies", STORE_H5_TYPE_I32, 1, SAMPLES, offsetof(store_round, pool_copies)},
    {"/pool/label", STORE_H5_TYPE_I32, 1, SAMPLES, offsetof(store_round, pool_label)},
    {"/metrics/validation_confusion", STORE_H5_TYPE_I64, 2, CLASSES,
     offsetof(store_round, validation_confusion)},
    {"/metrics/test_confusion", STORE_H5_TYPE_I64, 2, CLASSES, offsetof(store_round, test_confusion)},
};

typedef struct record_list {
    const store_columns *columns;
    size_t rows;   /* offset of the number in store_round */
    size_t offset; /* of the pointer in store_round */
} record_list;

/* The names come before the other columns of /classes: they are what a reader looks for first. */
static const record_list records[] = {
    {&store_class_name_columns, CLASSES, offsetof(store_round, class_name)},
    {&store_class_columns, CLASSES, offsetof(store_round, class_state)},
    {&store_score_columns, offsetof(store_round, scores), offsetof(store_round, score)},
    {&store_query_columns, offsetof(store_round, queries), offsetof(store_round, query)},
    {&store_evaluation_columns, offsetof(store_round, evaluations), offsetof(store_round, evaluation)},
    {&store_epoch_columns, offsetof(store_round, epochs), offsetof(store_round, epoch)},
};

static size_t size_at(const store_round *round, size_t offset)
{
    size_t size;

    memcpy(&size, (const char *)round + offset, sizeof size);
    return size;
}

static void *pointer_at(const store_round *round, size_t offset)
{
    void *pointer;

    memcpy(&pointer, (const char *)round + offset, sizeof pointer);
    return pointer;
}

static store_h5_shape array_shape(const store_round *round, const plain_array *array)
{
    int64_t size = (int64_t)size_at(round, array->size);

    return (store_h5_shape){array->rank, {size, size}};
}

static base_status write_arrays(const store_h5 *h5, const store_round *round)
{
    base_status status = BASE_OK;
    size_t i;

    for (i = 0; i < LENGTH(arrays) && status == BASE_OK; i++) {
        store_h5_shape shape = array_shape(round, &arrays[i]);

        status = store_array_write(h5, arrays[i].object, arrays[i].type, &shape,
                                   pointer_at(round, arrays[i].offset));
    }
    for (i = 0; i < LENGTH(records) && status == BASE_OK; i++)
        status = store_columns_write(h5, records[i].columns, pointer_at(round, records[i].offset),
                                     size_at(round, records[i].rows));
    return status;
}

static base_status read_arrays(const store_h5 *h5, store_round *round)
{
    base_status status = BASE_OK;
    size_t i;

    for (i = 0; i < LENGTH(arrays) && status == BASE_OK; i++) {
        store_h5_shape shape = array_shape(round, &arrays[i]);

        status = store_array_read(h5, arrays[i].object, arrays[i].type, &shape,
                                  pointer_at(round, arrays[i].offset));
    }
    for (i = 0; i < LENGTH(records) && status == BASE_OK; i++)
        status = store_columns_read(h5, records[i].columns, size_at(round, records[i].rows),
                                    pointer_at(round, records[i].offset));
    return status;
}

/* What a rule on costs expects is unknown in older files. */
static base_status read_labels_needed(const store_h5 *h5, store_round *round)
{
    const char *first = "/classes/labels_needed";
    size_t c;

    for (c = 0; c < round->classes; c++)
        round->class_state[c].labels_needed = -1;
    switch (store_h5_look(h5, first)) {
    case STORE_H5_ABSENT:
        return BASE_OK;
    case STORE_H5_DAMAGED:
        return store_h5_fail(h5, first, "look at it");
    default:
        return store_columns_read(h5, &store_class_later_columns, round->classes, round->class_state);
    }
}

/* People's answers are there if there were any. */
static base_status write_answers(const store_h5 *h5, const store_round *round)
{
    base_status status;

    if (round->answers == 0)
        return BASE_OK;
    status = store_h5_make_group(h5, store_answer_columns.group);
    return status == BASE_OK ? store_columns_write(h5, &store_answer_columns, round->answer, round->answers)
                             : status;
}

static base_status read_answers(const store_h5 *h5, store_round *round)
{
    base_status status;

    switch (store_h5_look(h5, store_answer_columns.group)) {
    case STORE_H5_ABSENT:
        return BASE_OK;
    case STORE_H5_DAMAGED:
        return store_h5_fail(h5, store_answer_columns.group, "look at it");
    default:
        break; /* reading says what else is wrong */
    }
    status = store_columns_rows(h5, &store_answer_columns, &round->answers);
    if (status != BASE_OK)
        return status;
    round->answer = calloc(round->answers + 1, sizeof *round->answer);
    if (!round->answer) {
        base_log_error("%s: out of memory for %zu answers", h5->path, round->answers);
        return BASE_ERR_MEMORY;
    }
    return store_columns_read(h5, &store_answer_columns, round->answers, round->answer);
}

/* The counts that the file's arrays give, and the arrays for them. */
static base_status create_for_file(const store_h5 *h5, store_round *round)
{
    store_h5_type type = STORE_H5_U8;
    store_h5_shape shape = {1, {-1}};
    base_status status = store_array_find(h5, arrays[0].object, false, &type, &shape);
    store_round counts = {0};
    size_t i;

    counts.samples = (size_t)shape.dims[0];
    for (i = 0; i < LENGTH(records) && status == BASE_OK; i++) {
        size_t rows = 0;

        status = store_columns_rows(h5, records[i].columns, &rows);
        memcpy((char *)&counts + records[i].rows, &rows, sizeof rows);
    }
    if (status == BASE_OK && (counts.classes < 1 || counts.classes > INT32_MAX / counts.classes)) {
        base_log_error("%s: /classes has %zu rows, allowed are 1 to 46340", h5->path, counts.classes);
        status = BASE_ERR_INPUT;
    }
    if (status == BASE_OK)
        status = store_round_create(counts.samples, counts.classes, counts.scores, counts.queries,
                                    counts.evaluations, counts.epochs, round);
    return status;
}

/* ---- the whole ---- */

base_status store_round_layout_write(const store_h5 *h5, const store_round *round)
{
    base_status status = BASE_OK;
    size_t i;

    for (i = 0; i < LENGTH(groups) && status == BASE_OK; i++)
        status = store_h5_make_group(h5, groups[i]);
    if (status == BASE_OK)
        status = write_attributes(h5, round);
    if (status == BASE_OK)
        status = store_tensors_write(h5, "/model", round->model, round->model_tensors);
    if (status == BASE_OK)
        status = store_tensors_write(h5, "/optimizer", round->optimizer, round->optimizer_tensors);
    if (status == BASE_OK)
        status = store_array_write_text(h5, "/config", round->config);
    if (status == BASE_OK)
        status = store_array_write_text(h5, "/plan", round->plan);
    if (status == BASE_OK)
        status = write_arrays(h5, round);
    if (status == BASE_OK)
        status = store_columns_write(h5, &store_class_later_columns, round->class_state, round->classes);
    if (status == BASE_OK)
        status = write_answers(h5, round);
    return status;
}

base_status store_round_layout_read(const store_h5 *h5, store_round *round)
{
    store_round made = {0};
    base_status status = store_attributes_expect(h5, STORE_ROUND_SCHEMA, STORE_ROUND_VERSION);

    if (status == BASE_OK)
        status = create_for_file(h5, &made);
    if (status == BASE_OK)
        status = read_attributes(h5, &made);
    if (status == BASE_OK)
        status = store_tensors_read(h5, "/model", &made.model, &made.model_tensors);
    if (status == BASE_OK)
        status = store_tensors_read(h5, "/optimizer", &made.optimizer, &made.optimizer_tensors);
    if (status == BASE_OK)
        status = store_array_read_text(h5, "/config", &made.config);
    if (status == BASE_OK)
        status = store_array_read_text(h5, "/plan", &made.plan);
    if (status == BASE_OK)
        status = read_arrays(h5, &made);
    if (status == BASE_OK)
        status = read_labels_needed(h5, &made);
    if (status == BASE_OK)
        status = read_answers(h5, &made);
    if (status == BASE_OK)
        *round = made;
    else
        store_round_destroy(&made);
    return status;
}
