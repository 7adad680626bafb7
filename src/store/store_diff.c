#include "store_diff.h"
#include "store_columns.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Two arrays of one type to be compared; records are walked with a stride. */
typedef struct pair {
    const char *name; /* of the round */
    char object[128];
    store_h5_kind kind;
    size_t width, stride;
    const char *a, *b;
    size_t count_a, count_b;
    FILE *out;
} pair;

static double number(store_h5_kind kind, const char *at)
{
    uint64_t u64;
    int64_t i64;
    int32_t i32;
    double f64;
    float f32;

    switch (kind) {
    case STORE_H5_KIND_U8:
        return (unsigned char)*at;
    case STORE_H5_KIND_I32:
        memcpy(&i32, at, sizeof i32);
        return i32;
    case STORE_H5_KIND_I64:
        memcpy(&i64, at, sizeof i64);
        return (double)i64;
    case STORE_H5_KIND_U64:
        memcpy(&u64, at, sizeof u64);
        return (double)u64;
    case STORE_H5_KIND_F32:
        memcpy(&f32, at, sizeof f32);
        return f32;
    case STORE_H5_KIND_F64:
        memcpy(&f64, at, sizeof f64);
        return f64;
    case STORE_H5_KIND_NONE:
    case STORE_H5_KIND_TEXT:
        break;
    }
    return NAN;
}

static void print_values(const pair *p, size_t first, size_t differing, double largest)
{
    const char *a = p->a + first * p->stride, *b = p->b + first * p->stride;

    fprintf(p->out, "%s: %s[%zu]: ", p->name, p->object, first);
    if (p->kind == STORE_H5_KIND_TEXT)
        fprintf(p->out, "\"%.*s\" against \"%.*s\"", (int)p->width, a, (int)p->width, b);
    else
        fprintf(p->out, "%.9g against %.9g", number(p->kind, a), number(p->kind, b));
    fprintf(p->out, "; %zu of %zu differ", differing, p->count_a);
    if (p->kind != STORE_H5_KIND_TEXT)
        fprintf(p->out, ", by %.3g at most", largest);
    fputc('\n', p->out);
}

/* 1 if the arrays differ. */
static size_t compare(const pair *p)
{
    size_t i, first = 0, differing = 0;
    double largest = 0;

    if (p->count_a != p->count_b) {
        fprintf(p->out, "%s: %s: %zu against %zu values\n", p->name, p->object, p->count_a, p->count_b);
        return 1;
    }
    for (i = 0; i < p->count_a; i++) {
        const char *a = p->a + i * p->stride, *b = p->b + i * p->stride;

        if (memcmp(a, b, p->width) == 0)
            continue;
        if (differing++ == 0)
            first = i;
        largest = fmax(largest, fabs(number(p->kind, a) - number(p->kind, b)));
    }
    if (differing > 0)
        print_values(p, first, differing, largest);
    return differing > 0;
}

static size_t compare_array(const char *name, FILE *out, const char *object, store_h5_type type,
                            const void *a, size_t count_a, const void *b, size_t count_b)
{
    pair p = {.name = name,
              .kind = type.kind,
              .width = type.width,
              .stride = type.width,
              .a = a,
              .b = b,
              .count_a = count_a,
              .count_b = count_b,
              .out = out};

    snprintf(p.object, sizeof p.object, "%s", object);
    return compare(&p);
}

static size_t compare_records(const char *name, FILE *out, const store_columns *columns, const void *a,
                              size_t count_a, const void *b, size_t count_b)
{
    size_t c, differing = 0;

    for (c = 0; c < columns->count; c++) {
        const store_column *column = &columns->column[c];
        pair p = {.name = name,
                  .kind = column->type.kind,
                  .width = column->type.width,
                  .stride = columns->record_size,
                  .a = (const char *)a + column->offset,
                  .b = (const char *)b + column->offset,
                  .count_a = count_a,
                  .count_b = count_b,
                  .out = out};

        snprintf(p.object, sizeof p.object, "%s/%s", columns->group, column->name);
        differing += compare(&p);
        if (count_a != count_b)
            break; /* said once for all columns */
    }
    return differing;
}

