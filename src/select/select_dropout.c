#include "select_dropout.h"
#include "base_random.h"
#include <math.h>
#include <string.h>

/* Features that the pass keeps, doubled so that their expectation stays. */
static void drop(const float *feature, size_t width, base_random random, double *kept)
{
    uint32_t bits = 0;
    size_t k;

    for (k = 0; k < width; k++) {
        if (k % 32 == 0)
            bits = base_random_u32(&random);
        kept[k] = bits >> (k % 32) & 1 ? 2 * (double)feature[k] : 0;
    }
}

/* Softmax over the active classes, others 0. */
static void answer(const select_head *head, const double *kept, double *softmax)
{
    double largest = -INFINITY, sum = 0;
    size_t c, k;

    for (c = 0; c < head->classes; c++) {
        const float *row = head->weights + c * head->width;
        double lane[4] = {0};

        if (!head->active[c])
            continue;
        for (k = 0; k + 4 <= head->width; k += 4) {
            lane[0] += (double)row[k] * kept[k];
            lane[1] += (double)row[k + 1] * kept[k + 1];
            lane[2] += (double)row[k + 2] * kept[k + 2];
            lane[3] += (double)row[k + 3] * kept[k + 3];
        }
        for (; k < head->width; k++)
            lane[k % 4] += (double)row[k] * kept[k];
        softmax[c] = (lane[0] + lane[2]) + (lane[1] + lane[3]) + (double)head->bias[c];
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
                                  int64_t sample, double *room)
{
    double *mean = room, *softmax = room + head->classes, *kept = room + 2 * head->classes, inner = 0;
    size_t c;
    uint32_t pass;

    memset(mean, 0, head->classes * sizeof *mean);
    for (pass = 0; pass < SELECT_DROPOUT_PASSES; pass++) {
        drop(feature, head->width,
             base_random_at(seed, BASE_RANDOM_SELECT, (uint32_t)round, pass, (uint64_t)sample), kept);
        answer(head, kept, softmax);
        inner += entropy(softmax, head->classes) / SELECT_DROPOUT_PASSES;
        for (c = 0; c < head->classes; c++)
            mean[c] += softmax[c] / SELECT_DROPOUT_PASSES;
    }
    return fmax(entropy(mean, head->classes) - inner, 0);
}
