#include "parity_fixture.h"
#include "base_random.h"
#include "unit_test.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "CAMAL_PARITY" /* in the environment: the folder given */

/* Rounds that keep the kinds of numbers apart, as in parity_make.py. */
enum { ROUND_WEIGHTS = 1, ROUND_IMAGES = 2, ROUND_LABELS = 3, ROUND_SIGNS = 4 };

static void *must_allocate(size_t count, size_t size)
{
    void *memory = calloc(count > 0 ? count : 1, size);

    if (memory == NULL) {
        fprintf(stderr, "parity: out of memory\n");
        exit(EXIT_FAILURE);
    }
    return memory;
}

static void must_read(void *target, size_t size, FILE *file, const char *path)
{
    if (fread(target, 1, size, file) != size) {
        fprintf(stderr, "parity: %s is cut short\n", path);
        exit(EXIT_FAILURE);
    }
}

static bool read_record(FILE *file, const char *path, parity_record *record)
{
    uint64_t count;
    size_t got = fread(record->name, 1, PARITY_NAME_MAX, file);

    if (got == 0 && feof(file))
        return false;
    if (got != PARITY_NAME_MAX) {
        fprintf(stderr, "parity: %s is cut short\n", path);
        exit(EXIT_FAILURE);
    }
    record->name[PARITY_NAME_MAX] = '\0';
    must_read(&count, sizeof count, file, path);
    record->count = (size_t)count;
    record->values = must_allocate(record->count, sizeof *record->values);
    must_read(record->values, record->count * sizeof *record->values, file, path);
    return true;
}

/* The file begins with what the case is, unless it holds rates only. */
static void read_case(parity_fixture *fixture)
{
    const double *values;
    int32_t c;

    if (strcmp(fixture->record[0].name, "case") != 0)
        return;
    values = fixture->record[0].values;
    fixture->network = values[0] > 0 ? BASE_NETWORK_RESNET18 : BASE_NETWORK_RESNET8;
    fixture->stem = values[1] > 0 ? BASE_STEM_IMAGENET : BASE_STEM_SMALL;
    fixture->size = (int32_t)values[2];
    fixture->classes = (int32_t)values[3];
    fixture->batch = (int32_t)values[4];
    fixture->seed = (uint64_t)values[5];
    fixture->smoothing = (float)values[6];
    fixture->active = must_allocate((size_t)fixture->classes, sizeof *fixture->active);
    for (c = 0; c < fixture->classes; c++)
        fixture->active[c] = parity_fixture_find(fixture, "active")->values[c] > 0;
}

int parity_fixture_run(int argc, char **argv, Suite *suite)
{
    if (argc > 1)
        setenv(FOLDER, argv[1], 1); /* each test is a process of its own */
    setvbuf(stdout, NULL, _IOLBF, 0);
    return unit_test_run(suite);
}

parity_fixture parity_fixture_read(const char *name)
{
    const char *given = getenv(FOLDER), *folder = given ? given : PARITY_FOLDER;
    parity_fixture fixture;
    parity_record record;
    char path[4096];
    FILE *file;

    memset(&fixture, 0, sizeof fixture);
    snprintf(path, sizeof path, "%s/parity_%s.bin", folder, name);
    file = fopen(path, "rb");
    if (file == NULL) {
        fprintf(stderr, "parity: cannot open %s\n", path);
        exit(EXIT_FAILURE);
    }
    while (read_record(file, path, &record)) {
        fixture.record = realloc(fixture.record, (size_t)(fixture.count + 1) * sizeof record);
        if (fixture.record == NULL)
            exit(EXIT_FAILURE);
        fixture.record[fixture.count++] = record;
    }
    fclose(file);
    if (fixture.count == 0) {
        fprintf(stderr, "parity: %s is empty\n", path);
        exit(EXIT_FAILURE);
    }
    read_case(&fixture);
    return fixture;
}

void parity_fixture_free(parity_fixture *fixture)
{
    int i;

    for (i = 0; i < fixture->count; i++)
        free(fixture->record[i].values);
    free(fixture->record);
    free(fixture->active);
    memset(fixture, 0, sizeof *fixture);
}

const parity_record *parity_fixture_find(const parity_fixture *fixture, const char *name)
{
    int i;

    for (i = 0; i < fixture->count; i++)
        if (strcmp(fixture->record[i].name, name) == 0)
            return &fixture->record[i];
    fprintf(stderr, "parity: no record %s\n", name);
    exit(EXIT_FAILURE);
}

static double unit_at(const parity_fixture *fixture, uint32_t round, uint32_t epoch, size_t item)
{
    base_random random = base_random_at(fixture->seed, BASE_RANDOM_TEST, round, epoch, item);

    return base_random_unit(&random);
}

