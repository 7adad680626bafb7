#include "select_dropout.h"
#include "base_random.h"
#include "select_vector.h"
#include <math.h>
#include <string.h>

enum { TILE = SELECT_VECTOR_TILE, WORD = 32 /* random bits at a time */ };

_Static_assert(SELECT_DROPOUT_PASSES % TILE == 0, "passes are made in tiles");

size_t select_dropout_room(size_t classes, size_t width)
{
    return (1 + TILE) * classes * sizeof(double) + TILE * width * sizeof(float);
}

__attribute__((target_clones("avx512f", "avx2", "default"))) static void
keep(const float *feature, uint32_t bits, uint32_t count, float *kept)
{
    uint32_t k;

    for (k = 0; k < count; k++)
        kept[k] = bits >> k & 1 ? 2 * feature[k] : 0;
}

/* Features that the pass keeps, doubled so that their expectation stays. */
static void drop(const float *feature, size_t width, base_random random, float *kept)
{
    size_t k;

    for (k = 0; k + WORD <= width; k += WORD)
        keep(feature + k, base_random_u32(&random), WORD, kept + k);
    if (k < width)
        keep(feature + k, base_random_u32(&random), (uint32_t)(width - k), kept + k);
}

/* Logits less the bias in, softmax over the active classes out, others 0. */
static void answer(const select_head *head, double *softmax)
{
    double largest = -INFINITY, sum = 0;
    size_t c;

    for (c = 0; c < head->classes; c++) {
        softmax[c] += (double)head->bias[c];
        if (head->active[c])
            largest = fmax(largest, softmax[c]);
    }
    for (c = 0; c < head->classes; c++) {
        softmax[c] = head->active[c] ? exp(softmax[c] - largest) : 0;
        sum += softmax[c];
    }
    for (c = 0; c < head->classes; c++)
        softmax[c] /= sum;
}

static double entropy(const double *softmax, size_t classes)
{
    double sum = 0;
    size_t c;

    for (c = 0; c < classes; c++)
        if (softmax[c] > 0)
            sum -= softmax[c] * log(softmax[c]);
    return sum;
}

double select_dropout_information(const select_head *head, const float *feature, uint64_t seed, int32_t round,
                                  int64_t sample, void *room)
{
    double *mean = room, *softmax = mean + head->classes, inner = 0;
    float *kept = (float *)(softmax + TILE * head->classes);
    const float *x[TILE];
    uint32_t pass, t;
    size_t c;

    memset(mean, 0, head->classes * sizeof *mean);
    for (pass = 0; pass < SELECT_DROPOUT_PASSES; pass += TILE) {
        for (t = 0; t < TILE; t++) {
            drop(feature, head->width,
                 base_random_at(seed, BASE_RANDOM_SELECT, (uint32_t)round, pass + t, (uint64_t)sample),
                 kept + t * head->width);
            x[t] = kept + t * head->width;
        }
        select_vector_tile(x, head->weights, head->classes, head->width, softmax);
        for (t = 0; t < TILE; t++) {
            double *one = softmax + t * head->classes;

            answer(head, one);
            inner += entropy(one, head->classes) / SELECT_DROPOUT_PASSES;
            for (c = 0; c < head->classes; c++)
                mean[c] += one[c] / SELECT_DROPOUT_PASSES;
        }
    }
    return fmax(entropy(mean, head->classes) - inner, 0);
}