static size_t compare_tensors(const char *name, FILE *out, const char *group, const store_tensor *a,
                              int32_t count_a, const store_tensor *b, int32_t count_b)
{
    size_t differing = 0;
    int32_t i;

    if (count_a != count_b) {
        fprintf(out, "%s: %s: %" PRId32 " against %" PRId32 " tensors\n", name, group, count_a, count_b);
        differing++;
    }
    for (i = 0; i < count_a; i++) {
        const store_tensor *other = store_tensor_find(b, count_b, a[i].name);
        char object[128];

        snprintf(object, sizeof object, "%s/%s", group, a[i].name);
        if (other) {
            differing += compare_array(name, out, object, STORE_H5_F32, a[i].data, store_tensor_count(&a[i]),
                                       other->data, store_tensor_count(other));
            continue;
        }
        fprintf(out, "%s: %s: only in the first\n", name, object);
        differing++;
    }
    return differing;
}

static size_t compare_metrics(const store_round *a, const store_round *b, const char *name, FILE *out)
{
    size_t cells_a = a->classes * a->classes, cells_b = b->classes * b->classes, differing = 0, i;
    const struct {
        const char *object;
        double a, b;
    } metrics[] = {
        {"/metrics/validation_accuracy", a->validation_accuracy, b->validation_accuracy},
        {"/metrics/test_accuracy", a->test_accuracy, b->test_accuracy},
        {"/metrics/validation_calibration", a->validation_calibration, b->validation_calibration},
        {"/metrics/test_calibration", a->test_calibration, b->test_calibration},
        {"/metrics/kept_test_accuracy", a->kept_test_accuracy, b->kept_test_accuracy},
        {"/metrics/all_test_accuracy", a->all_test_accuracy, b->all_test_accuracy},
        {"/metrics/best_epoch", a->best_epoch, b->best_epoch},
    };

    differing += compare_array(name, out, "/metrics/validation_confusion", STORE_H5_I64,
                               a->validation_confusion, cells_a, b->validation_confusion, cells_b);
    differing += compare_array(name, out, "/metrics/test_confusion", STORE_H5_I64, a->test_confusion, cells_a,
                               b->test_confusion, cells_b);
    for (i = 0; i < sizeof metrics / sizeof *metrics; i++)
        differing +=
            compare_array(name, out, metrics[i].object, STORE_H5_F64, &metrics[i].a, 1, &metrics[i].b, 1);
    return differing;
}

size_t store_diff_rounds(const store_round *a, const store_round *b, const char *name, FILE *out)
{
    size_t differing = 0;

    differing += compare_array(name, out, "dataset_digest",
                               (store_h5_type)STORE_H5_TYPE_TEXT(sizeof a->dataset_digest), a->dataset_digest,
                               1, b->dataset_digest, 1);
    differing += compare_array(name, out, "/rng/seed", STORE_H5_U64, &a->seed, 1, &b->seed, 1);
    differing += compare_tensors(name, out, "/model", a->model, a->model_tensors, b->model, b->model_tensors);
    differing += compare_tensors(name, out, "/optimizer", a->optimizer, a->optimizer_tensors, b->optimizer,
                                 b->optimizer_tensors);
    differing += compare_records(name, out, &store_epoch_columns, a->epoch, a->epochs, b->epoch, b->epochs);
    differing += compare_records(name, out, &store_evaluation_columns, a->evaluation, a->evaluations,
                                 b->evaluation, b->evaluations);
    differing += compare_records(name, out, &store_score_columns, a->score, a->scores, b->score, b->scores);
    differing += compare_records(name, out, &store_query_columns, a->query, a->queries, b->query, b->queries);
    differing += compare_records(name, out, &store_class_columns, a->class_state, a->classes, b->class_state,
                                 b->classes);
    differing += compare_array(name, out, "/pool/state", STORE_H5_U8, a->pool_state, a->samples,
                               b->pool_state, b->samples);
    differing += compare_array(name, out, "/pool/round_labelled", STORE_H5_I32, a->pool_round, a->samples,
                               b->pool_round, b->samples);
    differing += compare_array(name, out, "/pool/copies", STORE_H5_I32, a->pool_copies, a->samples,
                               b->pool_copies, b->samples);
    differing += compare_array(name, out, "/pool/label", STORE_H5_I32, a->pool_label, a->samples,
                               b->pool_label, b->samples);
    return differing + compare_metrics(a, b, name, out);
}