static double weight_from(const nn_tensor *tensor, double unit)
{
    switch (tensor->kind) {
    case NN_TENSOR_CONVOLUTION:
        return (2 * unit - 1) * sqrt(3.0) *
               sqrt(2.0 / (double)(tensor->dims[0] * tensor->dims[2] * tensor->dims[3]));
    case NN_TENSOR_LINEAR:
        return (2 * unit - 1) / sqrt((double)tensor->dims[1]);
    case NN_TENSOR_NORM_SCALE:
    case NN_TENSOR_NORM_VAR:
        return 0.5 + unit;
    case NN_TENSOR_NORM_SHIFT:
    case NN_TENSOR_NORM_MEAN:
    case NN_TENSOR_BIAS:
        break;
    }
    return (2 * unit - 1) * 0.5;
}

void parity_fixture_weights(const parity_fixture *fixture, nn_weights *weights)
{
    int32_t t;
    size_t i;

    for (t = 0; t < weights->tensors; t++) {
        const nn_tensor *tensor = &weights->tensor[t];

        for (i = 0; i < tensor->count; i++)
            weights->data[tensor->offset + i] =
                (float)weight_from(tensor, unit_at(fixture, ROUND_WEIGHTS, (uint32_t)t, i));
    }
}

void parity_fixture_batch(const parity_fixture *fixture, int step, float *images, int32_t *labels)
{
    size_t pixels = (size_t)fixture->batch * 3 * (size_t)fixture->size * (size_t)fixture->size, i;
    int32_t active[4096], count = 0, c;

    for (c = 0; c < fixture->classes; c++)
        if (fixture->active[c])
            active[count++] = c;
    for (i = 0; i < pixels; i++)
        images[i] = (float)((2 * unit_at(fixture, ROUND_IMAGES, (uint32_t)step, i) - 1) * 1.7);
    for (i = 0; i < (size_t)fixture->batch; i++)
        labels[i] = active[(int32_t)(unit_at(fixture, ROUND_LABELS, (uint32_t)step, i) * count)];
}

static double ratio(double difference, double norm)
{
    return norm > 0 ? difference / norm : difference;
}

double parity_fixture_distance(const parity_record *record, const float *values)
{
    double difference = 0, norm = 0;
    size_t i;

    for (i = 0; i < record->count; i++) {
        double d = (double)values[i] - record->values[i];

        difference += d * d;
        norm += record->values[i] * record->values[i];
    }
    return ratio(sqrt(difference), sqrt(norm));
}

static double strided_distance(const double *expected, double norm, const float *values, size_t count)
{
    double difference = 0, own = 0, share = norm * sqrt((double)PARITY_STRIDED / (double)count);
    size_t i;

    for (i = 0; i < PARITY_STRIDED; i++) {
        double d = (double)values[i * count / PARITY_STRIDED] - expected[i];

        difference += d * d;
        own += expected[i] * expected[i];
    }
    return ratio(sqrt(difference), fmax(sqrt(own), share));
}

/* Of projection p, relative to the norm. */
static double projection_distance(const parity_fixture *fixture, const parity_record *record,
                                  const float *values, size_t count, int place, int p)
{
    double projection = 0;
    size_t i;

    for (i = 0; i < count; i++) {
        base_random random = base_random_at(fixture->seed, BASE_RANDOM_TEST, ROUND_SIGNS,
                                            (uint32_t)(place * PARITY_PROJECTIONS + p), i);

        projection += base_random_u32(&random) & 1 ? (double)values[i] : -(double)values[i];
    }
    return ratio(fabs(projection - record->values[1 + PARITY_STRIDED + p]), record->values[0]);
}

double parity_fixture_digest_distance(const parity_fixture *fixture, const parity_record *record,
                                      const float *values, size_t count, int place)
{
    double norm = 0, worst, expected = record->values[0];
    size_t i;
    int p;

    for (i = 0; i < count; i++)
        norm += (double)values[i] * (double)values[i];
    worst = ratio(fabs(sqrt(norm) - expected), expected);
    worst = fmax(worst, strided_distance(record->values + 1, expected, values, count));
    for (p = 0; p < PARITY_PROJECTIONS; p++)
        worst = fmax(worst, projection_distance(fixture, record, values, count, place, p));
    return worst;
}

double parity_fixture_projection_error(const parity_fixture *fixture, const parity_record *record,
                                       const float *values, size_t count, int place)
{
    double sum = 0;
    int p;

    for (p = 0; p < PARITY_PROJECTIONS; p++)
        sum += pow(projection_distance(fixture, record, values, count, place, p), 2);
    return sqrt(sum / PARITY_PROJECTIONS);
}
